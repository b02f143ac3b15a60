//! Conditional requests: a strong `ETag` is a version, and a change must name the version it changes.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use kernel::Version;

use crate::{Problem, kinds};

/// The strong entity tag of a version.
pub fn etag(version: Version) -> String {
    format!("\"{version}\"")
}

/// The version a caller means to change, from `If-Match`. It is looked at only when it is asked for, which handlers do
/// once they know that the caller may make the change: who may not learns nothing about versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IfMatch(Result<Version, Problem>);

impl IfMatch {
    /// The version.
    ///
    /// # Errors
    /// 428 without one, 400 for what is no entity tag.
    pub fn version(&self) -> Result<Version, Problem> {
        self.0.clone()
    }

    /// Compares with what is there.
    ///
    /// # Errors
    /// As [`Self::version`]; 412 when it is another version.
    pub fn check(&self, current: Version) -> Result<(), Problem> {
        if self.version()? == current { Ok(()) } else { Err(Problem::new(kinds::VERSION_MISMATCH)) }
    }
}

fn said(headers: &HeaderMap) -> Result<Version, Problem> {
    let mut values = headers.get_all(header::IF_MATCH).iter();
    let value = values.next().ok_or_else(|| Problem::new(kinds::PRECONDITION_REQUIRED))?;
    let version = value
        .to_str()
        .ok()
        .and_then(|raw| raw.trim().strip_prefix('"')?.strip_suffix('"'))
        .filter(|raw| !raw.is_empty() && raw.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|raw| raw.parse().ok());
    match version {
        Some(version) if values.next().is_none() => Ok(Version::new(version)),
        _ => Err(Problem::new(kinds::INVALID_HEADER).at("If-Match", "one strong entity tag, as ETag gave it")),
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(said(&parts.headers)))
    }
}
