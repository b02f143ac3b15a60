//! One module per system, and what their tasks share.

pub mod directory;
pub mod training;

use kernel::import::ImportError;
use runtime::TaskError;

/// Why an import stopped, under one of the names state machines know.
fn stopped(error: ImportError) -> TaskError {
    match error {
        ImportError::Store(error) => error.into(),
        error @ ImportError::Overtaken => TaskError::conflict(error.to_string()),
        error @ (ImportError::Kind | ImportError::Closed(_)) => TaskError::permanent(error.to_string()),
    }
}
