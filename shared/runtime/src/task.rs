//! What a task of a state machine says when it fails. State machines retry by name, so a task error has one of exactly
//! three names; anything else would match no `Retry` and no `Catch`.

use kernel::{ErrorKind, StoreError};
use lambda_runtime::Diagnostic;

/// How a state machine should treat a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskErrorKind {
    /// The same call may work later.
    Retryable,
    /// The same call fails always.
    Permanent,
    /// A race was lost; the same call will read what won.
    Conflict,
}

impl TaskErrorKind {
    /// Every kind.
    pub const ALL: &[Self] = &[Self::Retryable, Self::Permanent, Self::Conflict];

    /// The name in `ErrorEquals`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Retryable => "Task.Retryable",
            Self::Permanent => "Task.Permanent",
            Self::Conflict => "Task.Conflict",
        }
    }
}

/// A failed task: a name for the state machine and a text for whoever reads its history, without personal data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TaskError {
    kind: TaskErrorKind,
    message: String,
}

impl TaskError {
    /// May work later.
    pub fn retryable(message: impl Into<String>) -> Self {
        Self { kind: TaskErrorKind::Retryable, message: message.into() }
    }

    /// Will never work.
    pub fn permanent(message: impl Into<String>) -> Self {
        Self { kind: TaskErrorKind::Permanent, message: message.into() }
    }

    /// A lost race.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self { kind: TaskErrorKind::Conflict, message: message.into() }
    }

    /// A failure of a known kind.
    pub fn of(kind: ErrorKind, message: impl Into<String>) -> Self {
        match kind {
            ErrorKind::Unavailable => Self::retryable(message),
            ErrorKind::Conflict => Self::conflict(message),
            ErrorKind::Invalid | ErrorKind::NotFound | ErrorKind::Forbidden | ErrorKind::Internal => {
                Self::permanent(message)
            }
        }
    }

    /// How a state machine should treat it.
    pub const fn kind(&self) -> TaskErrorKind {
        self.kind
    }
}

impl From<StoreError> for TaskError {
    fn from(error: StoreError) -> Self {
        tracing::warn!(error = crate::logs::chain(&error), "the store refused a task");
        match error {
            // The key of an unreadable item may hold an address: it stays in the log of the store.
            StoreError::Unreadable(_) => Self::permanent("a stored item is unreadable"),
            error => Self::of(error.kind(), error.to_string()),
        }
    }
}

impl From<TaskError> for Diagnostic {
    fn from(error: TaskError) -> Self {
        Self { error_type: error.kind.name().to_owned(), error_message: error.message }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_machine_sees_one_of_three_names() {
        let of = |error: StoreError| Diagnostic::from(TaskError::from(error)).error_type;
        assert_eq!(of(StoreError::Unavailable("throttled".into())), "Task.Retryable");
        assert_eq!(of(StoreError::Conflict), "Task.Conflict");
        assert_eq!(of(StoreError::TooLarge(101)), "Task.Permanent");
        assert_eq!(of(StoreError::Unreadable("DIR#X".to_owned())), "Task.Permanent");
    }
}
