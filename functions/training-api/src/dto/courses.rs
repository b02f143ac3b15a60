//! Courses and rosters.

use jiff::civil::Date;
use kernel::{CourseId, Day, PersonId};
use serde::{Deserialize, Serialize};
use training::model::{Course, CourseCode, CourseFormat, CourseProvider, CourseUrl, Title};
use utoipa::{
    ToSchema,
    openapi::{
        Array, ArrayBuilder, ObjectBuilder, Schema,
        schema::{SchemaType, Type},
    },
};

use super::{
    ids,
    patterns::{CODE, PRINTABLE, URL},
    roster, spellings, text,
};

spellings! {
    course_format: CourseFormat;
    course_provider: CourseProvider;
}

fn course_code() -> Schema {
    text(Some(CODE), 2, 40).into()
}

fn title() -> Schema {
    text(Some(PRINTABLE), 1, 200).into()
}

fn optional_url() -> Schema {
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .max_length(Some(500))
        .pattern(Some(URL))
        .into()
}

fn hours() -> Schema {
    ObjectBuilder::new().schema_type(Type::Number).minimum(Some(0.1)).maximum(Some(200.0)).into()
}

fn optional_months() -> Schema {
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::Integer, Type::Null]))
        .minimum(Some(1))
        .maximum(Some(120))
        .into()
}

fn tags() -> Array {
    ArrayBuilder::new().items(text(Some("^[A-Za-z0-9._-]+$"), 1, 40)).max_items(Some(20)).build()
}

fn prerequisites() -> Array {
    ids(20)
}

/// A course to be added to the catalogue.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewCourse {
    /// How files call it: unique, never changed, kept in lower case.
    #[schema(schema_with = course_code)]
    pub(crate) code: CourseCode,
    /// What it is called.
    #[schema(schema_with = title)]
    pub(crate) title: Title,
    /// What kind of learning it is.
    #[schema(schema_with = course_format)]
    pub(crate) format: CourseFormat,
    /// Who offers it.
    #[schema(schema_with = course_provider)]
    pub(crate) provider: CourseProvider,
    /// How long it takes.
    #[schema(schema_with = hours)]
    pub(crate) hours: f64,
    /// The competency areas it serves.
    #[serde(default)]
    #[schema(schema_with = tags)]
    pub(crate) competencies: Vec<String>,
    /// What must be done before; a cycle is refused.
    #[serde(default)]
    #[schema(schema_with = prerequisites)]
    pub(crate) prerequisites: Vec<CourseId>,
    /// For how many months a completion is valid; absent for ever.
    #[serde(default)]
    #[schema(schema_with = optional_months)]
    pub(crate) validity_months: Option<u16>,
    /// The languages it is given in, as BCP 47 tags.
    #[serde(default)]
    #[schema(schema_with = tags)]
    pub(crate) languages: Vec<String>,
    /// Where it is taken.
    #[serde(default)]
    #[schema(schema_with = optional_url)]
    pub(crate) url: Option<CourseUrl>,
}

/// What changes of a course: fields left out stay as they are.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct CourseChange {
    /// What it is called.
    #[schema(schema_with = title)]
    pub(crate) title: Option<Title>,
    /// What kind of learning it is.
    #[schema(schema_with = course_format)]
    pub(crate) format: Option<CourseFormat>,
    /// Who offers it.
    #[schema(schema_with = course_provider)]
    pub(crate) provider: Option<CourseProvider>,
    /// How long it takes.
    #[schema(schema_with = hours)]
    pub(crate) hours: Option<f64>,
    /// The competency areas it serves.
    #[schema(schema_with = tags)]
    pub(crate) competencies: Option<Vec<String>>,
    /// What must be done before; a cycle is refused.
    #[schema(schema_with = prerequisites)]
    pub(crate) prerequisites: Option<Vec<CourseId>>,
    /// For how many months a completion is valid; null for ever.
    #[serde(deserialize_with = "present")]
    #[schema(schema_with = optional_months)]
    pub(crate) validity_months: Option<Option<u16>>,
    /// The languages it is given in, as BCP 47 tags.
    #[schema(schema_with = tags)]
    pub(crate) languages: Option<Vec<String>>,
    /// Where it is taken; null for nowhere in particular.
    #[serde(deserialize_with = "present")]
    #[schema(schema_with = optional_url)]
    pub(crate) url: Option<Option<CourseUrl>>,
    /// True retires the course: it is asked of nobody any more. False takes that back.
    #[schema(value_type = bool)]
    pub(crate) retired: Option<bool>,
}

/// Tells a field that is null from one that is absent.
pub(super) fn present<'de, D: serde::Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

/// A course of the catalogue.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct CourseView {
    #[schema(value_type = Uuid)]
    id: CourseId,
    #[schema(value_type = String)]
    code: CourseCode,
    #[schema(value_type = String)]
    title: Title,
    #[schema(schema_with = course_format)]
    format: CourseFormat,
    #[schema(schema_with = course_provider)]
    provider: CourseProvider,
    hours: f64,
    competencies: Vec<String>,
    #[schema(value_type = Vec<Uuid>)]
    prerequisites: Vec<CourseId>,
    validity_months: Option<u16>,
    languages: Vec<String>,
    #[schema(value_type = Option<String>)]
    url: Option<CourseUrl>,
    /// Since when it is asked of nobody any more.
    #[schema(value_type = Option<String>, format = Date)]
    retired_on: Option<Date>,
}

impl From<&Course> for CourseView {
    fn from(course: &Course) -> Self {
        Self {
            id: course.id,
            code: course.code.clone(),
            title: course.title.clone(),
            format: course.format,
            provider: course.provider,
            hours: course.hours.hours(),
            competencies: course.competencies.clone(),
            prerequisites: course.prerequisites.clone(),
            validity_months: course.validity_months,
            languages: course.languages.clone(),
            url: course.url.clone(),
            retired_on: course.retired.map(|retired| retired.on),
        }
    }
}

/// Who was there.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Roster {
    /// The day.
    #[schema(value_type = String, format = Date)]
    pub(crate) date: Day,
    /// Who took part, 1 to 80 people, each once.
    #[schema(schema_with = roster)]
    pub(crate) people: Vec<PersonId>,
}

/// What came of a roster.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct RosterView {
    /// For whom a completion was recorded.
    #[schema(value_type = Vec<Uuid>)]
    pub(crate) recorded: Vec<PersonId>,
}
