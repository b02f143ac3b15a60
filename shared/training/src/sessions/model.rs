//! The nouns: a session and a booking.

use jiff::{SignedDuration, Timestamp, civil::Date};
use kernel::{CourseId, LocalTime, PersonId, SessionId, Version, ZoneName};
use serde::{Deserialize, Serialize};

use super::Error;
use crate::model::{CourseUrl, LanguageTag, Place, TextError, Title, spelled};

/// How far ahead a session may begin.
const FARTHEST: SignedDuration = SignedDuration::from_hours(3 * 366 * 24);

/// How long a session takes, in minutes, 15 to 600.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct Minutes(u16);

impl Minutes {
    /// What a correct number looks like.
    pub const EXPECTED: &str = "15 to 600 minutes";

    /// The number.
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl TryFrom<u16> for Minutes {
    type Error = TextError;

    fn try_from(raw: u16) -> Result<Self, TextError> {
        if (15..=600).contains(&raw) { Ok(Self(raw)) } else { Err(TextError { expected: Self::EXPECTED }) }
    }
}

impl From<Minutes> for u16 {
    fn from(minutes: Minutes) -> Self {
        minutes.0
    }
}

/// How many people a session takes, 1 to 500.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct Seats(u16);

impl Seats {
    /// What a correct number looks like.
    pub const EXPECTED: &str = "1 to 500 seats";

    /// The number.
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl TryFrom<u16> for Seats {
    type Error = TextError;

    fn try_from(raw: u16) -> Result<Self, TextError> {
        if (1..=500).contains(&raw) { Ok(Self(raw)) } else { Err(TextError { expected: Self::EXPECTED }) }
    }
}

impl From<Seats> for u16 {
    fn from(seats: Seats) -> Self {
        seats.0
    }
}

spelled! {
    /// How a session is getting on.
    SessionState {
        /// It takes place, or is taking place.
        Open = "open",
        /// It was called off.
        Cancelled = "cancelled",
        /// It took place, and a roster was taken.
        Held = "held",
    }
}

/// What can be said of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionFacts {
    /// When it begins.
    pub starts: Timestamp,
    /// How long it takes.
    pub minutes: Minutes,
    /// The zone its hours are told in.
    pub zone: ZoneName,
    /// Where it takes place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// Where it is joined from afar; for those who have a seat, hold it or plan sessions, and for nobody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<CourseUrl>,
    /// How many people it takes.
    pub seats: Seats,
    /// The language it is held in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<LanguageTag>,
    /// Who holds it, and says afterwards who was there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<PersonId>,
}

impl SessionFacts {
    /// Checks what types cannot.
    ///
    /// # Errors
    /// [`Error::Begins`] for a beginning in the past, farther than three years or within a minute, [`Error::Nowhere`]
    /// without place and address.
    pub fn check(&self, now: Timestamp) -> Result<(), Error> {
        let farthest = now.saturating_add(FARTHEST).unwrap_or(Timestamp::MAX);
        // Calendar files know seconds, and people minutes.
        let on_a_minute = self.starts.as_second() % 60 == 0 && self.starts.subsec_nanosecond() == 0;
        if self.starts <= now || self.starts > farthest || !on_a_minute {
            return Err(Error::Begins);
        }
        if self.place.is_none() && self.url.is_none() {
            return Err(Error::Nowhere);
        }
        Ok(())
    }

    /// Whether those who have a seat must hear of the difference: it is on their calendar.
    pub fn concerns(&self, other: &Self) -> bool {
        let told = |it: &Self| (it.starts, it.minutes, it.zone.clone(), it.place.clone(), it.url.clone());
        told(self) != told(other)
    }
}

/// A dated holding of a course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Of which course.
    pub course: CourseId,
    /// What the course was called when the session was last changed.
    pub title: Title,
    /// When, where, for how many.
    pub facts: SessionFacts,
    /// How it is getting on.
    pub state: SessionState,
    /// Tickets handed out so far: the next one is one more.
    pub tickets: u64,
    /// Bookings there are, waiting ones included.
    pub bookings: u16,
    /// The revision that the next calendar file carries (`SEQUENCE` of RFC 5545), unless it says more; rises only.
    pub sequence: u32,
    /// The revision that everybody with a seat must have heard of.
    pub announced: u32,
    /// How often it was written, each booking included.
    pub version: Version,
}

impl Session {
    /// When it ends.
    pub fn ends(&self) -> Timestamp {
        let length = SignedDuration::from_mins(i64::from(self.facts.minutes.get()));
        self.facts.starts.saturating_add(length).unwrap_or(Timestamp::MAX)
    }

    /// Its day, where it takes place.
    pub fn day(&self) -> Date {
        self.facts.zone.date_at(self.facts.starts)
    }

    /// How many have a seat.
    pub fn seated(&self) -> u16 {
        self.bookings.min(self.facts.seats.get())
    }

    /// How many wait for one.
    pub fn waiting(&self) -> u16 {
        self.bookings - self.seated()
    }

    /// That seats can still be asked for and given back.
    pub(crate) fn takes_bookings(&self, now: Timestamp) -> Result<(), Error> {
        match self.state {
            SessionState::Cancelled => Err(Error::Cancelled(self.id)),
            SessionState::Held => Err(Error::Held(self.id)),
            SessionState::Open if self.facts.starts <= now => Err(Error::Begun(self.id)),
            SessionState::Open => Ok(()),
        }
    }
}

/// What somebody was told about their booking last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "told", rename_all = "snake_case")]
pub enum Told {
    /// That they wait.
    Waiting,
    /// That a seat is theirs.
    Seated {
        /// The revision in their calendar.
        sequence: u32,
    },
    /// That the session does not take place.
    CalledOff,
}

/// That somebody asked for a seat. Whether they have one follows from the tickets before theirs: see
/// [`super::Seating`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booking {
    /// In which session.
    pub session: SessionId,
    /// For whom.
    pub person: PersonId,
    /// Their place in the order of asking.
    pub ticket: u64,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// What they were told last.
    pub told: Told,
    /// How often it was written.
    pub version: Version,
}
