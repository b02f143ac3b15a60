//! What this room asks of a store, and what it has written.

use std::collections::BTreeMap;

use async_trait::async_trait;
use kernel::{CompletionId, CourseId, Limit, PersonId, Version};

use super::{CourseNotes, Feedback, Sums};
use crate::ports::Stored;

/// Reads what is known of courses' effect.
#[async_trait]
pub trait EffectivenessReader: Send + Sync {
    /// What was counted for every course, by one query.
    async fn all_sums(&self) -> Stored<BTreeMap<CourseId, Sums>>;
    /// What was counted for a course, by one request.
    async fn sums(&self, course: CourseId) -> Stored<Sums>;
    /// All feedback that a person gave.
    async fn feedback(&self, person: PersonId) -> Stored<Vec<Feedback>>;
    /// The latest feedback on a course, latest first.
    async fn latest(&self, course: CourseId, limit: Limit) -> Stored<Vec<Feedback>>;
    /// What was done about the feedback on a course.
    async fn notes(&self, course: CourseId) -> Stored<Option<CourseNotes>>;
}

/// One write.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// New feedback: there must be none on the completion. It is counted with the write.
    Feedback {
        /// The version of the person's file in which the completion was read. It must still be that one, so that nothing
        /// is said by somebody who was forgotten meanwhile.
        file: Version,
        /// The feedback.
        feedback: Box<Feedback>,
    },
    /// Feedback is forgotten; what was counted stays. Nothing happens when it is not there.
    Forget {
        /// Whose.
        person: PersonId,
        /// On which course.
        course: CourseId,
        /// On which completion of it.
        completion: CompletionId,
    },
    /// The notes on a course.
    Notes {
        /// The version that was read ([`Version::ABSENT`]: there must be none yet).
        before: Version,
        /// The notes, with the version after it.
        notes: CourseNotes,
    },
    /// Adds to what is counted for a course, whatever was counted before: whatever it is written with makes sure that it
    /// is added once.
    Count {
        /// Which course.
        course: CourseId,
        /// What is added.
        sums: Sums,
    },
}
