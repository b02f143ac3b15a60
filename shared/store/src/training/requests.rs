//! Requests for seats and vouchers: a person's partition holds them, and beside them which are open; an open one stands in
//! everybody's list, too.

use async_trait::async_trait;
use kernel::{CourseRequestId, Limit, Page, PersonId, Position, StoreError};
use training::requests::{Open, Request, RequestsReader, Write};

use super::{TrainingStore, items};
use crate::{
    commit::{Guard, Transaction, unavailable},
    item::{ItemBuilder, Kind, body, kind_of},
    keys,
    table::{Index, Item, Key, Op, Query, Range, SK, text},
};

const REQUEST: Kind = Kind::first("course_request");
const OPEN: Kind = Kind::first("open_requests");

/// How many items one request gets by key.
const AT_ONCE: usize = 100;

type Stored<T> = Result<T, StoreError>;

fn request_item(value: &Request) -> Stored<Item> {
    let item = ItemBuilder::new(&keys::request(value.person, value.id), REQUEST, value)?.version(value.version);
    Ok(if value.state.is_open() {
        item.index(Index::List, keys::REQUESTED, keys::request_position(value.asked_at, value.id)).build()
    } else {
        item.build()
    })
}

fn open_item(value: &Open) -> Stored<Item> {
    let key = keys::open_requests_of(value.person);
    Ok(ItemBuilder::new(&key, OPEN, value)?.version(value.version).build())
}

/// Adds a write to a transaction.
pub(super) fn push(transaction: &mut Transaction, write: &Write) -> Result<(), StoreError> {
    let gone = |key: Key| Op::Delete { key, when: Vec::new() };
    let op = match write {
        Write::Open { before, open } => Op::replace(open_item(open)?, *before),
        Write::Request { before, request } => Op::replace(request_item(request)?, *before),
        Write::ForgetRequest { person, request } => gone(keys::request(*person, *request)),
        Write::ForgetOpen { person } => gone(keys::open_requests_of(*person)),
    };
    transaction.push(op, Guard::Version);
    Ok(())
}

impl TrainingStore {
    async fn by_key(&self, keys: &[Key]) -> Stored<Vec<Item>> {
        let mut found = Vec::with_capacity(keys.len());
        for some in keys.chunks(AT_ONCE) {
            found.extend(self.table.get_many(some).await.map_err(unavailable)?);
        }
        Ok(found)
    }
}

#[async_trait]
impl RequestsReader for TrainingStore {
    async fn open(&self, person: PersonId) -> Stored<Open> {
        let found = self.one(&keys::open_requests_of(person), OPEN).await?;
        Ok(found.unwrap_or_else(|| Open::none(person)))
    }

    async fn open_of(&self, people: &[PersonId]) -> Stored<Vec<Open>> {
        let wanted: Vec<Key> = people.iter().map(|person| keys::open_requests_of(*person)).collect();
        self.by_key(&wanted).await?.iter().map(|item| body(item, OPEN)).collect()
    }

    async fn request(&self, person: PersonId, request: CourseRequestId) -> Stored<Option<(Request, Open)>> {
        let both = [keys::request(person, request), keys::open_requests_of(person)];
        let (mut found, mut open) = (None, Open::none(person));
        for item in &self.table.get_many(&both).await.map_err(unavailable)? {
            match kind_of(item) {
                Some("course_request") => found = Some(body(item, REQUEST)?),
                _ => open = body(item, OPEN)?,
            }
        }
        Ok(found.map(|found| (found, open)))
    }

    async fn some_requests(&self, wanted: &[(PersonId, CourseRequestId)]) -> Stored<Vec<Request>> {
        let wanted: Vec<Key> = wanted.iter().map(|(person, request)| keys::request(*person, *request)).collect();
        self.by_key(&wanted).await?.iter().map(|item| body(item, REQUEST)).collect()
    }

    async fn requests_of(&self, person: PersonId, limit: Limit, after: Option<&Position>) -> Stored<Page<Request>> {
        let query = Query::partition(keys::requests_of(person)).range(Range::prefix(keys::REQUEST));
        self.page(query, limit, after, |item| body(item, REQUEST)).await
    }

    async fn open_requests(&self, limit: Limit, after: Option<&Position>) -> Stored<Page<Request>> {
        let query = Query::index(Index::List, keys::REQUESTED);
        self.page(query, limit, after, |item| body(item, REQUEST)).await
    }

