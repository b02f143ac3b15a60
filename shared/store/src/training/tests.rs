//! Training on the table in memory: what comes back, raced writes, the indexes of what is due, what is asked of the
//! directory, and a whole reminder cycle.

mod catalogue_reads;

use std::sync::Arc;

use directory::{
    Country, DepartmentCode, DirectoryWriter, Email, Employment, Language, Membership, Memberships, PersonName,
    TeamCode, TeamName, WorkingShare,
    people::{self, NewPerson},
    teams::{self, NewTeam},
};
use jiff::civil::date;
use kernel::{
    Answers, Cause, Commit, CourseId, DateSpan, JobId, JobRole, Limit, Once, PersonId, Principal, RunId, StoreError,
    StoredAnswer, Version, ZoneName,
    import::{ImportCounts, ImportError, ImportJob, ImportState, NewImport, step},
};
use training::{
    MailSwitch, Roster, Settings, TrainingError, TrainingReader, TrainingWriter, Write,
    import::{self, Importer},
    model::{
        BoxKind, CompletionSource, CourseCode, CourseFormat, CourseHours, CourseProvider, FreeText, LearnerFile,
        PathStep, Percent, ReminderRun, Requirement, RunCounts, RunState, Title, Tray,
    },
    usecases::{
        Call, Desk,
        catalogue::{self, CourseFacts},
        people as learners, records, remind, work,
    },
};

use super::{TrainingStore, items};
use crate::{
    DirectoryStore, MemoryTable, Table,
    answers::AnswerStore,
    keys::{self, System},
    table::{Op, Query, interrupted::Interrupted},
    testing::MemoryFiles,
};

const NOON: &str = "2026-03-02T12:00:00Z";

fn cause_at(at: &str) -> Cause {
    Cause { by: Principal::Program, at: at.parse().unwrap(), correlation_id: "c".into(), causation_id: None }
}

struct House {
    table: Arc<MemoryTable>,
    store: TrainingStore,
    directory: DirectoryStore,
    settings: Settings,
    mail: MailSwitch,
}

impl House {
    fn new() -> Self {
        let table = Arc::new(MemoryTable::new());
        let seam: Arc<dyn Table> = table.clone();
        Self {
            store: TrainingStore::new(seam.clone()),
            directory: DirectoryStore::new(seam),
            table,
            settings: Settings::default(),
            mail: MailSwitch::on(),
        }
    }

    fn desk(&self) -> Desk<'_> {
        let Self { store, settings, mail, .. } = self;
        Desk { reader: store, writer: store, roster: store, settings, mail }
    }

    async fn hire(&self, name: &str, manager: Option<PersonId>) -> PersonId {
        let new = NewTeam {
            code: TeamCode::parse(&format!("team-{name}")).unwrap(),
            name: TeamName::parse(name).unwrap(),
            department: DepartmentCode::parse("tech").unwrap(),
            leads: Vec::new(),
        };
        let (team, commit) = teams::create(&self.directory, new, &cause_at(NOON)).await.unwrap();
        self.directory.commit(commit).await.unwrap();
        let span = DateSpan::new(date(2025, 1, 1), None).unwrap();
        let new = NewPerson {
            email: Email::parse(&format!("{name}@example.com")).unwrap(),
            name: PersonName::parse(name).unwrap(),
            job_role: JobRole::Developer,
            employment: Employment::Employee,
            counts: None,
            country: Country::parse("DE").unwrap(),
            zone: ZoneName::parse("Europe/Berlin").unwrap(),
            language: Language::default(),
            working_share: WorkingShare::FULL,
            absences: directory::Absences::default(),
            delegate: None,
            memberships: Memberships::new(vec![Membership { team: team.id, span, primary: true }]).unwrap(),
            manager,
            start: date(2025, 1, 1),
            leave: None,
            subject: None,
        };
        let (person, commit) = people::create(&self.directory, new, &cause_at(NOON)).await.unwrap();
        self.directory.commit(commit).await.unwrap();
        person.id
    }

    async fn course(&self, code: &str, prerequisites: &[CourseId]) -> Result<CourseId, TrainingError> {
        let code = CourseCode::parse(code).unwrap();
        let made = catalogue::create_course(&self.desk(), code, facts(prerequisites), &cause_at(NOON), None).await?;
        Ok(made.id)
    }

    async fn path(&self, courses: &[CourseId]) {
        let steps = courses.iter().map(|it| PathStep { course: *it, requirement: Requirement::Required }).collect();
        catalogue::set_path(&self.desk(), JobRole::Developer, steps, None, &cause_at(NOON)).await.unwrap();
    }

    async fn file(&self, person: PersonId) -> LearnerFile {
        self.store.file(person).await.unwrap().unwrap()
    }

    async fn cycle(&self, at: &str) -> RunCounts {
        let cause = cause_at(at);
        let selection = remind::select_due(&self.desk(), cause.at, false).await.unwrap();
        let mut counts = RunCounts::default();
        let page = |shard| remind::PageOf {
            shard,
            until: selection.until,
            after: None,
            limit: Limit::MAX,
            ignore_send_hour: false,
            budget: 1000,
        };
        for shard in selection.shards {
            counts = counts.plus(remind::remind_page(&self.desk(), page(shard), &cause).await.unwrap().counts);
        }
        for shard in 0..16 {
            let done = training::usecases::boxes::digest_page(&self.desk(), page(shard), &cause).await.unwrap();
            counts = counts.plus(done.counts);
        }
        counts
    }
}

