//! Assessments: a versioned bank of questions, the blueprints that say how a test is drawn from it, and people's
//! attempts, scored here. Which questions a form has, and in which order they and their options stand, follows from the
//! bank, the blueprint and a seed that is kept with the attempt and shown to nobody. The question versions of a form are
//! pinned, so that a change of the bank never changes a test that somebody is taking.
//!
//! What is right stands in [`AnswerKey`], which has no serialised form: learners are shown [`FormQuestion`]s, whose
//! options are numbered anew in every attempt. Authors alone read keys, by a route of their own.

pub mod asking;
mod attempt;
mod blueprint;
mod error;
mod form;
pub mod ports;
mod question;
#[cfg(test)]
pub(crate) mod samples;
mod score;
#[cfg(test)]
mod tests;
pub mod usecases;

pub(crate) use attempt::may_start;
pub use attempt::{Attempt, AttemptState, Round, Submission, Tries, paired};
pub use blueprint::{Assessment, AssessmentCode, Purpose, Section, Terms};
pub use error::Error;
pub use form::{FormOption, FormQuestion, Pin, Seed, draw, form};
pub use ports::{AssessmentReader, Held, Opening, Write};
pub use question::{
    AnswerKey, AnswerText, Area, Choice, Content, Draft, Fault, OptionId, OptionText, Question, QuestionKind,
    QuestionText,
};
pub use score::{Answer, AreaScore, Outcome, Response, judge};
