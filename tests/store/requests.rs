//! Requests and materials raced for, in memory and on a real engine: of two who decide, ask or confirm at once one does,
//! and nothing is half done. And what a manager's list costs.

use std::sync::Arc;

use jiff::Timestamp;
use kernel::{Cause, CourseId, Limit, PersonId, Principal, Version};
use store::{DirectoryStore, Table, TrainingStore};
use testkit::{Dynoxide, Outside, newcomer};
use training::{
    MailSwitch, Settings, TrainingError, TrainingReader,
    materials::{Checksum, FileKind, FileName, MaterialFile, usecases as materials},
    model::{CourseCode, CourseFormat, CourseHours, CourseProvider, FreeText, Title},
    requests::{
        Request, RequestKind, RequestState, RequestsReader,
        usecases::{self, RequestDesk, Ruled, Wish},
    },
    usecases::{Call, Desk, catalogue, work},
};

const PDF: &[u8] = b"%PDF-1.7\nslides";

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
        super::sides().await.into_iter().map(|(side, table)| (side, Self::over(table))).collect()
    }

    fn desk(&self) -> RequestDesk<'_> {
        let Self { store, settings, mail, .. } = self;
        RequestDesk { desk: Desk { reader: store, writer: store, roster: store, settings, mail }, reader: store }
    }

    async fn course(&self, code: &str) -> CourseId {
        let facts = catalogue::CourseFacts {
            title: Title::parse("Cloud security").unwrap(),
            format: CourseFormat::Course,
            provider: CourseProvider::Industry,
            hours: CourseHours::from_hours(8.0).unwrap(),
            competencies: Vec::new(),
            prerequisites: Vec::new(),
            validity_months: None,
            languages: Vec::new(),
            url: None,
        };
        let code = CourseCode::parse(code).unwrap();
        catalogue::create_course(&self.desk().desk, code, facts, &cause(), None).await.unwrap().id
    }

    async fn hire(&self, name: &str, manager: Option<PersonId>) -> PersonId {
        let directory = DirectoryStore::new(Arc::clone(&self.table));
        let mut new = newcomer(&format!("{name}@example.com"), name);
        new.manager = manager;
        let (person, commit) = directory::people::create(&directory, new, &cause()).await.unwrap();
        directory::DirectoryWriter::commit(&directory, commit).await.unwrap();
        person.id
    }

    async fn ask(&self, person: PersonId, course: CourseId) -> Result<Request, TrainingError> {
        let wish = Wish { course, kind: RequestKind::Seat, reason: FreeText::parse("Why not").unwrap() };
        usecases::ask(&self.desk(), person, wish, &cause(), None).await
    }

    async fn approve(&self, request: &Request) -> Result<Request, TrainingError> {
        let yes = Ruled { approved: true, reason: None };
        usecases::decide(&self.desk(), request.person, request.id, request.version, &yes, &cause()).await
    }

    async fn withdraw(&self, request: &Request) -> Result<Request, TrainingError> {
        usecases::withdraw(&self.desk(), request.person, request.id, request.version, &cause()).await
    }

    /// How many assignments somebody has.
    async fn assigned(&self, person: PersonId) -> usize {
        self.store.file(person).await.unwrap().map_or(0, |file| file.assignments.len())
    }
}

#[tokio::test]
async fn who_asks_twice_at_once_has_asked_once() {
    for (side, house) in House::both().await {
        let course = house.course("cloud").await;
        let ada = house.hire("ada", None).await;
        let (one, other) = futures::join!(house.ask(ada, course), house.ask(ada, course));
        let refused = [one, other].into_iter().filter_map(Result::err).map(|error| error.code()).collect::<Vec<_>>();
        assert_eq!(refused, ["request_open"], "{side}");
        assert_eq!(house.store.requests_of(ada, Limit::MAX, None).await.unwrap().items.len(), 1, "{side}");
        assert_eq!(house.store.open(ada).await.unwrap().requests.len(), 1, "{side}");
    }
}

