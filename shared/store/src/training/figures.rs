//! What putting the figures of groups right needs: the groups, what waits to be counted, and notes of a rebuild, which
//! go by themselves after some days.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use directory::DirectoryListing;
use jiff::{SignedDuration, Timestamp};
use kernel::{Event, Limit, StoreError};
use serde::Serialize;
use training::{
    events::STANDING_CHANGED,
    model::Scope,
    usecases::figures::{Correction, Count, Counted, Figures, Kept},
};

use super::TrainingStore;
use crate::{
    commit::unavailable,
    item::{ItemBuilder, Kind, body},
    keys::{self, SHARDS, System},
    outbox,
    rollup::RollUps,
    table::{Index, Op, Query, Range, WriteError},
};

type Stored<T> = Result<T, StoreError>;

const PAGE: Kind = Kind::first("counted_page");
const NOTED: Kind = Kind::first("noted_figures");
/// How long notes are kept: for whoever looks into a rebuild that failed.
const NOTES_KEPT: SignedDuration = SignedDuration::from_hours(24 * 7);
/// Groups in one note: well under what an item holds.
const GROUPS_AT_ONCE: usize = 50;

const fn name(count: Count) -> &'static str {
    match count {
        Count::First => "FIRST#",
        Count::Second => "SECOND#",
    }
}

const FIGURES: &str = "FIGURES#";

impl TrainingStore {
    async fn put_note<T: Serialize + Sync>(
        &self,
        rebuild: &str,
        note: &str,
        kind: Kind,
        value: &T,
        at: Timestamp,
    ) -> Stored<()> {
        let item = ItemBuilder::new(&keys::rebuild(rebuild, note), kind, value)?.expires(at + NOTES_KEPT).build();
        self.table.write(Op::put(item)).await.map(|_| ()).map_err(|error| match error {
            WriteError::Refused(_) | WriteError::Contended => StoreError::Conflict,
            WriteError::Unavailable(error) => unavailable(error),
            WriteError::TooLarge(writes) => StoreError::TooLarge(writes),
        })
    }
}

#[async_trait]
impl Figures for TrainingStore {
    async fn groups(&self) -> Stored<BTreeSet<Scope>> {
        let mut groups = BTreeSet::from([Scope::Company]);
        let mut after = None;
        loop {
            let page = self.directory.list_teams(Limit::MAX, after.as_ref()).await?;
            for team in page.items {
                groups.insert(Scope::Department(team.department.as_str().to_owned()));
                groups.insert(Scope::Team(team.id));
            }
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(groups),
            }
        }
    }

    async fn waiting(&self) -> Stored<bool> {
        for shard in 0..SHARDS {
            let mut query = Query::index(Index::Pending, keys::outbox(System::Training, shard));
            loop {
                let slice = self.table.query(&query).await.map_err(unavailable)?;
                for item in &slice.items {
                    if outbox::read(item)?.kind == STANDING_CHANGED {
                        return Ok(true);
                    }
                }
                match slice.next {
                    Some(next) => query = query.after(Some(next)),
                    None => break,
                }
            }
        }
        Ok(false)
    }

    async fn kept(&self, scope: &Scope) -> Stored<Kept> {
        RollUps::new(self.table.clone()).kept(scope).await
    }

    async fn note_page(&self, rebuild: &str, count: Count, page: &Counted, at: Timestamp) -> Stored<()> {
        let after = page.from.after.as_ref().map_or("", |position| position.0.as_str());
        let note = format!("{}{:02}#{after}", name(count), page.from.shard);
        self.put_note(rebuild, &note, PAGE, page, at).await
    }

    async fn pages(&self, rebuild: &str, count: Count) -> Stored<Vec<Counted>> {
        let items = self.all(keys::rebuild_partition(rebuild), Range::prefix(name(count))).await?;
        items.iter().map(|item| body(item, PAGE)).collect()
    }

    async fn note_kept(&self, rebuild: &str, kept: &BTreeMap<Scope, Kept>, at: Timestamp) -> Stored<()> {
        let all: Vec<(&Scope, &Kept)> = kept.iter().collect();
        for (number, some) in all.chunks(GROUPS_AT_ONCE).enumerate() {
            let some: BTreeMap<_, _> = some.iter().copied().collect();
            self.put_note(rebuild, &format!("{FIGURES}{number:03}"), NOTED, &some, at).await?;
        }
        Ok(())
    }

    async fn noted(&self, rebuild: &str) -> Stored<BTreeMap<Scope, Kept>> {
        let mut noted = BTreeMap::new();
        for item in &self.all(keys::rebuild_partition(rebuild), Range::prefix(FIGURES)).await? {
            noted.append(&mut body::<BTreeMap<Scope, Kept>>(item, NOTED)?);
        }
        Ok(noted)
    }

    async fn correct(&self, corrections: &[Correction], event: &Event) -> Stored<()> {
        RollUps::new(self.table.clone()).correct(corrections, event).await
    }
}
