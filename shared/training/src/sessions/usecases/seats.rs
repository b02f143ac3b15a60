//! Seats: asking for one and giving it back, telling those who stand elsewhere than they were told, leaving, and
//! forgetting a person.

use jiff::Timestamp;
use kernel::{Cause, Commit, Limit, PersonId, SessionId, StoreError, Version};

use super::{SessionDesk, TRIES, write, write_booking};
use crate::{
    TrainingError, events,
    sessions::{
        Booking, Error, MOST_WAITING, Notice, Seating, Session, SessionState, Standing, Told, Write, mails::draft,
    },
};

/// How many are told in one transaction: each is a booking, a mail and at most one event, of a hundred writes.
const TOLD_AT_ONCE: usize = 30;

/// Asks for a seat. Where there is none, the person waits. Who has asked before finds what came of it, whatever version
/// is expected; else the expected one is [`Version::ABSENT`].
///
/// # Errors
/// [`TrainingError`] for an unknown session, one that takes no bookings (any more), a full waiting list, a version that
/// is no longer true; store errors.
pub async fn book(
    desk: &SessionDesk<'_>,
    id: SessionId,
    person: PersonId,
    expected: Version,
    cause: &Cause,
) -> Result<(Booking, Standing), TrainingError> {
    let mut tries = TRIES;
    loop {
        let (mut session, found) = desk.reader.booked(id, person).await?.ok_or(Error::Unknown(id))?;
        if session.state == SessionState::Cancelled {
            return Err(Error::Cancelled(id).into());
        }
        if let Some(booking) = found {
            match standing(desk, &session, &booking).await? {
                Some(standing) => return Ok((booking, standing)),
                // Given back in between: it is asked for anew.
                None if tries > 1 => tries -= 1,
                None => return Err(StoreError::Conflict.into()),
            }
            continue;
        }
        if expected != Version::ABSENT {
            return Err(TrainingError::Stale);
        }
        session.takes_bookings(cause.at)?;
        if session.waiting() >= MOST_WAITING {
            return Err(Error::ListFull(id).into());
        }
        let before = session.version;
        let standing = Standing::of(usize::from(session.bookings), session.facts.seats.get());
        session.tickets = session.tickets.saturating_add(1);
        session.bookings = session.bookings.saturating_add(1);
        session.version = before.next();
        let (told, kind) = match standing {
            Standing::Seat => (Told::Seated { sequence: session.sequence }, events::SEAT_BOOKED),
            Standing::Waiting { .. } => (Told::Waiting, events::SEAT_AWAITED),
        };
        let ticket = session.tickets;
        let booking = Booking { session: id, person, ticket, asked_at: cause.at, told, version: Version::FIRST };
        let writes = vec![write(before, &session), write_booking(Version::ABSENT, booking.clone())];
        let mut commit = Commit::of(writes).event(events::seat(kind, person, id, cause));
        if standing == Standing::Seat {
            commit.mails.extend(draft(desk.desk.mail, person, Notice::Invited, &session, cause.at));
        }
        match desk.commit(commit, cause).await {
            Ok(()) => return Ok((booking, standing)),
            Err(StoreError::Conflict) if tries > 1 => tries -= 1,
            Err(error) => return Err(error.into()),
        }
    }
}

/// Where somebody stands, without a further read while nobody waits; nowhere when the booking was given back in between.
async fn standing(
    desk: &SessionDesk<'_>,
    session: &Session,
    booking: &Booking,
) -> Result<Option<Standing>, TrainingError> {
    if session.waiting() == 0 {
        return Ok(Some(Standing::Seat));
    }
    let seating = desk.seating(session.id).await?;
    Ok(seating.of(booking.person).map(|(_, standing)| standing))
}

/// Somebody's booking and where they stand; nothing for who has none.
///
/// # Errors
/// [`TrainingError`] for an unknown session; store errors.
pub async fn booking(
    desk: &SessionDesk<'_>,
    id: SessionId,
    person: PersonId,
) -> Result<Option<(Booking, Standing)>, TrainingError> {
    let (session, found) = desk.reader.booked(id, person).await?.ok_or(Error::Unknown(id))?;
    let Some(booking) = found else { return Ok(None) };
    let standing = standing(desk, &session, &booking).await?;
    Ok(standing.map(|standing| (booking, standing)))
}

