//! What this room asks of a store, and what it has written.

use async_trait::async_trait;
use kernel::{AssessmentId, AttemptId, Limit, Page, PersonId, Position, QuestionId, Version};

use super::{Area, Assessment, Attempt, Pin, Question, Tries};
use crate::{competency::Profile, model::Learner, ports::Stored};

/// Something that is held on a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// An attempt.
    Attempt(AttemptId),
    /// What guards the attempts at an assessment.
    Tries(AssessmentId),
}

/// What the start of an attempt rests on, beside the bank and the round of a course.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Opening {
    /// The assessment as it is now.
    pub assessment: Option<Assessment>,
    /// The person's attempts at it in the latest round.
    pub tries: Option<Tries>,
    /// What the person was judged in.
    pub profile: Option<Profile>,
    /// The head of the person's file.
    pub head: Option<Learner>,
}

/// Reads the bank, assessments and attempts. Each answer is one request; what a decision rests on is read as last
/// written.
#[async_trait]
pub trait AssessmentReader: Send + Sync {
    /// A question as it is now.
    async fn question(&self, question: QuestionId) -> Stored<Option<Question>>;
    /// Questions by area and age, retired ones too, as a page.
    async fn questions(&self, area: Option<&Area>, limit: Limit, after: Option<&Position>) -> Stored<Page<Question>>;
    /// What can be drawn of an area, at most [`Question::MOST_OF_AN_AREA`].
    async fn bank(&self, area: &Area) -> Stored<Vec<Pin>>;
    /// These versions of questions (at most 100), in this order; one that is missing is an error.
    async fn pinned(&self, pins: &[Pin]) -> Stored<Vec<Question>>;
    /// An assessment as it is now.
    async fn assessment(&self, assessment: AssessmentId) -> Stored<Option<Assessment>>;
    /// Assessments by code, as a page.
    async fn assessments(&self, limit: Limit, after: Option<&Position>) -> Stored<Page<Assessment>>;
    /// What the start of an attempt of a person rests on.
    async fn opening(&self, person: PersonId, assessment: AssessmentId) -> Stored<Opening>;
    /// A person's attempts at an assessment in the latest round.
    async fn tries(&self, person: PersonId, assessment: AssessmentId) -> Stored<Option<Tries>>;
    /// Some attempts of a person (at most 100), in this order; those that do not exist are left out.
    async fn some_attempts(&self, person: PersonId, attempts: &[AttemptId]) -> Stored<Vec<Attempt>>;
    /// A person's attempts, latest first, as a page.
    async fn attempts(&self, person: PersonId, limit: Limit, after: Option<&Position>) -> Stored<Page<Attempt>>;
    /// Some of what is held on a person; nothing when nothing is.
    async fn held(&self, person: PersonId) -> Stored<Vec<Held>>;
}

/// One write. `before` is the version that was read ([`Version::ABSENT`]: there must be none yet).
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// A question: as it is now, as this version of it, and among what can be drawn unless it is retired.
    Question {
        /// The version that was read.
        before: Version,
        /// The area it was in, where that was another.
        left: Option<Area>,
        /// The question.
        question: Box<Question>,
    },
    /// An assessment; what people are asked to take stands in the catalogue as well, and leaves it with that.
    Assessment {
        /// The version that was read.
        before: Version,
        /// The assessment.
        assessment: Box<Assessment>,
    },
    /// What guards the attempts at an assessment.
    Tries {
        /// The version that was read.
        before: Version,
        /// The attempts.
        tries: Tries,
    },
    /// An attempt.
    Attempt {
        /// The version that was read.
        before: Version,
        /// The attempt.
        attempt: Box<Attempt>,
    },
    /// Something that is held on a person is forgotten; nothing happens when it is not there.
    Forget {
        /// Whose.
        person: PersonId,
        /// What.
        held: Held,
    },
}
