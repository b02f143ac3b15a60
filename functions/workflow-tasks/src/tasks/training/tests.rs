//! Each task, run twice, over the table in memory: the second time finds nothing left to do.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use directory::{
    DirectoryReader, DirectoryWriter,
    people::{NewPerson, PersonChange, change, create},
};
use insights::Reading;
use jiff::{Timestamp, civil::Date};
use kernel::{Cause, CourseId, GatewayError, JobId, MailMode, PersonId, Principal, RunId, import::NewImport};
use mail::ProgramSettings;
use runtime::TaskErrorKind;
use serde_json::{Value, json};
use store::{
    DirectoryStore, MemoryTable, Table, keys,
    rollup::{Count, RollUps},
};
use testkit::{FixedClock, InForce, newcomer};
use training::{
    Settings,
    certificates::{
        CertificateName, Evidence, External, Issuer,
        usecases::{self, Verdict},
    },
    competency::{Area, Spread},
    effectiveness::Sums,
    import::{ImportKind, begin},
    model::{CourseUrl, RollUp, Scope},
    usecases::{Call, Made, people, work},
};

use super::{Ports, PutGauges, Rules, cause, run};
use crate::wiring::{Outside, over};

const COURSES: &str = "code,title,format,provider,hours\nsec-101,Threats,course,internal,2\n";

/// What was measured.
#[derive(Default)]
struct Measured(Mutex<Vec<Reading>>);

#[async_trait]
impl PutGauges for Measured {
    async fn put(&self, readings: &[Reading], _: Timestamp) -> Result<(), GatewayError> {
        self.0.lock().unwrap().extend_from_slice(readings);
        Ok(())
    }
}

fn now() -> Timestamp {
    "2026-03-02T10:00:00Z".parse().unwrap()
}

struct House {
    ports: Ports,
    measured: Arc<Measured>,
    program: Arc<InForce<ProgramSettings>>,
    memory: Arc<MemoryTable>,
    directory: DirectoryStore,
}

impl House {
    fn new() -> Self {
        let memory = Arc::new(MemoryTable::new());
        let table: Arc<dyn Table> = memory.clone();
        let files = testkit::Outside::default();
        files.store("file", COURSES);
        let settings = Arc::new(InForce::default());
        settings.set(1, Settings { run_budget: 1600, ..Settings::default() });
        let (program, measured) = (Arc::new(InForce::default()), Arc::new(Measured::default()));
        let outside = Outside {
            settings,
            program: program.clone(),
            files: Arc::new(files),
            gauges: measured.clone(),
            clock: Arc::new(FixedClock::at(now())),
        };
        let ports = over(Arc::clone(&table), outside);
        let house = Self { ports, measured, program, memory, directory: DirectoryStore::new(table) };
        house.mails_are(MailMode::On);
        house
    }

    fn mails_are(&self, mail_mode: MailMode) {
        self.program.set(1, ProgramSettings { mail_mode, ..ProgramSettings::default() });
    }

    async fn person(&self, name: &str) -> PersonId {
        let new = newcomer(&format!("{name}@example.com"), name);
        let (person, commit) = create(&self.directory, new, &cause(now(), &"seed")).await.unwrap();
        self.directory.commit(commit).await.unwrap();
        person.id
    }

    async fn import(&self, object: &str) -> JobId {
        let rules = Rules::read(&self.ports).await.unwrap();
        let id = JobId::new(now());
        let cause: Cause = cause(now(), &id);
        let desk = rules.desk(&self.ports);
        let new = NewImport {
            id,
            kind: ImportKind::Courses.as_str().to_owned(),
            object: object.to_owned(),
            by: cause.by.clone(),
            correlation_id: cause.correlation_id.clone(),
            at: cause.at,
        };
        desk.writer.commit(begin(new, &cause), &cause).await.unwrap();
        id
    }

    async fn call(&self, payload: Value) -> Value {
        run(&self.ports, payload).await.unwrap()
    }

    fn mails(&self, person: PersonId) -> usize {
        let partition = keys::mail(person, kernel::MailId::new(now())).pk;
        let items = self.memory.items();
        items.iter().filter(|item| store::table::text(item, "pk") == Some(partition.as_str())).count()
    }
}

