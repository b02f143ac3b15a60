//! The directory's items: people with their access facts, unique addresses and identities, search entries and
//! memberships; teams, workloads and import jobs.
//!
//! A person is several items that are only ever written together. The access item is the exception that proves it: it is
//! changed in place, since its counters (`reports`) and sets (`leads`) are moved by changes to other people and teams.

mod export;
mod identity;
mod items;
mod listing;
mod ops;
mod read;
#[cfg(test)]
mod tests;
mod write;

use std::sync::Arc;

use crate::Table;

/// The directory in a table.
#[derive(Clone)]
pub struct DirectoryStore {
    table: Arc<dyn Table>,
}

impl DirectoryStore {
    /// The directory in this table.
    pub fn new(table: Arc<dyn Table>) -> Self {
        Self { table }
    }
}
