//! Who was there: rosters, their completions, and that none is of a session that does not take place.

use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use kernel::{Limit, Page, Position};

use super::*;
use crate::{
    model::CompletionSource,
    ports::Stored,
    sessions::{Booking, SessionsReader, Upcoming},
};

#[test]
fn the_roster_makes_completions_of_those_who_have_a_seat() {
    let house = House::new();
    let session = house.planned(1);
    let [ada, bob] = [(); 2].map(|()| house.hire());
    house.book(session, ada).unwrap();
    house.book(session, bob).unwrap();
    refused(house.hold(session, &[ada], false, NOW), &Error::NotBegun(session));
    // Bob waits, he has no seat: nothing is recorded of anybody.
    refused(house.hold(session, &[ada, bob], false, AFTER), &Error::Strangers(vec![bob]));
    assert!(!house.world.exists(ada) && house.said(events::SESSION_HELD) == 0);
    for _ in 0..2 {
        house.hold(session, &[ada], false, AFTER).unwrap();
    }
    let file = house.world.stored(ada);
    assert_eq!(file.completions.len(), 1);
    assert_eq!(file.completions[0].source, CompletionSource::Roster);
    assert_eq!(file.completions[0].completed_on, jiff::civil::date(2026, 3, 10));
    house.hold(session, &[bob], true, AFTER).unwrap();
    assert_eq!(house.world.stored(bob).completions.len(), 1);
    assert_eq!((house.said(events::SESSION_HELD), house.seating(session).session().state), (1, SessionState::Held));
    refused(house.cancel(session), &Error::Held(session));
}

#[test]
fn whom_the_directory_does_not_know_is_named_and_nobody_says_of_themselves_that_they_were_there() {
    let house = House::new();
    let (session, ada, stranger) = (house.planned(1), house.hire(), crate::samples::person());
    let desk = house.desk();
    let held = block_on(usecases::hold(&desk, session, &[ada, stranger], true, &at(AFTER)));
    assert!(matches!(held, Err(TrainingError::UnknownPeople(unknown)) if unknown == [stranger]));
    assert!(!house.world.exists(ada) && house.seating(session).session().state == SessionState::Open);
    let own = cause(instant(AFTER), Principal::Person(ada));
    let own = block_on(usecases::hold(&desk, session, &[ada], true, &own));
    assert!(matches!(own, Err(TrainingError::OwnThing)));
}

#[test]
fn a_cancelled_session_has_no_roster() {
    let house = House::new();
    let (session, ada) = (house.planned(1), house.hire());
    house.cancel(session).unwrap();
    refused(house.hold(session, &[ada], true, AFTER), &Error::Cancelled(session));
}

/// Reads what is there; right after the first reading of a session, somebody whose clock is behind calls it off.
struct Crossed<'a> {
    house: &'a House,
    done: AtomicBool,
}

#[async_trait]
impl SessionsReader for Crossed<'_> {
    async fn session(&self, session: SessionId) -> Stored<Option<Session>> {
        self.house.world.session(session).await
    }

    async fn booked(&self, session: SessionId, person: PersonId) -> Stored<Option<(Session, Option<Booking>)>> {
        self.house.world.booked(session, person).await
    }

    async fn seating(&self, session: SessionId) -> Stored<Option<Seating>> {
        let seen = SessionsReader::seating(&self.house.world, session).await;
        if !self.done.swap(true, Ordering::Relaxed) {
            usecases::cancel(&self.house.desk(), session, &at(NOW), None).await.unwrap();
        }
        seen
    }

    async fn upcoming(&self, which: Upcoming, limit: Limit, after: Option<&Position>) -> Stored<Page<Session>> {
        self.house.world.upcoming(which, limit, after).await
    }

    async fn sessions_of(&self, person: PersonId, limit: Limit, after: Option<&Position>) -> Stored<Page<SessionId>> {
        self.house.world.sessions_of(person, limit, after).await
    }

    async fn bookings_of(&self, person: PersonId) -> Stored<Vec<(Session, Booking)>> {
        self.house.world.bookings_of(person).await
    }
}

#[test]
fn a_roster_that_a_cancellation_crosses_records_nobody() {
    let house = House::new();
    let (session, ada) = (house.planned(1), house.hire());
    house.book(session, ada).unwrap();
    let crossed = Crossed { house: &house, done: AtomicBool::new(false) };
    let desk = SessionDesk { desk: house.world.desk(), reader: &crossed };
    let outcome = block_on(usecases::hold(&desk, session, &[ada], false, &at(AFTER)));
    refused(outcome, &Error::Cancelled(session));
    assert!(!house.world.exists(ada) && house.said(events::SESSION_HELD) == 0);
}

#[test]
fn a_session_is_held_before_anybody_was_there() {
    let house = House::new();
    let (session, ada) = (house.planned(1), house.hire());
    house.book(session, ada).unwrap();
    house.world.lose_races(2);
    house.hold(session, &[ada], false, AFTER).unwrap();
    let kinds = house.world.kinds();
    let place = |kind: &str| kinds.iter().position(|it| it == kind);
    assert!(place(events::SESSION_HELD) < place(events::COMPLETED), "{kinds:?}");
    assert_eq!(house.said(events::SESSION_HELD), 1);
}
