//! Conditional requests: a strong `ETag` is a version, and a change must name the version it changes.

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};
use kernel::Version;

use crate::{Problem, kinds};

/// The strong entity tag of a version.
pub fn etag(version: Version) -> String {
    format!("\"{version}\"")
}

/// The version a caller means to change, from `If-Match`. Its absence is 428.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IfMatch(pub Version);

impl IfMatch {
    /// Compares with what is there.
    ///
    /// # Errors
    /// 412 when it is another version.
    pub fn check(self, current: Version) -> Result<(), Problem> {
        if self.0 == current { Ok(()) } else { Err(Problem::new(kinds::VERSION_MISMATCH)) }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut values = parts.headers.get_all(header::IF_MATCH).iter();
        let Some(value) = values.next() else { return Err(Problem::new(kinds::PRECONDITION_REQUIRED)) };
        let version = value
            .to_str()
            .ok()
            .and_then(|raw| raw.trim().strip_prefix('"')?.strip_suffix('"'))
            .filter(|raw| !raw.is_empty() && raw.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|raw| raw.parse().ok());
        match version {
            Some(version) if values.next().is_none() => Ok(Self(Version::new(version))),
            _ => Err(Problem::new(kinds::INVALID_HEADER).at("If-Match", "one strong entity tag, as ETag gave it")),
        }
    }
}