#[tokio::test]
async fn an_import_is_applied_once() {
    let house = House::new();
    let id = house.import("file").await;
    for _ in 0..2 {
        assert_eq!(house.call(json!({"task": "import-chunk", "job": id})).await, json!({"done": true}));
        let catalogue = house.ports.reader.catalogue().await.unwrap();
        assert_eq!(catalogue.courses().count(), 1);
    }
    assert_eq!(house.call(json!({"task": "import-failed", "job": id})).await, json!({"state": "finished"}));
}

#[tokio::test]
async fn an_import_that_cannot_go_on_says_so_once() {
    let house = House::new();
    let id = house.import("missing").await;
    let failed = run(&house.ports, json!({"task": "import-chunk", "job": id})).await.unwrap_err();
    assert_eq!(failed.kind(), TaskErrorKind::Permanent);
    for _ in 0..2 {
        assert_eq!(house.call(json!({"task": "import-failed", "job": id})).await, json!({"state": "failed"}));
    }
    assert_eq!(house.call(json!({"task": "import-chunk", "job": id})).await, json!({"done": true}));
}

#[tokio::test]
async fn a_reminder_run_tells_each_person_once() {
    let house = House::new();
    let id = house.import("file").await;
    house.call(json!({"task": "import-chunk", "job": id})).await;
    let person = house.person("ada").await;
    let rules = Rules::read(&house.ports).await.unwrap();
    let course = house.ports.reader.catalogue().await.unwrap().courses().next().unwrap().id;
    let ask = work::Assign { person, course, due: Some("2026-03-03".parse().unwrap()), required: true };
    work::assign(&rules.desk(&house.ports), ask, &Call::of(&cause(now(), &"seed"))).await.unwrap();

    let select = json!({"task": "select-due", "at": now(), "ignore_send_hour": true, "run": RunId::new(now())});
    let due = house.call(select.clone()).await;
    assert_eq!(house.call(select).await, due);
    assert_eq!(due["shards"], json!([person.shard()]));
    let page = json!({
        "task": "remind-people", "run": due["run"], "at": due["at"], "until": due["until"], "shard": person.shard(),
        "cursor": null, "ignore_send_hour": true,
    });
    let first = house.call(page.clone()).await;
    assert_eq!(
        (first["people"].clone(), first["mails"].clone(), first["cursor"].clone()),
        (json!(1), json!(1), json!(null))
    );
    let second = house.call(page).await;
    assert_eq!(second["mails"], 0);
    assert_eq!(house.mails(person), 1);

    let finish = json!({
        "task": "finish-run", "run": due["run"], "at": due["at"], "people": [{"people": 1, "mails": 1}],
        "boxes": [{"boxes": 2, "failed": 1}],
    });
    let finished = house.call(finish.clone()).await;
    assert_eq!(
        (finished["people"].clone(), finished["mails"].clone(), finished["failed"].clone()),
        (json!(1), json!(1), json!(1))
    );
    assert_eq!(house.call(finish).await, finished);
}

#[tokio::test]
async fn an_onboarding_goes_from_check_in_to_check_in_and_asking_twice_is_asking_once() {
    let house = House::new();
    let start = "2026-02-10".parse().unwrap();
    let new = NewPerson { start, ..newcomer("ada@example.com", "Ada Example") };
    let (person, commit) = create(&house.directory, new, &cause(now(), &"seed")).await.unwrap();
    house.directory.commit(commit).await.unwrap();
    let ask = json!({"task": "check-onboarding", "person": person.id, "start": "2026-02-10"});
    // Nothing is held of them yet: the file is made by joining, not by this.
    assert_eq!(house.call(ask.clone()).await, json!({"outcome": "left", "until": null}));
    let rules = Rules::read(&house.ports).await.unwrap();
    people::on_person_changed(&rules.desk(&house.ports), person.id, &cause(now(), &"seed")).await.unwrap();
    for _ in 0..2 {
        // Day 14 is over, day 30 is next, from the send hour on where the person is.
        let answer = house.call(ask.clone()).await;
        assert_eq!(answer, json!({"outcome": "waiting", "until": "2026-03-12T07:00:00Z"}));
        let file = house.ports.reader.file(person.id).await.unwrap().unwrap();
        assert_eq!(file.head.checked_in, Some(14));
    }
    // What began before executions carried a first day goes on as it is.
    let earlier = json!({"task": "check-onboarding", "person": person.id});
    assert_eq!(house.call(earlier.clone()).await["outcome"], "waiting");
    // She leaves and comes back: the first execution ends, the second begins anew, each however often it asks.
    let moves = [
        PersonChange { leave: Some("2026-02-27".parse().ok()), ..PersonChange::default() },
        PersonChange { start: "2026-03-01".parse().ok(), leave: Some(None), ..PersonChange::default() },
    ];
    for what in moves {
        let before = house.directory.person(person.id).await.unwrap().unwrap();
        let (_, commit) = change(&house.directory, &before, what, &cause(now(), &"seed")).await.unwrap().unwrap();
        house.directory.commit(commit).await.unwrap();
        people::on_person_changed(&rules.desk(&house.ports), person.id, &cause(now(), &"seed")).await.unwrap();
    }
    let again = json!({"task": "check-onboarding", "person": person.id, "start": "2026-03-01"});
    for _ in 0..2 {
        for former in [&ask, &earlier] {
            assert_eq!(house.call(former.clone()).await, json!({"outcome": "left", "until": null}));
        }
        assert_eq!(house.call(again.clone()).await, json!({"outcome": "waiting", "until": "2026-03-15T07:00:00Z"}));
        assert_eq!(house.ports.reader.file(person.id).await.unwrap().unwrap().head.checked_in, None);
    }
    let broken = json!({"task": "check-onboarding", "person": "ada"});
    assert_eq!(run(&house.ports, broken).await.unwrap_err().kind(), TaskErrorKind::Permanent);
}

