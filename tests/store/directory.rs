//! The directory's writes raced by two writers, in memory and on a real engine: one wins, the other is told, and nothing
//! is half-written. And what its reads and writes cost.

use std::sync::Arc;

use directory::{
    DepartmentCode, DirectoryListing, DirectoryReader, DirectoryWriter, Person, PersonName, Team, TeamCode, TeamName,
    TeamState, Tier, WorkloadCode, WorkloadKind, WorkloadName,
    import::{ImportKind, Plan},
    people::{self, NewPerson, PersonChange},
    teams::{self, NewTeam, Part, TeamChange},
    workloads::{self, NewWorkload, WorkloadChange},
};
use jiff::Timestamp;
use kernel::{Cause, JobRole, Limit, Principal, StoreError};
use store::DirectoryStore;
use testkit::{Dynoxide, newcomer};

use super::sides;

fn cause() -> Cause {
    let at = Timestamp::from_second(1_782_000_000).unwrap();
    Cause { by: Principal::Program, at, correlation_id: "c".into(), causation_id: None }
}

fn new_person(name: &str) -> NewPerson {
    newcomer(&format!("{name}@example.com"), &format!("{name} Example"))
}

async fn person(store: &DirectoryStore, name: &str) -> Person {
    let (person, commit) = people::create(store, new_person(name), &cause()).await.unwrap();
    store.commit(commit).await.unwrap();
    person
}

/// Exactly one of two won, and the other was refused as a race or a taken name.
#[track_caller]
fn one_wins(side: &str, one: &Result<(), StoreError>, other: &Result<(), StoreError>) {
    let lost = match (one, other) {
        (Ok(()), Err(lost)) | (Err(lost), Ok(())) => lost,
        both => panic!("{side}: {both:?}"),
    };
    assert!(matches!(lost, StoreError::Conflict | StoreError::Taken(_)), "{side}: {lost:?}");
}

#[tokio::test]
async fn of_two_people_with_one_address_one_is_made() {
    for (side, table) in sides().await {
        let store = DirectoryStore::new(table);
        let (_, one) = people::create(&store, new_person("ada"), &cause()).await.unwrap();
        let (_, other) = people::create(&store, new_person("ADA"), &cause()).await.unwrap();
        let (one, other) = futures::join!(store.commit(one), store.commit(other));
        one_wins(side, &one, &other);
        assert_eq!(store.list_people(Limit::MAX, None).await.unwrap().items.len(), 1, "{side}");
        assert_eq!(store.find_people("ada", Limit::MAX, None).await.unwrap().items.len(), 1, "{side}");
    }
}

#[tokio::test]
async fn of_two_changes_of_one_person_one_is_made() {
    for (side, table) in sides().await {
        let store = DirectoryStore::new(table);
        let ada = person(&store, "ada").await;
        let rename =
            |name: &str| PersonChange { name: Some(PersonName::parse(name).unwrap()), ..PersonChange::default() };
        let (_, one) = people::change(&store, &ada, rename("Ada King"), &cause()).await.unwrap().unwrap();
        let (_, other) = people::change(&store, &ada, rename("Ada Byron"), &cause()).await.unwrap().unwrap();
        let (one, other) = futures::join!(store.commit(one), store.commit(other));
        one_wins(side, &one, &other);
        let now = store.person(ada.id).await.unwrap().unwrap();
        let found = store.find_people(now.name.expose(), Limit::MAX, None).await.unwrap();
        assert_eq!(found.items, [now.summary()], "{side}");
        let last_names = ["king", "byron"].map(|name| store.find_people(name, Limit::MAX, None));
        let found = futures::future::try_join_all(last_names).await.unwrap();
        assert_eq!(found.iter().map(|page| page.items.len()).sum::<usize>(), 1, "{side}");
    }
}

#[tokio::test]
async fn two_changes_never_close_a_circle_of_managers() {
    for (side, table) in sides().await {
        let store = DirectoryStore::new(table);
        let (ada, bea) = (person(&store, "ada").await, person(&store, "bea").await);
        let report = |to: &Person| PersonChange { manager: Some(Some(to.id)), ..PersonChange::default() };
        let (_, one) = people::change(&store, &ada, report(&bea), &cause()).await.unwrap().unwrap();
        let (_, other) = people::change(&store, &bea, report(&ada), &cause()).await.unwrap().unwrap();
        let (one, other) = futures::join!(store.commit(one), store.commit(other));
        one_wins(side, &one, &other);
    }
}

