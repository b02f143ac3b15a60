//! Sessions over a store in memory: what each act writes and says, in any order, repeated and raced.

use futures::executor::block_on;
use jiff::SignedDuration;
use kernel::{Cause, CourseId, MailMode, PersonId, Principal, SessionId, Version, ZoneName};
use proptest::prelude::*;

use super::{
    Error, MOST_WAITING, Minutes, NOTICE_TEMPLATE, Seating, Seats, Session, SessionFacts, SessionState, Standing, Told,
    usecases::{self, SessionChange, SessionDesk},
};
use crate::{
    TrainingError, events,
    model::{CourseUrl, Place},
    samples::{World, catalogue, cause, course, facts, instant},
};

mod roster;

const NOW: &str = "2026-03-02T10:00:00Z";
const STARTS: &str = "2026-03-10T09:00:00Z";
const AFTER: &str = "2026-03-10T12:00:00Z";

struct House {
    world: World,
    course: CourseId,
}

fn at(when: &str) -> Cause {
    cause(instant(when), Principal::Program)
}

fn when_and_where(seats: u16) -> SessionFacts {
    SessionFacts {
        starts: instant(STARTS),
        minutes: Minutes::try_from(90).unwrap(),
        zone: ZoneName::parse("Europe/Berlin").unwrap(),
        place: Place::parse("Room 4.2").ok(),
        url: None,
        seats: Seats::try_from(seats).unwrap(),
        language: None,
        host: None,
    }
}

fn seats(seats: u16) -> SessionChange {
    SessionChange { seats: Seats::try_from(seats).ok(), ..SessionChange::default() }
}

fn elsewhere(place: &str) -> SessionChange {
    SessionChange { place: Some(Place::parse(place).ok()), ..SessionChange::default() }
}

#[track_caller]
fn refused<T: std::fmt::Debug>(outcome: Result<T, TrainingError>, expected: &Error) {
    match outcome {
        Err(TrainingError::Sessions(error)) => assert_eq!(error, *expected),
        other => panic!("{other:?}"),
    }
}

impl House {
    fn new() -> Self {
        let one = course("one", 2.0, &[], None);
        let course = one.id;
        Self { world: World::new(catalogue(vec![one])), course }
    }

    fn desk(&self) -> SessionDesk<'_> {
        SessionDesk { desk: self.world.desk(), reader: &self.world }
    }

    fn hire(&self) -> PersonId {
        self.world.hire(facts("Europe/Berlin"))
    }

    fn plan(&self, facts: SessionFacts) -> Result<Session, TrainingError> {
        block_on(usecases::plan(&self.desk(), self.course, facts, &at(NOW), None))
    }

    fn planned(&self, seats: u16) -> SessionId {
        self.plan(when_and_where(seats)).unwrap().id
    }

    fn book(&self, session: SessionId, person: PersonId) -> Result<Standing, TrainingError> {
        let booked = block_on(usecases::book(&self.desk(), session, person, Version::ABSENT, &at(NOW)));
        booked.map(|(_, standing)| standing)
    }

    fn give_back(&self, session: SessionId, person: PersonId) -> Result<(), TrainingError> {
        let version = self.seating(session).of(person).map_or(Version::FIRST, |(booking, _)| booking.version);
        block_on(usecases::give_back(&self.desk(), session, person, version, &at(NOW)))
    }

    fn change(&self, session: SessionId, change: SessionChange) -> Result<Session, TrainingError> {
        let version = self.seating(session).session().version;
        block_on(usecases::change(&self.desk(), session, version, change, &at(NOW)))
    }

    fn cancel(&self, session: SessionId) -> Result<Session, TrainingError> {
        block_on(usecases::cancel(&self.desk(), session, &at(NOW), None))
    }

    fn tell(&self, session: SessionId) -> u64 {
        block_on(usecases::tell(&self.desk(), session, &at(NOW))).unwrap()
    }

    fn hold(&self, session: SessionId, people: &[PersonId], walk_ins: bool, when: &str) -> Result<(), TrainingError> {
        block_on(usecases::hold(&self.desk(), session, people, walk_ins, &at(when))).map(|_| ())
    }

    fn seating(&self, session: SessionId) -> Seating {
        self.world.shelf().seating(session).unwrap()
    }

    /// What somebody was mailed, in order: notice and revision.
    fn mailed(&self, person: PersonId) -> Vec<(String, u64)> {
        let mails = self.world.mails().into_iter().filter(|mail| mail.person == person);
        mails
            .inspect(|mail| assert_eq!((mail.template.as_str(), mail.deliver), (NOTICE_TEMPLATE, true)))
            .map(|mail| (mail.model["notice"].as_str().unwrap().to_owned(), mail.model["sequence"].as_u64().unwrap()))
            .collect()
    }

    fn said(&self, kind: &str) -> usize {
        self.world.kinds().iter().filter(|it| *it == kind).count()
    }
}

