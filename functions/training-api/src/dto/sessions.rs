//! Sessions, bookings and who was there.

use jiff::Timestamp;
use kernel::{CourseId, Day, PersonId, SessionId, ZoneName};
use serde::{Deserialize, Deserializer, Serialize, de::Error};
use training::{
    model::{CourseUrl, LanguageTag, Place, Title},
    sessions::{Booking, Minutes, Seats, Session, SessionFacts, SessionState, Standing, usecases::SessionChange},
};
use utoipa::{
    IntoParams, ToSchema,
    openapi::{
        KnownFormat, ObjectBuilder, Schema, SchemaFormat,
        schema::{SchemaType, Type},
    },
};

use super::{
    courses::present,
    patterns::{LANGUAGE, PRINTABLE, URL},
    roster, spelled, spellings, text,
};

spellings! {
    session_state: SessionState;
}

fn booking_state() -> Schema {
    spelled(["none", "booked", "waiting"])
}

fn instant() -> Schema {
    let format = SchemaFormat::KnownFormat(KnownFormat::DateTime);
    ObjectBuilder::new().schema_type(Type::String).format(Some(format)).into()
}

fn minutes() -> Schema {
    ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(15)).maximum(Some(600)).into()
}

fn seats() -> Schema {
    ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(500)).into()
}

fn time_zone() -> Schema {
    text(Some("^[A-Za-z0-9_+/-]+$"), 2, 60).into()
}

fn optional(most: usize, pattern: &str) -> Schema {
    let kinds = SchemaType::from_iter([Type::String, Type::Null]);
    ObjectBuilder::new().schema_type(kinds).max_length(Some(most)).pattern(Some(pattern)).into()
}

fn optional_place() -> Schema {
    optional(200, PRINTABLE)
}

fn optional_join_url() -> Schema {
    optional(500, URL)
}

fn optional_language() -> Schema {
    optional(35, LANGUAGE)
}

fn optional_host() -> Schema {
    let kinds = SchemaType::from_iter([Type::String, Type::Null]);
    let format = SchemaFormat::KnownFormat(KnownFormat::Uuid);
    ObjectBuilder::new().schema_type(kinds).format(Some(format)).into()
}

/// An instant spelled `YYYY-MM-DDTHH:MM:SSZ` and in no other way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Instant(Timestamp);

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = String::deserialize(deserializer)?;
        let spelled = raw.len() == 20
            && raw.bytes().zip(*b"0000-00-00T00:00:00Z").all(|(byte, form)| match form {
                b'0' => byte.is_ascii_digit(),
                other => byte == other,
            });
        let parsed = spelled.then(|| raw.parse().ok()).flatten();
        parsed.map(Self).ok_or_else(|| D::Error::custom("an instant in UTC as YYYY-MM-DDTHH:MM:SSZ"))
    }
}

/// Which sessions are listed.
#[derive(Debug, Clone, Copy, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SessionFilter {
    /// Sessions of this course only.
    #[serde(default)]
    #[param(value_type = Option<Uuid>)]
    pub(crate) course_id: Option<CourseId>,
    /// Sessions that begin on this day (UTC) or later; from now on where absent.
    #[serde(default)]
    #[param(value_type = Option<String>, format = Date)]
    pub(crate) from: Option<Day>,
}

/// A session to be planned. It has a place, an address to join at, or both.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSession {
    /// Of which course.
    #[schema(value_type = Uuid)]
    pub(crate) course_id: CourseId,
    /// When it begins: a full minute in the future, in UTC.
    #[schema(schema_with = instant)]
    starts: Instant,
    /// How long it takes.
    #[schema(schema_with = minutes)]
    minutes: Minutes,
    /// The zone its hours are told in, as an IANA name.
    #[schema(schema_with = time_zone)]
    time_zone: ZoneName,
    /// Where it takes place.
    #[serde(default)]
    #[schema(schema_with = optional_place)]
    place: Option<Place>,
    /// Where it is joined from afar.
    #[serde(default)]
    #[schema(schema_with = optional_join_url)]
    join_url: Option<CourseUrl>,
    /// How many people it takes.
    #[schema(schema_with = seats)]
    seats: Seats,
    /// The language it is held in, as a BCP 47 tag.
    #[serde(default)]
    #[schema(schema_with = optional_language)]
    language: Option<LanguageTag>,
    /// Who holds it, and says afterwards who was there.
    #[serde(default)]
    #[schema(schema_with = optional_host)]
    host_id: Option<PersonId>,
}

impl From<NewSession> for SessionFacts {
    fn from(new: NewSession) -> Self {
        Self {
            starts: new.starts.0,
            minutes: new.minutes,
            zone: new.time_zone,
            place: new.place,
            url: new.join_url,
            seats: new.seats,
            language: new.language,
            host: new.host_id,
        }
    }
}