fn facts(prerequisites: &[CourseId]) -> CourseFacts {
    CourseFacts {
        title: Title::parse("Title").unwrap(),
        format: CourseFormat::Course,
        provider: CourseProvider::Internal,
        hours: CourseHours::from_hours(1.5).unwrap(),
        competencies: vec!["threats".into()],
        prerequisites: prerequisites.to_vec(),
        validity_months: Some(12),
        languages: vec!["en".into()],
        url: None,
    }
}

fn once(key: &str, payload: &str) -> Once {
    let answer = StoredAnswer { status: 201, location: None, etag: None, body: "{}".into() };
    let Cause { by, at, .. } = cause_at("2026-03-02T10:00:00Z");
    Once { by, at, key: key.into(), payload_hash: payload.into(), answer }
}

#[tokio::test]
async fn what_rests_on_a_file_that_changed_while_it_was_read_is_refused() {
    let house = House::new();
    let person = house.hire("ada", None).await;
    let one = house.course("one", &[]).await.unwrap();
    house.path(&[one]).await;
    work::plan(&house.desk(), person, &Call::of(&cause_at(NOON))).await.unwrap();
    let before = house.file(person).await;
    let mut head = before.head.clone();
    head.version = before.head.version.next();
    let mut later = before.assignments[0].clone();
    later.due = date(2027, 1, 1);
    let changed = vec![
        Op::replace(items::learner(&head).unwrap(), before.head.version),
        Op::put(items::assignment(person, &later).unwrap()),
    ];
    // Somebody writes after the first item was read, and after the second one.
    for pause in 0..2 {
        let table = MemoryTable::new();
        let query = Query::partition(keys::learner_file(person));
        for item in house.table.query(&query).await.unwrap().items {
            table.write(Op::put(item)).await.unwrap();
        }
        let store = TrainingStore::new(Arc::new(Interrupted::new(table, pause, changed.clone())));
        let seen = store.file(person).await.unwrap().unwrap();
        let mut next = seen.head.clone();
        next.version = seen.head.version.next();
        let writes = vec![Write::Learner { before: seen.head.version, head: Box::new(next) }];
        let outcome = store.commit(Commit::of(writes), &cause_at(NOON)).await;
        assert!(matches!(outcome, Err(StoreError::Conflict)), "{pause}: {outcome:?}");
    }
}

#[tokio::test]
async fn a_file_comes_back_as_it_went() {
    let house = House::new();
    let person = house.hire("ada", None).await;
    let one = house.course("one", &[]).await.unwrap();
    let two = house.course("two", &[one]).await.unwrap();
    house.path(&[two]).await;
    let (desk, cause) = (house.desk(), cause_at(NOON));
    let call = Call::of(&cause);
    work::plan(&desk, person, &call).await.unwrap();
    let reason = FreeText::parse("busy quarter").unwrap();
    let ask = work::Extend { person, course: two, due: date(2026, 9, 1), reason: reason.clone() };
    work::extend(&desk, &ask, &call).await.unwrap();
    records::exempt(&desk, &records::Exempt { person, course: two, reason, until: date(2026, 4, 1) }, &call)
        .await
        .unwrap();
    let report =
        records::Report { person, course: one, on: date(2026, 3, 1), source: CompletionSource::Roster, score: None };
    let receipt = records::report_completion(&desk, report, &call).await.unwrap();
    assert_eq!(house.file(person).await, receipt.file);
    assert_eq!(receipt.file.assignments.len(), 2);
    let heads = house.store.learners(&[person]).await.unwrap();
    assert_eq!(heads, std::slice::from_ref(&receipt.file.head));
    // The same again changes nothing.
    let again = records::report_completion(&desk, report, &call).await.unwrap();
    assert!(!again.changed && again.made == receipt.made);
}