fn notices(mails: &[(String, u64)]) -> Vec<&str> {
    mails.iter().map(|(notice, _)| notice.as_str()).collect()
}

#[test]
fn a_session_begins_in_the_future_somewhere_for_somebody() {
    let house = House::new();
    let good = || when_and_where(3);
    refused(house.plan(SessionFacts { starts: instant(NOW), ..good() }), &Error::Begins);
    refused(house.plan(SessionFacts { starts: instant("2030-01-01T00:00:00Z"), ..good() }), &Error::Begins);
    refused(house.plan(SessionFacts { starts: instant("2026-03-10T09:00:30Z"), ..good() }), &Error::Begins);
    refused(house.plan(SessionFacts { place: None, ..good() }), &Error::Nowhere);
    let nobody = crate::samples::person();
    refused(house.plan(SessionFacts { host: Some(nobody), ..good() }), &Error::UnknownHost(nobody));
    assert!(Minutes::try_from(14).is_err() && Minutes::try_from(601).is_err());
    assert!(Seats::try_from(0).is_err() && Seats::try_from(501).is_err());
    assert_eq!(house.said(events::SESSION_PLANNED), 0);
}

#[test]
fn no_session_is_planned_of_a_course_that_is_retired_or_not_there() {
    let mut old = course("old", 2.0, &[], None);
    old.retired = Some(crate::model::Retirement { on: instant(NOW).to_zoned(jiff::tz::TimeZone::UTC).date() });
    let retired = old.id;
    let house = House { world: World::new(catalogue(vec![old])), course: retired };
    assert!(matches!(house.plan(when_and_where(3)), Err(TrainingError::Retired(course)) if course == retired));
    let unknown = House { course: CourseId::new(instant(NOW)), ..house };
    assert!(matches!(unknown.plan(when_and_where(3)), Err(TrainingError::UnknownCourse(_))));
}

#[test]
fn who_asks_twice_has_one_seat_and_one_mail() {
    let house = House::new();
    let (session, ada) = (house.planned(2), house.hire());
    for _ in 0..3 {
        assert_eq!(house.book(session, ada).unwrap(), Standing::Seat);
    }
    assert_eq!(house.seating(session).session().bookings, 1);
    assert_eq!(house.mailed(ada), [("invited".to_owned(), 0)]);
    assert_eq!(house.said(events::SEAT_BOOKED), 1);
}

#[test]
fn the_next_in_line_moves_up_once_and_is_told_once() {
    let house = House::new();
    let session = house.planned(1);
    let [ada, bob, cleo] = [(); 3].map(|()| house.hire());
    assert_eq!(house.book(session, ada).unwrap(), Standing::Seat);
    assert_eq!(house.book(session, bob).unwrap(), Standing::Waiting { position: 1 });
    assert_eq!(house.book(session, cleo).unwrap(), Standing::Waiting { position: 2 });
    assert!(house.mailed(bob).is_empty());
    house.give_back(session, ada).unwrap();
    assert_eq!(house.mailed(ada), [("invited".to_owned(), 0), ("released".to_owned(), 1)]);
    assert_eq!(house.mailed(bob), [("moved_up".to_owned(), 2)]);
    assert_eq!(house.seating(session).of(cleo).map(|(_, it)| it), Some(Standing::Waiting { position: 1 }));
    // Nothing is left to be told, and giving back what one does not have changes nothing.
    assert_eq!(house.tell(session), 0);
    house.give_back(session, ada).unwrap();
    assert_eq!(house.said(events::SEAT_GIVEN_BACK), 1);
    assert_eq!(house.book(session, ada).unwrap(), Standing::Waiting { position: 2 });
}

#[test]
fn who_leaves_the_waiting_list_takes_nobodys_seat_along() {
    let house = House::new();
    let session = house.planned(1);
    let [ada, bob, cleo] = [(); 3].map(|()| house.hire());
    for person in [ada, bob, cleo] {
        house.book(session, person).unwrap();
    }
    house.give_back(session, bob).unwrap();
    assert!(house.mailed(bob).is_empty() && house.mailed(cleo).is_empty());
    assert_eq!(house.seating(session).seated().len(), 1);
    assert_eq!(house.seating(session).of(cleo).map(|(_, it)| it), Some(Standing::Waiting { position: 1 }));
}

