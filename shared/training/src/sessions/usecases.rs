//! What the boundaries call: planning, changing and calling off a session; asking for a seat and giving it back; telling
//! those who stand elsewhere than they were told; taking the roster; forgetting a person.
//!
//! A booking is one read and one transaction, whatever the session's size: its guard is the session's version, so that
//! of two people who ask for the last seat one gets it and the other, deciding again, waits. A change that concerns
//! everybody is one write; [`tell`] then writes to them a few at a time, and is safe to repeat and to interrupt.

mod seats;

use jiff::Timestamp;
use kernel::{Cause, Commit, CourseId, Once, PersonId, SessionId, StoreError, Version, ZoneName};

use super::{Booking, Error, Minutes, Seating, Seats, Session, SessionFacts, SessionState, SessionsReader, Write};
use crate::{
    TrainingError, events,
    model::{Course, CourseUrl, LanguageTag, Place},
    usecases::{Desk, not_own, records},
};

pub use seats::{book, booking, forget, give_back, seen, tell, vacate};

/// How often a lost race is decided again: many may ask for seats of one session at the same moment.
const TRIES: usize = 8;

/// Everything the use cases of sessions work with.
#[derive(Clone, Copy)]
pub struct SessionDesk<'a> {
    /// What all of training works with.
    pub desk: Desk<'a>,
    /// Reads sessions.
    pub reader: &'a dyn SessionsReader,
}

/// Makes the idempotency record of a request from the session that came of it.
pub type SessionAnswer<'a> = &'a (dyn Fn(&Session) -> Once + Send + Sync);

impl SessionDesk<'_> {
    async fn session(&self, id: SessionId) -> Result<Session, TrainingError> {
        Ok(self.reader.session(id).await?.ok_or(Error::Unknown(id))?)
    }

    async fn seating(&self, id: SessionId) -> Result<Seating, TrainingError> {
        Ok(self.reader.seating(id).await?.ok_or(Error::Unknown(id))?)
    }

    async fn course(&self, id: CourseId) -> Result<Course, TrainingError> {
        let catalogue = self.desk.reader.catalogue().await?;
        catalogue.course(id).cloned().ok_or(TrainingError::UnknownCourse(id))
    }

    async fn check_host(&self, host: Option<PersonId>) -> Result<(), TrainingError> {
        if let Some(host) = host
            && self.desk.roster.facts(host).await?.is_none()
        {
            return Err(Error::UnknownHost(host).into());
        }
        Ok(())
    }

    async fn commit(&self, commit: Commit<crate::Write>, cause: &Cause) -> Result<(), StoreError> {
        self.desk.writer.commit(commit, cause).await
    }
}

fn write(before: Version, session: &Session) -> crate::Write {
    crate::Write::Sessions(Write::Session { before, session: Box::new(session.clone()) })
}

fn write_booking(before: Version, booking: Booking) -> crate::Write {
    crate::Write::Sessions(Write::Booking { before, booking: Box::new(booking) })
}

/// Plans a session.
///
/// # Errors
/// [`TrainingError`] for an unknown or retired course, an unknown host, a beginning in the past, no place; store errors.
pub async fn plan(
    desk: &SessionDesk<'_>,
    course: CourseId,
    facts: SessionFacts,
    cause: &Cause,
    once: Option<SessionAnswer<'_>>,
) -> Result<Session, TrainingError> {
    facts.check(cause.at)?;
    let course = desk.course(course).await?;
    if course.retired.is_some() {
        return Err(TrainingError::Retired(course.id));
    }
    desk.check_host(facts.host).await?;
    let session = Session {
        id: SessionId::new(cause.at),
        course: course.id,
        title: course.title,
        facts,
        state: SessionState::Open,
        tickets: 0,
        bookings: 0,
        sequence: 0,
        announced: 0,
        version: Version::FIRST,
    };
    let event = events::session(events::SESSION_PLANNED, &session, cause);
    let commit = Commit::of(vec![write(Version::ABSENT, &session)]).event(event);
    desk.commit(commit.once(once.map(|answer| answer(&session))), cause).await?;
    Ok(session)
}

/// What changes of a session: what is absent stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionChange {
    /// When it begins.
    pub starts: Option<Timestamp>,
    /// How long it takes.
    pub minutes: Option<Minutes>,
    /// The zone its hours are told in.
    pub zone: Option<ZoneName>,
    /// Where it takes place.
    pub place: Option<Option<Place>>,
    /// Where it is joined from afar.
    pub url: Option<Option<CourseUrl>>,
    /// How many people it takes.
    pub seats: Option<Seats>,
    /// The language it is held in.
    pub language: Option<Option<LanguageTag>>,
    /// Who holds it.
    pub host: Option<Option<PersonId>>,
}

impl SessionChange {
    fn apply(self, old: SessionFacts) -> SessionFacts {
        SessionFacts {
            starts: self.starts.unwrap_or(old.starts),
            minutes: self.minutes.unwrap_or(old.minutes),
            zone: self.zone.unwrap_or(old.zone),
            place: self.place.unwrap_or(old.place),
            url: self.url.unwrap_or(old.url),
            seats: self.seats.unwrap_or(old.seats),
            language: self.language.unwrap_or(old.language),
            host: self.host.unwrap_or(old.host),
        }
    }
}

