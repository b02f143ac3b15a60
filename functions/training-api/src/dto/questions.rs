//! Questions as their authors write and read them, key included. No other operation answers with these: learners are
//! shown the views of `attempts`.

use kernel::QuestionId;
use serde::{Deserialize, Serialize};
use training::assessment::{
    AnswerKey, AnswerText, Area, Choice, Draft, OptionId, OptionText, Question, QuestionKind, QuestionText,
};
use utoipa::{
    IntoParams, ToSchema,
    openapi::{Array, ArrayBuilder, ObjectBuilder, Schema, schema::SchemaType, schema::Type},
};

use super::{
    patterns::{ANSWER, AREA, IN_LINES, OPTION_ID},
    spellings, text,
};

spellings! {
    question_kind: QuestionKind;
}

pub(super) fn question_kind_schema() -> Schema {
    question_kind()
}

pub(super) fn area() -> Schema {
    text(Some(AREA), 1, 40).into()
}

fn question_text() -> Schema {
    text(Some(IN_LINES), 1, 2000).into()
}

fn optional_text() -> Schema {
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .max_length(Some(2000))
        .pattern(Some(IN_LINES))
        .into()
}

fn option_text() -> Schema {
    text(Some(IN_LINES), 1, 500).into()
}

fn option_id() -> Schema {
    text(Some(OPTION_ID), 1, 20).into()
}

fn option_ids() -> Array {
    ArrayBuilder::new().items(text(Some(OPTION_ID), 1, 20)).max_items(Some(10)).build()
}

fn answer_text() -> ObjectBuilder {
    text(Some(ANSWER), 1, 200)
}

fn accepted() -> Array {
    ArrayBuilder::new().items(answer_text()).max_items(Some(20)).build()
}

fn languages() -> Array {
    ArrayBuilder::new().items(text(Some("^[A-Za-z0-9._-]+$"), 1, 40)).max_items(Some(20)).build()
}

/// One option as its author writes it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AuthoredOption {
    /// Its code within the question; learners never see it.
    #[schema(schema_with = option_id)]
    id: OptionId,
    /// What it says.
    #[schema(schema_with = option_text)]
    text: OptionText,
}

/// A question as its author writes it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct QuestionDocument {
    /// The competency area that it is evidence of.
    #[schema(schema_with = area)]
    area: Area,
    /// How it is answered.
    #[schema(schema_with = question_kind)]
    kind: QuestionKind,
    /// What is asked.
    #[schema(schema_with = question_text)]
    text: QuestionText,
    /// What can be chosen: 2 to 10 options, none where it is answered in words.
    #[serde(default)]
    #[schema(max_items = 10)]
    options: Vec<AuthoredOption>,
    /// The codes of the right options; of an ordering all of them, in the right order.
    #[serde(default)]
    #[schema(schema_with = option_ids)]
    right: Vec<OptionId>,
    /// The texts that are accepted, whatever their case, accents and spacing; where it is answered in words.
    #[serde(default)]
    #[schema(schema_with = accepted)]
    accepted: Vec<AnswerText>,
    /// Why; shown to learners once they cannot try again.
    #[serde(default)]
    #[schema(schema_with = optional_text)]
    explanation: Option<QuestionText>,
    /// The languages it is written in, as BCP 47 tags.
    #[serde(default)]
    #[schema(schema_with = languages)]
    languages: Vec<String>,
    /// Whether it is drawn no more.
    #[serde(default)]
    pub(crate) retired: bool,
}

impl From<QuestionDocument> for Draft {
    fn from(document: QuestionDocument) -> Self {
        Self {
            area: document.area,
            kind: document.kind,
            text: document.text,
            options: document.options.into_iter().map(|AuthoredOption { id, text }| Choice { id, text }).collect(),
            key: AnswerKey { right: document.right, accepted: document.accepted },
            explanation: document.explanation,
            languages: document.languages,
        }
    }
}

/// A question of the bank with its key.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct QuestionView {
    #[schema(value_type = Uuid)]
    id: QuestionId,
    #[schema(value_type = String)]
    area: Area,
    #[schema(schema_with = question_kind)]
    kind: QuestionKind,
    #[schema(value_type = String)]
    text: QuestionText,
    options: Vec<AuthoredOption>,
    #[schema(value_type = Vec<String>)]
    right: Vec<OptionId>,
    #[schema(value_type = Vec<String>)]
    accepted: Vec<AnswerText>,
    #[schema(value_type = Option<String>)]
    explanation: Option<QuestionText>,
    languages: Vec<String>,
    retired: bool,
}

impl From<&Question> for QuestionView {
    fn from(question: &Question) -> Self {
        let draft = question.draft().clone();
        Self {
            id: question.id,
            area: draft.area,
            kind: draft.kind,
            text: draft.text,
            options: draft.options.into_iter().map(|Choice { id, text }| AuthoredOption { id, text }).collect(),
            right: draft.key.right,
            accepted: draft.key.accepted,
            explanation: draft.explanation,
            languages: draft.languages,
            retired: question.retired,
        }
    }
}

/// Which questions are listed.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct QuestionFilter {
    /// Of this competency area.
    #[serde(default)]
    #[param(value_type = Option<String>, pattern = "^[A-Za-z0-9._-]{1,40}$")]
    pub(crate) area: Option<Area>,
}