#[tokio::test]
async fn of_two_writers_of_a_file_one_wins_and_nothing_is_lost() {
    let house = House::new();
    let person = house.hire("ada", None).await;
    let one = house.course("one", &[]).await.unwrap();
    let two = house.course("two", &[]).await.unwrap();
    let (desk, cause) = (house.desk(), cause_at(NOON));
    let assign = |course| work::Assign { person, course, due: None, required: true };
    let first = work::assign(&desk, assign(one), &Call::of(&cause)).await.unwrap().file;
    // Both saw the same version; the one who said so is told, the other decides again.
    let seen = Call { expected: Some(first.head.version), ..Call::of(&cause) };
    work::assign(&desk, assign(two), &seen).await.unwrap();
    let late = work::cancel(&desk, person, one, &seen).await;
    assert!(matches!(late, Err(TrainingError::Stale)));
    let stale = Write::Learner { before: first.head.version, head: Box::new(first.head.clone()) };
    let raced = house.store.commit(Commit::of(vec![stale]), &cause).await;
    assert!(matches!(raced, Err(StoreError::Conflict)));
    assert_eq!(house.file(person).await.assignments.len(), 2);
}

#[tokio::test]
async fn two_writers_cannot_close_a_cycle_between_them() {
    let house = House::new();
    let (one, two) = (house.course("one", &[]).await.unwrap(), house.course("two", &[]).await.unwrap());
    let before = house.store.catalogue().await.unwrap();
    let cause = cause_at(NOON);
    catalogue::change_course(&house.store, &before, one, Version::FIRST, facts(&[two]), false, &cause).await.unwrap();
    // The other writer read before that.
    let mut course = before.course(two).unwrap().clone();
    course.prerequisites = vec![one];
    course.version = course.version.next();
    let writes = vec![
        Write::Catalogue { before: before.version() },
        Write::Course { before: Version::FIRST, course: Box::new(course) },
    ];
    assert!(matches!(house.store.commit(Commit::of(writes), &cause).await, Err(StoreError::Conflict)));
    let now = house.store.catalogue().await.unwrap();
    let late = catalogue::change_course(&house.store, &now, two, Version::FIRST, facts(&[one]), false, &cause).await;
    assert!(matches!(late, Err(TrainingError::Catalogue(_))));
}

#[tokio::test]
async fn a_course_code_is_taken_once() {
    let house = House::new();
    house.course("one", &[]).await.unwrap();
    let taken = house.course("ONE", &[]).await.unwrap_err();
    assert_eq!(taken.code(), "course_code_taken");
}

#[tokio::test]
async fn a_repeated_request_is_replayed_and_another_payload_refused() {
    let house = House::new();
    let person = house.hire("ada", None).await;
    let course = house.course("one", &[]).await.unwrap();
    let (desk, cause) = (house.desk(), cause_at(NOON));
    let ask = work::Assign { person, course, due: None, required: true };
    let record = |_: &training::usecases::Receipt| once("k", "p");
    let call = Call { once: Some(&record), ..Call::of(&cause) };
    work::assign(&desk, ask, &call).await.unwrap();
    let again = work::assign(&desk, ask, &call).await;
    assert!(matches!(again, Err(TrainingError::Store(StoreError::Replay(answer))) if answer.status == 201));
    let other = |_: &training::usecases::Receipt| once("k", "q");
    let reused = work::assign(&desk, ask, &Call { once: Some(&other), ..call }).await;
    assert!(matches!(reused, Err(TrainingError::Store(StoreError::KeyReused))));
    let answers = AnswerStore::new(house.table.clone(), System::Training);
    let answered = answers.answered(&Principal::Program, "k").await.unwrap();
    assert_eq!(answered.map(|(hash, _)| hash), Some("p".to_owned()));
}

