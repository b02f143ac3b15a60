//! Keys of the question bank, of assessments and of people's attempts.

use kernel::{AssessmentId, AttemptId, PersonId, QuestionId, text::fold};

use crate::table::Key;

/// `TRAIN#QUESTION#<question>` / `NOW`: a question as it is now.
pub fn question(question: QuestionId) -> Key {
    Key::new(question_partition(question), "NOW")
}

/// `TRAIN#QUESTION#<question>` / `V#<version>`: a version of it, which forms pin.
pub fn question_version(question: QuestionId, version: u64) -> Key {
    Key::new(question_partition(question), format!("V#{version:08}"))
}

fn question_partition(question: QuestionId) -> String {
    format!("TRAIN#QUESTION#{question}")
}

/// `TRAIN#QUESTIONS` in the list index.
pub const QUESTIONS: &str = "TRAIN#QUESTIONS";

/// `<area>#<question>`: a position among questions.
pub fn question_position(area: &str, question: QuestionId) -> String {
    format!("{}{question}", question_positions(area))
}

/// `<area>#`: what the positions of an area's questions begin with.
pub fn question_positions(area: &str) -> String {
    format!("{area}#")
}

/// `TRAIN#BANK#<area>`: what can be drawn of an area.
pub fn drawable_questions(area: &str) -> String {
    format!("TRAIN#BANK#{area}")
}

/// `TRAIN#BANK#<area>` / `<question>`.
pub fn drawable(area: &str, question: QuestionId) -> Key {
    Key::new(drawable_questions(area), question.to_string())
}

/// `TRAIN#ASSESSMENT#<assessment>` / `NOW`.
pub fn assessment(assessment: AssessmentId) -> Key {
    Key::new(format!("TRAIN#ASSESSMENT#{assessment}"), "NOW")
}

/// `TRAIN#CATALOGUE` / `TEST#<assessment>`: the same, while people are asked to take it; read with the catalogue.
pub fn asked_assessment(assessment: AssessmentId) -> Key {
    Key::new(super::CATALOGUE, format!("TEST#{assessment}"))
}

/// `TRAIN#ASSESSMENTS` in the list index.
pub const ASSESSMENTS: &str = "TRAIN#ASSESSMENTS";

/// `TRAIN#ASSESSMENTCODE#<folded code>` / `CODE`.
pub fn assessment_code(code: &str) -> Key {
    Key::new(format!("TRAIN#ASSESSMENTCODE#{}", fold(code)), "CODE")
}

/// `TRAIN#ATTEMPTS#<person>`: a person's attempts, and what guards them.
pub fn attempts_of(person: PersonId) -> String {
    format!("TRAIN#ATTEMPTS#{person}")
}

/// What the positions of attempts begin with.
pub const ATTEMPT: &str = "ATTEMPT#";
/// What the positions of guards begin with.
pub const TRIES: &str = "ROUND#";

/// `TRAIN#ATTEMPTS#<person>` / `ATTEMPT#<attempt>`.
pub fn attempt(person: PersonId, attempt: AttemptId) -> Key {
    Key::new(attempts_of(person), format!("{ATTEMPT}{attempt}"))
}

/// `TRAIN#ATTEMPTS#<person>` / `ROUND#<assessment>`: the attempts of the latest round, which guards the next one.
pub fn tries(person: PersonId, assessment: AssessmentId) -> Key {
    Key::new(attempts_of(person), format!("{TRIES}{assessment}"))
}