#[test]
fn more_seats_move_several_up_and_fewer_than_booked_are_refused() {
    let house = House::new();
    let session = house.planned(1);
    let people: Vec<PersonId> = (0..70).map(|_| house.hire()).collect();
    for person in &people {
        house.book(session, *person).unwrap();
    }
    let changed = house.change(session, seats(66)).unwrap();
    assert_eq!((changed.seated(), changed.waiting(), changed.sequence), (66, 4, 0));
    assert_eq!((house.tell(session), house.tell(session)), (65, 0));
    assert_eq!(house.said(events::SEAT_MOVED_UP), 65);
    assert_eq!(notices(&house.mailed(people[65])), ["moved_up"]);
    assert!(house.mailed(people[66]).is_empty());
    refused(house.change(session, seats(65)), &Error::SeatsTaken(66));
}

#[test]
fn what_concerns_the_calendar_is_told_to_those_with_a_seat() {
    let house = House::new();
    let session = house.planned(1);
    let [ada, bob] = [(); 2].map(|()| house.hire());
    house.book(session, ada).unwrap();
    house.book(session, bob).unwrap();
    assert_eq!(house.change(session, elsewhere("Room 5")).unwrap().sequence, 1);
    assert_eq!(house.change(session, elsewhere("Room 5")).unwrap().sequence, 1);
    assert_eq!(house.change(session, elsewhere("Room 6")).unwrap().sequence, 2);
    // Two changes, told late: one mail with the latest revision.
    assert_eq!(house.tell(session), 1);
    assert_eq!(house.mailed(ada), [("invited".to_owned(), 0), ("changed".to_owned(), 2)]);
    assert!(house.mailed(bob).is_empty());
    // One person's leaving is no news for the others.
    let cleo = house.hire();
    house.change(session, seats(3)).unwrap();
    house.book(session, cleo).unwrap();
    house.give_back(session, cleo).unwrap();
    assert_eq!(house.tell(session), 1, "Bob moves up");
    assert_eq!(notices(&house.mailed(ada)), ["invited", "changed"]);
}

#[test]
fn everybody_hears_once_that_it_does_not_take_place() {
    let house = House::new();
    let session = house.planned(1);
    let [ada, bob] = [(); 2].map(|()| house.hire());
    house.book(session, ada).unwrap();
    house.book(session, bob).unwrap();
    assert_eq!(house.cancel(session).unwrap().state, SessionState::Cancelled);
    let again = house.cancel(session).unwrap();
    assert_eq!((again.sequence, house.said(events::SESSION_CANCELLED)), (1, 1));
    assert_eq!((house.tell(session), house.tell(session)), (2, 0));
    assert_eq!(house.mailed(ada), [("invited".to_owned(), 0), ("cancelled".to_owned(), 1)]);
    assert_eq!(notices(&house.mailed(bob)), ["waiting_ended"]);
    for outcome in [house.book(session, house.hire()).map(|_| ()), house.give_back(session, ada)] {
        refused(outcome, &Error::Cancelled(session));
    }
    refused(house.change(session, seats(9)), &Error::Cancelled(session));
}

#[test]
fn the_waiting_list_ends_somewhere() {
    let house = House::new();
    let session = house.planned(1);
    for _ in 0..=MOST_WAITING {
        house.book(session, house.hire()).unwrap();
    }
    refused(house.book(session, house.hire()), &Error::ListFull(session));
}

#[test]
fn a_session_that_has_begun_takes_and_gives_back_no_seats() {
    let house = House::new();
    let (session, ada) = (house.planned(2), house.hire());
    house.book(session, ada).unwrap();
    let (desk, late) = (house.desk(), at(STARTS));
    let other = block_on(usecases::book(&desk, session, house.hire(), Version::ABSENT, &late));
    refused(other, &Error::Begun(session));
    refused(block_on(usecases::give_back(&desk, session, ada, Version::FIRST, &late)), &Error::Begun(session));
    let version = house.seating(session).session().version;
    let earlier = SessionChange { starts: Some(instant(NOW)), ..SessionChange::default() };
    for change in [seats(9), earlier] {
        refused(block_on(usecases::change(&desk, session, version, change, &late)), &Error::Begun(session));
    }
    refused(block_on(usecases::cancel(&desk, session, &late, None)), &Error::Begun(session));
    assert_eq!((house.tell(session), house.said(events::SESSION_CANCELLED)), (0, 0));
    // Until then it can; calling it off again says the same whatever the hour.
    let other = house.planned(1);
    house.cancel(other).unwrap();
    let again = block_on(usecases::cancel(&desk, other, &late, None)).unwrap();
    assert_eq!((again.state, house.said(events::SESSION_CANCELLED)), (SessionState::Cancelled, 1));
}

