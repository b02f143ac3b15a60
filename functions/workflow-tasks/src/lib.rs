//! Tasks of the state machines. The artifact is deployed once per system, each with its own role; which tasks may be
//! called is settled by the system it works for. Every task is safe to run twice.

pub mod tasks;
pub mod wiring;

use runtime::TaskError;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Reads what a task was called with.
///
/// # Errors
/// `Task.Permanent` when it does not fit: calling again would not help.
pub fn input<T: DeserializeOwned>(payload: Value) -> Result<T, TaskError> {
    serde_json::from_value(payload).map_err(|error| TaskError::permanent(format!("the task's input: {error}")))
}