/// A session, and whether somebody has a seat in it: they may know where it is joined from afar.
///
/// # Errors
/// [`TrainingError`] for an unknown session; store errors.
pub async fn seen(
    desk: &SessionDesk<'_>,
    id: SessionId,
    by: Option<PersonId>,
) -> Result<(Session, bool), TrainingError> {
    let Some(person) = by else { return Ok((desk.session(id).await?, false)) };
    let (session, found) = desk.reader.booked(id, person).await?.ok_or(Error::Unknown(id))?;
    let seated = match found {
        None => false,
        // There are never fewer seats than were taken: who was told of one has it until they give it back.
        Some(Booking { told: Told::Seated { .. }, .. }) => true,
        Some(booking) => standing(desk, &session, &booking).await? == Some(Standing::Seat),
    };
    Ok((session, seated))
}

/// Gives a seat or a place in the waiting list back; the first of those who wait moves up. Who has none has given it
/// back already.
///
/// # Errors
/// [`TrainingError`] for an unknown session, one that takes no bookings (any more), a version that is no longer true;
/// store errors.
pub async fn give_back(
    desk: &SessionDesk<'_>,
    id: SessionId,
    person: PersonId,
    expected: Version,
    cause: &Cause,
) -> Result<(), TrainingError> {
    let mut tries = TRIES;
    loop {
        let seating = desk.seating(id).await?;
        let Some((booking, _)) = seating.of(person) else { return Ok(()) };
        seating.session().takes_bookings(cause.at)?;
        if booking.version != expected {
            return Err(TrainingError::Stale);
        }
        let mut commit = release(desk, &seating, booking, cause);
        if let Some(sequence) = revision_of_leaving(&seating, booking) {
            let said = Session { sequence, ..seating.session().clone() };
            commit.mails.extend(draft(desk.desk.mail, person, Notice::Released, &said, cause.at));
        }
        match desk.commit(commit, cause).await {
            Ok(()) => return Ok(()),
            Err(StoreError::Conflict) if tries > 1 => tries -= 1,
            Err(error) => return Err(error.into()),
        }
    }
}

/// What is in somebody's calendar is taken out by a revision of its own; what is in nobody's needs none.
fn revision_of_leaving(seating: &Seating, leaves: &Booking) -> Option<u32> {
    matches!(leaves.told, Told::Seated { .. }).then(|| seating.session().sequence.saturating_add(1))
}

/// One booking less, and who moves up for it.
fn release(desk: &SessionDesk<'_>, seating: &Seating, leaves: &Booking, cause: &Cause) -> Commit<crate::Write> {
    let (id, person) = (leaves.session, leaves.person);
    let mut session = seating.session().clone();
    let before = session.version;
    session.version = before.next();
    session.bookings = session.bookings.saturating_sub(1);
    // Whoever leaves may come back: what is said then must be later than what took the session out of their calendar.
    session.sequence = revision_of_leaving(seating, leaves).map_or(session.sequence, |gone| gone.saturating_add(1));
    let drop = Write::DropBooking { session: id, person, before: leaves.version };
    let mut commit = Commit::of(vec![write(before, &session), crate::Write::Sessions(drop)]);
    commit.events.push(events::seat(events::SEAT_GIVEN_BACK, person, id, cause));
    let takes = session.takes_bookings(cause.at).is_ok();
    if let Some(next) = seating.next_after(person).filter(|_| takes) {
        let told = Told::Seated { sequence: session.sequence };
        commit.writes.push(write_booking(next.version, Booking { told, version: next.version.next(), ..next.clone() }));
        commit.events.push(events::seat(events::SEAT_MOVED_UP, next.person, id, cause));
        commit.mails.extend(draft(desk.desk.mail, next.person, Notice::MovedUp, &session, cause.at));
    }
    commit
}

/// Who stands elsewhere than they were told, with what they are told now.
fn news(seating: &Seating, now: Timestamp) -> Vec<(Booking, Notice)> {
    let session = seating.session();
    let mut news = Vec::new();
    let mut tell = |booking: &Booking, told: Told, notice: Notice| {
        news.push((Booking { told, version: booking.version.next(), ..booking.clone() }, notice));
    };
    match session.state {
        SessionState::Cancelled => {
            for (booking, _) in seating.all() {
                match booking.told {
                    Told::Seated { .. } => tell(booking, Told::CalledOff, Notice::Cancelled),
                    Told::Waiting => tell(booking, Told::CalledOff, Notice::WaitingEnded),
                    Told::CalledOff => {}
                }
            }
        }
        SessionState::Open if session.facts.starts > now => {
            let seated = Told::Seated { sequence: session.sequence };
            for booking in seating.seated() {
                match booking.told {
                    Told::Waiting => tell(booking, seated, Notice::MovedUp),
                    Told::Seated { sequence } if sequence < session.announced => tell(booking, seated, Notice::Changed),
                    Told::Seated { .. } | Told::CalledOff => {}
                }
            }
        }
        SessionState::Open | SessionState::Held => {}
    }
    news
}

