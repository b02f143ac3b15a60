//! What a table's stream brings: the items that were put, in the order in which they were.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use store::{
    Table,
    table::{Item, Key, Op, Query, Slice, Unavailable, WriteError},
};

/// Wraps a table and keeps every item that was put, until it is taken. Clones share what they keep.
#[derive(Debug, Clone)]
pub struct Streaming<T> {
    inner: T,
    put: Arc<Mutex<Vec<Item>>>,
}

impl<T> Streaming<T> {
    /// Starts with nothing kept.
    pub fn new(inner: T) -> Self {
        Self { inner, put: Arc::default() }
    }

    /// The table itself.
    pub const fn inner(&self) -> &T {
        &self.inner
    }

    /// What was put since the last call.
    pub fn take(&self) -> Vec<Item> {
        std::mem::take(&mut *self.put.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn keep(&self, items: Vec<Item>) {
        self.put.lock().unwrap_or_else(PoisonError::into_inner).extend(items);
    }
}

fn puts(ops: &[Op]) -> Vec<Item> {
    let put = |op: &Op| match op {
        Op::Put { item, .. } => Some(item.clone()),
        Op::Update { .. } | Op::Delete { .. } | Op::Check { .. } => None,
    };
    ops.iter().filter_map(put).collect()
}

#[async_trait]
impl<T: Table> Table for Streaming<T> {
    async fn get(&self, key: &Key, consistent: bool) -> Result<Option<Item>, Unavailable> {
        self.inner.get(key, consistent).await
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Item>, Unavailable> {
        self.inner.get_many(keys).await
    }

    async fn query(&self, query: &Query) -> Result<Slice, Unavailable> {
        self.inner.query(query).await
    }

    async fn write(&self, op: Op) -> Result<Option<Item>, WriteError> {
        let put = puts(std::slice::from_ref(&op));
        let answer = self.inner.write(op).await?;
        self.keep(put);
        Ok(answer)
    }

    async fn transact(&self, ops: Vec<Op>) -> Result<(), WriteError> {
        let put = puts(&ops);
        self.inner.transact(ops).await?;
        self.keep(put);
        Ok(())
    }
}