#[tokio::test]
async fn a_certificate_is_looked_after_until_it_ends_and_asking_twice_is_asking_once() {
    let house = House::new();
    let person = house.person("ada").await;
    let (expires, issued): (Date, Date) = ("2026-05-31".parse().unwrap(), "2025-06-01".parse().unwrap());
    let external = External {
        name: CertificateName::parse("Cloud security").unwrap(),
        issuer: Issuer::parse("Example institute").unwrap(),
        number: None,
        issued,
        expires: Some(expires),
        areas: Vec::new(),
        evidence: Evidence::Url { url: CourseUrl::parse("https://certificates.example.com/1").unwrap() },
        renews: None,
    };
    let rules = Rules::read(&house.ports).await.unwrap();
    let by = |by| Cause { by, ..cause(now(), &"seed") };
    let own = by(Principal::Person(person));
    let made = usecases::record(&rules.desk(&house.ports), person, &external, &Call::of(&own)).await.unwrap().made;
    let Made::Certificate(certificate) = made else { panic!("a certificate") };
    let other = by(Principal::Person(PersonId::new(now())));
    usecases::check(&rules.desk(&house.ports), person, certificate, &Verdict::Verified, &Call::of(&other))
        .await
        .unwrap();
    let task = "check-recertification";
    let ask = json!({"task": task, "person": person, "certificate": certificate, "expires": expires});
    for _ in 0..2 {
        // The day of the 60th day before its end, from the send hour on where the person is.
        let answer = house.call(ask.clone()).await;
        assert_eq!(answer["outcome"], "waiting");
        assert!(answer["until"].as_str().unwrap().starts_with("2026-04-01T"), "{answer}");
        assert!(answer["until"].as_str().unwrap().len() == 20, "{answer}");
    }
    usecases::withdraw(&rules.desk(&house.ports), person, certificate, &Call::of(&own)).await.unwrap();
    let ended = |outcome| json!({"outcome": outcome, "until": null});
    for _ in 0..2 {
        assert_eq!(house.call(ask.clone()).await, ended("withdrawn"));
    }
    let nobody = json!({"task": task, "person": PersonId::new(now()), "certificate": certificate, "expires": expires});
    assert_eq!(house.call(nobody).await, ended("gone"));
    let broken = json!({"task": task, "person": person, "certificate": certificate, "expires": "soon"});
    assert_eq!(run(&house.ports, broken).await.unwrap_err().kind(), TaskErrorKind::Permanent);
}

