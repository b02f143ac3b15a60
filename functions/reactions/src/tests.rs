//! Reactions over the table in memory: repeated, out of order, and for people who are gone.

use std::sync::Arc;

use directory::{
    DepartmentCode, DirectoryReader, DirectoryWriter, Membership, Memberships, Team, TeamCode, TeamName,
    people::{NewPerson, PersonChange, change, create, erase},
    teams::{self, NewTeam},
};
use jiff::{Timestamp, civil::Date};
use kernel::{Cause, DateSpan, Event, JobRole, Limit, PersonId, Principal};
use mail::ProgramSettings;
use serde_json::{Value, json};
use store::{DirectoryStore, MemoryTable, Table, keys::System, outbox::Outbox};
use testkit::{FixedClock, InForce, newcomer};
use training::{
    Settings,
    events::{STANDING_CHANGED, StandingData},
    model::{CourseCode, CourseFormat, CourseHours, CourseProvider, PathStep, Placement, Requirement, RollUp, Title},
    usecases::catalogue::{CourseFacts, create_course, set_path},
};

use crate::{Message, Ports, Rules, handle, react, wiring};

fn now() -> Timestamp {
    "2026-03-02T10:00:00Z".parse().unwrap()
}

fn cause() -> Cause {
    Cause { by: Principal::Program, at: now(), correlation_id: "c".to_owned(), causation_id: None }
}

fn event(kind: &str, person: PersonId, data: Value) -> Event {
    Event::new(kind, person, data, &cause())
}

struct House {
    ports: Ports,
    directory: DirectoryStore,
    reviews: Arc<testkit::Outside>,
    table: Arc<dyn Table>,
}

impl House {
    /// A company whose developers are asked one course.
    async fn new() -> Self {
        let table: Arc<dyn Table> = Arc::new(MemoryTable::new());
        let reviews = Arc::new(testkit::Outside::default());
        let outside = wiring::Outside {
            settings: Arc::new(InForce::<Settings>::default()),
            program: Arc::new(InForce::<ProgramSettings>::default()),
            reviews: reviews.clone(),
            clock: Arc::new(FixedClock::at(now())),
        };
        let ports = wiring::over(Arc::clone(&table), outside);
        let house = Self { ports, directory: DirectoryStore::new(Arc::clone(&table)), reviews, table };
        let rules = Rules::read(&house.ports).await.unwrap();
        let desk = rules.desk(&house.ports);
        let facts = CourseFacts {
            title: Title::parse("Threats").unwrap(),
            format: CourseFormat::Course,
            provider: CourseProvider::Internal,
            hours: CourseHours::from_hours(2.0).unwrap(),
            competencies: Vec::new(),
            prerequisites: Vec::new(),
            validity_months: None,
            languages: Vec::new(),
            url: None,
        };
        let code = CourseCode::parse("sec-101").unwrap();
        let course = create_course(&desk, code, facts, &cause(), None).await.unwrap();
        let steps = vec![PathStep { course: course.id, requirement: Requirement::Required }];
        set_path(&desk, JobRole::Developer, steps, None, &cause()).await.unwrap();
        house
    }

    /// The executions that were started, by name.
    fn reviews(&self) -> Vec<String> {
        self.reviews.started().into_iter().map(|(name, _)| name).collect()
    }

    async fn person(&self, start: &str) -> PersonId {
        self.member("ada@example.com", start, Memberships::default()).await
    }

    async fn member(&self, email: &str, start: &str, memberships: Memberships) -> PersonId {
        let start = start.parse().unwrap();
        let new = NewPerson { memberships, start, ..newcomer(email, "Ada") };
        let (person, commit) = create(&self.directory, new, &cause()).await.unwrap();
        self.directory.commit(commit).await.unwrap();
        person.id
    }

    async fn change(&self, person: PersonId, what: PersonChange) {
        let before = self.directory.person(person).await.unwrap().unwrap();
        let (_, commit) = change(&self.directory, &before, what, &cause()).await.unwrap().unwrap();
        self.directory.commit(commit).await.unwrap();
    }

    /// What was said of standings.
    async fn standings(&self) -> Vec<StandingData> {
        let outbox = Outbox::new(Arc::clone(&self.table));
        let mut said = Vec::new();
        for shard in 0..16 {
            said.extend(outbox.pending(System::Training, shard, now(), 100).await.unwrap());
        }
        said.retain(|event| event.kind == STANDING_CHANGED);
        said.into_iter().map(|event| serde_json::from_value(event.data).unwrap()).collect()
    }

    async fn open(&self, person: PersonId) -> usize {
        let file = self.ports.reader.file(person).await.unwrap();
        file.map_or(0, |file| file.assignments.iter().filter(|it| it.is_open()).count())
    }
}

#[tokio::test]
async fn a_joiner_is_planned_for_once_and_a_leaver_no_more() {
    let house = House::new().await;
    let person = house.person("2026-03-01").await;
    for _ in 0..2 {
        react(&house.ports, &event("directory.person_joined", person, json!({"version": 1}))).await.unwrap();
        assert_eq!(house.open(person).await, 1);
    }
    let leave: Date = "2026-03-01".parse().unwrap();
    house.change(person, PersonChange { leave: Some(Some(leave)), ..PersonChange::default() }).await;
    // The events come late, twice, and in the wrong order: each reads what is so now.
    for kind in ["directory.person_left", "directory.person_joined", "directory.person_left"] {
        react(&house.ports, &event(kind, person, json!({"version": 1}))).await.unwrap();
        assert_eq!(house.open(person).await, 0, "{kind}");
    }
}

#[tokio::test]
async fn somebody_who_was_there_before_is_not_planned_for() {
    let house = House::new().await;
    let person = house.person("2020-01-01").await;
    react(&house.ports, &event("directory.person_joined", person, json!({"version": 1}))).await.unwrap();
    assert_eq!(house.open(person).await, 0);
}

