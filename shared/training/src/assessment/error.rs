//! What can be wrong with questions, assessments and attempts.

use jiff::Timestamp;
use kernel::{AssessmentId, AttemptId, ErrorKind, QuestionId};

use super::{Area, AssessmentCode, Fault};

/// Why something of an assessment is refused. Nothing is written then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The bank has no such question.
    #[error("question {0} is not in the bank")]
    UnknownQuestion(QuestionId),
    /// There is no such assessment.
    #[error("assessment {0} is not known")]
    UnknownAssessment(AssessmentId),
    /// The person has no such attempt.
    #[error("attempt {0} is not known")]
    UnknownAttempt(AttemptId),
    /// A question that cannot be asked.
    #[error("{0}")]
    Question(Fault),
    /// Terms that no test can have.
    #[error("{field}: expected {expected}")]
    Terms {
        /// Which field.
        field: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// Another assessment has the code.
    #[error("another assessment has this code")]
    CodeTaken,
    /// The area has as many questions as can be drawn from.
    #[error("area {} has as many questions as are drawn from", .0.as_str())]
    BankFull(Area),
    /// The bank has fewer questions of an area than a form asks for.
    #[error("the bank has too few questions of area {}", .0.as_str())]
    TooFewQuestions(Area),
    /// A test that people are asked to take cannot do without the question.
    #[error("test {} cannot do without the question", .0.as_str())]
    Needed(AssessmentCode),
    /// Nobody can start the assessment any more.
    #[error("assessment {0} is retired")]
    Retired(AssessmentId),
    /// An attempt of the person is still open.
    #[error("attempt {0} is open")]
    Open(AttemptId),
    /// The round is passed already.
    #[error("the assessment is passed")]
    Passed,
    /// Every attempt of the round was made.
    #[error("no attempt is left")]
    NoneLeft,
    /// The next attempt may start from this instant on.
    #[error("the next attempt may start at {0}")]
    TooSoon(Timestamp),
    /// The attempt was handed in before.
    #[error("attempt {0} was handed in before")]
    Submitted(AttemptId),
    /// The attempt's time is over.
    #[error("the time of attempt {0} is over")]
    Expired(AttemptId),
    /// An answer to a question that the form does not have.
    #[error("question {0} is not on the form")]
    ForeignAnswer(QuestionId),
    /// Two answers to one question.
    #[error("question {0} is answered twice")]
    AnsweredTwice(QuestionId),
    /// An answer that the question cannot have.
    #[error("question {question} is answered by {expected}")]
    NoAnswer {
        /// Which question.
        question: QuestionId,
        /// What it is answered by.
        expected: &'static str,
    },
}

impl Error {
    /// How a boundary should understand it.
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::UnknownQuestion(_) | Self::UnknownAssessment(_) | Self::UnknownAttempt(_) => ErrorKind::NotFound,
            Self::Question(_)
            | Self::Terms { .. }
            | Self::ForeignAnswer(_)
            | Self::AnsweredTwice(_)
            | Self::NoAnswer { .. } => ErrorKind::Invalid,
            Self::CodeTaken
            | Self::BankFull(_)
            | Self::TooFewQuestions(_)
            | Self::Needed(_)
            | Self::Retired(_)
            | Self::Open(_)
            | Self::Passed
            | Self::NoneLeft
            | Self::TooSoon(_)
            | Self::Submitted(_)
            | Self::Expired(_) => ErrorKind::Conflict,
        }
    }

    /// A stable name of the fact, for problem documents.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownQuestion(_) => "unknown_question",
            Self::UnknownAssessment(_) => "unknown_assessment",
            Self::UnknownAttempt(_) => "unknown_attempt",
            Self::Question(_) => "invalid_question",
            Self::Terms { .. } => "invalid_assessment",
            Self::CodeTaken => "assessment_code_taken",
            Self::BankFull(_) => "bank_full",
            Self::TooFewQuestions(_) => "too_few_questions",
            Self::Needed(_) => "question_needed",
            Self::Retired(_) => "assessment_retired",
            Self::Open(_) => "attempt_open",
            Self::Passed => "assessment_passed",
            Self::NoneLeft => "no_attempt_left",
            Self::TooSoon(_) => "attempt_too_soon",
            Self::Submitted(_) => "attempt_submitted",
            Self::Expired(_) => "attempt_expired",
            Self::ForeignAnswer(_) => "foreign_answer",
            Self::AnsweredTwice(_) => "answered_twice",
            Self::NoAnswer { .. } => "invalid_answer",
        }
    }
}
