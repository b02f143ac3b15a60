//! What requests ask of the store.

use async_trait::async_trait;
use kernel::{CourseRequestId, Limit, Page, PersonId, Position, Version};

use super::{Open, Request};
use crate::ports::Stored;

/// Reads requests. Everything that a decision rests on is read consistently, by one request.
#[async_trait]
pub trait RequestsReader: Send + Sync {
    /// A person's open requests.
    async fn open(&self, person: PersonId) -> Stored<Open>;
    /// The open requests of some people; those who never asked for anything are left out.
    async fn open_of(&self, people: &[PersonId]) -> Stored<Vec<Open>>;
    /// One request, and which of the person's are open.
    async fn request(&self, person: PersonId, request: CourseRequestId) -> Stored<Option<(Request, Open)>>;
    /// Some requests; those that do not exist are left out.
    async fn some_requests(&self, wanted: &[(PersonId, CourseRequestId)]) -> Stored<Vec<Request>>;
    /// A person's requests in the order of asking, as a page.
    async fn requests_of(&self, person: PersonId, limit: Limit, after: Option<&Position>) -> Stored<Page<Request>>;
    /// Everybody's open requests in the order of asking, as a page; what was written a moment ago may be missing.
    async fn open_requests(&self, limit: Limit, after: Option<&Position>) -> Stored<Page<Request>>;
    /// Every request of a person, by id.
    async fn held_requests(&self, person: PersonId) -> Stored<Vec<CourseRequestId>>;
}

/// One write. `before` is the version that was read ([`Version::ABSENT`]: the thing must not exist); the value written
/// carries the version after it.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// A person's open requests: goes with every request that is made or ends, and guards that there is one a course.
    Open {
        /// The version that was read.
        before: Version,
        /// The open ones.
        open: Open,
    },
    /// A request.
    Request {
        /// The version that was read.
        before: Version,
        /// The request.
        request: Box<Request>,
    },
    /// A request is forgotten; nothing happens when it is not there.
    ForgetRequest {
        /// Whose.
        person: PersonId,
        /// Which one.
        request: CourseRequestId,
    },
    /// Which requests are open is forgotten; nothing happens when it is not there.
    ForgetOpen {
        /// Whose.
        person: PersonId,
    },
}
