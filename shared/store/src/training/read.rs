//! Reads of training: a file by one query, listings a page at a time, figures of groups.

use async_trait::async_trait;
use jiff::{Timestamp, civil::Date};
use kernel::{CompletionId, JobId, Limit, Page, PersonId, Position, RunId, StoreError, Version, import::ImportJob};
use serde::de::DeserializeOwned;
use training::{
    Settings, TrainingReader,
    model::{BoxKind, BoxLine, Catalogue, Check, Course, Learner, LearnerFile, ReminderRun, RolePath, Scope, Tray},
    ports::StoredRollUp,
};

use super::{
    TrainingStore,
    assessment::ASKED,
    items::{self, BOX, CHECK, COURSE, CatalogueBody, DOCUMENT, JOB, LEARNER, LINE, PATH, RUN, SETTINGS},
};
use crate::{
    commit::unavailable,
    item::{Kind, body, kind_of, version},
    keys::{self, System},
    rollup::RollUps,
    table::{Index, Item, Key, PK, Query, Range, key_of, text},
};

type Stored<T> = Result<T, StoreError>;

/// How many items one request gets by key.
const AT_ONCE: usize = 100;

impl TrainingStore {
    pub(super) async fn one<T: DeserializeOwned>(&self, key: &Key, kind: Kind) -> Stored<Option<T>> {
        let item = self.table.get(key, true).await.map_err(unavailable)?;
        item.map(|item| body(&item, kind)).transpose()
    }

    /// Every item of a stretch of a partition, as last written, in the order of keys.
    ///
    /// Read backwards: a query is no snapshot. Where the item whose version guards the others sorts last, as `LEARNER`,
    /// `SESSION` and the catalogue's `VERSION` do, it is read first, and whatever changes meanwhile leaves that version
    /// behind.
    pub(super) async fn all(&self, partition: String, range: Range) -> Stored<Vec<Item>> {
        let mut query = Query::partition(partition).range(range).descending().consistent();
        let mut items = Vec::new();
        loop {
            let slice = self.table.query(&query).await.map_err(unavailable)?;
            items.extend(slice.items);
            match slice.next {
                Some(next) => query = query.after(Some(next)),
                None => break,
            }
        }
        items.reverse();
        Ok(items)
    }

    pub(super) async fn page<T>(
        &self,
        query: Query,
        limit: Limit,
        after: Option<&Position>,
        turn: impl Fn(&Item) -> Stored<T>,
    ) -> Stored<Page<T>> {
        let query = query.limit(limit.get()).after(after.map(|position| position.0.clone()));
        let slice = self.table.query(&query).await.map_err(unavailable)?;
        let items = slice.items.iter().map(turn).collect::<Stored<Vec<T>>>()?;
        Ok(Page { items, next: slice.next.map(Position) })
    }
}

/// Whose partition an item is in: the third part of `TRAIN#<what>#<person>…`. Index entries need not be parsed further.
fn owner(item: &Item) -> Stored<PersonId> {
    let partition = text(item, PK).unwrap_or_default();
    let person = partition.split('#').nth(2).and_then(|person| person.parse().ok());
    person.ok_or_else(|| items::unreadable(item, "its partition names no person"))
}

fn boxed(item: &Item) -> Stored<(PersonId, BoxKind)> {
    let kind = text(item, PK).unwrap_or_default().split('#').nth(3).and_then(BoxKind::parse);
    Ok((owner(item)?, kind.ok_or_else(|| items::unreadable(item, "its partition names no box"))?))
}

#[async_trait]
impl TrainingReader for TrainingStore {
    async fn file(&self, person: PersonId) -> Stored<Option<LearnerFile>> {
        items::file(&self.all(keys::learner_file(person), Range::all()).await?)
    }

    async fn learners(&self, people: &[PersonId]) -> Stored<Vec<Learner>> {
        let mut found: Vec<Learner> = Vec::with_capacity(people.len());
        for some in people.chunks(AT_ONCE) {
            let keys: Vec<Key> = some.iter().map(|person| keys::learner(*person)).collect();
            let items = self.table.get_many(&keys).await.map_err(unavailable)?;
            for item in &items {
                found.push(body(item, LEARNER)?);
            }
        }
        // By key they come in no order; whoever asks had one.
        found.sort_by_key(|head| people.iter().position(|person| *person == head.person()));
        Ok(found)
    }

