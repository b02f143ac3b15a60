//! Answers to earlier requests, kept under their idempotency keys and written with the change they answer.

use std::sync::Arc;

use async_trait::async_trait;
use kernel::{Answers, Principal, StoreError, StoredAnswer};

use crate::{
    Table,
    commit::{ANSWER, AnswerBody, unavailable},
    item::body,
    keys::{self, System},
};

/// The answers of one system.
#[derive(Clone)]
pub struct AnswerStore {
    table: Arc<dyn Table>,
    system: System,
}

impl AnswerStore {
    /// Over a table.
    pub fn new(table: Arc<dyn Table>, system: System) -> Self {
        Self { table, system }
    }
}

#[async_trait]
impl Answers for AnswerStore {
    async fn answered(&self, by: &Principal, key: &str) -> Result<Option<(String, StoredAnswer)>, StoreError> {
        let key = keys::idempotency(self.system, by, key);
        let Some(item) = self.table.get(&key, true).await.map_err(unavailable)? else { return Ok(None) };
        let found: AnswerBody = body(&item, ANSWER)?;
        Ok(Some((found.payload_hash, found.answer)))
    }
}