#[tokio::test]
async fn gauges_leave_out_what_cannot_be_measured() {
    let house = House::new();
    for _ in 0..2 {
        assert_eq!(house.call(json!({"task": "publish-gauges"})).await, json!({"gauges": 0}));
    }
    assert!(house.measured.0.lock().unwrap().is_empty());
    let sums = RollUp { people: 10, clear: 8, required: 20, valid: 5, ..RollUp::ZERO };
    let deltas = vec![(Scope::Company, "2026-03-02".parse().unwrap(), sums)];
    let count = Count { deltas, ..Count::default() };
    RollUps::new(house.memory.clone()).count(&count, now()).await.unwrap();
    assert_eq!(house.call(json!({"task": "publish-gauges"})).await, json!({"gauges": 3}));
    let written = house.measured.0.lock().unwrap().clone();
    let of = |key| written.iter().find(|reading| reading.kpi.key == key).map(|reading| reading.value);
    assert_eq!((of("training_compliance"), of("training_completion")), (Some(80.0), Some(25.0)));
}

#[tokio::test]
async fn gauges_of_competency_rest_on_areas_in_which_enough_people_were_judged() {
    let house = House::new();
    let area = |code: &str, spread| (Area::parse(code).unwrap(), spread);
    let large = Spread { asked: 10, novice: 2, expert: 4, below: 3, ..Spread::default() };
    let small = Spread { asked: 10, novice: 4, below: 4, ..Spread::default() };
    let areas = [area("coding", large), area("threats", small)].into_iter().collect();
    let sums = RollUp { people: 10, clear: 8, required: 20, valid: 5, areas };
    let deltas = vec![(Scope::Company, "2026-03-02".parse().unwrap(), sums)];
    let met = Sums { due: 4, met: 3, ..Sums::default() };
    let courses = vec![(CourseId::new(now()), met), (CourseId::new(now()), met)];
    let count = Count { deltas, courses, ..Count::default() };
    RollUps::new(house.memory.clone()).count(&count, now()).await.unwrap();
    assert_eq!(house.call(json!({"task": "publish-gauges"})).await, json!({"gauges": 6}));
    let written = house.measured.0.lock().unwrap().clone();
    let of = |key| written.iter().find(|reading| reading.kpi.key == key).map(|reading| reading.value);
    assert_eq!((of("competency_coverage"), of("competency_at_target")), (Some(50.0), Some(50.0)));
    assert_eq!((of("completed_in_time"), of("learning_gain")), (Some(75.0), None));
}

#[tokio::test]
async fn a_task_that_is_not_on_the_list_is_refused_for_good() {
    let house = House::new();
    for payload in [json!({"task": "drop-everything"}), json!({}), json!({"task": "publish-gauges", "more": 1})] {
        let refused = run(&house.ports, payload).await.unwrap_err();
        assert_eq!(refused.kind(), TaskErrorKind::Permanent);
    }
}

#[tokio::test]
async fn a_review_reaches_everybody_and_finds_nothing_to_do_the_second_time() {
    let house = House::new();
    let id = house.import("file").await;
    house.call(json!({"task": "import-chunk", "job": id})).await;
    let course = house.ports.reader.catalogue().await.unwrap().courses().next().unwrap().id;
    let rules = Rules::read(&house.ports).await.unwrap();
    let mut people = Vec::new();
    for name in ["ada", "grace", "edsger"] {
        let person = house.person(name).await;
        let ask = work::Assign { person, course, due: Some("2026-03-03".parse().unwrap()), required: true };
        work::assign(&rules.desk(&house.ports), ask, &Call::of(&cause(now(), &"seed"))).await.unwrap();
        people.push(person);
    }
    let next = |person| {
        let reader = Arc::clone(&house.ports.reader);
        async move { reader.file(person).await.unwrap().unwrap().head.next_at }
    };
    let before = next(people[0]).await;
    // Nothing may be told any more, so nobody needs a visit before the course is overdue.
    house.mails_are(MailMode::Off);
    for expected in [3, 0] {
        let (mut cursor, mut calls, mut looked, mut changed) = (Value::Null, 0, 0, 0);
        loop {
            let done = house.call(json!({"task": "review-people", "review": "review-1", "cursor": cursor})).await;
            assert_eq!(done["failed"], 0);
            looked += done["people"].as_u64().unwrap();
            changed += done["changed"].as_u64().unwrap();
            calls += 1;
            cursor = done["cursor"].clone();
            if cursor.is_null() {
                break;
            }
        }
        assert_eq!((calls, looked, changed), (16, 3, expected));
    }
    assert_ne!(next(people[0]).await, before);
    let nowhere = json!({"task": "review-people", "review": "review-1", "cursor": {"shard": 16, "after": null}});
    assert_eq!(run(&house.ports, nowhere).await.unwrap_err().kind(), TaskErrorKind::Permanent);
}
