//! Attempts as the person who takes them sees them: forms without keys, scores, and, once nothing of it helps in a further
//! attempt, of each question whether it was answered rightly and why; never what would have been right.

use jiff::Timestamp;
use kernel::{AssessmentId, AttemptId, CourseId, QuestionId};
use serde::{Deserialize, Serialize};
use training::assessment::{
    Answer, AnswerText, Area, Attempt, AttemptState, FormOption, FormQuestion, OptionText, Purpose, Question,
    QuestionKind, QuestionText, Response, form, usecases::Taken,
};
use utoipa::{
    ToSchema,
    openapi::{ObjectBuilder, Schema, schema::SchemaType, schema::Type},
};

use super::{assessments::purpose_schema, patterns::ANSWER, questions::question_kind_schema, spellings};

spellings! {
    attempt_state: AttemptState;
}

fn optional_answer() -> Schema {
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .max_length(Some(200))
        .pattern(Some(ANSWER))
        .into()
}

/// Which assessment is started.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAttempt {
    /// Which assessment.
    #[schema(value_type = Uuid)]
    pub(crate) assessment_id: AssessmentId,
}

/// The answer to one question: by options or in words, never both.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAnswer {
    /// Which question of the form.
    #[schema(value_type = Uuid)]
    question_id: QuestionId,
    /// The numbers of the chosen options on this form; of an ordering all of them, in order. None: not answered.
    #[serde(default)]
    #[schema(max_items = 10)]
    options: Option<Vec<u8>>,
    /// The answer in words.
    #[serde(default)]
    #[schema(schema_with = optional_answer)]
    text: Option<AnswerText>,
}

/// The answers of an attempt. What is left out is not answered, and wrong.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSubmission {
    /// The answers, each question once.
    #[schema(max_items = 60)]
    pub(crate) answers: Vec<NewAnswer>,
}

impl NewAnswer {
    /// The answer, where it is one and not two or none.
    pub(crate) fn read(self) -> Option<Answer> {
        let response = match (self.options, self.text) {
            (Some(options), None) => Response::Options(options),
            (None, Some(text)) => Response::Text(text),
            (Some(_), Some(_)) | (None, None) => return None,
        };
        Some(Answer { question: self.question_id, response })
    }
}

/// An option of a form.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct FormOptionView {
    /// Its number on this form, by which it is chosen. Another attempt numbers otherwise.
    number: u8,
    #[schema(value_type = String)]
    text: OptionText,
}

impl From<FormOption> for FormOptionView {
    fn from(FormOption { number, text }: FormOption) -> Self {
        Self { number, text }
    }
}

/// A question of a form.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct FormQuestionView {
    /// Its number on the form.
    number: u8,
    #[schema(value_type = Uuid)]
    question_id: QuestionId,
    #[schema(value_type = String)]
    area: Area,
    #[schema(schema_with = question_kind_schema)]
    kind: QuestionKind,
    #[schema(value_type = String)]
    text: QuestionText,
    options: Vec<FormOptionView>,
}

impl From<FormQuestion> for FormQuestionView {
    fn from(question: FormQuestion) -> Self {
        Self {
            number: question.number,
            question_id: question.question,
            area: question.area,
            kind: question.kind,
            text: question.text,
            options: question.options.into_iter().map(FormOptionView::from).collect(),
        }
    }
}

/// What was reached in an area.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct AreaScoreView {
    #[schema(value_type = String)]
    area: Area,
    /// By how many questions.
    questions: u8,
    /// From 0 to 100, with one decimal.
    score: f64,
}

/// What came of a question.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct AnsweredView {
    #[schema(value_type = Uuid)]
    question_id: QuestionId,
    /// Whether it was answered rightly and wholly.
    right: bool,
    /// Why what is right is right.
    #[schema(value_type = Option<String>)]
    explanation: Option<QuestionText>,
}

/// What came of an attempt that was handed in.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ResultView {
    /// When it was handed in.
    #[schema(value_type = String, format = DateTime)]
    submitted_at: Timestamp,
    /// From 0 to 100, with one decimal.
    score: f64,
    passed: bool,
    areas: Vec<AreaScoreView>,
}

/// An attempt of a person.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct AttemptView {
    #[schema(value_type = Uuid)]
    id: AttemptId,
    #[schema(value_type = Uuid)]
    assessment_id: AssessmentId,
    #[schema(schema_with = purpose_schema)]
    purpose: Purpose,
    #[schema(value_type = Option<Uuid>)]
    course_id: Option<CourseId>,
    #[schema(schema_with = attempt_state)]
    state: AttemptState,
    /// Which attempt of its round it is.
    number: u8,
    /// How many there are in the round.
    attempts: u8,
    #[schema(value_type = String, format = DateTime)]
    started_at: Timestamp,
    /// Until when it can be handed in.
    #[schema(value_type = String, format = DateTime)]
    deadline: Timestamp,
    /// What came of it; null until it is handed in.
    result: Option<ResultView>,
}

fn score(tenths: u16) -> f64 {
    f64::from(tenths) / 10.0
}

impl AttemptView {
    /// An attempt as it stands at an instant.
    pub(crate) fn of(attempt: &Attempt, at: Timestamp) -> Self {
        let result = attempt.submission.as_ref().map(|submission| ResultView {
            submitted_at: submission.at,
            score: score(submission.outcome.score_tenths),
            passed: submission.outcome.passed,
            areas: (submission.outcome.areas.iter())
                .map(|reached| AreaScoreView {
                    area: reached.area.clone(),
                    questions: reached.questions,
                    score: score(reached.score_tenths),
                })
                .collect(),
        });
        Self {
            id: attempt.id,
            assessment_id: attempt.assessment,
            purpose: attempt.purpose,
            course_id: attempt.course,
            state: attempt.state(at),
            number: attempt.number,
            attempts: attempt.allowed,
            started_at: attempt.started_at,
            deadline: attempt.deadline,
            result,
        }
    }
}

/// An attempt with its form, or with what came of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct TakenView {
    /// Where it stands.
    attempt: AttemptView,
    /// The form, while it can be handed in; null otherwise.
    form: Option<Vec<FormQuestionView>>,
    /// How many more attempts there are in its round: none once it is passed, or its quarter or year is over.
    attempts_left: u8,
    /// What came of each question, in the form's order; null until it is handed in and its round is over: passed, its
    /// quarter or year over, or no attempt left, and none open. Of a test before a course also while the round of the test
    /// after it is not over.
    answered: Option<Vec<AnsweredView>>,
}

impl TakenView {
    /// An attempt as it stands at an instant.
    pub(crate) fn of(taken: &Taken, at: Timestamp) -> Self {
        let Taken { attempt, questions, left, over } = taken;
        let shown = || form(questions, attempt.seed).into_iter().map(FormQuestionView::from).collect();
        let told = |(question, right): (&Question, &bool)| AnsweredView {
            question_id: question.id,
            right: *right,
            explanation: question.draft().explanation.clone(),
        };
        let outcome = attempt.outcome().filter(|_| *over);
        let answered = outcome.map(|outcome| questions.iter().zip(&outcome.right).map(told).collect());
        Self {
            attempt: AttemptView::of(attempt, at),
            form: (attempt.state(at) == AttemptState::Open).then(shown),
            attempts_left: *left,
            answered,
        }
    }
}
