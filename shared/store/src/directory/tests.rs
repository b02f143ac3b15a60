//! The directory on the table in memory: what is written together, raced writes, listings, erasure, and imports that are
//! cut off anywhere.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use async_trait::async_trait;
use directory::{
    Country, DepartmentCode, DirectoryError, DirectoryListing, DirectoryReader, DirectoryWriter, Email, Employment,
    IdentitySubject, Language, Membership, Memberships, Person, PersonName, Team, TeamCode, TeamName, WorkingShare,
    Write,
    import::Importer,
    people::{self, NewPerson, PersonChange},
    teams::{self, NewTeam, Part, Settling},
};
use jiff::{Timestamp, civil::date};
use kernel::{
    Answers, Cause, Commit, DateSpan, JobId, JobRole, Limit, Once, PersonId, Principal, StoreError, StoredAnswer,
    TeamId, ZoneName,
    import::{ImportCounts, ImportError, ImportJob, ImportState, NewImport, step},
};
use proptest::prelude::*;

use super::DirectoryStore;
use crate::{MemoryTable, answers::AnswerStore, keys::System, table::Item, testing::MemoryFiles};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_782_000_000 + second).unwrap()
}

fn cause() -> Cause {
    Cause { by: Principal::Program, at: at(0), correlation_id: "c".into(), causation_id: None }
}

fn new_person(email: &str, name: &str) -> NewPerson {
    NewPerson {
        email: Email::parse(email).unwrap(),
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
        memberships: Memberships::default(),
        manager: None,
        start: date(2025, 1, 1),
        leave: None,
        subject: None,
    }
}

struct House {
    table: Arc<MemoryTable>,
    store: DirectoryStore,
}

impl House {
    fn new() -> Self {
        let table = Arc::new(MemoryTable::new());
        let store = DirectoryStore::new(table.clone());
        Self { table, store }
    }

    async fn team(&self, code: &str) -> Team {
        let new = NewTeam {
            code: TeamCode::parse(code).unwrap(),
            name: TeamName::parse(code).unwrap(),
            department: DepartmentCode::parse("tech").unwrap(),
            leads: Vec::new(),
        };
        let (team, commit) = teams::create(&self.store, new, &cause()).await.unwrap();
        self.store.commit(commit).await.unwrap();
        team
    }

    async fn person(&self, new: NewPerson) -> Person {
        let (person, commit) = people::create(&self.store, new, &cause()).await.unwrap();
        self.store.commit(commit).await.unwrap();
        person
    }

    async fn found(&self, prefix: &str) -> Vec<PersonId> {
        let page = self.store.find_people(prefix, Limit::MAX, None).await.unwrap();
        page.items.into_iter().map(|person| person.id).collect()
    }
}

fn member_of(team: TeamId) -> Memberships {
    let span = DateSpan::new(date(2025, 1, 1), None).unwrap();
    Memberships::new(vec![Membership { team, span, primary: true }]).unwrap()
}

#[tokio::test]
async fn a_person_is_read_back_as_written_and_found_by_everything() {
    let house = House::new();
    let team = house.team("payments").await;
    let boss = house.person(new_person("grace@example.com", "Grace Hopper")).await;
    let subject = IdentitySubject::new("https://id.example.com", "sub-1").unwrap();
    let ada = house
        .person(NewPerson {
            manager: Some(boss.id),
            memberships: member_of(team.id),
            subject: Some(subject.clone()),
            ..new_person("Ada.L@example.com", "Ada King Lovelace")
        })
        .await;
    assert_eq!(house.store.person(ada.id).await.unwrap(), Some(ada.clone()));
    assert_eq!(house.store.person_by_subject(&subject).await.unwrap(), Some(ada.id));
    let other_case = Email::parse("ada.l@EXAMPLE.com").unwrap();
    assert_eq!(house.store.person_by_email(&other_case).await.unwrap(), Some(ada.id));
    for prefix in ["ad", "ada king", "LOVE", "ádá", "ada.l@", "king"] {
        assert_eq!(house.found(prefix).await, [ada.id], "{prefix}");
    }
    assert!(house.found("a").await.is_empty());
    let reports = house.store.reports_of(boss.id, Limit::MAX, None).await.unwrap();
    assert_eq!(reports.items.iter().map(|person| person.id).collect::<Vec<_>>(), [ada.id]);
    let facts = house.store.access(boss.id).await.unwrap().unwrap();
    assert_eq!(facts.reports, 1);
    let members = house.store.members_of(team.id, date(2026, 1, 1), Limit::MAX, None).await.unwrap();
    assert_eq!(members.items.len(), 1);
}

