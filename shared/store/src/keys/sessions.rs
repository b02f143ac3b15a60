//! Keys of live sessions and of the bookings in them.

use jiff::Timestamp;
use kernel::{PersonId, SessionId};

use super::instant;
use crate::table::{Key, Range};

/// `TRAIN#SESSION#<session>`: a session and its bookings.
pub fn session_partition(session: SessionId) -> String {
    format!("TRAIN#SESSION#{session}")
}

/// `TRAIN#SESSION#<session>` / `SESSION`.
pub fn session(session: SessionId) -> Key {
    Key::new(session_partition(session), "SESSION")
}

/// `TRAIN#SESSION#<session>` / `BOOKING#<person>`.
pub fn booking(session: SessionId, person: PersonId) -> Key {
    Key::new(session_partition(session), format!("BOOKING#{person}"))
}

/// `TRAIN#SESSIONS` in the list index: sessions by the time they begin.
pub const SESSIONS: &str = "TRAIN#SESSIONS";

/// `<instant>#<session>`: a position among the sessions.
pub fn session_position(starts: Timestamp, session: SessionId) -> String {
    format!("{}#{session}", instant(starts))
}

/// Every position among the sessions from an instant on.
pub fn sessions_from(from: Timestamp) -> Range {
    Range { low: Some(instant(from)), high: None }
}

/// `TRAIN#BOOKINGS#<person>` in the list index, at `<session>`: a person's bookings.
pub fn bookings_of(person: PersonId) -> String {
    format!("TRAIN#BOOKINGS#{person}")
}
