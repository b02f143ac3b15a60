//! The table in memory: for tests and fault simulations. It passes the contract tests that the DynamoDB side passes.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;

use super::{
    Change, Condition, Item, Key, MAX_TRANSACTION, Op, PK, Query, Refusal, SK, Slice, Table, Unavailable, Value,
    WriteError, key_of, text,
};

/// All items, ordered by key. Reads and writes are instant and strongly consistent.
#[derive(Debug, Default)]
pub struct MemoryTable {
    items: Mutex<BTreeMap<Key, Item>>,
    stream: Mutex<Vec<Item>>,
}

impl MemoryTable {
    /// An empty table.
    pub fn new() -> Self {
        Self::default()
    }

    /// Every item, for assertions.
    pub fn items(&self) -> Vec<Item> {
        self.lock().values().cloned().collect()
    }

    /// The new images of every item created since the last call, in order: what a stream brings of them.
    pub fn take_created(&self) -> Vec<Item> {
        std::mem::take(&mut *self.stream.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn perform(&self, items: &mut BTreeMap<Key, Item>, op: &Op) -> Option<Item> {
        let (key, before) = (key_for(op), items.len());
        let answer = perform(items, op);
        if items.len() > before
            && let Some(created) = items.get(&key)
        {
            self.stream.lock().unwrap_or_else(PoisonError::into_inner).push(created.clone());
        }
        answer
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Key, Item>> {
        self.items.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key_for(op: &Op) -> Key {
    match op {
        Op::Put { item, .. } => key_of(item),
        Op::Update { key, .. } | Op::Delete { key, .. } | Op::Check { key, .. } => key.clone(),
    }
}

fn conditions(op: &Op) -> &[Condition] {
    match op {
        Op::Put { when, .. } | Op::Update { when, .. } | Op::Delete { when, .. } | Op::Check { when, .. } => when,
    }
}

fn holds(condition: &Condition, item: Option<&Item>) -> bool {
    let attribute = |name: &str| item.and_then(|item| item.get(name));
    match condition {
        Condition::Absent => item.is_none(),
        Condition::Present => item.is_some(),
        Condition::Equals(name, value) => attribute(name) == Some(value),
        Condition::AtMost(name, value) => {
            attribute(name).and_then(|held| compare(held, value)).is_some_and(Ordering::is_le)
        }
        Condition::Missing(name) => attribute(name).is_none(),
    }
}

fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::S(left), Value::S(right)) => Some(left.cmp(right)),
        (Value::N(left), Value::N(right)) => number(left).partial_cmp(&number(right)),
        _ => None,
    }
}

fn number(raw: &str) -> f64 {
    raw.parse().unwrap_or(f64::NAN)
}

fn members(item: &Item, name: &str) -> BTreeSet<String> {
    match item.get(name) {
        Some(Value::Ss(members)) => members.iter().cloned().collect(),
        _ => BTreeSet::new(),
    }
}

fn apply(item: &mut Item, change: &Change) {
    let inner = item.inner_mut();
    match change {
        Change::Set(name, value) => {
            inner.insert((*name).to_owned(), value.clone());
        }
        Change::SetIfMissing(name, value) => {
            inner.entry((*name).to_owned()).or_insert_with(|| value.clone());
        }
        Change::Remove(name) => {
            inner.remove(*name);
        }
        Change::Add(name, by) => {
            let before = match inner.get(*name) {
                Some(Value::N(number)) => number.parse().unwrap_or(0),
                _ => 0_i64,
            };
            inner.insert((*name).to_owned(), Value::N((before + by).to_string()));
        }
        Change::Insert(name, added) => {
            let all: BTreeSet<String> = members(item, name).union(added).cloned().collect();
            item.inner_mut().insert((*name).to_owned(), Value::Ss(all.into_iter().collect()));
        }
        Change::Take(name, taken) => {
            let rest: Vec<String> = members(item, name).difference(taken).cloned().collect();
            if rest.is_empty() {
                item.inner_mut().remove(*name);
            } else {
                item.inner_mut().insert((*name).to_owned(), Value::Ss(rest));
            }
        }
    }
}

fn perform(items: &mut BTreeMap<Key, Item>, op: &Op) -> Option<Item> {
    let key = key_for(op);
    match op {
        Op::Put { item, .. } => {
            items.insert(key, item.clone());
            None
        }
        Op::Update { changes, .. } => {
            let item = items.entry(key.clone()).or_insert_with(|| {
                Item::from(std::collections::HashMap::from([
                    (PK.to_owned(), Value::S(key.pk.clone())),
                    (SK.to_owned(), Value::S(key.sk.clone())),
                ]))
            });
            for change in changes {
                apply(item, change);
            }
            Some(item.clone())
        }
        Op::Delete { .. } => {
            items.remove(&key);
            None
        }
        Op::Check { .. } => None,
    }
}

fn refusals(items: &BTreeMap<Key, Item>, ops: &[Op]) -> Vec<Refusal> {
    ops.iter()
        .enumerate()
        .filter_map(|(index, op)| {
            let item = items.get(&key_for(op));
            let refused = !conditions(op).iter().all(|condition| holds(condition, item));
            refused.then(|| Refusal { index, item: item.cloned() })
        })
        .collect()
}

#[async_trait]
impl Table for MemoryTable {
    async fn get(&self, key: &Key, _consistent: bool) -> Result<Option<Item>, Unavailable> {
        Ok(self.lock().get(key).cloned())
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Item>, Unavailable> {
        let items = self.lock();
        Ok(keys.iter().filter_map(|key| items.get(key).cloned()).collect())
    }

    async fn query(&self, query: &Query) -> Result<Slice, Unavailable> {
        let (low, high) = query.bounds();
        let (pk, sk) = (query.partition_attribute(), query.sort_attribute());
        let items = self.lock();
        // The table's own partitions are found by order; index partitions by looking at everything, which tests can bear.
        let own = Key::new(query.partition.clone(), "")..=Key::new(query.partition.clone(), "\u{10ffff}");
        let candidates: Box<dyn Iterator<Item = &Item> + Send> = match query.index {
            None => Box::new(items.range(own).map(|(_, item)| item)),
            Some(_) => Box::new(items.values().filter(|item| text(item, pk) == Some(&query.partition))),
        };
        let mut found: Vec<(&str, &Item)> = candidates
            .filter_map(|item| text(item, sk).map(|position| (position, item)))
            .filter(|(position, _)| low.as_deref().is_none_or(|low| low <= *position))
            .filter(|(position, _)| high.as_deref().is_none_or(|high| *position <= high))
            .filter(|(position, _)| query.after.as_deref() != Some(*position))
            .collect();
        found.sort_by_key(|(position, _)| *position);
        if query.descending {
            found.reverse();
        }
        let limit = query.limit.map_or(usize::MAX, usize::from);
        let next = (found.len() > limit).then(|| found.get(limit.saturating_sub(1)).map(|(at, _)| (*at).to_owned()));
        found.truncate(limit);
        Ok(Slice { items: found.into_iter().map(|(_, item)| item.clone()).collect(), next: next.flatten() })
    }

    async fn write(&self, op: Op) -> Result<Option<Item>, WriteError> {
        let mut items = self.lock();
        let refused = refusals(&items, std::slice::from_ref(&op));
        if refused.is_empty() { Ok(self.perform(&mut items, &op)) } else { Err(WriteError::Refused(refused)) }
    }

    async fn transact(&self, ops: Vec<Op>) -> Result<(), WriteError> {
        if ops.len() > MAX_TRANSACTION {
            return Err(WriteError::TooLarge(ops.len()));
        }
        let keys: BTreeSet<Key> = ops.iter().map(key_for).collect();
        if keys.len() != ops.len() {
            // DynamoDB refuses a transaction that touches an item twice; so does this one, as an error to be found.
            return Err(Unavailable("a transaction touches one item twice".into()).into());
        }
        let mut items = self.lock();
        let refused = refusals(&items, &ops);
        if !refused.is_empty() {
            return Err(WriteError::Refused(refused));
        }
        for op in &ops {
            self.perform(&mut items, op);
        }
        Ok(())
    }
}