#[tokio::test]
async fn erasing_and_changing_at_once_leaves_one_or_the_other() {
    for (side, table) in sides().await {
        let store = DirectoryStore::new(table);
        let ada = person(&store, "ada").await;
        let role = PersonChange { job_role: Some(JobRole::Tester), ..PersonChange::default() };
        let (_, change) = people::change(&store, &ada, role, &cause()).await.unwrap().unwrap();
        let (_, erase) = people::erase(&store, &ada, &cause()).await.unwrap();
        let (one, other) = futures::join!(store.commit(change), store.commit(erase));
        one_wins(side, &one, &other);
        let there = store.person(ada.id).await.unwrap().is_some();
        let found = store.find_people("ada", Limit::MAX, None).await.unwrap().items.len();
        assert_eq!(found, usize::from(there), "{side}");
    }
}

fn new_team(code: &str) -> NewTeam {
    NewTeam {
        code: TeamCode::parse(code).unwrap(),
        name: TeamName::parse(code).unwrap(),
        department: DepartmentCode::parse("tech").unwrap(),
        leads: Vec::new(),
    }
}

async fn team(store: &DirectoryStore, code: &str) -> Team {
    let (team, commit) = teams::create(store, new_team(code), &cause()).await.unwrap();
    store.commit(commit).await.unwrap();
    team
}

fn parts(codes: [&str; 2]) -> Vec<Part> {
    codes.map(|code| Part { team: new_team(code), members: Vec::new() }).into()
}

fn new_workload(code: &str, owner: &Team) -> NewWorkload {
    NewWorkload {
        code: WorkloadCode::parse(code).unwrap(),
        name: WorkloadName::parse(code).unwrap(),
        owner: owner.id,
        tier: Tier::new(1).unwrap(),
        kind: WorkloadKind::Service,
        repositories: Default::default(),
        tags: Default::default(),
    }
}

#[tokio::test]
async fn of_two_changes_of_one_team_one_is_made() {
    for (side, table) in sides().await {
        let store = DirectoryStore::new(table);
        let blue = team(&store, "blue").await;
        let recode = |code: &str| TeamChange { code: TeamCode::parse(code).ok(), ..TeamChange::default() };
        let (_, one) = teams::change(&store, &blue, recode("navy"), &cause()).await.unwrap().unwrap();
        let (_, other) = teams::change(&store, &blue, recode("cyan"), &cause()).await.unwrap().unwrap();
        let (one, other) = futures::join!(store.commit(one), store.commit(other));
        one_wins(side, &one, &other);
        let now = store.team(blue.id).await.unwrap().unwrap();
        let codes = ["blue", "navy", "cyan"].map(|code| TeamCode::parse(code).unwrap());
        let found = store.teams_by_code(&codes).await.unwrap();
        let expected = codes.map(|code| (code == now.code).then_some(blue.id));
        assert_eq!(found, expected, "{side}");
    }
}

#[tokio::test]
async fn two_merges_never_close_a_circle() {
    for (side, table) in sides().await {
        let store = DirectoryStore::new(table);
        let (blue, navy) = (team(&store, "blue").await, team(&store, "navy").await);
        let (_, one) = teams::merge(&store, &blue, navy.id, &cause()).await.unwrap().unwrap();
        let (_, other) = teams::merge(&store, &navy, blue.id, &cause()).await.unwrap().unwrap();
        let (one, other) = futures::join!(store.commit(one), store.commit(other));
        one_wins(side, &one, &other);
        let now = store.teams(&[blue.id, navy.id]).await.unwrap();
        assert_eq!(now.iter().filter(|team| team.is_active()).count(), 1, "{side}");
    }
}

#[tokio::test]
async fn of_a_merge_and_a_split_of_one_team_one_is_made() {
    for (side, table) in sides().await {
        let store = DirectoryStore::new(table);
        let (blue, navy) = (team(&store, "blue").await, team(&store, "navy").await);
        let (_, merge) = teams::merge(&store, &blue, navy.id, &cause()).await.unwrap().unwrap();
        let (_, _, split) = teams::split(&store, &blue, parts(["sky", "sea"]), &cause()).await.unwrap();
        let (one, other) = futures::join!(store.commit(merge), store.commit(split));
        one_wins(side, &one, &other);
        let state = store.team(blue.id).await.unwrap().unwrap().state;
        assert_eq!(matches!(state, TeamState::Merged { .. }), one.is_ok(), "{side}");
        let teams = store.list_teams(Limit::MAX, None).await.unwrap().items.len();
        assert_eq!(teams, if other.is_ok() { 4 } else { 2 }, "{side}: the parts of a lost split are not there");
    }
}

#[tokio::test]
async fn of_two_splits_into_the_same_code_one_is_made() {
    for (side, table) in sides().await {
        let store = DirectoryStore::new(table);
        let (blue, navy) = (team(&store, "blue").await, team(&store, "navy").await);
        let (_, _, one) = teams::split(&store, &blue, parts(["sky", "sea"]), &cause()).await.unwrap();
        let (_, _, other) = teams::split(&store, &navy, parts(["fog", "sky"]), &cause()).await.unwrap();
        let (one, other) = futures::join!(store.commit(one), store.commit(other));
        one_wins(side, &one, &other);
        assert_eq!(store.list_teams(Limit::MAX, None).await.unwrap().items.len(), 4, "{side}");
    }
}

