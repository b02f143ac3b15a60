//! The directory's tasks: imports, and the first program lead. Ids and counts go in and out of a state machine; names and
//! addresses never do.

mod bootstrap;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use directory::import::Importer;
use kernel::{Clock, ImportFiles};
use runtime::TaskError;
use serde::Deserialize;
use serde_json::Value;
use store::DirectoryStore;

use crate::tasks::imports;

/// Everything the directory's tasks work with.
#[derive(Clone)]
pub struct Ports {
    /// People, teams, workloads, jobs.
    pub store: DirectoryStore,
    /// Uploaded files.
    pub files: Arc<dyn ImportFiles>,
    /// The time the program lives by.
    pub clock: Arc<dyn Clock>,
}

impl Ports {
    const fn importer(&self) -> Importer<'_> {
        Importer::new(&self.store, &self.store)
    }
}

/// What may be called.
#[derive(Deserialize)]
#[serde(tag = "task", rename_all = "kebab-case", deny_unknown_fields)]
enum Task {
    ImportChunk(imports::Job),
    ImportFailed(imports::Job),
    BootstrapAdmin(bootstrap::FirstAdmin),
}

/// Runs the task a payload names.
///
/// # Errors
/// [`TaskError`] under one of the three names state machines know.
pub async fn run(ports: &Ports, payload: Value) -> Result<Value, TaskError> {
    // A payload may hold a name and an address: what is wrong with it is not said in its own words.
    let task = serde_json::from_value(payload);
    match task.map_err(|_| TaskError::permanent("the task's input is none that this function knows"))? {
        Task::ImportChunk(job) => imports::chunk(&ports.importer(), ports.files.as_ref(), ports.clock.now(), job).await,
        Task::ImportFailed(job) => imports::failed(&ports.importer(), ports.clock.now(), job).await,
        Task::BootstrapAdmin(person) => bootstrap::first_admin(ports, person).await,
    }
}