#[tokio::test]
async fn a_request_that_is_approved_and_taken_back_at_once_is_one_of_both() {
    for (side, house) in House::both().await {
        let course = house.course("cloud").await;
        let ada = house.hire("ada", None).await;
        let asked = house.ask(ada, course).await.unwrap();
        let (approved, taken_back) = futures::join!(house.approve(&asked), house.withdraw(&asked));
        assert!(approved.is_ok() != taken_back.is_ok(), "{side}: {approved:?} {taken_back:?}");
        let lost = [approved, taken_back].into_iter().find_map(Result::err).unwrap();
        assert_eq!(lost.code(), "stale", "{side}");
        let (now, open) = house.store.request(ada, asked.id).await.unwrap().unwrap();
        // Approved with its assignment, or neither.
        let approved = usize::from(now.state == RequestState::Approved);
        assert_eq!((house.assigned(ada).await, open.requests.len()), (approved, approved), "{side}");
    }
}

#[tokio::test]
async fn an_approval_and_another_change_of_the_file_both_happen() {
    for (side, house) in House::both().await {
        let (course, other) = (house.course("cloud").await, house.course("other").await);
        let ada = house.hire("ada", None).await;
        let asked = house.ask(ada, course).await.unwrap();
        let assign = work::Assign { person: ada, course: other, due: None, required: true };
        let (desk, by) = (house.desk(), cause());
        let call = Call::of(&by);
        let (approved, assigned) = futures::join!(house.approve(&asked), work::assign(&desk.desk, assign, &call));
        assert!(approved.is_ok() && assigned.is_ok(), "{side}: {approved:?}");
        assert_eq!(house.assigned(ada).await, 2, "{side}");
    }
}

#[tokio::test]
async fn a_managers_list_costs_the_same_for_one_report_and_for_thirty() {
    let engine = Dynoxide::start().await.unwrap();
    let house = House::over(Arc::new(engine.table.clone()));
    let course = house.course("cloud").await;
    let manager = house.hire("mary", None).await;
    for reports in [1, 30] {
        for number in 0..reports {
            let report = house.hire(&format!("p{reports}-{number}"), Some(manager)).await;
            house.ask(report, course).await.unwrap();
        }
        engine.meter.take();
        let waiting = usecases::waiting_for(&house.desk(), manager, Limit::MAX, None).await.unwrap().items.len();
        assert_eq!(engine.meter.take().requests, 3, "{waiting} wait");
        assert!(waiting >= reports);
    }
}

#[tokio::test]
async fn a_file_that_is_confirmed_twice_at_once_is_one_version() {
    for (side, table) in super::sides().await {
        let (house, files) = (House::over(table), Outside::default());
        let store = &house.store;
        let desk = materials::MaterialDesk { reader: store, training: store, writer: store, files: &files };
        let course = house.course("cloud").await;
        let file = MaterialFile {
            name: FileName::parse("slides.pdf").unwrap(),
            kind: FileKind::Pdf,
            length: u64::try_from(PDF.len()).unwrap(),
            sha256: Checksum::new([7; 32]),
        };
        let title = Title::parse("Slides").unwrap();
        let material = materials::add(&desk, course, title, file.clone(), &cause(), None).await.unwrap();
        let upload = material.announced.as_ref().unwrap().upload;
        files.store_checked(material.object(upload), PDF, [7; 32]);
        let by = cause();
        let confirm = || materials::confirm(&desk, course, material.id, upload, &by, None);
        let (one, other) = futures::join!(confirm(), confirm());
        assert_eq!(one.unwrap().versions, other.unwrap().versions, "{side}");
        // A later announcement and a change of the title at once: both are there, or the second is told to read again.
        let now = confirm().await.unwrap();
        let change = materials::MaterialChange { title: Title::parse("Handout").ok(), retired: None };
        let announce = materials::announce(&desk, course, material.id, file, &by, None);
        let change = materials::change(&desk, course, material.id, now.version, change, &by);
        let (announced, changed) = futures::join!(announce, change);
        let last = announced.unwrap();
        assert_eq!((last.versions.len(), last.announced.is_some()), (1, true), "{side}");
        assert!(changed.is_ok_and(|it| it.version > Version::FIRST) || last.title.as_str() == "Slides", "{side}");
    }
}
