//! Sessions and bookings: a session's partition holds both, so that one query reads who has a seat. The session is
//! written with every booking that is made or given back, and its version guards their number; a booking alone is written
//! where only what its person was told changes.

use async_trait::async_trait;
use kernel::{Limit, Page, PersonId, Position, SessionId, StoreError};
use training::sessions::{Booking, LATEST, Seating, Session, SessionsReader, Upcoming, Write};

use super::{TrainingStore, items};
use crate::{
    commit::{Guard, Transaction, unavailable},
    item::{ItemBuilder, Kind, body, kind_of},
    keys,
    table::{Index, Item, Key, Op, Query, Range, expect, text},
};

const SESSION: Kind = Kind::first("session");
const BOOKING: Kind = Kind::first("booking");

type Stored<T> = Result<T, StoreError>;

fn session_item(value: &Session) -> Stored<Item> {
    let position = keys::session_position(value.facts.starts, value.id);
    let item = ItemBuilder::new(&keys::session(value.id), SESSION, value)?.version(value.version);
    Ok(item.index(Index::List, keys::SESSIONS, position).build())
}

fn booking_item(value: &Booking) -> Stored<Item> {
    let item = ItemBuilder::new(&keys::booking(value.session, value.person), BOOKING, value)?.version(value.version);
    Ok(item.index(Index::List, keys::bookings_of(value.person), value.session.to_string()).build())
}

/// Adds a write to a transaction.
pub(super) fn push(transaction: &mut Transaction, write: &Write) -> Result<(), StoreError> {
    let op = match write {
        Write::Session { before, session } => Op::replace(session_item(session)?, *before),
        Write::Booking { before, booking } => Op::replace(booking_item(booking)?, *before),
        Write::DropBooking { session, person, before } => {
            Op::Delete { key: keys::booking(*session, *person), when: expect(*before) }
        }
    };
    transaction.push(op, Guard::Version);
    Ok(())
}

/// A session and its bookings from items of its partition; nothing when the session is not there.
fn sorted(items: &[Item]) -> Stored<Option<(Session, Vec<Booking>)>> {
    let (mut session, mut bookings) = (None, Vec::with_capacity(items.len()));
    for item in items {
        match kind_of(item) {
            Some("session") => session = Some(body(item, SESSION)?),
            Some("booking") => bookings.push(body(item, BOOKING)?),
            _ => return Err(items::unreadable(item, "is no part of a session")),
        }
    }
    Ok(session.map(|session| (session, bookings)))
}

#[async_trait]
impl SessionsReader for TrainingStore {
    async fn session(&self, session: SessionId) -> Stored<Option<Session>> {
        self.one(&keys::session(session), SESSION).await
    }

    async fn booked(&self, session: SessionId, person: PersonId) -> Stored<Option<(Session, Option<Booking>)>> {
        let both = [keys::session(session), keys::booking(session, person)];
        let found = self.table.get_many(&both).await.map_err(unavailable)?;
        Ok(sorted(&found)?.map(|(session, mut bookings)| (session, bookings.pop())))
    }

    async fn seating(&self, session: SessionId) -> Stored<Option<Seating>> {
        let found = self.all(keys::session_partition(session), Range::all()).await?;
        Ok(sorted(&found)?.map(|(session, bookings)| Seating::new(session, bookings)))
    }

    async fn upcoming(&self, which: Upcoming, limit: Limit, after: Option<&Position>) -> Stored<Page<Session>> {
        // Of one course only: a long stretch is looked through by one request, and the page may be short.
        let most = if which.course.is_some() { Limit::MAX } else { limit };
        let query = Query::index(Index::List, keys::SESSIONS).range(keys::sessions_from(which.from)).limit(most.get());
        let query = query.after(after.map(|position| position.0.clone()));
        let slice = self.table.query(&query).await.map_err(unavailable)?;
        let mut page = Page { items: Vec::<Session>::new(), next: slice.next.map(Position) };
        for item in &slice.items {
            let session: Session = body(item, SESSION)?;
            if which.course.is_some_and(|course| course != session.course) {
                continue;
            }
            if page.items.len() == usize::from(limit.get()) {
                let last = page.items.last();
                page.next = last.map(|last| Position(keys::session_position(last.facts.starts, last.id)));
                break;
            }
            page.items.push(session);
        }
        Ok(page)
    }