#[tokio::test]
async fn an_absence_said_on_a_page_is_recorded_once() {
    let house = House::new().await;
    let person = house.person("2026-03-01").await;
    let said = event("training.absence_reported", person, json!({"from": "2026-03-02", "until": "2026-03-09"}));
    for _ in 0..2 {
        react(&house.ports, &said).await.unwrap();
        let stored = house.directory.person(person).await.unwrap().unwrap();
        assert_eq!(stored.absences.all().len(), 1);
    }
}

#[tokio::test]
async fn an_erased_person_is_forgotten_and_stays_so() {
    let house = House::new().await;
    let person = house.person("2026-03-01").await;
    react(&house.ports, &event("directory.person_joined", person, json!({"version": 1}))).await.unwrap();
    let before = house.directory.person(person).await.unwrap().unwrap();
    let (_, commit) = erase(&house.directory, &before, &cause()).await.unwrap();
    house.directory.commit(commit).await.unwrap();
    for kind in ["directory.person_erased", "directory.person_changed", "directory.person_erased"] {
        react(&house.ports, &event(kind, person, json!({"version": 2}))).await.unwrap();
        assert!(house.ports.reader.file(person).await.unwrap().is_none() || kind == "directory.person_changed");
    }
    assert!(house.ports.reader.file(person).await.unwrap().is_none());
    // What the person contributed was taken from the figures again.
    let standings = house.standings().await;
    assert!(standings.iter().any(|said| said.from.is_some() && said.to.is_none()));
    let figures = standings.iter().fold(RollUp::ZERO, |sum, said| {
        let of = |placement: &Option<Placement>| placement.as_ref().map_or(RollUp::ZERO, RollUp::of);
        sum.plus(of(&said.to)).minus(of(&said.from))
    });
    assert!(figures.is_zero(), "{figures:?}");
}

#[tokio::test]
async fn only_the_messages_that_failed_come_again() {
    let house = House::new().await;
    let person = house.person("2026-03-01").await;
    let good = json!({"detail": event("directory.person_joined", person, json!({}))}).to_string();
    let other = json!({"detail": event("directory.workload_created", person, json!({}))}).to_string();
    let broken = json!({"detail": Event::new("directory.person_left", "nobody", json!({}), &cause())}).to_string();
    let messages: Vec<Message> = [("1", good), ("2", "{}".to_owned()), ("3", other), ("4", broken)]
        .into_iter()
        .map(|(id, body)| Message { id: id.to_owned(), body })
        .collect();
    assert_eq!(handle(&house.ports, &messages).await, ["2", "4"]);
    assert_eq!(house.open(person).await, 1);
}

#[tokio::test]
async fn changed_rules_have_everybody_looked_at_again_once_a_minute() {
    let house = House::new().await;
    let person = house.person("2026-03-01").await;
    for kind in
        ["program.settings_changed", "training.settings_changed", "training.path_changed", "training.course_changed"]
    {
        for _ in 0..2 {
            react(&house.ports, &event(kind, person, json!({"version": 2}))).await.unwrap();
        }
    }
    assert_eq!(house.reviews(), ["review-29540760"]);
    let later = Cause { at: now() + jiff::SignedDuration::from_secs(60), ..cause() };
    react(&house.ports, &Event::new("training.course_retired", person, json!({}), &later)).await.unwrap();
    assert_eq!(house.reviews(), ["review-29540760", "review-29540761"]);
}

fn day(raw: &str) -> Date {
    raw.parse().unwrap()
}

async fn team(house: &House) -> Team {
    let new = NewTeam {
        code: TeamCode::parse("payments").unwrap(),
        name: TeamName::parse("Payments").unwrap(),
        department: DepartmentCode::parse("retail").unwrap(),
        leads: Vec::new(),
    };
    let (team, commit) = teams::create(&house.directory, new, &cause()).await.unwrap();
    house.directory.commit(commit).await.unwrap();
    team
}

async fn join(house: &House, team: &Team, email: &str) -> PersonId {
    let span = DateSpan::new(day("2026-03-01"), None).unwrap();
    let stay = Membership { team: team.id, primary: true, span };
    house.member(email, "2026-03-01", Memberships::new(vec![stay]).unwrap()).await
}

#[tokio::test]
async fn a_teams_new_department_reaches_its_members() {
    let house = House::new().await;
    let team = team(&house).await;
    let person = join(&house, &team, "ada@example.com").await;
    react(&house.ports, &event("directory.person_joined", person, json!({"version": 1}))).await.unwrap();
    let change = teams::TeamChange { department: Some(DepartmentCode::parse("group").unwrap()), ..Default::default() };
    let (_, commit) = teams::change(&house.directory, &team, change, &cause()).await.unwrap().unwrap();
    house.directory.commit(commit).await.unwrap();
    for _ in 0..2 {
        let said = Event::new("directory.team_changed", team.id, json!({"version": 2}), &cause());
        react(&house.ports, &said).await.unwrap();
        let file = house.ports.reader.file(person).await.unwrap().unwrap();
        assert_eq!(file.head.standing.unwrap().department.as_deref(), Some("group"));
    }
    assert!(house.reviews().is_empty());
}

#[tokio::test]
async fn a_team_larger_than_one_message_is_left_to_a_review() {
    let house = House::new().await;
    let team = team(&house).await;
    for number in 0..=Limit::MAX.get() {
        join(&house, &team, &format!("p{number}@example.com")).await;
    }
    react(&house.ports, &Event::new("directory.team_changed", team.id, json!({}), &cause())).await.unwrap();
    assert_eq!(house.reviews().len(), 1);
}