    async fn listed(&self, shard: u8, limit: Limit, after: Option<&Position>) -> Stored<Page<PersonId>> {
        self.page(Query::index(Index::List, keys::learners(shard)), limit, after, owner).await
    }

    async fn due_people(
        &self,
        shard: u8,
        until: Timestamp,
        limit: Limit,
        after: Option<&Position>,
    ) -> Stored<Page<PersonId>> {
        let query = Query::index(Index::Next, keys::next_people(shard)).range(keys::due_until(until));
        self.page(query, limit, after, owner).await
    }

    async fn due_boxes(
        &self,
        shard: u8,
        until: Timestamp,
        limit: Limit,
        after: Option<&Position>,
    ) -> Stored<Page<(PersonId, BoxKind)>> {
        let query = Query::index(Index::Next, keys::next_boxes(shard)).range(keys::due_until(until));
        self.page(query, limit, after, boxed).await
    }

    async fn catalogue(&self) -> Stored<Catalogue> {
        let (mut courses, mut paths) = (Vec::<Course>::new(), Vec::<RolePath>::new());
        let mut tests = Vec::new();
        let mut guard = Version::ABSENT;
        for item in &self.all(keys::CATALOGUE.to_owned(), Range::all()).await? {
            match kind_of(item) {
                Some("course") => courses.push(body(item, COURSE)?),
                Some("role_path") => paths.push(body(item, PATH)?),
                Some(kind) if kind == ASKED.name => tests.push(body(item, ASKED)?),
                _ if key_of(item) == keys::catalogue() => {
                    guard = body::<CatalogueBody>(item, items::CATALOGUE)?.version;
                }
                // What guarded the catalogue before stood between courses and paths, and guards nothing any more.
                _ => {}
            }
        }
        Ok(Catalogue::new(courses, paths, guard).with_tests(tests))
    }

    async fn tray(&self, owner: PersonId, kind: BoxKind) -> Stored<Option<Tray>> {
        self.one(&keys::box_head(owner, kind.as_str()), BOX).await
    }

    async fn lines(&self, owner: PersonId, kind: BoxKind) -> Stored<Vec<BoxLine>> {
        let partition = keys::box_partition(owner, kind.as_str());
        self.all(partition, Range::prefix("LINE#")).await?.iter().map(|item| body(item, LINE)).collect()
    }

    async fn roll_up(&self, scope: &Scope, as_of: Option<Date>) -> Stored<Option<StoredRollUp>> {
        let figures = RollUps::new(self.table.clone()).read(scope, as_of).await?;
        Ok(figures.map(|it| StoredRollUp { roll_up: it.roll_up, day: it.day, version: it.version }))
    }

    async fn checks(&self, limit: Limit, after: Option<&Position>) -> Stored<Page<Check>> {
        self.page(Query::partition(keys::CHECKS), limit, after, |item| body(item, CHECK)).await
    }

    async fn check(&self, completion: CompletionId) -> Stored<Option<Check>> {
        self.one(&keys::check(completion), CHECK).await
    }

    async fn run(&self, run: RunId) -> Stored<Option<ReminderRun>> {
        self.one(&keys::run(run), RUN).await
    }

    async fn job(&self, job: JobId) -> Stored<Option<ImportJob>> {
        self.one(&keys::job(System::Training, job), JOB).await
    }

    async fn settings(&self, wanted: Option<Version>) -> Stored<Option<(Version, Settings)>> {
        if let Some(wanted) = wanted {
            let key = keys::settings(System::Training, DOCUMENT, wanted.get());
            return Ok(self.one(&key, SETTINGS).await?.map(|settings| (wanted, settings)));
        }
        let partition = keys::settings_history(System::Training, DOCUMENT);
        let query = Query::partition(partition).descending().limit(1).consistent();
        let slice = self.table.query(&query).await.map_err(unavailable)?;
        slice.items.first().map(|item| Ok((version(item), body(item, SETTINGS)?))).transpose()
    }
}
