//! Why feedback is not taken.

use kernel::{CompletionId, CourseId, ErrorKind};

/// Why feedback, or a note on it, is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The person has no such completion of the course that counts.
    #[error("completion {0} is no completion of the course that counts")]
    NotCompleted(CompletionId),
    /// There is feedback on this completion.
    #[error("there is feedback on completion {0}")]
    GivenBefore(CompletionId),
    /// The catalogue has no such course.
    #[error("course {0} is not in the catalogue")]
    UnknownCourse(CourseId),
}

impl Error {
    /// How a boundary should understand it.
    pub const fn kind(self) -> ErrorKind {
        match self {
            Self::NotCompleted(_) => ErrorKind::Invalid,
            Self::GivenBefore(_) => ErrorKind::Conflict,
            Self::UnknownCourse(_) => ErrorKind::NotFound,
        }
    }

    /// A stable name of the fact, for problem documents.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotCompleted(_) => "not_completed",
            Self::GivenBefore(_) => "feedback_given",
            Self::UnknownCourse(_) => "unknown_course",
        }
    }
}