/// Tells everybody who stands elsewhere than they were told: who moved up, whom a change concerns, whose session was
/// called off. Mail and mark are one transaction, so that nobody is told the same twice, however often this runs and
/// wherever it stops. Returns how many were told.
///
/// # Errors
/// Store errors; those who were told stay so.
pub async fn tell(desk: &SessionDesk<'_>, id: SessionId, cause: &Cause) -> Result<u64, TrainingError> {
    let (mut told, mut tries) = (0, TRIES);
    loop {
        let Some(seating) = desk.reader.seating(id).await? else { return Ok(told) };
        let mut lost = false;
        for some in news(&seating, cause.at).chunks(TOLD_AT_ONCE) {
            let mut commit = Commit::of(Vec::new());
            for (booking, notice) in some {
                let person = booking.person;
                commit.writes.push(write_booking(booking.version.previous(), booking.clone()));
                if *notice == Notice::MovedUp {
                    commit.events.push(events::seat(events::SEAT_MOVED_UP, person, id, cause));
                }
                commit.mails.extend(draft(desk.desk.mail, person, *notice, seating.session(), cause.at));
            }
            match desk.commit(commit, cause).await {
                Ok(()) => told += u64::try_from(some.len()).unwrap_or_default(),
                Err(StoreError::Conflict) if tries > 1 => {
                    // Somebody gave back or moved up meanwhile: who is still to be told is read anew.
                    tries -= 1;
                    lost = true;
                    break;
                }
                Err(error) => return Err(error.into()),
            }
        }
        if !lost {
            return Ok(told);
        }
    }
}

/// Forgets a person's bookings: seats become free, and those who wait move up. Nobody writes to the person. Safe to
/// repeat, also after it stopped half way; says whether there was anything.
///
/// # Errors
/// Store errors.
pub async fn forget(desk: &SessionDesk<'_>, person: PersonId, cause: &Cause) -> Result<bool, TrainingError> {
    drop_bookings(desk, person, &|_| true, cause).await
}

/// Gives back what somebody who leaves has in sessions after their last day; what was held stays as it was. Nobody
/// writes to the person. Safe to repeat; says whether there was anything.
///
/// # Errors
/// Store errors.
pub async fn vacate(desk: &SessionDesk<'_>, person: PersonId, cause: &Cause) -> Result<bool, TrainingError> {
    let Some(last) = desk.desk.roster.facts(person).await?.and_then(|facts| facts.leave) else { return Ok(false) };
    let misses = |session: &Session| session.day() > last && session.takes_bookings(cause.at).is_ok();
    drop_bookings(desk, person, &misses, cause).await
}

async fn drop_bookings(
    desk: &SessionDesk<'_>,
    person: PersonId,
    of: &(dyn Fn(&Session) -> bool + Sync),
    cause: &Cause,
) -> Result<bool, TrainingError> {
    let (mut found, mut after) = (false, None);
    loop {
        let page = desk.reader.sessions_of(person, Limit::MAX, after.as_ref()).await?;
        for session in page.items {
            found |= drop_booking(desk, session, person, of, cause).await?;
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(found),
        }
    }
}

async fn drop_booking(
    desk: &SessionDesk<'_>,
    session: SessionId,
    person: PersonId,
    of: &(dyn Fn(&Session) -> bool + Sync),
    cause: &Cause,
) -> Result<bool, TrainingError> {
    let mut tries = TRIES;
    loop {
        let Some(seating) = desk.reader.seating(session).await? else { return Ok(false) };
        let Some((booking, _)) = seating.of(person).filter(|_| of(seating.session())) else { return Ok(false) };
        match desk.commit(release(desk, &seating, booking, cause), cause).await {
            Ok(()) => return Ok(true),
            Err(StoreError::Conflict) if tries > 1 => tries -= 1,
            Err(error) => return Err(error.into()),
        }
    }
}
