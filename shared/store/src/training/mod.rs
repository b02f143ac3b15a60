//! Training's items: a learner's file (head, assignments, completions, exemptions), the catalogue, boxes and their
//! lines, the list of checks, runs, import jobs and settings versions; and what training asks of the directory.
//!
//! A file is one partition, read by one query and guarded by its head's version: every other item of it is written only
//! together with the head, so that its own write needs no condition.

mod assessment;
mod competency;
pub(crate) mod effectiveness;
mod figures;
mod guidance;
mod items;
mod read;
mod roster;
mod sessions;
#[cfg(test)]
mod tests;
mod write;

use std::sync::Arc;

use crate::{DirectoryStore, Table};

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
}