#[tokio::test]
async fn an_address_or_identity_belongs_to_one_person() {
    let house = House::new();
    let subject = Some(IdentitySubject::new("https://id.example.com", "one").unwrap());
    house.person(NewPerson { subject: subject.clone(), ..new_person("ada@example.com", "Ada") }).await;
    let (_, commit) = people::create(&house.store, new_person("ADA@example.com", "Ada"), &cause()).await.unwrap();
    assert!(matches!(house.store.commit(commit).await, Err(StoreError::Taken("email"))));
    let other = NewPerson { subject, ..new_person("bea@example.com", "Bea") };
    let (_, commit) = people::create(&house.store, other, &cause()).await.unwrap();
    assert!(matches!(house.store.commit(commit).await, Err(StoreError::Taken("subject"))));
}

#[tokio::test]
async fn an_answer_belongs_to_its_caller_even_where_nothing_happened() {
    let house = House::new();
    let (ada, bob) = (Principal::Person(PersonId::new(at(0))), Principal::Person(PersonId::new(at(1))));
    let once = |by: &Principal| Once {
        by: by.clone(),
        at: at(0),
        key: "k".into(),
        payload_hash: "p".into(),
        answer: StoredAnswer { status: 204, location: None, etag: None, body: String::new() },
    };
    house.store.commit(Commit::of(Vec::new()).once(Some(once(&ada)))).await.unwrap();
    let answers = AnswerStore::new(house.table.clone(), System::Directory);
    assert!(answers.answered(&ada, "k").await.unwrap().is_some());
    assert!(answers.answered(&Principal::Program, "k").await.unwrap().is_none());
    house.store.commit(Commit::of(Vec::new()).once(Some(once(&bob)))).await.unwrap();
    let again = house.store.commit(Commit::of(Vec::new()).once(Some(once(&ada)))).await;
    assert!(matches!(again, Err(StoreError::Replay(answer)) if answer.status == 204));
}

#[tokio::test]
async fn of_two_changes_of_the_same_version_one_wins() {
    let house = House::new();
    let ada = house.person(new_person("ada@example.com", "Ada")).await;
    let change = |role| PersonChange { job_role: Some(role), ..PersonChange::default() };
    let first = people::change(&house.store, &ada, change(JobRole::Tester), &cause()).await.unwrap().unwrap();
    let second = people::change(&house.store, &ada, change(JobRole::Devops), &cause()).await.unwrap().unwrap();
    house.store.commit(first.1).await.unwrap();
    assert!(matches!(house.store.commit(second.1).await, Err(StoreError::Conflict)));
    assert_eq!(house.store.person(ada.id).await.unwrap().unwrap().job_role, JobRole::Tester);
}

#[tokio::test]
async fn two_changes_cannot_close_a_circle_of_managers_together() {
    let house = House::new();
    let ada = house.person(new_person("ada@example.com", "Ada")).await;
    let bea = house.person(new_person("bea@example.com", "Bea")).await;
    let report_to = |boss: &Person| PersonChange { manager: Some(Some(boss.id)), ..PersonChange::default() };
    let one = people::change(&house.store, &ada, report_to(&bea), &cause()).await.unwrap().unwrap();
    let other = people::change(&house.store, &bea, report_to(&ada), &cause()).await.unwrap().unwrap();
    house.store.commit(one.1).await.unwrap();
    assert!(matches!(house.store.commit(other.1).await, Err(StoreError::Conflict)));
    let again = people::change(&house.store, &bea, report_to(&ada), &cause()).await;
    assert!(matches!(again, Err(DirectoryError::ManagerCycle)));
    let own = people::change(&house.store, &bea, report_to(&bea), &cause()).await;
    assert!(matches!(own, Err(DirectoryError::ManagerCycle)));
}

#[tokio::test]
async fn nobody_joins_a_team_that_ends_meanwhile() {
    let house = House::new();
    let (old, heir) = (house.team("old").await, house.team("heir").await);
    let joining = NewPerson { memberships: member_of(old.id), ..new_person("ada@example.com", "Ada") };
    let (_, join) = people::create(&house.store, joining, &cause()).await.unwrap();
    let (_, merge) = teams::merge(&house.store, &old, heir.id, &cause()).await.unwrap().unwrap();
    house.store.commit(merge).await.unwrap();
    assert!(matches!(house.store.commit(join).await, Err(StoreError::Conflict)));
}