#[test]
fn only_who_has_a_seat_knows_where_it_is_joined() {
    let house = House::new();
    let url = CourseUrl::parse("https://meet.example.com/tm").ok();
    let session = house.plan(SessionFacts { url, ..when_and_where(1) }).unwrap().id;
    let [ada, bob, cleo, zoe] = [(); 4].map(|()| house.hire());
    for person in [ada, bob, cleo] {
        house.book(session, person).unwrap();
    }
    let seen = |by: Option<PersonId>| block_on(usecases::seen(&house.desk(), session, by)).unwrap().1;
    assert_eq!([Some(ada), Some(bob), Some(zoe), None].map(seen), [true, false, false, false]);
    // Seats may be more than somebody was told: who moved up has one before the mail says so.
    house.change(session, seats(2)).unwrap();
    assert_eq!([ada, bob, cleo].map(|person| seen(Some(person))), [true, true, false]);
    house.give_back(session, ada).unwrap();
    assert_eq!([ada, bob, cleo].map(|person| seen(Some(person))), [false, true, true]);
    house.book(session, zoe).unwrap();
    house.cancel(session).unwrap();
    house.tell(session);
    let address = |person: PersonId| {
        let mails = house.world.mails().into_iter().filter(|mail| mail.person == person);
        mails.map(|mail| mail.model["url"].is_string()).collect::<Vec<_>>()
    };
    // Who only waited hears of the end without the address.
    assert_eq!((address(ada), address(zoe)), (vec![true, true], vec![false]));
}

#[test]
fn a_version_that_is_no_longer_true_is_told() {
    let house = House::new();
    let (session, ada) = (house.planned(1), house.hire());
    let desk = house.desk();
    let stale = block_on(usecases::book(&desk, session, ada, Version::FIRST, &at(NOW)));
    assert!(matches!(stale, Err(TrainingError::Stale)));
    house.book(session, ada).unwrap();
    let stale = block_on(usecases::give_back(&desk, session, ada, Version::new(7), &at(NOW)));
    assert!(matches!(stale, Err(TrainingError::Stale)));
    let stale = block_on(usecases::change(&desk, session, Version::FIRST, seats(9), &at(NOW)));
    assert!(matches!(stale, Err(TrainingError::Stale)));
    assert!(house.seating(session).of(ada).is_some());
}

#[test]
fn a_lost_race_is_decided_again() {
    let house = House::new();
    let (session, ada) = (house.planned(1), house.hire());
    house.world.lose_races(3);
    assert_eq!(house.book(session, ada).unwrap(), Standing::Seat);
    house.change(session, elsewhere("Room 5")).unwrap();
    house.world.lose_races(3);
    assert_eq!(house.tell(session), 1);
    house.world.lose_races(3);
    house.give_back(session, ada).unwrap();
    assert_eq!(notices(&house.mailed(ada)), ["invited", "changed", "released"]);
}

#[test]
fn the_day_is_that_of_where_it_takes_place() {
    let house = House::new();
    let zone = ZoneName::parse("Pacific/Auckland").unwrap();
    let late = SessionFacts { zone, starts: instant("2026-03-10T20:00:00Z"), ..when_and_where(1) };
    let session = house.plan(late).unwrap();
    assert_eq!(session.day(), jiff::civil::date(2026, 3, 11));
    assert_eq!(session.ends(), session.facts.starts + SignedDuration::from_mins(90));
}

#[test]
fn a_forgotten_person_leaves_every_session_and_is_told_nothing() {
    let house = House::new();
    let (one, two) = (house.planned(1), house.planned(1));
    let [ada, bob] = [(); 2].map(|()| house.hire());
    house.book(one, ada).unwrap();
    house.book(one, bob).unwrap();
    house.book(two, ada).unwrap();
    house.cancel(two).unwrap();
    let before = house.mailed(ada).len();
    assert!(block_on(usecases::forget(&house.desk(), ada, &at(NOW))).unwrap());
    assert!(!block_on(usecases::forget(&house.desk(), ada, &at(NOW))).unwrap());
    assert_eq!(house.mailed(ada).len(), before);
    assert_eq!(notices(&house.mailed(bob)), ["moved_up"]);
    for session in [one, two] {
        let seating = house.seating(session);
        assert!(seating.of(ada).is_none());
        assert_eq!(usize::from(seating.session().bookings), seating.all().count());
    }
}