#[tokio::test]
async fn of_two_workloads_with_one_code_one_is_made() {
    for (side, table) in sides().await {
        let store = DirectoryStore::new(table);
        let (blue, navy) = (team(&store, "blue").await, team(&store, "navy").await);
        let (_, one) = workloads::create(&store, new_workload("shop", &blue), &cause()).await.unwrap();
        let (_, other) = workloads::create(&store, new_workload("shop", &navy), &cause()).await.unwrap();
        let (one, other) = futures::join!(store.commit(one), store.commit(other));
        one_wins(side, &one, &other);
        assert_eq!(store.list_workloads(Limit::MAX, None).await.unwrap().items.len(), 1, "{side}");
    }
}

#[tokio::test]
async fn of_two_owners_for_one_workload_one_has_it() {
    for (side, table) in sides().await {
        let store = DirectoryStore::new(table);
        let teams = [team(&store, "blue").await, team(&store, "navy").await, team(&store, "sky").await];
        let (shop, commit) = workloads::create(&store, new_workload("shop", &teams[0]), &cause()).await.unwrap();
        store.commit(commit).await.unwrap();
        let give = |to: &Team| WorkloadChange { owner: Some(to.id), ..WorkloadChange::default() };
        let (_, one) = workloads::change(&store, &shop, give(&teams[1]), &cause()).await.unwrap().unwrap();
        let (_, other) = workloads::change(&store, &shop, give(&teams[2]), &cause()).await.unwrap().unwrap();
        let (one, other) = futures::join!(store.commit(one), store.commit(other));
        one_wins(side, &one, &other);
        let owner = store.workload(shop.id).await.unwrap().unwrap().owner;
        for team in &teams {
            let owned = store.workloads_of(team.id, Limit::MAX, None).await.unwrap().items.len();
            assert_eq!(owned, usize::from(team.id == owner), "{side}");
        }
    }
}

#[tokio::test]
async fn no_workload_is_made_for_a_team_that_ends() {
    for (side, table) in sides().await {
        let store = DirectoryStore::new(table);
        let (blue, navy) = (team(&store, "blue").await, team(&store, "navy").await);
        let (shop, create) = workloads::create(&store, new_workload("shop", &blue), &cause()).await.unwrap();
        let (_, merge) = teams::merge(&store, &blue, navy.id, &cause()).await.unwrap().unwrap();
        store.commit(merge).await.unwrap();
        assert!(matches!(store.commit(create).await, Err(StoreError::Conflict)), "{side}");
        assert!(store.workload(shop.id).await.unwrap().is_none(), "{side}");
    }
}

#[tokio::test]
async fn a_dry_run_asks_for_a_hundred_teams_at_once() {
    let engine = Dynoxide::start().await.unwrap();
    let store = DirectoryStore::new(Arc::new(engine.table));
    let codes: Vec<String> = (0..30).map(|number| format!("team{number:02}")).collect();
    for code in &codes {
        team(&store, code).await;
    }
    let row = |number: usize, code: &str| format!("shop{number},Shop,{code},1,service\n");
    let rows: String = codes.iter().enumerate().map(|(number, code)| row(number, code)).collect();
    let file = format!("code,name,team,tier,kind\n{rows}");
    engine.meter.take();
    let problems = Plan::read(ImportKind::Workloads, file.as_bytes()).0.check(&store).await.unwrap();
    assert_eq!((problems.count(), engine.meter.take().requests), (0, 1));
    // A batch is strongly consistent: what it does not find is not there, and is not asked for again.
    let file = format!("{file}{}", row(99, "nobody"));
    let problems = Plan::read(ImportKind::Workloads, file.as_bytes()).0.check(&store).await.unwrap();
    assert_eq!((problems.count(), engine.meter.take().requests), (1, 1));
}

#[tokio::test]
async fn reading_costs_one_request_whatever_the_directory_holds() {
    let engine = Dynoxide::start().await.unwrap();
    let store = DirectoryStore::new(Arc::new(engine.table));
    let mut last = None;
    for number in 0..30 {
        last = Some(person(&store, &format!("ann{number:02}")).await.id);
    }
    engine.meter.take();
    let id = last.unwrap();
    store.access(id).await.unwrap();
    store.person(id).await.unwrap();
    let read = engine.meter.take();
    assert_eq!((read.requests, read.read_units.to_string()), (2, "2".to_owned()));
    let page = store.find_people("ann", Limit::new(10).unwrap(), None).await.unwrap();
    assert!(page.next.is_some());
    assert_eq!(engine.meter.take().requests, 1);
}