#[tokio::test]
async fn erasing_leaves_a_tombstone_and_no_name() {
    let house = House::new();
    let team = house.team("payments").await;
    let boss = house.person(new_person("grace@example.com", "Grace Hopper")).await;
    let ada = house
        .person(NewPerson {
            manager: Some(boss.id),
            memberships: member_of(team.id),
            subject: Some(IdentitySubject::new("https://id.example.com", "sub-1").unwrap()),
            ..new_person("ada@example.com", "Ada Lovelace")
        })
        .await;
    let change = teams::TeamChange { leads: Some(vec![ada.id]), ..teams::TeamChange::default() };
    let (_, commit) = teams::change(&house.store, &team, change, &cause()).await.unwrap().unwrap();
    house.store.commit(commit).await.unwrap();
    assert_eq!(house.store.access(ada.id).await.unwrap().unwrap().leads.len(), 1);

    let (tombstone, commit) = people::erase(&house.store, &ada, &cause()).await.unwrap();
    house.store.commit(commit).await.unwrap();
    assert_eq!(house.store.person(ada.id).await.unwrap(), None);
    assert_eq!(house.store.tombstone(ada.id).await.unwrap(), Some(tombstone));
    assert_eq!(house.store.access(ada.id).await.unwrap(), None);
    assert!(house.store.team(team.id).await.unwrap().unwrap().leads.is_empty());
    assert_eq!(house.store.access(boss.id).await.unwrap().unwrap().reports, 0);
    let everything = format!("{:?}", house.table.items());
    for word in ["Ada", "ada@", "lovelace", "sub-1"] {
        assert!(!everything.contains(word), "{word} is still there");
    }
    // The address is free again.
    house.person(new_person("ada@example.com", "Ada Lovelace")).await;
}

#[tokio::test]
async fn a_changed_name_is_found_and_the_old_one_is_not() {
    let house = House::new();
    let ada = house.person(new_person("ada@example.com", "Ada Byron")).await;
    let change = PersonChange { name: Some(PersonName::parse("Ada Lovelace").unwrap()), ..PersonChange::default() };
    let (_, commit) = people::change(&house.store, &ada, change, &cause()).await.unwrap().unwrap();
    house.store.commit(commit).await.unwrap();
    assert!(house.found("byron").await.is_empty());
    assert_eq!(house.found("lovelace").await, [ada.id]);
    let listed = house.store.list_people(Limit::MAX, None).await.unwrap();
    assert_eq!(listed.items.iter().map(|person| person.name.expose()).collect::<Vec<_>>(), ["Ada Lovelace"]);
}

