//! The directory's writes raced by two writers, in memory and on a real engine: one wins, the other is told, and nothing
//! is half-written. And what its reads and writes cost.

use std::sync::Arc;

use directory::{
    DirectoryListing, DirectoryReader, DirectoryWriter, Person, PersonName,
    people::{self, NewPerson, PersonChange},
};
use jiff::Timestamp;
use kernel::{Cause, JobRole, Limit, Principal, StoreError};
use store::{DirectoryStore, MemoryTable, Table};
use testkit::{Dynoxide, newcomer};

async fn both() -> Vec<(&'static str, Arc<dyn Table>)> {
    let real = Dynoxide::start().await.unwrap();
    vec![("memory", Arc::new(MemoryTable::new())), ("dynoxide", Arc::new(real.table))]
}

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
    for (side, table) in both().await {
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
    for (side, table) in both().await {
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
    for (side, table) in both().await {
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
    for (side, table) in both().await {
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
