//! What sessions ask of the store.

use async_trait::async_trait;
use jiff::Timestamp;
use kernel::{CourseId, Limit, Page, PersonId, Position, SessionId, Version};

use super::{Booking, Seating, Session};
use crate::ports::Stored;

/// Which sessions are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Upcoming {
    /// Those that begin from then on.
    pub from: Timestamp,
    /// Of one course only.
    pub course: Option<CourseId>,
}

/// Reads sessions. Everything that a decision rests on is read consistently, by one request.
#[async_trait]
pub trait SessionsReader: Send + Sync {
    /// One session.
    async fn session(&self, session: SessionId) -> Stored<Option<Session>>;
    /// One session, and somebody's booking in it.
    async fn booked(&self, session: SessionId, person: PersonId) -> Stored<Option<(Session, Option<Booking>)>>;
    /// One session with all its bookings.
    async fn seating(&self, session: SessionId) -> Stored<Option<Seating>>;
    /// Sessions by the time they begin, as a page, which may hold fewer than asked for while there are more.
    async fn upcoming(&self, which: Upcoming, limit: Limit, after: Option<&Position>) -> Stored<Page<Session>>;
    /// In which sessions somebody has a booking, as a page; what was written a moment ago may be missing.
    async fn sessions_of(&self, person: PersonId, limit: Limit, after: Option<&Position>) -> Stored<Page<SessionId>>;
}

/// One write. `before` is the version that was read ([`Version::ABSENT`]: the thing must not exist); the value written
/// carries the version after it.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// A session: goes with every booking that is made or given back, and guards their number.
    Session {
        /// The version that was read.
        before: Version,
        /// The session.
        session: Box<Session>,
    },
    /// A booking.
    Booking {
        /// The version that was read.
        before: Version,
        /// The booking.
        booking: Box<Booking>,
    },
    /// A booking is given back.
    DropBooking {
        /// In which session.
        session: SessionId,
        /// Whose.
        person: PersonId,
        /// The version that was read.
        before: Version,
    },
}
