//! Keys of people's requests for seats and vouchers.

use jiff::Timestamp;
use kernel::{CourseRequestId, PersonId};

use super::instant;
use crate::table::Key;

/// `TRAIN#REQUESTS#<person>`: a person's requests, and which of them are open.
pub fn requests_of(person: PersonId) -> String {
    format!("TRAIN#REQUESTS#{person}")
}

/// What the positions of requests begin with.
pub const REQUEST: &str = "REQUEST#";

/// `TRAIN#REQUESTS#<person>` / `REQUEST#<request>`.
pub fn request(person: PersonId, request: CourseRequestId) -> Key {
    Key::new(requests_of(person), format!("{REQUEST}{request}"))
}

/// `TRAIN#REQUESTS#<person>` / `OPEN`: which requests are open, which guards that there is one a course.
pub fn open_requests_of(person: PersonId) -> Key {
    Key::new(requests_of(person), "OPEN")
}

/// `TRAIN#REQUESTED` in the list index: everybody's open requests.
pub const REQUESTED: &str = "TRAIN#REQUESTED";

/// `<instant>#<request>`: a position among open requests.
pub fn request_position(asked_at: Timestamp, request: CourseRequestId) -> String {
    format!("{}#{request}", instant(asked_at))
}