/// Changes a session that has not begun. More seats move up who waits; [`tell`] lets them and everybody whom the change
/// concerns know.
///
/// # Errors
/// [`TrainingError`] for an unknown session, a version that is no longer true, a session that has begun or ended, fewer
/// seats than are booked, and as of [`plan`]; store errors.
pub async fn change(
    desk: &SessionDesk<'_>,
    id: SessionId,
    expected: Version,
    change: SessionChange,
    cause: &Cause,
) -> Result<Session, TrainingError> {
    let old = desk.session(id).await?;
    if old.version != expected {
        return Err(TrainingError::Stale);
    }
    old.takes_bookings(cause.at)?;
    let facts = change.apply(old.facts.clone());
    let title = desk.course(old.course).await?.title;
    if facts == old.facts && title == old.title {
        return Ok(old);
    }
    facts.check(cause.at)?;
    if facts.seats.get() < old.seated() {
        return Err(Error::SeatsTaken(old.seated()).into());
    }
    if facts.host != old.facts.host {
        desk.check_host(facts.host).await?;
    }
    let concerns = facts.concerns(&old.facts) || title != old.title;
    let mut session = Session { facts, title, version: expected.next(), ..old };
    if concerns {
        announce(&mut session);
    }
    let event = events::session(events::SESSION_CHANGED, &session, cause);
    match desk.commit(Commit::of(vec![write(expected, &session)]).event(event), cause).await {
        Ok(()) => Ok(session),
        Err(StoreError::Conflict) => Err(TrainingError::Stale),
        Err(error) => Err(error.into()),
    }
}

/// Everybody with a seat is to hear of it.
fn announce(session: &mut Session) {
    session.sequence = session.sequence.saturating_add(1);
    session.announced = session.sequence;
}

/// Calls a session off that has not begun; [`tell`] lets everybody know. Calling it off twice changes nothing.
///
/// # Errors
/// [`TrainingError`] for an unknown session, one that has begun or was held; store errors.
pub async fn cancel(
    desk: &SessionDesk<'_>,
    id: SessionId,
    cause: &Cause,
    once: Option<SessionAnswer<'_>>,
) -> Result<Session, TrainingError> {
    let mut tries = TRIES;
    loop {
        let mut session = desk.session(id).await?;
        let mut commit = Commit::of(Vec::new());
        match session.state {
            SessionState::Held => return Err(Error::Held(id).into()),
            SessionState::Cancelled if once.is_none() => return Ok(session),
            SessionState::Cancelled => {}
            // People sit in it: what becomes of it now, its roster says.
            SessionState::Open if session.facts.starts <= cause.at => return Err(Error::Begun(id).into()),
            SessionState::Open => {
                let before = session.version;
                session.state = SessionState::Cancelled;
                session.version = before.next();
                announce(&mut session);
                commit.writes.push(write(before, &session));
                commit.events.push(events::session(events::SESSION_CANCELLED, &session, cause));
            }
        }
        match desk.commit(commit.once(once.map(|answer| answer(&session))), cause).await {
            Ok(()) => return Ok(session),
            Err(StoreError::Conflict) if tries > 1 => tries -= 1,
            Err(error) => return Err(error.into()),
        }
    }
}

/// Records who was there, as the course's roster does, and that the session was held. `walk_ins` lets people without a
/// seat be among them. Safe to repeat; a session may have several rosters.
///
/// # Errors
/// [`TrainingError`] for an unknown or cancelled session, one that has not begun, people without a seat, people whom the
/// directory does not know, oneself on the roster: then nothing is written. Store errors: what was recorded before stays
/// recorded.
pub async fn hold(
    desk: &SessionDesk<'_>,
    id: SessionId,
    people: &[PersonId],
    walk_ins: bool,
    cause: &Cause,
) -> Result<Session, TrainingError> {
    for person in people {
        not_own(cause, *person)?;
    }
    let session = mark_held(desk, id, people, walk_ins, cause).await?;
    records::record_all(&desk.desk, session.course, session.day(), people, cause).await?;
    Ok(session)
}

/// Writes down that a session is held, before anybody's completion: from then on nobody calls it off, so that no completion
/// rests on a session that did not take place. Where the roster stops half way, it is taken again.
async fn mark_held(
    desk: &SessionDesk<'_>,
    id: SessionId,
    people: &[PersonId],
    walk_ins: bool,
    cause: &Cause,
) -> Result<Session, TrainingError> {
    let mut tries = TRIES;
    loop {
        let seating = desk.seating(id).await?;
        let mut session = seating.session().clone();
        if session.state == SessionState::Cancelled {
            return Err(Error::Cancelled(id).into());
        }
        if cause.at < session.facts.starts {
            return Err(Error::NotBegun(id).into());
        }
        let seated = |person: &PersonId| seating.seated().iter().any(|booking| booking.person == *person);
        let strangers: Vec<PersonId> = people.iter().copied().filter(|person| !seated(person)).collect();
        if !walk_ins && !strangers.is_empty() {
            return Err(Error::Strangers(strangers).into());
        }
        records::check_roster(&desk.desk, session.day(), people, cause).await?;
        if session.state == SessionState::Held {
            return Ok(session);
        }
        let before = session.version;
        session.state = SessionState::Held;
        session.version = before.next();
        let event = events::session(events::SESSION_HELD, &session, cause);
        match desk.commit(Commit::of(vec![write(before, &session)]).event(event), cause).await {
            Ok(()) => return Ok(session),
            Err(StoreError::Conflict) if tries > 1 => tries -= 1,
            Err(error) => return Err(error.into()),
        }
    }
}
