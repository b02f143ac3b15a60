//! Seats of a session raced for, in memory and on a real engine: never one too many, nobody lost, and the order kept. And
//! what a booking costs.

use std::sync::Arc;

use futures::future::join_all;
use jiff::Timestamp;
use kernel::{Cause, PersonId, Principal, SessionId, Version, ZoneName};
use store::{DirectoryStore, MemoryTable, Table, TrainingStore, keys, table::Query};
use testkit::{Dynoxide, newcomer};
use training::{
    MailSwitch, Settings, TrainingError,
    model::{CourseCode, CourseFormat, CourseHours, CourseProvider, Place, Title},
    sessions::{
        Minutes, Seating, Seats, SessionFacts, SessionsReader, Standing, Told,
        usecases::{self, SessionChange, SessionDesk},
    },
    usecases::{Desk, catalogue},
};

fn cause() -> Cause {
    let at = Timestamp::from_second(1_782_000_000).unwrap();
    Cause { by: Principal::Program, at, correlation_id: "c".into(), causation_id: None }
}

struct House {
    table: Arc<dyn Table>,
    store: TrainingStore,
    settings: Settings,
    mail: MailSwitch,
}

impl House {
    fn over(table: Arc<dyn Table>) -> Self {
        let store = TrainingStore::new(Arc::clone(&table));
        Self { table, store, settings: Settings::default(), mail: MailSwitch::on() }
    }

    async fn both() -> Vec<(&'static str, Self)> {
        let real = Dynoxide::start().await.unwrap();
        let memory: Arc<dyn Table> = Arc::new(MemoryTable::new());
        vec![("memory", Self::over(memory)), ("dynoxide", Self::over(Arc::new(real.table)))]
    }

    fn desk(&self) -> SessionDesk<'_> {
        let Self { store, settings, mail, .. } = self;
        SessionDesk { desk: Desk { reader: store, writer: store, roster: store, settings, mail }, reader: store }
    }

    async fn planned(&self, seats: u16) -> SessionId {
        let facts = catalogue::CourseFacts {
            title: Title::parse("Threats").unwrap(),
            format: CourseFormat::Workshop,
            provider: CourseProvider::Internal,
            hours: CourseHours::from_hours(2.0).unwrap(),
            competencies: Vec::new(),
            prerequisites: Vec::new(),
            validity_months: None,
            languages: Vec::new(),
            url: None,
        };
        let desk = self.desk();
        let code = CourseCode::parse("threats").unwrap();
        let course = catalogue::create_course(&desk.desk, code, facts, &cause(), None).await.unwrap();
        let facts = SessionFacts {
            starts: Timestamp::from_second(1_782_864_000).unwrap(),
            minutes: Minutes::try_from(90).unwrap(),
            zone: ZoneName::parse("Europe/Berlin").unwrap(),
            place: Place::parse("Room 4.2").ok(),
            url: None,
            seats: Seats::try_from(seats).unwrap(),
            language: None,
            host: None,
        };
        usecases::plan(&desk, course.id, facts, &cause(), None).await.unwrap().id
    }

    async fn book(&self, session: SessionId, person: PersonId) -> Result<Standing, TrainingError> {
        let booked = usecases::book(&self.desk(), session, person, Version::ABSENT, &cause()).await;
        booked.map(|(_, standing)| standing)
    }

    async fn give_back(&self, session: SessionId, person: PersonId) -> Result<(), TrainingError> {
        let found = self.store.booked(session, person).await.unwrap().unwrap().1;
        let version = found.map_or(Version::FIRST, |booking| booking.version);
        usecases::give_back(&self.desk(), session, person, version, &cause()).await
    }

    async fn raise(&self, session: SessionId, seats: u16) {
        let change = SessionChange { seats: Seats::try_from(seats).ok(), ..SessionChange::default() };
        let version = self.store.session(session).await.unwrap().unwrap().version;
        usecases::change(&self.desk(), session, version, change, &cause()).await.unwrap();
    }

    async fn seating(&self, session: SessionId) -> Seating {
        self.store.seating(session).await.unwrap().unwrap()
    }

    async fn mails(&self, person: PersonId) -> usize {
        self.table.query(&Query::partition(keys::mails_of(person))).await.unwrap().items.len()
    }
}

fn people(count: usize) -> Vec<PersonId> {
    (0..count).map(|_| PersonId::new(cause().at)).collect()
}

#[tokio::test]
async fn of_two_who_ask_for_the_last_seat_one_has_it_and_the_other_waits() {
    for (side, house) in House::both().await {
        let session = house.planned(1).await;
        let [ada, bob] = [(); 2].map(|()| PersonId::new(cause().at));
        let (one, other) = futures::join!(house.book(session, ada), house.book(session, bob));
        let mut standings = [one.unwrap(), other.unwrap()];
        standings.sort_by_key(|standing| *standing != Standing::Seat);
        assert_eq!(standings, [Standing::Seat, Standing::Waiting { position: 1 }], "{side}");
        let seating = house.seating(session).await;
        assert_eq!((seating.seated().len(), seating.waiting().len()), (1, 1), "{side}");
        assert_eq!(house.mails(ada).await + house.mails(bob).await, 1, "{side}");
    }
}

