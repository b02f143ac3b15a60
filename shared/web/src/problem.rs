//! What a caller is told when something does not work: one JSON shape (RFC 9457), a stable `code`, never a value the
//! caller sent and never an internal cause. Causes go to the log, once, here.

use std::borrow::Cow;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use kernel::{Decision, StoreError, StoredAnswer};
use serde::Serialize;

use crate::{Answer, body};

/// One kind of problem: its status, its stable code and its title.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// The HTTP status.
    pub status: u16,
    /// What programs compare.
    pub code: &'static str,
    /// What people read.
    pub title: &'static str,
}

macro_rules! kinds {
    ($($name:ident = $status:literal, $code:literal, $title:literal;)+) => {
        /// The kinds of problem every API knows. Systems add their own beside them.
        pub mod kinds {
            use super::Kind;
            $(
                #[doc = $title]
                pub const $name: Kind = Kind { status: $status, code: $code, title: $title };
            )+

            /// All of them.
            pub const ALL: &[Kind] = &[$($name),+];
        }
    };
}

kinds! {
    INVALID_BODY = 400, "invalid_body", "The body is not what this operation takes";
    INVALID_QUERY = 400, "invalid_query", "A query parameter is not what this operation takes";
    INVALID_CURSOR = 400, "invalid_cursor", "The cursor was not made by this listing";
    INVALID_HEADER = 400, "invalid_header", "A header is malformed";
    UNAUTHENTICATED = 401, "unauthenticated", "A valid access token is needed";
    FORBIDDEN = 403, "forbidden", "You may see this but not do it";
    INSUFFICIENT_SCOPE = 403, "insufficient_scope", "The access token lacks the scope this needs";
    NOT_BOUND = 403, "not_bound", "Your sign-in is not linked to an active person of the directory";
    NOT_FOUND = 404, "not_found", "There is nothing here, or nothing you may see";
    METHOD_NOT_ALLOWED = 405, "method_not_allowed", "This method is not supported here";
    CONFLICT = 409, "conflict", "Someone else changed this at the same time";
    TAKEN = 409, "taken", "Something with this name exists already";
    VERSION_MISMATCH = 412, "version_mismatch", "This was changed since you read it";
    BODY_TOO_LARGE = 413, "body_too_large", "The body is larger than this operation takes";
    UNSUPPORTED_MEDIA_TYPE = 415, "unsupported_media_type", "The body must be application/json";
    UNPROCESSABLE = 422, "unprocessable", "The request is well formed but breaks a rule";
    UPLOAD_MISSING = 422, "upload_missing", "Nothing was uploaded under this id";
    ONE_SOURCE = 422, "one_source", "Either csv or upload_id names the file";
    CHANGE_TOO_LARGE = 422, "change_too_large", "The change touches more things than one write can; make it in parts";
    KEY_REUSED = 422, "idempotency_key_reused", "The idempotency key was used for another request";
    PRECONDITION_REQUIRED = 428, "precondition_required", "Say with If-Match which version you change";
    INTERNAL = 500, "internal", "Something went wrong on our side";
    UNAVAILABLE = 503, "unavailable", "Something we need does not answer; try again shortly";
    TIMEOUT = 503, "timeout", "This took too long; whether it happened is unknown";
}

/// What is wrong with one part of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// Where: a path such as `$.people[3].email`, or a parameter's name.
    pub path: String,
    /// What was expected. Never what was sent.
    pub message: String,
}

/// A problem on its way to the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    kind: Kind,
    detail: Option<Cow<'static, str>>,
    errors: Vec<FieldError>,
    retry_after: Option<u16>,
}

#[derive(Serialize)]
struct Body<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    code: &'a str,
    #[serde(skip_serializing_if = "<[FieldError]>::is_empty")]
    errors: &'a [FieldError],
    request_id: &'a str,
}

impl Problem {
    /// A problem of a kind.
    pub const fn new(kind: Kind) -> Self {
        Self { kind, detail: None, errors: Vec::new(), retry_after: None }
    }

    /// Says more about this occurrence. The text must not repeat what the caller sent.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Names a part of the request.
    #[must_use]
    pub fn at(mut self, path: impl Into<String>, message: impl Into<String>) -> Self {
        self.errors.push(FieldError { path: path.into(), message: message.into() });
        self
    }

