//! Sessions in memory, for tests: with the promises of the table.

use std::collections::BTreeMap;

use async_trait::async_trait;
use kernel::{Limit, Page, PersonId, Position, SessionId, StoreError, Version};

use super::{Booking, Seating, Session, SessionsReader, Upcoming, Write};
use crate::{ports::Stored, samples::World};

/// Every session and booking.
#[derive(Clone, Default)]
pub(crate) struct Shelf {
    sessions: BTreeMap<SessionId, Session>,
    bookings: BTreeMap<(SessionId, PersonId), Booking>,
}

impl Shelf {
    pub(crate) fn check(&self, write: &Write) -> Stored<()> {
        let session = |id| self.sessions.get(id).map_or(Version::ABSENT, |it: &Session| it.version);
        let booking = |place| self.bookings.get(&place).map_or(Version::ABSENT, |it: &Booking| it.version);
        let (found, before) = match write {
            Write::Session { before, session: new } => (session(&new.id), before),
            Write::Booking { before, booking: new } => (booking((new.session, new.person)), before),
            Write::DropBooking { session, person, before } => (booking((*session, *person)), before),
        };
        if found == *before { Ok(()) } else { Err(StoreError::Conflict) }
    }

    pub(crate) fn write(&mut self, write: Write) {
        match write {
            Write::Session { session, .. } => {
                self.sessions.insert(session.id, *session);
            }
            Write::Booking { booking, .. } => {
                self.bookings.insert((booking.session, booking.person), *booking);
            }
            Write::DropBooking { session, person, .. } => {
                self.bookings.remove(&(session, person));
            }
        }
    }

    pub(crate) fn seating(&self, id: SessionId) -> Option<Seating> {
        let bookings = self.bookings.values().filter(|booking| booking.session == id).cloned().collect();
        Some(Seating::new(self.sessions.get(&id)?.clone(), bookings))
    }
}

#[async_trait]
impl SessionsReader for World {
    async fn session(&self, session: SessionId) -> Stored<Option<Session>> {
        Ok(self.shelf().sessions.get(&session).cloned())
    }

    async fn booked(&self, session: SessionId, person: PersonId) -> Stored<Option<(Session, Option<Booking>)>> {
        let shelf = self.shelf();
        Ok(shelf.sessions.get(&session).map(|it| (it.clone(), shelf.bookings.get(&(session, person)).cloned())))
    }

    async fn seating(&self, session: SessionId) -> Stored<Option<Seating>> {
        Ok(self.shelf().seating(session))
    }

    async fn upcoming(&self, which: Upcoming, _: Limit, _: Option<&Position>) -> Stored<Page<Session>> {
        let mut items: Vec<Session> = self.shelf().sessions.into_values().collect();
        items.retain(|it| it.facts.starts >= which.from && which.course.is_none_or(|course| it.course == course));
        items.sort_by_key(|it| it.facts.starts);
        Ok(Page { items, next: None })
    }

    async fn sessions_of(&self, person: PersonId, _: Limit, _: Option<&Position>) -> Stored<Page<SessionId>> {
        let shelf = self.shelf();
        let items = shelf.bookings.keys().filter(|(_, who)| *who == person).map(|(session, _)| *session).collect();
        Ok(Page { items, next: None })
    }
}
