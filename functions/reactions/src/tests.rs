//! Reactions over the table in memory: repeated, out of order, and for people who are gone.

mod feedback;
mod requests;

use std::sync::Arc;

use directory::{
    DepartmentCode, DirectoryReader, DirectoryWriter, Membership, Memberships, Team, TeamCode, TeamName,
    people::{NewPerson, PersonChange, change, create, erase},
    teams::{self, NewTeam},
};
use jiff::{Timestamp, civil::Date};
use kernel::{
    ArticleId, AssessmentId, AttemptId, Cause, CertificateId, Commit, CourseId, DateSpan, Event, EvidenceId,
    FeedbackId, JobRole, Limit, PersonId, Principal, Version, ZoneName,
};
use mail::ProgramSettings;
use serde_json::{Value, json};
use store::{
    DirectoryStore, MemoryTable, Table,
    keys::{System, mails_of},
    outbox::Outbox,
    table::Query,
};
use testkit::{FixedClock, InForce, newcomer};
use training::{
    Settings,
    assessment::{self, Held, Purpose, Round, Tries},
    certificates::{self, CertificateName, EvidenceKind, External, Issuer, kept_object},
    competency::{Area, Evidence, EvidenceSource, usecases::judged},
    events::{self, STANDING_CHANGED, StandingData},
    guidance::{self, Comment, Feedback, Verdict},
    model::{
        AssignmentReason, CourseCode, CourseFormat, CourseHours, CourseProvider, PathStep, Percent, Place, Placement,
        Requirement, RollUp, Title,
    },
    sessions::{
        self, Minutes, Seats, SessionFacts,
        usecases::{SessionChange, SessionDesk},
    },
    usecases::{
        Call,
        catalogue::{CourseFacts, create_course, set_path},
    },
};

use crate::{Message, Ports, ReactError, Rules, handle, react, wiring};

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
    onboardings: Arc<testkit::Outside>,
    program: Arc<InForce<ProgramSettings>>,
    settings: Arc<InForce<Settings>>,
    table: Arc<dyn Table>,
}

