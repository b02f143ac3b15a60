//! What a handler answers: status, optional `Location`, `ETag` and `Link`, and a JSON body. The same value is what an
//! idempotency record keeps, so a repetition is answered word for word; only of a person, and of an answer key, it keeps no
//! body.

use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use kernel::{Page, StoredAnswer, Version};
use serde::Serialize;
use serde_json::json;

use crate::{etag, params};

static REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    stored: StoredAnswer,
    link: Option<String>,
    replayed: bool,
    keeps_no_body: bool,
}

impl Answer {
    fn new(status: u16, body: String) -> Self {
        Self {
            stored: StoredAnswer { status, location: None, etag: None, body },
            link: None,
            replayed: false,
            keeps_no_body: false,
        }
    }

    fn of(status: u16, body: &impl Serialize) -> Self {
        Self::new(status, serde_json::to_string(body).unwrap_or_default())
    }

    /// 200 with a body.
    pub fn ok(body: &impl Serialize) -> Self {
        Self::of(200, body)
    }

    /// 201 with the address of what is new and its representation.
    pub fn created(location: impl Into<String>, body: &impl Serialize) -> Self {
        Self::of(201, body).location(location)
    }

    /// 202 with the address that tells how it is getting on.
    pub fn accepted(location: impl Into<String>, body: &impl Serialize) -> Self {
        Self::of(202, body).location(location)
    }

    /// 303 with the address where what was asked for is.
    pub fn see_other(location: impl Into<String>) -> Self {
        Self::new(303, String::new()).location(location)
    }

    /// 204.
    pub fn no_content() -> Self {
        Self::new(204, String::new())
    }

    /// One page of a listing: `{"items": […], "next": cursor or null}`, with a `Link` to the next page.
    pub fn page<T: Serialize>(page: &Page<T>, paging: &params::Paging) -> Self {
        let next = page.next.as_ref().map(|next| paging.cursor(next));
        let mut answer = Self::ok(&json!({"items": page.items, "next": next}));
        answer.link = next.map(|cursor| format!("<{}>; rel=\"next\"", paging.query_with(&cursor)));
        answer
    }

    /// Names the version that was read or written.
    #[must_use]
    pub fn version(mut self, version: Version) -> Self {
        self.stored.etag = Some(etag(version));
        self
    }

    /// Sets an address, absolute on this API such as `/training/courses/…`.
    #[must_use]
    pub fn location(mut self, location: impl Into<String>) -> Self {
        self.stored.location = Some(location.into());
        self
    }

    /// An answer that was given before.
    pub fn replayed(stored: StoredAnswer) -> Self {
        Self { stored, link: None, replayed: true, keeps_no_body: false }
    }

    /// Says that the body shows a person. A record must not outlive the person's erasure with a name in it: it keeps no
    /// such body, and whoever answers a repetition shows the person as they are by then.
    #[must_use]
    pub const fn showing_person(mut self) -> Self {
        self.keeps_no_body = true;
        self
    }

    /// Says that the body shows the key of a question. Keys lie with their questions and nowhere else: a record keeps no
    /// such body, and whoever answers a repetition shows the question as it is by then.
    #[must_use]
    pub const fn showing_key(mut self) -> Self {
        self.keeps_no_body = true;
        self
    }

    /// Whether it was given before.
    pub const fn is_replayed(&self) -> bool {
        self.replayed
    }

    /// What an idempotency record keeps.
    pub fn kept(&self) -> StoredAnswer {
        let mut kept = self.stored.clone();
        if self.keeps_no_body {
            kept.body = String::new();
        }
        kept
    }

    /// The answer itself.
    pub const fn stored(&self) -> &StoredAnswer {
        &self.stored
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.stored.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = if self.stored.body.is_empty() {
            status.into_response()
        } else {
            (status, [(header::CONTENT_TYPE, "application/json")], self.stored.body).into_response()
        };
        let headers = response.headers_mut();
        let mut set = |name: HeaderName, value: Option<String>| {
            if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
                headers.insert(name, value);
            }
        };
        set(header::LOCATION, self.stored.location);
        set(header::ETAG, self.stored.etag);
        set(header::LINK, self.link);
        if self.replayed {
            headers.insert(REPLAYED.clone(), HeaderValue::from_static("true"));
        }
        response
    }
}