#[tokio::test]
async fn one_person_who_asks_twice_at_once_has_one_seat() {
    for (side, house) in House::both().await {
        let session = house.planned(5).await;
        let ada = PersonId::new(cause().at);
        let (one, other) = futures::join!(house.book(session, ada), house.book(session, ada));
        assert_eq!((one.unwrap(), other.unwrap()), (Standing::Seat, Standing::Seat), "{side}");
        assert_eq!(house.seating(session).await.session().bookings, 1, "{side}");
        assert_eq!(house.mails(ada).await, 1, "{side}");
    }
}

#[tokio::test]
async fn asking_giving_back_and_more_seats_at_once_lose_nobody() {
    for (side, house) in House::both().await {
        let session = house.planned(2).await;
        let early = people(4);
        for person in &early {
            house.book(session, *person).await.unwrap();
        }
        let late = people(3);
        let leaving = join_all(early[..2].iter().map(|person| house.give_back(session, *person)));
        let coming = join_all(late.iter().map(|person| house.book(session, *person)));
        let (left, came) = futures::join!(leaving, coming);
        let left = left.iter().filter(|outcome| outcome.is_ok()).count();
        let came = came.iter().filter(|outcome| outcome.is_ok()).count();
        let seating = house.seating(session).await;
        assert_eq!(seating.all().count(), 4 - left + came, "{side}");
        assert_eq!(usize::from(seating.session().bookings), seating.all().count(), "{side}");
        let stayed: Vec<_> = seating.all().map(|(booking, _)| booking.person).filter(|it| early.contains(it)).collect();
        assert!(early.iter().filter(|it| stayed.contains(it)).eq(&stayed), "{side}: the order of asking");
        assert!(seating.waiting().iter().all(|booking| booking.told == Told::Waiting), "{side}");
        house.raise(session, 20).await;
        usecases::tell(&house.desk(), session, &cause()).await.unwrap();
        let seating = house.seating(session).await;
        assert!(seating.all().all(|(booking, _)| matches!(booking.told, Told::Seated { .. })), "{side}");
    }
}

#[tokio::test]
async fn two_who_tell_at_once_tell_everybody_once() {
    for (side, house) in House::both().await {
        let session = house.planned(1).await;
        let people = people(40);
        for person in &people {
            house.book(session, *person).await.unwrap();
        }
        house.raise(session, 40).await;
        let desk = house.desk();
        let cause = cause();
        let (one, other) =
            futures::join!(usecases::tell(&desk, session, &cause), usecases::tell(&desk, session, &cause));
        assert_eq!(one.unwrap() + other.unwrap(), 39, "{side}");
        for person in people {
            assert_eq!(house.mails(person).await, 1, "{side}");
        }
    }
}

#[tokio::test]
async fn a_seat_that_is_given_back_and_called_off_at_once_ends_once() {
    for (side, house) in House::both().await {
        let session = house.planned(1).await;
        let ada = PersonId::new(cause().at);
        house.book(session, ada).await.unwrap();
        let desk = house.desk();
        let cause = cause();
        let (left, off) = futures::join!(house.give_back(session, ada), usecases::cancel(&desk, session, &cause, None));
        off.unwrap();
        let told = usecases::tell(&desk, session, &cause).await.unwrap();
        // Either she was out before, or she hears that there is nothing to go to.
        assert_eq!(told, u64::from(left.is_err()), "{side}");
        assert_eq!(house.mails(ada).await, 2, "{side}");
    }
}

#[tokio::test]
async fn a_booking_is_one_read_and_one_transaction_however_many_have_a_seat() {
    let engine = Dynoxide::start().await.unwrap();
    let table: Arc<dyn Table> = Arc::new(engine.table.clone());
    let house = House::over(table);
    let session = house.planned(500).await;
    for person in people(30) {
        house.book(session, person).await.unwrap();
    }
    engine.meter.take();
    let ada = PersonId::new(cause().at);
    house.book(session, ada).await.unwrap();
    assert_eq!(engine.meter.take().requests, 2);
    // Asked again it is the read alone; given back, a query and a transaction.
    house.book(session, ada).await.unwrap();
    assert_eq!(engine.meter.take().requests, 1);
    usecases::give_back(&house.desk(), session, ada, Version::FIRST, &cause()).await.unwrap();
    assert_eq!(engine.meter.take().requests, 2);
}

#[tokio::test]
async fn an_erased_person_leaves_every_session() {
    for (side, house) in House::both().await {
        let session = house.planned(1).await;
        let directory = DirectoryStore::new(Arc::clone(&house.table));
        let new = newcomer("ada@example.com", "Ada Example");
        let (ada, commit) = directory::people::create(&directory, new, &cause()).await.unwrap();
        directory::DirectoryWriter::commit(&directory, commit).await.unwrap();
        let bob = PersonId::new(cause().at);
        house.book(session, ada.id).await.unwrap();
        house.book(session, bob).await.unwrap();
        assert!(usecases::forget(&house.desk(), ada.id, &cause()).await.unwrap(), "{side}");
        assert!(!usecases::forget(&house.desk(), ada.id, &cause()).await.unwrap(), "{side}");
        let seating = house.seating(session).await;
        assert_eq!(seating.seated().iter().map(|it| it.person).collect::<Vec<_>>(), [bob], "{side}");
    }
}