/// What changes of a session: fields left out stay as they are.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct SessionPatch {
    /// When it begins: a full minute in the future, in UTC.
    #[schema(schema_with = instant)]
    starts: Option<Instant>,
    /// How long it takes.
    #[schema(schema_with = minutes)]
    minutes: Option<Minutes>,
    /// The zone its hours are told in, as an IANA name.
    #[schema(schema_with = time_zone)]
    time_zone: Option<ZoneName>,
    /// Where it takes place; null for nowhere but online.
    #[serde(deserialize_with = "present")]
    #[schema(schema_with = optional_place)]
    place: Option<Option<Place>>,
    /// Where it is joined from afar; null for a place alone.
    #[serde(deserialize_with = "present")]
    #[schema(schema_with = optional_join_url)]
    join_url: Option<Option<CourseUrl>>,
    /// How many people it takes, at least as many as have a seat.
    #[schema(schema_with = seats)]
    seats: Option<Seats>,
    /// The language it is held in, as a BCP 47 tag; null for none in particular.
    #[serde(deserialize_with = "present")]
    #[schema(schema_with = optional_language)]
    language: Option<Option<LanguageTag>>,
    /// Who holds it, and says afterwards who was there; null for nobody in particular.
    #[serde(deserialize_with = "present")]
    #[schema(schema_with = optional_host)]
    host_id: Option<Option<PersonId>>,
}

impl From<SessionPatch> for SessionChange {
    fn from(patch: SessionPatch) -> Self {
        Self {
            starts: patch.starts.map(|starts| starts.0),
            minutes: patch.minutes,
            zone: patch.time_zone,
            place: patch.place,
            url: patch.join_url,
            seats: patch.seats,
            language: patch.language,
            host: patch.host_id,
        }
    }
}

/// A session. Its version rises with every booking, too.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct SessionView {
    #[schema(value_type = Uuid)]
    id: SessionId,
    #[schema(value_type = Uuid)]
    course_id: CourseId,
    /// What the course is called.
    #[schema(value_type = String)]
    title: Title,
    #[schema(schema_with = session_state)]
    state: SessionState,
    #[schema(value_type = String, format = DateTime)]
    starts: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    ends: Timestamp,
    minutes: u16,
    #[schema(value_type = String)]
    time_zone: ZoneName,
    #[schema(value_type = Option<String>)]
    place: Option<Place>,
    /// Whether it can be joined from afar.
    online: bool,
    /// Where it is joined from afar: told to those who have a seat, hold the session or plan sessions. A list tells it to
    /// the latter two only.
    #[schema(value_type = Option<String>)]
    join_url: Option<CourseUrl>,
    seats: u16,
    /// How many people have a seat.
    booked: u16,
    /// How many wait for one.
    waiting: u16,
    #[schema(value_type = Option<String>)]
    language: Option<LanguageTag>,
    #[schema(value_type = Option<Uuid>)]
    host_id: Option<PersonId>,
}

impl SessionView {
    /// A session, with the address it is joined at where the reader may know it.
    pub(crate) fn of(session: &Session, address: bool) -> Self {
        let facts = session.facts.clone();
        Self {
            id: session.id,
            course_id: session.course,
            title: session.title.clone(),
            state: session.state,
            starts: facts.starts,
            ends: session.ends(),
            minutes: facts.minutes.get(),
            time_zone: facts.zone,
            place: facts.place,
            online: facts.url.is_some(),
            join_url: facts.url.filter(|_| address),
            seats: facts.seats.get(),
            booked: session.seated(),
            waiting: session.waiting(),
            language: facts.language,
            host_id: facts.host,
        }
    }
}

/// Where a person stands in a session.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub(crate) struct BookingView {
    #[schema(value_type = Uuid)]
    session_id: SessionId,
    #[schema(value_type = Uuid)]
    person_id: PersonId,
    #[schema(schema_with = booking_state)]
    state: &'static str,
    /// How manieth of those who wait; told to the person alone.
    position: Option<u16>,
    /// When the seat was asked for.
    #[schema(value_type = Option<String>, format = DateTime)]
    asked_at: Option<Timestamp>,
}

impl BookingView {
    /// Somebody who asked for no seat, or gave it back.
    pub(crate) const fn none(session_id: SessionId, person_id: PersonId) -> Self {
        Self { session_id, person_id, state: "none", position: None, asked_at: None }
    }

    /// A booking; its position for the person's own eyes only.
    pub(crate) const fn of(booking: &Booking, standing: Standing, own: bool) -> Self {
        let (state, position) = match standing {
            Standing::Seat => ("booked", None),
            Standing::Waiting { position } => ("waiting", if own { Some(position) } else { None }),
        };
        let Booking { session, person, asked_at, .. } = booking;
        Self { session_id: *session, person_id: *person, state, position, asked_at: Some(*asked_at) }
    }
}

/// Who was there.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Attendance {
    /// Who took part, 1 to 80 people, each once; a larger session has several rosters.
    #[schema(schema_with = roster)]
    pub(crate) people: Vec<PersonId>,
    /// Whether people without a seat may be among them.
    #[serde(default)]
    pub(crate) walk_ins: bool,
}