#[tokio::test]
async fn versions_guard_boxes_runs_jobs_and_settings() {
    let house = House::new();
    let cause = cause_at(NOON);
    let owner = PersonId::new(cause.at);
    let tray = Tray { version: Version::FIRST, next_at: Some(cause.at), ..Tray::new(owner, BoxKind::Manager) };
    let run = ReminderRun {
        id: RunId::new(cause.at),
        at: cause.at,
        ignore_send_hour: true,
        state: RunState::Running,
        counts: RunCounts::default(),
        version: Version::FIRST,
    };
    let writes = [
        Write::Tray { before: Version::ABSENT, tray: tray.clone() },
        Write::Run { before: Version::ABSENT, run: run.clone() },
        Write::Settings { version: Version::FIRST, settings: Box::default() },
    ];
    for write in writes {
        house.store.commit(Commit::of(vec![write.clone()]), &cause).await.unwrap();
        let raced = house.store.commit(Commit::of(vec![write]), &cause).await;
        assert!(matches!(raced, Err(StoreError::Conflict)));
    }
    assert_eq!(house.store.tray(owner, BoxKind::Manager).await.unwrap(), Some(tray));
    assert_eq!(house.store.run(run.id).await.unwrap(), Some(run));
    assert_eq!(house.store.settings(None).await.unwrap(), Some((Version::FIRST, Settings::default())));
    let due = house.store.due_boxes(owner.shard(), cause.at, Limit::MAX, None).await.unwrap();
    assert_eq!(due.items, [(owner, BoxKind::Manager)]);
}

#[tokio::test]
async fn the_directory_says_who_somebody_is() {
    let house = House::new();
    let boss = house.hire("boss", None).await;
    let ada = house.hire("ada", Some(boss)).await;
    let facts = house.store.facts(ada).await.unwrap().unwrap();
    assert_eq!((facts.manager, facts.country.as_str(), facts.job_role), (Some(boss), "DE", JobRole::Developer));
    let primary = facts.primary(date(2026, 3, 2)).unwrap();
    assert_eq!(primary.department.as_deref(), Some("tech"));
    let found = house.store.by_email(&["ADA@example.com", "nobody@example.com"]).await.unwrap();
    assert_eq!(found, [Some(ada), None]);
    let reports = house.store.reports(boss, Limit::default(), None).await.unwrap();
    assert_eq!(reports.items, [ada]);
}

#[tokio::test]
async fn a_cycle_tells_person_and_manager_and_a_second_one_tells_nobody() {
    let house = House::new();
    let boss = house.hire("boss", None).await;
    let ada = house.hire("ada", Some(boss)).await;
    let course = house.course("one", &[]).await.unwrap();
    let cause = cause_at("2026-02-01T12:00:00Z");
    let ask = work::Assign { person: ada, course, due: Some(date(2026, 2, 20)), required: true };
    work::assign(&house.desk(), ask, &Call::of(&cause)).await.unwrap();
    assert_eq!(house.cycle("2026-02-01T13:00:00Z").await.mails, 1);
    assert_eq!(house.cycle("2026-02-01T14:00:00Z").await, RunCounts::default());
    // Nobody ran for weeks: one digest, and the warning comes before the manager hears.
    let late = house.cycle("2026-03-10T12:00:00Z").await;
    assert_eq!((late.mails, late.became_overdue), (1, 1));
    // Day 21: the next rung for the person, and now the manager hears.
    assert_eq!(house.cycle("2026-03-13T12:00:00Z").await.mails, 2);
    let line = house.store.lines(boss, BoxKind::Manager).await.unwrap();
    assert_eq!((line.len(), line[0].person), (1, ada));
    assert_eq!(house.cycle("2026-03-13T13:00:00Z").await.mails, 0);
    // Done: the line leaves the box with the fact.
    let report =
        records::Report { person: ada, course, on: date(2026, 3, 13), source: CompletionSource::Roster, score: None };
    records::report_completion(&house.desk(), report, &Call::of(&cause_at("2026-03-13T14:00:00Z"))).await.unwrap();
    assert!(house.store.lines(boss, BoxKind::Manager).await.unwrap().is_empty());
    assert_eq!(house.file(ada).await.head.summary.open, 0);
}