    async fn held_requests(&self, person: PersonId) -> Stored<Vec<CourseRequestId>> {
        let held = self.all(keys::requests_of(person), Range::prefix(keys::REQUEST)).await?;
        let named = |item: &Item| {
            let position = text(item, SK).and_then(|position| position.strip_prefix(keys::REQUEST));
            let id = position.and_then(|id| id.parse().ok());
            id.ok_or_else(|| items::unreadable(item, "names no request"))
        };
        held.iter().map(named).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kernel::{Cause, Commit, CourseId, Principal, Version};
    use serde_json::json;
    use training::{
        TrainingWriter,
        model::{FreeText, Title},
        requests::{OpenRequest, RequestKind, RequestState, Ruling, VoucherCode},
    };

    use super::*;
    use crate::{DirectoryStore, MemoryTable, Table};

    fn cause(minute: i64) -> Cause {
        let start: jiff::Timestamp = "2026-03-02T12:00:00Z".parse().unwrap();
        let at = start + jiff::SignedDuration::from_mins(minute);
        Cause { by: Principal::Program, at, correlation_id: "c".into(), causation_id: None }
    }

    fn request(person: PersonId, state: RequestState, minute: i64) -> Request {
        let at = cause(minute).at;
        let ruling = Ruling { at, by: Principal::Person(person), reason: FreeText::parse("Of course").ok() };
        Request {
            id: CourseRequestId::new(at),
            person,
            course: CourseId::new(at),
            title: Title::parse("Threats").unwrap(),
            kind: RequestKind::Voucher,
            reason: FreeText::parse("For the examination").unwrap(),
            state,
            asked_at: at,
            ruling: Some(ruling),
            assigned: Some(kernel::AssignmentRound::FIRST),
            ended_at: (!state.is_open()).then_some(at),
            voucher: (state == RequestState::Provided).then(|| VoucherCode::parse("CODE-1234").unwrap()),
            version: Version::FIRST,
        }
    }

    fn open(person: PersonId, requests: &[&Request]) -> Open {
        let requests = requests.iter().map(|it| OpenRequest { course: it.course, request: it.id }).collect();
        Open { person, requests, version: Version::FIRST }
    }

    async fn commit(store: &TrainingStore, writes: Vec<Write>) -> Result<(), StoreError> {
        let writes = writes.into_iter().map(training::Write::Requests).collect();
        store.commit(Commit::of(writes), &cause(0)).await
    }

    fn new(request: &Request) -> Write {
        Write::Request { before: Version::ABSENT, request: Box::new(request.clone()) }
    }

    #[tokio::test]
    async fn requests_come_back_as_they_went_and_stand_where_they_are_looked_for() {
        let table: Arc<dyn Table> = Arc::new(MemoryTable::new());
        let store = TrainingStore::new(Arc::clone(&table));
        let (ada, bob) = (PersonId::new(cause(0).at), PersonId::new(cause(0).at));
        let made: Vec<Request> = (0..).zip(RequestState::ALL).map(|(minute, it)| request(ada, *it, minute)).collect();
        let asked: Vec<&Request> = made.iter().filter(|it| it.state.is_open()).collect();
        let other = request(bob, RequestState::Asked, 9);
        let mut writes: Vec<Write> = made.iter().rev().map(new).chain([new(&other)]).collect();
        writes.push(Write::Open { before: Version::ABSENT, open: open(ada, &asked) });
        commit(&store, writes).await.unwrap();
        assert_eq!(store.requests_of(ada, Limit::MAX, None).await.unwrap().items, made);
        for one in &made {
            assert_eq!(store.request(ada, one.id).await.unwrap(), Some((one.clone(), open(ada, &asked))));
            assert_eq!(store.request(bob, one.id).await.unwrap(), None);
        }
        assert_eq!(store.open(ada).await.unwrap(), open(ada, &asked));
        assert_eq!(store.open(bob).await.unwrap(), Open::none(bob));
        assert_eq!(store.open_of(&[bob, ada]).await.unwrap(), [open(ada, &asked)]);
        let listed = store.open_requests(Limit::MAX, None).await.unwrap().items;
        let expected: Vec<Request> = asked.iter().map(|it| (*it).clone()).chain([other.clone()]).collect();
        assert_eq!(listed, expected, "in the order of asking");
        let some = store.some_requests(&[(bob, other.id), (ada, other.id)]).await.unwrap();
        assert_eq!(some, [other]);
        let export = directory::DirectoryListing::export_of(&DirectoryStore::new(table), ada).await.unwrap();
        let training = export.into_iter().find(|part| part.system == "training").unwrap();
        assert_eq!(training.items.len(), made.len() + 1);
        let told = json!(training.items).to_string();
        assert!(told.contains("For the examination") && !told.contains("CODE-1234"), "{told}");
    }

    #[tokio::test]
    async fn what_ends_leaves_the_list_and_versions_guard_everything() {
        let store = TrainingStore::new(Arc::new(MemoryTable::new()));
        let ada = PersonId::new(cause(0).at);
        let asked = request(ada, RequestState::Asked, 0);
        let guard = |before: u64, requests: &[&Request]| {
            let open = Open { version: Version::new(before + 1), ..open(ada, requests) };
            Write::Open { before: Version::new(before), open }
        };
        commit(&store, vec![new(&asked), guard(0, &[&asked])]).await.unwrap();
        for stale in [new(&asked), guard(0, &[]), guard(7, &[])] {
            assert!(matches!(commit(&store, vec![stale]).await, Err(StoreError::Conflict)));
        }
        let over = Request { state: RequestState::Withdrawn, version: Version::new(2), ..asked.clone() };
        let write = Write::Request { before: Version::FIRST, request: Box::new(over.clone()) };
        commit(&store, vec![write, guard(1, &[])]).await.unwrap();
        assert!(store.open_requests(Limit::MAX, None).await.unwrap().items.is_empty());
        assert_eq!(store.requests_of(ada, Limit::MAX, None).await.unwrap().items, std::slice::from_ref(&over));
        assert_eq!(store.held_requests(ada).await.unwrap(), [asked.id]);
        let forget = || vec![Write::ForgetRequest { person: ada, request: over.id }, Write::ForgetOpen { person: ada }];
        for _ in 0..2 {
            commit(&store, forget()).await.unwrap();
            assert!(store.held_requests(ada).await.unwrap().is_empty());
        }
        assert_eq!(store.open(ada).await.unwrap(), Open::none(ada));
    }
}
