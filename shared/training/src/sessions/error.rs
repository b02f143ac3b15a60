//! What can go wrong with a session.

use kernel::{ErrorKind, PersonId, SessionId};

/// Why a session or a booking is not as asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is no such session.
    #[error("session {0} is not there")]
    Unknown(SessionId),
    /// It would begin in the past, later than three years from now, or within a minute.
    #[error("a session begins on a full minute, in the future and within three years")]
    Begins,
    /// Neither a place nor an address to join at.
    #[error("a session has a place, an address to join at, or both")]
    Nowhere,
    /// The directory does not know the host.
    #[error("the host {0} is not in the directory")]
    UnknownHost(PersonId),
    /// More people have seats than there would be.
    #[error("{0} seats are booked")]
    SeatsTaken(u16),
    /// As many wait as may wait.
    #[error("the waiting list of session {0} is full")]
    ListFull(SessionId),
    /// It was called off.
    #[error("session {0} is cancelled")]
    Cancelled(SessionId),
    /// It was held.
    #[error("session {0} was held")]
    Held(SessionId),
    /// It has begun.
    #[error("session {0} has begun")]
    Begun(SessionId),
    /// It has not begun.
    #[error("session {0} has not begun")]
    NotBegun(SessionId),
    /// People of a roster who have no seat.
    #[error("{} people have no seat", .0.len())]
    Strangers(Vec<PersonId>),
}

impl Error {
    /// How a boundary should understand it.
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Unknown(_) => ErrorKind::NotFound,
            Self::Begins | Self::Nowhere | Self::UnknownHost(_) | Self::Strangers(_) => ErrorKind::Invalid,
            Self::SeatsTaken(_)
            | Self::ListFull(_)
            | Self::Cancelled(_)
            | Self::Held(_)
            | Self::Begun(_)
            | Self::NotBegun(_) => ErrorKind::Conflict,
        }
    }

    /// A stable name of the fact, for problem documents.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unknown(_) => "unknown_session",
            Self::Begins => "session_begins",
            Self::Nowhere => "session_nowhere",
            Self::UnknownHost(_) => "unknown_host",
            Self::SeatsTaken(_) => "seats_taken",
            Self::ListFull(_) => "waiting_list_full",
            Self::Cancelled(_) => "session_cancelled",
            Self::Held(_) => "session_held",
            Self::Begun(_) => "session_begun",
            Self::NotBegun(_) => "session_not_begun",
            Self::Strangers(_) => "strangers",
        }
    }
}
