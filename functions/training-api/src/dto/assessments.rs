//! Assessments: how a test is drawn and taken.

use kernel::{AssessmentId, CourseId};
use serde::{Deserialize, Serialize};
use training::{
    assessment::{Area, Assessment, AssessmentCode, Attempt, Purpose, Section, Terms},
    model::{Percent, Title},
};
use utoipa::{
    ToSchema,
    openapi::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, schema::SchemaType, schema::Type},
};

use super::{
    patterns::{CODE, PRINTABLE},
    questions::area,
    spellings, text,
};

spellings! {
    purpose: Purpose;
}

pub(super) fn purpose_schema() -> Schema {
    purpose()
}

fn code() -> Schema {
    text(Some(CODE), 2, 40).into()
}

fn title() -> Schema {
    text(Some(PRINTABLE), 1, 200).into()
}

fn optional_id() -> Schema {
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
        .into()
}

fn whole(least: u16, most: u16) -> Schema {
    ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(least)).maximum(Some(most)).into()
}

fn pass_mark() -> Schema {
    whole(1, 100)
}

/// How many questions a form has of an area.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SectionView {
    /// The code of the area.
    #[schema(schema_with = area)]
    area: Area,
    /// How many questions; a form has at most 60.
    #[schema(minimum = 1, maximum = 60)]
    questions: u8,
}

/// How a test is drawn and taken.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AssessmentChange {
    /// What it is called.
    #[schema(schema_with = title)]
    title: Title,
    /// When it is taken.
    #[schema(schema_with = purpose)]
    purpose: Purpose,
    /// The course that it belongs to; for `pre` and `post_training`, and for no other. Passing the latter proves it.
    #[serde(default)]
    #[schema(schema_with = optional_id)]
    course_id: Option<CourseId>,
    /// What a form is drawn from, each area once.
    #[schema(min_items = 1, max_items = 10)]
    sections: Vec<SectionView>,
    /// The score, in percent, from which it is passed.
    #[schema(schema_with = pass_mark)]
    pass_mark: Percent,
    /// How many minutes there are.
    #[schema(minimum = 5, maximum = 240)]
    minutes: u16,
    /// How many attempts there are in a round: a quarter, a year, the round in which a course is asked, or ever. A
    /// round keeps what its first attempt found.
    #[schema(minimum = 1, maximum = 10)]
    attempts: u8,
    /// How many days lie between the starts of two attempts.
    #[serde(default)]
    #[schema(maximum = 365)]
    days_between: u16,
    /// True retires it: nobody can start it any more. False takes that back.
    #[serde(default)]
    retired: bool,
}

impl From<AssessmentChange> for Terms {
    fn from(change: AssessmentChange) -> Self {
        let sections = change.sections.into_iter();
        Self {
            title: change.title,
            purpose: change.purpose,
            course: change.course_id,
            sections: sections.map(|SectionView { area, questions }| Section { area, questions }).collect(),
            pass_mark: change.pass_mark,
            minutes: change.minutes,
            attempts: change.attempts,
            days_between: change.days_between,
            retired: change.retired,
        }
    }
}

/// An assessment to be added.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAssessment {
    /// What it is known by: unique, never changed, kept in lower case.
    #[schema(schema_with = code)]
    pub(crate) code: AssessmentCode,
    /// How it is drawn and taken.
    pub(crate) terms: AssessmentChange,
}

/// An assessment.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct AssessmentView {
    #[schema(value_type = Uuid)]
    id: AssessmentId,
    #[schema(value_type = String)]
    code: AssessmentCode,
    #[schema(value_type = String)]
    title: Title,
    #[schema(schema_with = purpose)]
    purpose: Purpose,
    #[schema(value_type = Option<Uuid>)]
    course_id: Option<CourseId>,
    sections: Vec<SectionView>,
    #[schema(value_type = u8)]
    pass_mark: Percent,
    minutes: u16,
    /// How many seconds after that answers are still taken, for the network.
    grace_seconds: i64,
    attempts: u8,
    days_between: u16,
    retired: bool,
}

impl From<&Assessment> for AssessmentView {
    fn from(assessment: &Assessment) -> Self {
        let terms = assessment.terms.clone();
        Self {
            id: assessment.id,
            code: assessment.code.clone(),
            title: terms.title,
            purpose: terms.purpose,
            course_id: terms.course,
            sections: terms
                .sections
                .into_iter()
                .map(|Section { area, questions }| SectionView { area, questions })
                .collect(),
            pass_mark: terms.pass_mark,
            minutes: terms.minutes,
            grace_seconds: Attempt::GRACE.as_secs(),
            attempts: terms.attempts,
            days_between: terms.days_between,
            retired: terms.retired,
        }
    }
}