#[tokio::test]
async fn pages_follow_each_other_without_gap_or_repetition() {
    let house = House::new();
    for number in 0..7 {
        house.person(new_person(&format!("ann{number}@example.com"), &format!("Ann Number{number}"))).await;
    }
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = house.store.find_people("ann", Limit::new(3).unwrap(), after.as_ref()).await.unwrap();
        seen.extend(page.items.into_iter().map(|person| person.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let all: std::collections::BTreeSet<_> = seen.iter().copied().collect();
    assert_eq!((seen.len(), all.len()), (7, 7));
}

#[tokio::test]
async fn a_merge_moves_members_and_can_be_taken_up_again() {
    let house = House::new();
    let (old, heir) = (house.team("old").await, house.team("heir").await);
    for number in 0..5 {
        let joining =
            NewPerson { memberships: member_of(old.id), ..new_person(&format!("p{number}@example.com"), "Pat") };
        house.person(joining).await;
    }
    let (merged, commit) = teams::merge(&house.store, &old, heir.id, &cause()).await.unwrap().unwrap();
    house.store.commit(commit).await.unwrap();
    let cause = cause();
    let settling = Settling { reader: &house.store, listing: &house.store, writer: &house.store, cause: &cause };
    let nobody = std::collections::BTreeMap::new();
    assert!(!settling.settle(&merged, &nobody, 2).await.unwrap());
    assert!(settling.settle(&merged, &nobody, 100).await.unwrap());
    let today = people::day_of(cause.at);
    let members = |team| house.store.members_of(team, today, Limit::MAX, None);
    assert_eq!(members(old.id).await.unwrap().items.len(), 0);
    assert_eq!(members(heir.id).await.unwrap().items.len(), 5);
    assert!(teams::merge(&house.store, &merged, heir.id, &cause).await.unwrap().is_none());
}

#[tokio::test]
async fn a_split_sends_members_where_they_are_named() {
    let house = House::new();
    let old = house.team("old").await;
    let mut people = Vec::new();
    for number in 0..3 {
        let joining =
            NewPerson { memberships: member_of(old.id), ..new_person(&format!("p{number}@example.com"), "Pat") };
        people.push(house.person(joining).await.id);
    }
    let part = |code: &str, members: Vec<PersonId>| Part {
        team: NewTeam {
            code: TeamCode::parse(code).unwrap(),
            name: TeamName::parse(code).unwrap(),
            department: DepartmentCode::parse("tech").unwrap(),
            leads: Vec::new(),
        },
        members,
    };
    let parts = vec![part("a", vec![]), part("b", vec![people[1]])];
    let (split, parts, commit) = teams::split(&house.store, &old, parts, &cause()).await.unwrap();
    house.store.commit(commit).await.unwrap();
    let cause = cause();
    let settling = Settling { reader: &house.store, listing: &house.store, writer: &house.store, cause: &cause };
    let named = std::collections::BTreeMap::from([(people[1], parts[1].id)]);
    assert!(settling.settle(&split, &named, 100).await.unwrap());
    for (team, number) in [(parts[0].id, 2), (parts[1].id, 1)] {
        let members = house.store.members_of(team, people::day_of(cause.at), Limit::MAX, None).await.unwrap();
        assert_eq!(members.items.len(), number);
    }
}

// ---- imports ----

const TEAMS: &str = "code,name,department\npayments,Payments,retail\nplatform,Platform,tech\n";
const PEOPLE: &str = "email,name,job_role,country,time_zone,start,manager_email,delegate_email,teams,leads,absences\n\
    ada@example.com,Ada Lovelace,developer,DE,Europe/Berlin,2025-01-01,grace@example.com,bea@example.com,payments;platform@2025-02-01..2025-03-01,,2026-12-01..2026-12-14:vacation\n\
    bea@example.com,Bea Arthur,tester,FR,Europe/Paris,2025-01-01,ada@example.com,ada@example.com,payments,platform,\n\
    grace@example.com,Grace Hopper,manager,US,America/New_York,2024-01-01,,,platform,payments;platform,\n\
    dan@example.com,Dan Deer,devops,DE,Europe/Berlin,2025-01-01,grace@example.com,,platform,,\n";

/// Fails at one write: before it takes effect, or after.
struct Fragile {
    inner: DirectoryStore,
    left: AtomicU32,
    after: bool,
}

#[async_trait]
impl DirectoryWriter for Fragile {
    async fn commit(&self, commit: Commit<Write>) -> Result<(), StoreError> {
        let dies = self.left.fetch_sub(1, Ordering::Relaxed) == 1;
        if dies && !self.after {
            return Err(StoreError::Unavailable("dead".into()));
        }
        self.inner.commit(commit).await?;
        if dies { Err(StoreError::Unavailable("dead".into())) } else { Ok(()) }
    }
}

fn job(kind: &str) -> ImportJob {
    ImportJob::new(NewImport {
        id: JobId::new(at(0)),
        kind: kind.into(),
        object: "imports/x".into(),
        by: Principal::Program,
        correlation_id: "c".into(),
        at: at(0),
    })
}

impl House {
    async fn begin(&self, kind: &str) -> JobId {
        let job = job(kind);
        self.store.commit(Commit::of(vec![Write::Job(Box::new(job.clone()))])).await.unwrap();
        job.id
    }

    /// Runs a job to its end with steps of so many rows, starting over after each death.
    async fn run(&self, id: JobId, file: &str, rows: u32, deaths: &[(u32, bool)]) -> ImportJob {
        let mut deaths = deaths.iter();
        let files = MemoryFiles::of("imports/x", file);
        loop {
            let (left, after) = deaths.next().copied().unwrap_or((0, false));
            let writer = Fragile { inner: self.store.clone(), left: AtomicU32::new(left), after };
            loop {
                let job = self.store.job(id).await.unwrap().unwrap();
                if job.is_ended() {
                    return job;
                }
                match step(&Importer::new(&self.store, &writer), &files, job, at(60), rows).await {
                    Ok(_) => {}
                    Err(ImportError::Store(StoreError::Unavailable(_))) => break,
                    Err(error) => panic!("{error}"),
                }
            }
        }
    }

    async fn import(&self, kind: &str, file: &str) -> ImportJob {
        let id = self.begin(kind).await;
        self.run(id, file, 100, &[]).await
    }

    /// Everything that was imported, told by natural keys.
    async fn picture(&self) -> String {
        let mut lines = Vec::new();
        let people = self.store.list_people(Limit::MAX, None).await.unwrap().items;
        let email_of = |id: Option<PersonId>| {
            id.and_then(|id| people.iter().find(|person| person.id == id)).map(|person| person.email.folded())
        };
        for line in &people {
            let person = self.store.person(line.id).await.unwrap().unwrap();
            let facts = self.store.access(line.id).await.unwrap().unwrap();
            let mut stays = Vec::new();
            for stay in person.memberships.all() {
                let team = self.store.team(stay.team).await.unwrap().unwrap();
                stays.push(format!("{} {:?} {}", team.code, stay.span, stay.primary));
            }
            lines.push(format!(
                "{} v{} manager {:?} delegate {:?} {stays:?} {:?} reports {} leads {}",
                person.email.folded(),
                person.version,
                email_of(person.manager),
                email_of(person.delegate),
                person.absences,
                facts.reports,
                facts.leads.len(),
            ));
        }
        lines.join("\n")
    }
}

fn without_events_and_jobs(table: &MemoryTable) -> Vec<Item> {
    let kind = |item: &Item| crate::item::kind_of(item).map(str::to_owned);
    table.items().into_iter().filter(|item| !matches!(kind(item).as_deref(), Some("event" | "import_job"))).collect()
}

#[tokio::test]
async fn a_file_is_applied_managers_first_and_delegates_in_the_end() {
    let house = House::new();
    house.import("teams", TEAMS).await;
    let done = house.import("people", PEOPLE).await;
    assert_eq!((done.state, done.counts.created, done.problem_count), (ImportState::Finished, 4, 0));
    let picture = house.picture().await;
    assert!(
        picture.contains("ada@example.com v2 manager Some(\"grace@example.com\") delegate Some(\"bea@example.com\")")
    );
    assert!(picture.contains("grace@example.com v1 manager None delegate None"), "{picture}");
    assert!(picture.contains("reports 2 leads 2"), "{picture}");
}

#[tokio::test]
async fn a_file_applied_twice_writes_nothing_the_second_time() {
    let house = House::new();
    house.import("teams", TEAMS).await;
    house.import("people", PEOPLE).await;
    let before = without_events_and_jobs(&house.table);
    let again = house.import("people", PEOPLE).await;
    assert_eq!(again.counts, ImportCounts { unchanged: 4, ..ImportCounts::default() });
    assert_eq!(without_events_and_jobs(&house.table), before);
    assert_eq!(house.import("teams", TEAMS).await.counts.unchanged, 2);
}

#[tokio::test]
async fn a_bad_file_writes_nothing_and_names_every_row() {
    let house = House::new();
    house.import("teams", TEAMS).await;
    let bad = "email,name,job_role,country,time_zone,start,manager_email,teams\n\
        ada@example.com,Ada,developer,XX,Europe/Berlin,2025-01-01,,nowhere\n\
        ada@example.com,Ada,wizard,DE,Mars/Base,2025-13-01,ada@example.com,\n\
        bea@example.com,Bea,tester,DE,Europe/Berlin,2025-01-01,cem@example.com,\n\
        cem@example.com,Cem,tester,DE,Europe/Berlin,2025-01-01,bea@example.com,\n\
        dan@example.com,Dan,tester,DE,Europe/Berlin,2025-01-01,nobody@example.com,nowhere\n";
    let before = without_events_and_jobs(&house.table);
    let job = house.import("people", bad).await;
    assert_eq!(job.state, ImportState::Rejected);
    let problems: Vec<_> = job.problems.iter().map(|it| (it.line, it.column.as_ref())).collect();
    let expected = [
        (2, "country"),
        (2, "teams"),
        (3, "email"),
        (3, "job_role"),
        (3, "manager_email"),
        (3, "start"),
        (3, "time_zone"),
        (4, "manager_email"),
        (5, "manager_email"),
        (6, "manager_email"),
        (6, "teams"),
    ];
    assert_eq!(problems, expected);
    assert!(!format!("{:?}", job.problems).contains("example.com\""));
    assert_eq!(without_events_and_jobs(&house.table), before);
}

/// People of whom the second leads teams numbered so, and belongs to those numbered so.
fn leading(led: std::ops::Range<u32>, member_of: std::ops::Range<u32>) -> String {
    let list = |numbers: std::ops::Range<u32>| numbers.map(|number| format!("t{number}")).collect::<Vec<_>>().join(";");
    let row = |name: &str, teams: String, leads: String| {
        format!("{name}@example.com,{name},developer,DE,Europe/Berlin,2025-01-01,{teams},{leads}\n")
    };
    let head = "email,name,job_role,country,time_zone,start,teams,leads\n".to_owned();
    let none = String::new;
    head + &row("ada", none(), none()) + &row("bea", list(member_of), list(led)) + &row("cleo", none(), none())
}

#[tokio::test]
async fn nobody_leads_more_teams_in_a_file_than_one_change_can_write() {
    let house = House::new();
    for number in 0..50 {
        house.team(&format!("t{number}")).await;
    }
    let job = house.import("people", &leading(0..26, 0..0)).await;
    assert_eq!(job.state, ImportState::Rejected);
    let problem = &job.problems[0];
    assert_eq!((problem.line, problem.column.as_ref(), problem.expected.as_ref()), (3, "leads", "at most 25 teams"));
    let job = house.import("people", &leading(0..25, 0..0)).await;
    assert_eq!((job.state, job.counts.created), (ImportState::Finished, 3));
}

#[tokio::test]
async fn a_row_that_is_too_much_for_one_change_is_refused_and_stops_no_other() {
    let house = House::new();
    for number in 0..50 {
        house.team(&format!("t{number}")).await;
    }
    let job = house.import("people", &leading(0..25, 25..50)).await;
    assert_eq!((job.counts.created, job.counts.refused), (2, 1));
    assert_eq!((job.problems.len(), job.problems[0].line), (1, 3));
    assert!(house.found("bea").await.is_empty());
}

#[tokio::test]
async fn a_circle_through_someone_outside_the_file_is_refused() {
    let house = House::new();
    house.import("teams", TEAMS).await;
    house.import("people", PEOPLE).await;
    // Bea reports to Ada, who reports to Grace; now Grace is to report to Bea.
    let file = "email,name,job_role,country,time_zone,start,manager_email\n\
        grace@example.com,Grace Hopper,manager,US,America/New_York,2024-01-01,bea@example.com\n";
    let job = house.import("people", file).await;
    assert_eq!(job.state, ImportState::Rejected);
    assert_eq!(job.problems[0].column, "manager_email");
}

#[tokio::test]
async fn two_runs_of_one_job_do_not_count_a_row_twice() {
    let house = House::new();
    let id = house.begin("teams").await;
    let stale = house.store.job(id).await.unwrap().unwrap();
    let importer = Importer::new(&house.store, &house.store);
    let files = MemoryFiles::of("imports/x", TEAMS);
    step(&importer, &files, stale.clone(), at(1), 1).await.unwrap();
    let late = step(&importer, &files, stale, at(2), 1).await;
    assert!(matches!(late, Err(ImportError::Overtaken)));
    let mut done = house.store.job(id).await.unwrap().unwrap();
    while !done.is_ended() {
        done = step(&importer, &files, done, at(3), 1).await.unwrap();
    }
    assert_eq!(done.counts, ImportCounts { created: 2, ..ImportCounts::default() });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn an_import_that_dies_anywhere_ends_as_if_it_had_not(
        rows in 1..6_u32,
        deaths in proptest::collection::vec((1..9_u32, any::<bool>()), 0..5),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (calm, rough) = (House::new(), House::new());
            for house in [&calm, &rough] {
                house.import("teams", TEAMS).await;
            }
            let expected = calm.import("people", PEOPLE).await;
            let id = rough.begin("people").await;
            let done = rough.run(id, PEOPLE, rows, &deaths).await;
            assert_eq!(done.counts, expected.counts);
            assert_eq!(rough.picture().await, calm.picture().await);
            let again = rough.import("people", PEOPLE).await;
            assert_eq!(again.counts.unchanged, 4);
        });
    }
}
