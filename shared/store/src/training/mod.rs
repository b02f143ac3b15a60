//! Training's items: a learner's file (head, assignments, completions, exemptions), the catalogue, boxes and their
//! lines, the list of checks, runs, import jobs and settings versions; and what training asks of the directory.
//!
//! A file is one partition, read by one query and guarded by its head's version: every other item of it is written only
//! together with the head, so that its own write needs no condition.

mod items;
mod read;
mod roster;
#[cfg(test)]
mod tests;
mod write;

use std::sync::Arc;

use kernel::{Principal, StoreError, StoredAnswer};

use crate::{DirectoryStore, Table, answers::AnswerStore, keys::System};

/// Training in a table.
#[derive(Clone)]
pub struct TrainingStore {
    table: Arc<dyn Table>,
    directory: DirectoryStore,
}

impl TrainingStore {
    /// Training in this table.
    pub fn new(table: Arc<dyn Table>) -> Self {
        Self { directory: DirectoryStore::new(table.clone()), table }
    }

    /// The payload hash and the answer kept for a caller under an idempotency key.
    ///
    /// # Errors
    /// [`StoreError`] when it could not be read.
    pub async fn answered(&self, by: &Principal, key: &str) -> Result<Option<(String, StoredAnswer)>, StoreError> {
        AnswerStore::new(self.table.clone(), System::Training).answered(by, key).await
    }
}