    async fn sessions_of(&self, person: PersonId, limit: Limit, after: Option<&Position>) -> Stored<Page<SessionId>> {
        let query = Query::index(Index::List, keys::bookings_of(person)).limit(limit.get());
        let query = query.after(after.map(|position| position.0.clone()));
        let slice = self.table.query(&query).await.map_err(unavailable)?;
        let session = |item: &Item| {
            let named = text(item, Index::List.sk()).and_then(|session| session.parse().ok());
            named.ok_or_else(|| items::unreadable(item, "names no session"))
        };
        let items = slice.items.iter().map(session).collect::<Stored<Vec<SessionId>>>()?;
        Ok(Page { items, next: slice.next.map(Position) })
    }

    async fn bookings_of(&self, person: PersonId) -> Stored<Vec<(Session, Booking)>> {
        let query = Query::index(Index::List, keys::bookings_of(person)).descending().limit(LATEST);
        let slice = self.table.query(&query).await.map_err(unavailable)?;
        let bookings = slice.items.iter().map(|item| body(item, BOOKING)).collect::<Stored<Vec<Booking>>>()?;
        if bookings.is_empty() {
            return Ok(Vec::new());
        }
        let keys: Vec<Key> = bookings.iter().map(|booking| keys::session(booking.session)).collect();
        let found = self.table.get_many(&keys).await.map_err(unavailable)?;
        let sessions = found.iter().map(|item| body(item, SESSION)).collect::<Stored<Vec<Session>>>()?;
        let with = |booking: Booking| Some((sessions.iter().find(|it| it.id == booking.session)?.clone(), booking));
        Ok(bookings.into_iter().filter_map(with).collect())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kernel::{Cause, CourseId, Principal, Version, ZoneName};
    use training::{
        TrainingWriter,
        model::{CourseUrl, LanguageTag, Place, Title},
        sessions::{Minutes, Seats, SessionFacts, SessionState, Told},
    };

    use super::*;
    use crate::{DirectoryStore, MemoryTable, Table, table::interrupted::Interrupted};

    fn cause() -> Cause {
        let at = "2026-03-02T12:00:00Z".parse().unwrap();
        Cause { by: Principal::Program, at, correlation_id: "c".into(), causation_id: None }
    }

    fn session(starts: &str, course: CourseId) -> Session {
        let facts = SessionFacts {
            starts: starts.parse().unwrap(),
            minutes: Minutes::try_from(90).unwrap(),
            zone: ZoneName::parse("Europe/Berlin").unwrap(),
            place: Place::parse("Room 4.2").ok(),
            url: CourseUrl::parse("https://meet.example.com/x").ok(),
            seats: Seats::try_from(2).unwrap(),
            language: LanguageTag::parse("de").ok(),
            host: Some(PersonId::new(cause().at)),
        };
        Session {
            id: SessionId::new(cause().at),
            course,
            title: Title::parse("Threats").unwrap(),
            facts,
            state: SessionState::Open,
            tickets: 1,
            bookings: 1,
            sequence: 2,
            announced: 1,
            version: Version::FIRST,
        }
    }

    fn booking(session: &Session, told: Told) -> Booking {
        let person = PersonId::new(cause().at);
        Booking { session: session.id, person, ticket: 1, asked_at: cause().at, told, version: Version::FIRST }
    }

    fn new(session: &Session) -> training::Write {
        training::Write::Sessions(Write::Session { before: Version::ABSENT, session: Box::new(session.clone()) })
    }

    fn booked(booking: &Booking) -> training::Write {
        training::Write::Sessions(Write::Booking { before: Version::ABSENT, booking: Box::new(booking.clone()) })
    }

    async fn commit(store: &TrainingStore, writes: Vec<training::Write>) -> Result<(), StoreError> {
        store.commit(kernel::Commit::of(writes), &cause()).await
    }

    #[tokio::test]
    async fn sessions_and_bookings_come_back_as_they_went() {
        let table: Arc<dyn Table> = Arc::new(MemoryTable::new());
        let store = TrainingStore::new(table.clone());
        let held = session("2026-03-10T09:00:00Z", CourseId::new(cause().at));
        let mut made: Vec<Booking> = [Told::Waiting, Told::Seated { sequence: 2 }, Told::CalledOff]
            .into_iter()
            .map(|told| booking(&held, told))
            .collect();
        for (ticket, booking) in (1..).zip(&mut made) {
            booking.ticket = ticket;
        }
        let mut writes = vec![new(&held)];
        writes.extend(made.iter().rev().map(booked));
        commit(&store, writes).await.unwrap();
        assert_eq!(store.session(held.id).await.unwrap(), Some(held.clone()));
        let seating = store.seating(held.id).await.unwrap().unwrap();
        assert_eq!(seating.all().map(|(booking, _)| booking.clone()).collect::<Vec<_>>(), made);
        let (found, own) = store.booked(held.id, made[1].person).await.unwrap().unwrap();
        assert_eq!((found, own), (held.clone(), Some(made[1].clone())));
        let stranger = PersonId::new(cause().at);
        assert_eq!(store.booked(held.id, stranger).await.unwrap(), Some((held.clone(), None)));
        let nowhere = SessionId::new(cause().at);
        assert_eq!(store.booked(nowhere, made[1].person).await.unwrap(), None);
        assert!(store.seating(nowhere).await.unwrap().is_none());
        // The person may have all that is held on them, and finds it by their own id.
        assert_eq!(store.sessions_of(made[0].person, Limit::MAX, None).await.unwrap().items, [held.id]);
        assert_eq!(store.bookings_of(made[0].person).await.unwrap(), [(held.clone(), made[0].clone())]);
        assert_eq!(store.bookings_of(stranger).await.unwrap(), []);
        let export = directory::DirectoryListing::export_of(&DirectoryStore::new(table), made[0].person).await.unwrap();
        let training = export.into_iter().find(|part| part.system == "training").unwrap();
        assert_eq!(training.items.len(), 1);
        assert_eq!(training.items[0]["body"]["session"], serde_json::json!(held.id));
    }

    #[tokio::test]
    async fn what_rests_on_bookings_that_changed_while_they_were_read_is_refused() {
        let held = session("2026-03-10T09:00:00Z", CourseId::new(cause().at));
        let one = booking(&held, Told::Seated { sequence: 1 });
        let later = Session { tickets: 2, bookings: 2, version: held.version.next(), ..held.clone() };
        let other = Booking { ticket: 2, ..booking(&held, Told::Waiting) };
        let both =
            vec![Op::replace(session_item(&later).unwrap(), held.version), Op::create(booking_item(&other).unwrap())];
        // Somebody books after the first item was read, and after the second one.
        for pause in 0..2 {
            let table = MemoryTable::new();
            let made = vec![Op::create(session_item(&held).unwrap()), Op::create(booking_item(&one).unwrap())];
            table.transact(made).await.unwrap();
            let store = TrainingStore::new(Arc::new(Interrupted::new(table, pause, both.clone())));
            let seen = store.seating(held.id).await.unwrap().unwrap().session().clone();
            let next = Session { version: seen.version.next(), ..seen.clone() };
            let write = Write::Session { before: seen.version, session: Box::new(next) };
            let outcome = commit(&store, vec![training::Write::Sessions(write)]).await;
            assert!(matches!(outcome, Err(StoreError::Conflict)), "{pause}: {outcome:?}");
        }
    }

    #[tokio::test]
    async fn versions_guard_sessions_and_bookings() {
        let store = TrainingStore::new(Arc::new(MemoryTable::new()));
        let held = session("2026-03-10T09:00:00Z", CourseId::new(cause().at));
        let one = booking(&held, Told::Waiting);
        commit(&store, vec![new(&held), booked(&one)]).await.unwrap();
        let drop =
            |before| training::Write::Sessions(Write::DropBooking { session: held.id, person: one.person, before });
        for stale in [new(&held), booked(&one), drop(Version::new(7))] {
            assert!(matches!(commit(&store, vec![stale]).await, Err(StoreError::Conflict)));
        }
        commit(&store, vec![drop(Version::FIRST)]).await.unwrap();
        assert_eq!(store.booked(held.id, one.person).await.unwrap(), Some((held, None)));
        assert!(store.sessions_of(one.person, Limit::MAX, None).await.unwrap().items.is_empty());
    }

    #[tokio::test]
    async fn sessions_are_listed_by_time_and_course_without_gaps_or_repetition() {
        let store = TrainingStore::new(Arc::new(MemoryTable::new()));
        let (one, two) = (CourseId::new(cause().at), CourseId::new(cause().at));
        for day in 10..30 {
            let course = if day % 3 == 0 { one } else { two };
            commit(&store, vec![new(&session(&format!("2026-03-{day}T09:00:00Z"), course))]).await.unwrap();
        }
        let days = async |course, limit| {
            let which = Upcoming { from: "2026-03-12T09:00:00Z".parse().unwrap(), course };
            let (mut days, mut after) = (Vec::new(), None);
            loop {
                let page = store.upcoming(which, Limit::new(limit).unwrap(), after.as_ref()).await.unwrap();
                assert!(page.items.len() <= usize::from(limit));
                days.extend(page.items.iter().map(|session| session.day().day()));
                match page.next {
                    Some(next) => after = Some(next),
                    None => return days,
                }
            }
        };
        for limit in [1, 2, 3, 200] {
            assert_eq!(days(None, limit).await, (12..30).collect::<Vec<i8>>());
            assert_eq!(days(Some(one), limit).await, [12, 15, 18, 21, 24, 27]);
        }
    }
}
