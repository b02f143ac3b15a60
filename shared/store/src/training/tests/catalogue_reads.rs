//! Reading the catalogue while somebody writes to it.

use std::sync::Arc;

use kernel::{Commit, CourseId, JobRole, StoreError, Version};
use training::{
    TrainingReader, TrainingWriter, Write,
    model::{PathStep, Requirement},
};

use super::{House, NOON, cause_at};
use crate::{
    MemoryTable, Table, keys,
    table::{Op, Query, Value, interrupted::Interrupted},
    training::{TrainingStore, items},
};

#[tokio::test]
async fn what_rests_on_a_catalogue_that_changed_while_it_was_read_is_refused() {
    let house = House::new();
    let (one, two) = (house.course("one", &[]).await.unwrap(), house.course("two", &[]).await.unwrap());
    house.path(&[one]).await;
    let before = house.store.catalogue().await.unwrap();
    let (version, developer) = (before.version(), before.path(JobRole::Developer).unwrap());
    let guarded = |change: Op| vec![Op::replace(items::catalogue(version.next()).unwrap(), version), change];
    let mut longer = developer.clone();
    longer.steps.push(PathStep { course: two, requirement: Requirement::Required });
    longer.version = developer.version.next();
    let mut cycle = before.course(one).unwrap().clone();
    cycle.prerequisites = vec![two];
    cycle.version = cycle.version.next();
    // Somebody changes a path or a course after each of the items that are read.
    let changes = [
        guarded(Op::replace(items::path(&longer).unwrap(), developer.version)),
        guarded(Op::replace(items::course(&cycle).unwrap(), Version::FIRST)),
    ];
    let cause = cause_at(NOON);
    for (pause, changed) in (0..4).flat_map(|pause| changes.iter().map(move |changed| (pause, changed))) {
        let table = MemoryTable::new();
        for item in house.table.query(&Query::partition(keys::CATALOGUE)).await.unwrap().items {
            table.write(Op::put(item)).await.unwrap();
        }
        let store = TrainingStore::new(Arc::new(Interrupted::new(table, pause, changed.clone())));
        let seen = store.catalogue().await.unwrap();
        let mut three = seen.course(one).unwrap().clone();
        (three.id, three.version) = (CourseId::new(cause.at), Version::FIRST);
        let course = Write::Course { before: Version::ABSENT, course: Box::new(three) };
        let commit = Commit::of(vec![Write::Catalogue { before: seen.version() }, course]);
        assert!(matches!(store.commit(commit, &cause).await, Err(StoreError::Conflict)), "{pause}");
    }
}

#[tokio::test]
async fn what_guarded_the_catalogue_before_guards_nothing() {
    let house = House::new();
    let mut old = items::catalogue(Version::new(7)).unwrap();
    old.insert("sk".to_owned(), Value::S("HEAD".to_owned()));
    house.table.write(Op::put(old)).await.unwrap();
    assert_eq!(house.store.catalogue().await.unwrap().version(), Version::ABSENT);
    house.course("one", &[]).await.unwrap();
    assert_eq!(house.store.catalogue().await.unwrap().version(), Version::FIRST);
}
