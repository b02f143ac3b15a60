//! People's competency: one item a person.

use async_trait::async_trait;
use kernel::{PersonId, StoreError};
use training::competency::{CompetencyReader, Profile, Write};

use super::TrainingStore;
use crate::{
    commit::{Guard, Transaction},
    item::{ItemBuilder, Kind},
    keys,
    table::{Item, Op, expect},
};

pub(super) const PROFILE: Kind = Kind::first("competency");

fn item(profile: &Profile) -> Result<Item, StoreError> {
    let key = keys::competency(profile.person);
    Ok(ItemBuilder::new(&key, PROFILE, profile)?.version(profile.version).build())
}

/// Adds a write of competency to a transaction.
pub(super) fn push(transaction: &mut Transaction, write: &Write) -> Result<(), StoreError> {
    let op = match write {
        Write::Profile { before, profile } => Op::replace(item(profile)?, *before),
        Write::Forget { person, before } => Op::Delete { key: keys::competency(*person), when: expect(*before) },
    };
    transaction.push(op, Guard::Version);
    Ok(())
}

#[async_trait]
impl CompetencyReader for TrainingStore {
    async fn profile(&self, person: PersonId) -> Result<Option<Profile>, StoreError> {
        self.one(&keys::competency(person), PROFILE).await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::civil::date;
    use kernel::{AttemptId, Cause, Commit, Principal};
    use training::{
        TrainingError, TrainingWriter,
        competency::{Area, Evidence, EvidenceSource, Known, usecases},
    };

    use super::*;
    use crate::{MemoryTable, Table, keys::System, outbox::Outbox, table::Query};

    fn cause() -> Cause {
        let at = "2026-03-02T12:00:00Z".parse().unwrap();
        Cause { by: Principal::Program, at, correlation_id: "c".into(), causation_id: None }
    }

    fn evidence(area: &str, score_tenths: u16, day: i8) -> Evidence {
        let source = EvidenceSource::Assessment(AttemptId::new(cause().at));
        Evidence { area: Area::parse(area).unwrap(), score_tenths, source, on: date(2026, 2, day) }
    }

    async fn judge(store: &TrainingStore, person: PersonId, evidence: &[Evidence]) -> Result<(), TrainingError> {
        let (writes, events) = usecases::judged(store, person, evidence, &cause()).await?;
        let mut commit = Commit::of(writes.into_iter().map(training::Write::Competency).collect());
        commit.events = events;
        Ok(store.commit(commit, &cause()).await?)
    }

    #[tokio::test]
    async fn a_profile_comes_back_as_it_went_and_its_events_with_it() {
        let table: Arc<dyn Table> = Arc::new(MemoryTable::new());
        let store = TrainingStore::new(Arc::clone(&table));
        let person = PersonId::new(cause().at);
        assert_eq!(store.profile(person).await.unwrap(), None);
        judge(&store, person, &[evidence("a", 705, 3), evidence("b", 1000, 3)]).await.unwrap();
        judge(&store, person, &[evidence("a", 410, 1)]).await.unwrap();
        let profile = store.profile(person).await.unwrap().unwrap();
        assert_eq!(profile.version.get(), 2);
        let of_first: Vec<u16> = profile
            .as_of(Some(date(2026, 2, 2)))
            .into_values()
            .map(|known| match known {
                Known::Measured { latest, .. } => latest.score.tenths(),
                Known::NotKept => 0,
            })
            .collect();
        assert_eq!(of_first, [410]);
        assert_eq!(profile.latest(&Area::parse("a").unwrap()).map(|held| held.score.tenths()), Some(705));
        let outbox = Outbox::new(table);
        let mut kinds = Vec::new();
        for shard in 0..16 {
            kinds.extend(outbox.pending(System::Training, shard, cause().at, 100).await.unwrap());
        }
        assert_eq!(kinds.len(), 3);
        assert!(kinds.iter().all(|event| event.subject == person.to_string()));
    }

    #[tokio::test]
    async fn of_two_judgements_at_once_one_is_decided_again() {
        let store = TrainingStore::new(Arc::new(MemoryTable::new()));
        let person = PersonId::new(cause().at);
        let write = |(writes, _): (Vec<Write>, Vec<kernel::Event>)| {
            let commit = Commit::of(writes.into_iter().map(training::Write::Competency).collect());
            let store = store.clone();
            async move { store.commit(commit, &cause()).await }
        };
        let first = usecases::judged(&store, person, &[evidence("a", 500, 3)], &cause()).await.unwrap();
        let second = usecases::judged(&store, person, &[evidence("a", 900, 3)], &cause()).await.unwrap();
        write(first).await.unwrap();
        assert!(matches!(write(second).await, Err(StoreError::Conflict)));
    }

    #[tokio::test]
    async fn forgetting_leaves_no_profile_and_can_be_repeated() {
        let table = Arc::new(MemoryTable::new());
        let store = TrainingStore::new(table.clone());
        let person = PersonId::new(cause().at);
        judge(&store, person, &[evidence("a", 500, 3)]).await.unwrap();
        assert!(usecases::forget(&store, &store, person, &cause()).await.unwrap());
        assert!(!usecases::forget(&store, &store, person, &cause()).await.unwrap());
        let left = table.query(&Query::partition(keys::competency(person).pk)).await.unwrap();
        assert!(left.items.is_empty());
    }
}