#[tokio::test]
async fn what_was_forgotten_leaves_nothing_behind() {
    let house = House::new();
    let person = house.hire("ada", None).await;
    let mut courses = Vec::new();
    for number in 0..15 {
        courses.push(house.course(&format!("c{number:02}"), &[]).await.unwrap());
    }
    house.path(&courses).await;
    let cause = cause_at(NOON);
    work::plan(&house.desk(), person, &Call::of(&cause)).await.unwrap();
    assert!(learners::forget(&house.desk(), person, &cause).await.unwrap());
    assert!(!learners::forget(&house.desk(), person, &cause).await.unwrap());
    let left = house.table.query(&Query::partition(keys::learner_file(person))).await.unwrap();
    assert!(left.items.is_empty());
}

impl House {
    /// Applies a file of history, some rows at a time; whoever comes late to a chunk is overtaken.
    async fn import(&self, file: &str, rows: u32) -> ImportJob {
        let cause = cause_at(NOON);
        let desk = self.desk();
        let importer = Importer::new(&desk);
        let new = NewImport {
            id: JobId::new(cause.at),
            kind: "history".into(),
            object: "k".into(),
            by: cause.by.clone(),
            correlation_id: "c".into(),
            at: cause.at,
        };
        let files = MemoryFiles::of("k", file);
        let mut job = ImportJob::new(new.clone());
        desk.writer.commit(import::begin(new, &cause), &cause).await.unwrap();
        while !job.is_ended() {
            let stale = job.clone();
            job = step(&importer, &files, job, cause.at, rows).await.unwrap();
            let late = step(&importer, &files, stale, cause.at, rows).await;
            assert!(matches!(late, Err(ImportError::Overtaken)), "{late:?}");
            assert_eq!(desk.reader.job(job.id).await.unwrap().unwrap(), job);
        }
        job
    }
}

const HISTORY: &str = "email,course_code,assigned,due,completed,source\n\
    ada@example.com,one,2025-01-01,2025-02-01,,\n\
    nobody@example.com,one,2025-01-01,2025-02-01,,\n\
    ada@example.com,two,2025-01-01,2025-02-01,2025-12-24,lms\n";

#[tokio::test]
async fn an_import_is_applied_in_chunks_and_repeating_it_changes_nothing() {
    let house = House::new();
    let person = house.hire("ada", None).await;
    house.course("one", &[]).await.unwrap();
    house.course("two", &[]).await.unwrap();
    let run = async |file: &str, rows: u32| house.import(file, rows).await;
    let bad = run(HISTORY, 1).await;
    assert_eq!((bad.state, bad.problem_count, bad.problems[0].line), (ImportState::Rejected, 1, 3));
    assert!(house.store.file(person).await.unwrap().is_none());
    let good = HISTORY.replace("nobody@example.com,one", "ada@example.com,two");
    let first = run(&good, 1).await;
    assert_eq!((first.state, first.counts.created, first.next_row), (ImportState::Finished, 3, 3));
    let again = run(&good, 100).await;
    assert_eq!(again.counts, ImportCounts { unchanged: 3, ..ImportCounts::default() });
    let file = house.file(person).await;
    assert_eq!((file.assignments.len(), file.completions.len()), (2, 1));
    // Overdue when it came in: due 30 days later.
    assert_eq!(file.head.summary.next_due, Some(date(2026, 4, 1)));
    assert!(matches!(file.head.standing, Some(ref standing) if standing.clear));
}

#[tokio::test]
async fn a_report_that_waits_closes_nothing_because_history_names_it() {
    let mut house = House::new();
    house.settings.sample_percent = Percent::FULL;
    let person = house.hire("ada", None).await;
    let course = house.course("one", &[]).await.unwrap();
    let (on, source) = (date(2025, 12, 24), CompletionSource::SelfReport);
    let report = records::Report { person, course, on, source, score: None };
    records::report_completion(&house.desk(), report, &Call::of(&cause_at(NOON))).await.unwrap();
    let file =
        "email,course_code,assigned,due,completed,source\nada@example.com,one,2025-01-01,2025-02-01,2025-12-24,self\n";
    assert_eq!(house.import(file, 1).await.state, ImportState::Finished);
    let file = house.file(person).await;
    assert!(file.is_waiting(course) && file.open(course).is_some(), "{file:?}");
}
