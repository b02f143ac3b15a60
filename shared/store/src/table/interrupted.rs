//! For tests of reads that are no snapshots: a table that somebody else writes to while a query runs.

use std::sync::Mutex;

use async_trait::async_trait;

use super::{Item, Key, MemoryTable, Op, Query, Slice, Table, Unavailable, WriteError};

/// A table whose queries give one item at a time; after one of them something is written, once.
pub(crate) struct Interrupted {
    table: MemoryTable,
    /// What is written after each item to come, the next one last.
    between: Mutex<Vec<Vec<Op>>>,
}

impl Interrupted {
    /// Writes `ops` when `after` more items than one were read.
    pub(crate) fn new(table: MemoryTable, after: usize, ops: Vec<Op>) -> Self {
        let mut between = vec![ops];
        between.extend(vec![Vec::new(); after]);
        Self { table, between: Mutex::new(between) }
    }
}

#[async_trait]
impl Table for Interrupted {
    async fn get(&self, key: &Key, consistent: bool) -> Result<Option<Item>, Unavailable> {
        self.table.get(key, consistent).await
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Item>, Unavailable> {
        self.table.get_many(keys).await
    }

    async fn query(&self, query: &Query) -> Result<Slice, Unavailable> {
        let slice = self.table.query(&query.clone().limit(1)).await?;
        let ops = self.between.lock().unwrap().pop();
        self.table.transact(ops.unwrap_or_default()).await.unwrap();
        Ok(slice)
    }

    async fn write(&self, op: Op) -> Result<Option<Item>, WriteError> {
        self.table.write(op).await
    }

    async fn transact(&self, ops: Vec<Op>) -> Result<(), WriteError> {
        self.table.transact(ops).await
    }
}