#[test]
fn where_no_mail_is_written_nobody_is_told_later_either() {
    let mut house = House::new();
    house.world.mail.mode = MailMode::Off;
    let (session, ada) = (house.planned(1), house.hire());
    house.book(session, ada).unwrap();
    house.change(session, elsewhere("Room 5")).unwrap();
    assert_eq!(house.tell(session), 1);
    house.world.mail.mode = MailMode::Preview;
    assert_eq!(house.tell(session), 0);
    assert!(house.world.mails().is_empty());
    house.change(session, elsewhere("Room 6")).unwrap();
    house.tell(session);
    assert!(house.world.mails().iter().all(|mail| !mail.deliver) && house.world.mails().len() == 1);
}

/// One act of a random history.
#[derive(Debug, Clone)]
enum Act {
    Book(usize),
    GiveBack(usize),
    Seats(u16),
    Move(u8),
    Tell,
    LoseRaces(usize),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        4 => (0..12_usize).prop_map(Act::Book),
        3 => (0..12_usize).prop_map(Act::GiveBack),
        2 => (1..8_u16).prop_map(Act::Seats),
        1 => (0..4_u8).prop_map(Act::Move),
        2 => Just(Act::Tell),
        1 => (0..4_usize).prop_map(Act::LoseRaces),
    ];
    prop::collection::vec(act, 0..60)
}

proptest! {
    #[test]
    fn whatever_happens_seats_are_kept_and_the_order_of_asking(acts in acts()) {
        let house = House::new();
        let session = house.planned(3);
        let people: Vec<PersonId> = (0..12).map(|_| house.hire()).collect();
        // What must come of it: who asked and stayed, in order; and how many seats there are.
        let (mut line, mut most, mut lost) = (Vec::<PersonId>::new(), 3_u16, 0);
        for act in acts {
            // A change names the version it saw: its lost race is the caller's.
            let retried = matches!(act, Act::Book(_) | Act::GiveBack(_) | Act::Tell);
            house.world.lose_races(if retried { std::mem::take(&mut lost) } else { 0 });
            match act {
                Act::Book(who) => {
                    let standing = house.book(session, people[who]).unwrap();
                    if !line.contains(&people[who]) {
                        line.push(people[who]);
                    }
                    let place = line.iter().position(|it| *it == people[who]).unwrap();
                    prop_assert_eq!(standing, Standing::of(place, most));
                }
                Act::GiveBack(who) => {
                    house.give_back(session, people[who]).unwrap();
                    line.retain(|it| *it != people[who]);
                }
                Act::Seats(seats_wanted) => {
                    let booked = line.len().min(usize::from(most));
                    let outcome = house.change(session, seats(seats_wanted));
                    if usize::from(seats_wanted) < booked {
                        prop_assert!(outcome.is_err());
                    } else {
                        outcome.unwrap();
                        most = seats_wanted;
                    }
                }
                Act::Move(room) => {
                    house.change(session, elsewhere(&format!("Room {room}"))).unwrap();
                }
                Act::Tell => {
                    house.tell(session);
                    let seating = house.seating(session);
                    for booking in seating.seated() {
                        let announced = seating.session().announced;
                        let heard = matches!(booking.told, Told::Seated { sequence } if sequence >= announced);
                        prop_assert!(heard);
                    }
                }
                Act::LoseRaces(count) => lost = count,
            }
            let seating = house.seating(session);
            let now: Vec<PersonId> = seating.all().map(|(booking, _)| booking.person).collect();
            prop_assert_eq!(&now, &line);
            prop_assert!(seating.seated().len() <= usize::from(most));
            prop_assert!(seating.waiting().is_empty() || seating.seated().len() == usize::from(most));
            prop_assert_eq!(usize::from(seating.session().bookings), line.len());
            prop_assert!(seating.waiting().iter().all(|booking| booking.told == Told::Waiting));
        }
        house.world.lose_races(0);
        house.tell(session);
        // Each word to a calendar is later than the one before, and what it holds last is whether they have a seat.
        let seating = house.seating(session);
        for person in people {
            let mails = house.mailed(person);
            prop_assert!(mails.windows(2).all(|two| two[0].1 < two[1].1), "{mails:?}");
            let seated = seating.of(person).is_some_and(|(_, standing)| standing == Standing::Seat);
            let holds = mails.last().is_some_and(|(notice, _)| notice != "released");
            prop_assert_eq!(seated, holds, "{:?}", mails);
        }
    }
}