impl House {
    /// A company whose developers are asked one course.
    async fn new() -> Self {
        let table: Arc<dyn Table> = Arc::new(MemoryTable::new());
        let reviews = Arc::new(testkit::Outside::default());
        let onboardings = Arc::new(testkit::Outside::default());
        let program = Arc::new(InForce::<ProgramSettings>::default());
        let settings = Arc::new(InForce::<Settings>::default());
        let outside = wiring::Outside {
            settings: settings.clone(),
            program: program.clone(),
            reviews: reviews.clone(),
            onboardings: onboardings.clone(),
            recertifications: reviews.clone(),
            evidence: reviews.clone(),
            clock: Arc::new(FixedClock::at(now())),
        };
        let ports = wiring::over(Arc::clone(&table), outside);
        let directory = DirectoryStore::new(Arc::clone(&table));
        let house = Self { ports, directory, reviews, onboardings, program, settings, table };
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

    /// A course of the catalogue that nobody is required to do.
    async fn teaching(&self, area: &str) -> CourseId {
        let rules = Rules::read(&self.ports).await.unwrap();
        let facts = CourseFacts {
            title: Title::parse("More").unwrap(),
            format: CourseFormat::Lab,
            provider: CourseProvider::Internal,
            hours: CourseHours::from_hours(2.0).unwrap(),
            competencies: vec![area.to_owned()],
            prerequisites: Vec::new(),
            validity_months: None,
            languages: Vec::new(),
            url: None,
        };
        let code = CourseCode::parse("more-101").unwrap();
        create_course(&rules.desk(&self.ports), code, facts, &cause(), None).await.unwrap().id
    }

    /// Developers are asked for all there is in an area.
    fn asks_for(&self, area: &str) {
        let targets = [(Area::parse(area).unwrap(), Percent::FULL)].into();
        let competency_targets = [(JobRole::Developer, targets)].into();
        self.settings.set(1, Settings { competency_targets, ..Settings::default() });
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
async fn whoever_joined_is_accompanied_once_and_whoever_was_there_before_is_not() {
    let house = House::new().await;
    let joined = async |email: &str, start: &str| {
        let person = house.member(email, start, Memberships::default()).await;
        for kind in ["directory.person_joined", "directory.person_changed", "directory.person_joined"] {
            react(&house.ports, &event(kind, person, json!({"version": 1}))).await.unwrap();
        }
        person
    };
    let ada = joined("ada@example.com", "2026-03-01").await;
    let later = joined("bea@example.com", "2026-06-01").await;
    joined("cleo@example.com", "2025-12-01").await;
    let started = |person: PersonId, start: &str| {
        (format!("onboarding-{}-{start}", person.as_uuid().simple()), json!({"person": person, "start": start}))
    };
    let mut expected = vec![started(ada, "2026-03-01"), started(later, "2026-06-01")];
    assert_eq!(house.onboardings.started(), expected);
    // Who left and comes back gets an execution of their own, once, however often the directory says so.
    house.change(ada, PersonChange { leave: Some("2026-03-31".parse().ok()), ..PersonChange::default() }).await;
    react(&house.ports, &event("directory.person_left", ada, json!({"version": 2}))).await.unwrap();
    let back = PersonChange { start: "2026-05-01".parse().ok(), leave: Some(None), ..PersonChange::default() };
    house.change(ada, back).await;
    for _ in 0..2 {
        react(&house.ports, &event("directory.person_changed", ada, json!({"version": 3}))).await.unwrap();
    }
    expected.push(started(ada, "2026-05-01"));
    assert_eq!(house.onboardings.started(), expected);
    // A first day that is put right is the same stay, and its execution goes on.
    house.change(ada, PersonChange { start: "2026-05-04".parse().ok(), ..PersonChange::default() }).await;
    react(&house.ports, &event("directory.person_changed", ada, json!({"version": 4}))).await.unwrap();
    assert_eq!(house.onboardings.started(), expected);
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
    judge(&house, person).await;
    attempt(&house, person).await;
    assert!(house.ports.competency.profile(person).await.unwrap().is_some());
    for kind in ["directory.person_erased", "directory.person_changed", "directory.person_erased"] {
        react(&house.ports, &event(kind, person, json!({"version": 2}))).await.unwrap();
        assert!(house.ports.reader.file(person).await.unwrap().is_none() || kind == "directory.person_changed");
    }
    assert!(house.ports.reader.file(person).await.unwrap().is_none());
    assert!(house.ports.competency.profile(person).await.unwrap().is_none());
    assert_eq!(house.ports.assessments.held(person).await.unwrap(), []);
    // What the person contributed was taken from the figures again.
    let standings = house.standings().await;
    assert!(standings.iter().any(|said| said.from.is_some() && said.to.is_none()));
    let figures = standings.iter().fold(RollUp::ZERO, |sum, said| {
        let of = |placement: &Option<Placement>| placement.as_ref().map_or(RollUp::ZERO, RollUp::of);
        sum.plus(&of(&said.to)).minus(&of(&said.from))
    });
    assert!(figures.is_zero(), "{figures:?}");
}

/// A certificate of a person that a file shows.
async fn certified(house: &House, person: PersonId) -> EvidenceId {
    let file = EvidenceId::new(now());
    let external = External {
        name: CertificateName::parse("Cloud security").unwrap(),
        issuer: Issuer::parse("Example institute").unwrap(),
        number: None,
        issued: day("2026-01-01"),
        expires: Some(day("2026-12-31")),
        areas: Vec::new(),
        evidence: certificates::Evidence::File { file, format: EvidenceKind::Pdf },
        renews: None,
    };
    let rules = Rules::read(&house.ports).await.unwrap();
    let (desk, cause) = (rules.desk(&house.ports), cause());
    certificates::usecases::record(&desk, person, &external, &Call::of(&cause)).await.unwrap();
    file
}

#[tokio::test]
async fn what_showed_the_certificates_of_an_erased_person_is_removed() {
    let house = House::new().await;
    let person = house.person("2020-01-01").await;
    let shown = kept_object(person, certified(&house, person).await);
    let beside = kept_object(PersonId::new(now()), EvidenceId::new(now()));
    for object in [&shown, &beside] {
        house.reviews.store(object, "%PDF-");
    }
    let before = house.directory.person(person).await.unwrap().unwrap();
    let (_, commit) = erase(&house.directory, &before, &cause()).await.unwrap();
    house.directory.commit(commit).await.unwrap();
    for _ in 0..2 {
        react(&house.ports, &event("directory.person_erased", person, json!({"version": 2}))).await.unwrap();
        assert_eq!((house.reviews.file(&shown), house.reviews.file(&beside)), (None, Some(b"%PDF-".to_vec())));
        assert!(house.ports.reader.file(person).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_certificate_that_ends_soon_is_looked_after_once() {
    let house = House::new().await;
    let (person, certificate) = (PersonId::new(now()), CertificateId::new(now()));
    let data = json!({"certificate": certificate, "expires": "2026-05-31"});
    for _ in 0..2 {
        react(&house.ports, &event(events::CERTIFICATE_EXPIRING, person, data.clone())).await.unwrap();
    }
    let [(name, input)] = &house.reviews.started()[..] else { panic!("one execution") };
    let (one, two) = (person.as_uuid().simple(), certificate.as_uuid().simple());
    assert_eq!(*name, format!("{one}-{two}-20260531"));
    assert_eq!(*input, json!({"person": person, "certificate": certificate, "expires": "2026-05-31"}));
    // Another end of the same certificate is another recertification.
    let later = json!({"certificate": certificate, "expires": "2027-05-31"});
    react(&house.ports, &event(events::CERTIFICATE_EXPIRING, person, later)).await.unwrap();
    assert_eq!(house.reviews.started().len(), 2);
    let broken = event(events::CERTIFICATE_EXPIRING, person, json!({"certificate": "x"}));
    assert!(matches!(react(&house.ports, &broken).await, Err(ReactError::Malformed)));
}

/// A person starts an attempt.
async fn attempt(house: &House, person: PersonId) {
    let assessment = AssessmentId::new(now());
    let round = Round::of(Purpose::Initial, None, day("2026-03-01"));
    let tries = Tries { version: Version::FIRST, ..Tries::none(person, assessment, round) };
    let write = training::Write::Assessment(assessment::Write::Tries { before: Version::ABSENT, tries });
    house.ports.writer.commit(Commit::of(vec![write]), &cause()).await.unwrap();
    assert_eq!(house.ports.assessments.held(person).await.unwrap(), [Held::Tries(assessment)]);
}

/// Something is judged of a person.
async fn judge(house: &House, person: PersonId) {
    let source = EvidenceSource::Assessment(AttemptId::new(now()));
    let evidence = Evidence { area: Area::parse("risk").unwrap(), score_tenths: 705, source, on: day("2026-03-01") };
    let (writes, events) = judged(house.ports.competency.as_ref(), person, &[evidence], &cause()).await.unwrap();
    let mut commit = Commit::of(writes.into_iter().map(training::Write::Competency).collect());
    commit.events = events;
    house.ports.writer.commit(commit, &cause()).await.unwrap();
}

#[tokio::test]
async fn what_is_judged_is_answered_with_an_offer_and_heard_twice_changes_nothing() {
    let house = House::new().await;
    let course = house.teaching("risk").await;
    house.asks_for("risk");
    let person = house.person("2020-01-01").await;
    judge(&house, person).await;
    let judged = event(events::COMPETENCY_JUDGED, person, json!({"area": "risk"}));
    for _ in 0..2 {
        react(&house.ports, &judged).await.unwrap();
        let file = house.ports.reader.file(person).await.unwrap().unwrap();
        let open = file.open(course).unwrap();
        assert!(file.assignments.len() == 1 && !open.required);
        assert_eq!(open.reason, AssignmentReason::Recommended);
    }
    // Whoever does something else now is offered what that asks for, and nothing else.
    let other = PersonChange { job_role: Some(JobRole::Product), ..PersonChange::default() };
    house.change(person, other).await;
    react(&house.ports, &event("directory.person_changed", person, json!({"version": 2}))).await.unwrap();
    assert_eq!(house.open(person).await, 0);
    // Judged of somebody who is gone: nothing is to be done.
    react(&house.ports, &event(events::COMPETENCY_JUDGED, PersonId::new(now()), json!({}))).await.unwrap();
}

#[tokio::test]
async fn a_finding_that_came_back_offers_its_course_to_the_team() {
    let house = House::new().await;
    let course = house.teaching("CWE-79").await;
    let person = house.person("2020-01-01").await;
    let data = json!({"people": [person, PersonId::new(now())], "cwe": 79});
    for _ in 0..2 {
        let came_back = Event::new(events::FINDING_RECURRED, "a-workload", data.clone(), &cause());
        react(&house.ports, &came_back).await.unwrap();
        let file = house.ports.reader.file(person).await.unwrap().unwrap();
        assert_eq!(file.assignments.len(), 1);
        assert_eq!(file.open(course).map(|it| it.reason), Some(AssignmentReason::RecurringFinding));
    }
    let malformed = Event::new(events::FINDING_RECURRED, "a-workload", json!({"people": []}), &cause());
    assert!(react(&house.ports, &malformed).await.is_err());
}

#[tokio::test]
async fn what_an_erased_person_said_of_articles_is_forgotten() {
    let house = House::new().await;
    let person = PersonId::new(now());
    let feedback = Feedback {
        id: FeedbackId::new(now()),
        article: ArticleId::new(now()),
        article_version: Version::FIRST,
        verdict: Verdict { helpful: true, comment: Comment::parse("Good").ok() },
        given_at: now(),
        version: Version::FIRST,
    };
    let write = guidance::Write::Feedback { person, before: Version::ABSENT, feedback: Box::new(feedback) };
    let commit = Commit::of(vec![training::Write::Guidance(write)]);
    house.ports.writer.commit(commit, &cause()).await.unwrap();
    for _ in 0..2 {
        react(&house.ports, &event("directory.person_erased", person, json!({"version": 2}))).await.unwrap();
        assert_eq!(house.ports.guidance.feedback_of(person).await.unwrap(), []);
    }
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
    for kind in [
        "program.settings_changed",
        "training.settings_changed",
        "training.path_changed",
        "training.course_changed",
        "training.assessment_changed",
    ] {
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

/// A session of one seat on a day of March.
async fn session_on(house: &House, desk: &SessionDesk<'_>, day: &str) -> sessions::Session {
    let course = house.ports.reader.catalogue().await.unwrap().courses().next().unwrap().id;
    let facts = SessionFacts {
        starts: format!("2026-03-{day}T09:00:00Z").parse().unwrap(),
        minutes: Minutes::try_from(90).unwrap(),
        zone: ZoneName::parse("Europe/Berlin").unwrap(),
        place: Place::parse("Room 4.2").ok(),
        url: None,
        seats: Seats::try_from(1).unwrap(),
        language: None,
        host: None,
    };
    sessions::usecases::plan(desk, course, facts, &cause(), None).await.unwrap()
}

#[tokio::test]
async fn who_leaves_gives_back_the_seats_after_the_last_day() {
    let house = House::new().await;
    let rules = Rules::read(&house.ports).await.unwrap();
    let desk = rules.session_desk(&house.ports);
    let (ada, bea) = (house.person("2026-03-01").await, PersonId::new(now()));
    let (before, after) = (session_on(&house, &desk, "10").await, session_on(&house, &desk, "11").await);
    for session in [&before, &after] {
        for person in [ada, bea] {
            sessions::usecases::book(&desk, session.id, person, Version::ABSENT, &cause()).await.unwrap();
        }
    }
    let leave = Some(Some("2026-03-10".parse().unwrap()));
    house.change(ada, PersonChange { leave, ..PersonChange::default() }).await;
    for _ in 0..2 {
        react(&house.ports, &event("directory.person_left", ada, json!({"version": 2}))).await.unwrap();
        for (session, people) in [(&before, vec![ada, bea]), (&after, vec![bea])] {
            let seating = house.ports.sessions.seating(session.id).await.unwrap().unwrap();
            assert_eq!(seating.all().map(|(booking, _)| booking.person).collect::<Vec<_>>(), people);
        }
    }
}

#[tokio::test]
async fn who_has_a_seat_is_told_once_and_who_is_erased_leaves_it_to_the_next() {
    let house = House::new().await;
    let on = ProgramSettings { mail_mode: kernel::MailMode::On, ..ProgramSettings::default() };
    house.program.set(1, on);
    let rules = Rules::read(&house.ports).await.unwrap();
    let desk = rules.session_desk(&house.ports);
    let session = session_on(&house, &desk, "10").await;
    let (ada, bea) = (house.person("2026-03-01").await, PersonId::new(now()));
    for person in [ada, bea] {
        sessions::usecases::book(&desk, session.id, person, Version::ABSENT, &cause()).await.unwrap();
    }
    let version = house.ports.sessions.session(session.id).await.unwrap().unwrap().version;
    let moved = SessionChange { place: Some(Place::parse("Room 5").ok()), ..SessionChange::default() };
    sessions::usecases::change(&desk, session.id, version, moved, &cause()).await.unwrap();
    let told = async |person| house.table.query(&Query::partition(mails_of(person))).await.unwrap().items.len();
    let changed = Event::new(events::SESSION_CHANGED, session.id, json!({}), &cause());
    for _ in 0..2 {
        react(&house.ports, &changed).await.unwrap();
        assert_eq!((told(ada).await, told(bea).await), (2, 0), "invited, then told of the change");
    }
    for _ in 0..2 {
        react(&house.ports, &event("directory.person_erased", ada, json!({"version": 2}))).await.unwrap();
        let seating = house.ports.sessions.seating(session.id).await.unwrap().unwrap();
        assert_eq!(seating.seated().iter().map(|booking| booking.person).collect::<Vec<_>>(), [bea]);
        assert_eq!((told(ada).await, told(bea).await), (0, 1));
    }
    let off = Event::new(events::SESSION_CANCELLED, session.id, json!({}), &cause());
    sessions::usecases::cancel(&desk, session.id, &cause(), None).await.unwrap();
    react(&house.ports, &off).await.unwrap();
    assert_eq!(told(bea).await, 2);
}
