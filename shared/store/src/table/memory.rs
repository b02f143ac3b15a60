//! The table in memory: for tests and fault simulations. It passes the contract tests that the DynamoDB side passes.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;

use super::{
    Change, Condition, Index, Item, Key, MAX_TRANSACTION, Op, PK, Query, Refusal, SK, Slice, Table, Unavailable, Value,
    WriteError, key_of, text,
};

/// All items, ordered by key. Reads and writes are instant and strongly consistent.
#[derive(Debug, Default)]
pub struct MemoryTable {
    items: Mutex<Items>,
}

/// Items by key, and for each index where its items stand: partition, sort position, key.
#[derive(Debug, Default)]
struct Items {
    by_key: BTreeMap<Key, Item>,
    by_index: BTreeSet<(&'static str, String, String, Key)>,
}

impl Items {
    fn get(&self, key: &Key) -> Option<&Item> {
        self.by_key.get(key)
    }

    fn set(&mut self, key: Key, item: Option<Item>) {
        if let Some(old) = self.by_key.get(&key) {
            for place in places(&key, old) {
                self.by_index.remove(&place);
            }
        }
        match item {
            Some(item) => {
                self.by_index.extend(places(&key, &item));
                self.by_key.insert(key, item);
            }
            None => {
                self.by_key.remove(&key);
            }
        }
    }
}

/// Where an item stands in the indexes it is in.
fn places(key: &Key, item: &Item) -> Vec<(&'static str, String, String, Key)> {
    let place = |index: &Index| {
        let (pk, sk) = (text(item, index.pk())?, text(item, index.sk())?);
        Some((index.name(), pk.to_owned(), sk.to_owned(), key.clone()))
    };
    Index::ALL.iter().filter_map(place).collect()
}

impl MemoryTable {
    /// An empty table.
    pub fn new() -> Self {
        Self::default()
    }

    /// Every item, for assertions.
    pub fn items(&self) -> Vec<Item> {
        self.lock().by_key.values().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Items> {
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

fn add(item: &mut Item, name: &str, by: i64) {
    let before = match item.get(name) {
        Some(Value::N(number)) => number.parse().unwrap_or(0),
        _ => 0_i64,
    };
    item.inner_mut().insert(name.to_owned(), Value::N((before + by).to_string()));
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
        Change::Add(name, by) => add(item, name, *by),
        Change::AddTo(name, by) => add(item, name, *by),
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

fn perform(items: &mut Items, op: &Op) -> Option<Item> {
    let key = key_for(op);
    match op {
        Op::Put { item, .. } => {
            items.set(key, Some(item.clone()));
            None
        }
        Op::Update { changes, .. } => {
            let mut item = items.get(&key).cloned().unwrap_or_else(|| {
                Item::from(std::collections::HashMap::from([
                    (PK.to_owned(), Value::S(key.pk.clone())),
                    (SK.to_owned(), Value::S(key.sk.clone())),
                ]))
            });
            for change in changes {
                apply(&mut item, change);
            }
            items.set(key, Some(item.clone()));
            Some(item)
        }
        Op::Delete { .. } => {
            items.set(key, None);
            None
        }
        Op::Check { .. } => None,
    }
}

fn refusals(items: &Items, ops: &[Op]) -> Vec<Refusal> {
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
        let items = self.lock();
        let mut found: Vec<(&str, &Item)> = match query.index {
            None => {
                let partition = Key::new(query.partition.clone(), "")..=Key::new(query.partition.clone(), "\u{10ffff}");
                items.by_key.range(partition).map(|(key, item)| (key.sk.as_str(), item)).collect()
            }
            Some(index) => {
                let from = (index.name(), query.partition.clone(), String::new(), Key::new("", ""));
                let standing = items
                    .by_index
                    .range(from..)
                    .take_while(|(name, partition, ..)| *name == index.name() && *partition == query.partition);
                standing.filter_map(|(_, _, position, key)| Some((position.as_str(), items.get(key)?))).collect()
            }
        };
        found.retain(|(position, _)| {
            low.as_deref().is_none_or(|low| low <= *position)
                && high.as_deref().is_none_or(|high| *position <= high)
                && query.after.as_deref() != Some(*position)
        });
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
        if refused.is_empty() { Ok(perform(&mut items, &op)) } else { Err(WriteError::Refused(refused)) }
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
            perform(&mut items, op);
        }
        Ok(())
    }
}