    /// Names a part of a body that was understood: a JSON Pointer such as `/brand/name`, or a field's name.
    #[must_use]
    pub fn at_field(self, pointer: &str, message: impl Into<String>) -> Self {
        let parts = pointer.split('/').filter(|part| !part.is_empty());
        let path = parts.fold("$".to_owned(), |path, part| match part.parse::<usize>() {
            Ok(index) => format!("{path}[{index}]"),
            Err(_) => format!("{path}.{}", body::safe(&part.replace("~1", "/").replace("~0", "~"))),
        });
        self.at(path, message)
    }

    /// Asks the caller to come back after some seconds.
    #[must_use]
    pub const fn retry_after(mut self, seconds: u16) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// Something outside the table does not answer as it should: the log says what, the caller may come back.
    pub fn outside(error: &dyn std::error::Error) -> Self {
        tracing::warn!(%error, "a service did not answer as it should");
        Self::new(kinds::UNAVAILABLE).retry_after(2)
    }

    /// What kind it is.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.kind.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The response, with the id under which the log knows the request.
    pub(crate) fn render(&self, request_id: &str) -> Response {
        let body = Body {
            r#type: format!("urn:guildhall:problem:{}", self.kind.code),
            title: self.kind.title,
            status: self.kind.status,
            detail: self.detail.as_deref(),
            code: self.kind.code,
            errors: &self.errors,
            request_id,
        };
        let body = serde_json::to_string(&body).unwrap_or_default();
        let mut response = (self.status(), [(header::CONTENT_TYPE, "application/problem+json")], body).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.kind.status == 401 {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<Kind> for Problem {
    fn from(kind: Kind) -> Self {
        Self::new(kind)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        // The edge knows the request's id and renders again with it.
        let mut response = self.render("");
        response.extensions_mut().insert(self);
        response
    }
}

/// Why a handler has no answer of its own: a problem, or the answer that was given before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Something is wrong.
    Problem(Box<Problem>),
    /// The request was done before.
    Replay(Box<StoredAnswer>),
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Problem(Box::new(problem))
    }
}

impl From<Kind> for Refusal {
    fn from(kind: Kind) -> Self {
        Problem::new(kind).into()
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Replay(answer) => Self::Replay(Box::new(answer)),
            error => from_store(&error).into(),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Problem(problem) => problem.into_response(),
            Self::Replay(answer) => Answer::replayed(*answer).into_response(),
        }
    }
}

/// How a failure of the store reads from outside. A replay is no failure; here it would mean a read answered as a write.
pub(crate) fn from_store(error: &StoreError) -> Problem {
    match error {
        StoreError::Conflict => Problem::new(kinds::CONFLICT).detail("Read it again and repeat the change."),
        StoreError::Taken(what) => Problem::new(kinds::TAKEN).detail(format!("This {what} is taken.")),
        StoreError::KeyReused => Problem::new(kinds::KEY_REUSED),
        StoreError::Unavailable(source) => {
            tracing::warn!(cause = %source, "the store could not be reached");
            Problem::new(kinds::UNAVAILABLE).retry_after(2)
        }
        StoreError::TooLarge(_) => Problem::new(kinds::CHANGE_TOO_LARGE),
        StoreError::Unreadable(_) | StoreError::Replay(_) => {
            tracing::error!(%error, "the store cannot do this, or answered what cannot be used");
            Problem::new(kinds::INTERNAL)
        }
    }
}

/// A decision as a result: nothing, 403 or 404.
pub(crate) fn from_decision(decision: Decision) -> Result<(), Problem> {
    match decision {
        Decision::Allow => Ok(()),
        Decision::Forbid => Err(Problem::new(kinds::FORBIDDEN)),
        Decision::Hide => Err(Problem::new(kinds::NOT_FOUND)),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_code_stands_for_one_kind() {
        let codes: BTreeSet<_> = kinds::ALL.iter().map(|kind| kind.code).collect();
        assert_eq!(codes.len(), kinds::ALL.len());
        assert!(kinds::ALL.iter().all(|kind| StatusCode::from_u16(kind.status).is_ok()));
    }

    #[test]
    fn a_part_of_a_body_is_named_in_one_way() {
        let path = |pointer: &str| Problem::new(kinds::UNPROCESSABLE).at_field(pointer, "m").errors[0].path.clone();
        assert_eq!(path("send_hour"), "$.send_hour");
        assert_eq!(path("/brand/name"), "$.brand.name");
        assert_eq!(path("/pilot_teams/3"), "$.pilot_teams[3]");
        assert_eq!(path("/texts/en/a~1<b>"), "$.texts.en.?");
        assert_eq!(path(""), "$");
    }

    #[test]
    fn a_throttled_store_asks_to_come_back() {
        let response = Refusal::from(StoreError::Unavailable("throttled".into())).into_response();
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()["retry-after"], "2");
    }
}
