//! Articles of the guidance library and what people say of them.

use std::collections::BTreeSet;

use jiff::{civil::Date, tz::TimeZone};
use kernel::{ArticleId, CourseId, Version, WorkloadId};
use serde::{Deserialize, Serialize, de::Error as _};
use training::{
    guidance::{
        Article, ArticleCode, ArticleFacts, ArticleState, Body, Comment, Counts, Feedback, Requirement, Summary,
        Technology, Template, TemplateKind, Tier, Verdict, render, search::Hit,
    },
    model::{CompetencyArea, CourseUrl, LanguageTag, Title},
};
use utoipa::{
    IntoParams, ToSchema,
    openapi::{
        Array, ArrayBuilder, ObjectBuilder, Schema,
        schema::{SchemaType, Type},
    },
};

use super::{
    ids,
    patterns::{AREA, ARTICLE_CODE, LANGUAGE, LINES, MARKDOWN, PRINTABLE, URL},
    spellings, text,
};

spellings! {
    article_state: ArticleState;
    template_kind: TemplateKind;
}

fn article_code() -> Schema {
    text(Some(ARTICLE_CODE), 2, 60).into()
}

fn article_title() -> Schema {
    text(Some(PRINTABLE), 1, 200).into()
}

fn sentence() -> Schema {
    text(Some(PRINTABLE), 1, 300).into()
}

fn markdown() -> Schema {
    text(Some(MARKDOWN), 1, Body::LONGEST).into()
}

fn area() -> Schema {
    text(Some(AREA), 1, 40).into()
}

fn tiers() -> Array {
    let tier = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(3));
    ArrayBuilder::new().items(tier).max_items(Some(3)).build()
}

fn technologies() -> Array {
    let most = ArticleFacts::MOST_TECHNOLOGIES;
    ArrayBuilder::new().items(text(Some("^[A-Za-z0-9-]+$"), 1, 40)).max_items(Some(most)).build()
}

fn article_courses() -> Array {
    ids(ArticleFacts::MOST_COURSES)
}

fn language() -> Schema {
    text(Some(LANGUAGE), 2, 35).into()
}

fn template_url() -> Schema {
    text(Some(URL), 9, 500).into()
}

fn optional_comment() -> Schema {
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .min_length(Some(1))
        .max_length(Some(1000))
        .pattern(Some(LINES))
        .into()
}

/// Something to start from.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TemplateLink {
    /// What it is made for.
    #[schema(schema_with = template_kind)]
    kind: TemplateKind,
    /// Where it is.
    #[schema(schema_with = template_url)]
    url: CourseUrl,
}

/// An article as it is written, whole.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ArticleDocument {
    /// Its natural key: unique, never changed, kept in lower case.
    #[schema(schema_with = article_code)]
    pub(crate) code: ArticleCode,
    /// What it is called.
    #[schema(schema_with = article_title)]
    title: Title,
    /// What it says, in a sentence or two.
    #[schema(schema_with = sentence)]
    summary: Summary,
    /// What it says, in Markdown: CommonMark with tables and strikethrough, at most 65,536 bytes. HTML in it is shown
    /// as text; links lead to `https:`, `mailto:` or, as `#name`, to a heading.
    #[schema(schema_with = markdown)]
    body: Body,
    /// The competency area it belongs to.
    #[schema(schema_with = area)]
    area: CompetencyArea,
    /// The requirement it answers.
    #[schema(schema_with = sentence)]
    requirement: Requirement,
    /// For workloads of these tiers; of all tiers where empty.
    #[serde(default)]
    #[schema(schema_with = tiers)]
    tiers: BTreeSet<Tier>,
    /// For workloads with one of these tags; for all where empty. Upper case is folded.
    #[serde(default)]
    #[schema(schema_with = technologies)]
    technologies: BTreeSet<Technology>,
    /// What to start from instead of writing it.
    #[serde(default)]
    #[schema(max_items = 10)]
    templates: Vec<TemplateLink>,
    /// Courses of the catalogue that teach it.
    #[serde(default)]
    #[schema(schema_with = article_courses)]
    course_ids: BTreeSet<CourseId>,
    /// The language it is written in.
    #[schema(schema_with = language)]
    language: LanguageTag,
}

impl ArticleDocument {
    /// The code, and everything that can change.
    pub(crate) fn parts(self) -> (ArticleCode, ArticleFacts) {
        let facts = ArticleFacts {
            title: self.title,
            summary: self.summary,
            body: self.body,
            area: self.area,
            requirement: self.requirement,
            tiers: self.tiers,
            technologies: self.technologies,
            templates: self.templates.into_iter().map(|it| Template { kind: it.kind, url: it.url }).collect(),
            courses: self.course_ids,
            language: self.language,
        };
        (self.code, facts)
    }
}

/// The state an article is to have.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewArticleState {
    /// `published` shows the latest version to everybody; `retired` shows none; `draft` takes it back.
    #[schema(schema_with = article_state)]
    pub(crate) state: ArticleState,
}

/// What an article is, without its text.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ArticleFactsView {
    #[schema(value_type = Uuid)]
    id: ArticleId,
    #[schema(value_type = String)]
    code: ArticleCode,
    #[schema(value_type = String)]
    title: Title,
    #[schema(value_type = String)]
    summary: Summary,
    #[schema(value_type = String)]
    area: CompetencyArea,
    #[schema(value_type = String)]
    requirement: Requirement,
    #[schema(schema_with = tiers)]
    tiers: BTreeSet<Tier>,
    #[schema(value_type = Vec<String>)]
    technologies: BTreeSet<Technology>,
    templates: Vec<TemplateLink>,
    #[schema(value_type = Vec<Uuid>)]
    course_ids: BTreeSet<CourseId>,
    #[schema(value_type = String)]
    language: LanguageTag,
    /// The state of this version.
    #[schema(schema_with = article_state)]
    state: ArticleState,
    /// Which version this is.
    #[schema(value_type = u64)]
    version: Version,
    /// The version that everybody read when this one was made, or reads now where this is the latest.
    #[schema(value_type = Option<u64>)]
    published_version: Option<Version>,
    /// The day (UTC) on which this version was made.
    #[schema(value_type = String, format = Date)]
    changed_on: Date,
}

impl From<&Article> for ArticleFactsView {
    fn from(article: &Article) -> Self {
        let facts = article.facts.clone();
        Self {
            id: article.id,
            code: article.code.clone(),
            title: facts.title,
            summary: facts.summary,
            area: facts.area,
            requirement: facts.requirement,
            tiers: facts.tiers,
            technologies: facts.technologies,
            templates: facts.templates.into_iter().map(|it| TemplateLink { kind: it.kind, url: it.url }).collect(),
            course_ids: facts.courses,
            language: facts.language,
            state: article.state,
            version: article.version,
            published_version: article.published(),
            changed_on: article.changed_on,
        }
    }
}

/// An article, to be read.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ArticleView {
    #[serde(flatten)]
    facts: ArticleFactsView,
    /// The text, in Markdown.
    body: String,
    /// The text as HTML that is safe to put into a page: no script, no style, no form; ids begin with `section-`.
    html: String,
    /// How many people found it helpful, over all versions.
    helpful: u32,
    /// How many did not.
    not_helpful: u32,
}

impl ArticleView {
    /// An article and what people think of it.
    pub(crate) fn of(article: &Article, counts: Counts) -> Self {
        let body = article.facts.body.as_str();
        Self {
            facts: article.into(),
            body: body.to_owned(),
            html: render(body).html,
            helpful: counts.helpful,
            not_helpful: counts.not_helpful,
        }
    }
}

/// An article as a listing shows it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ArticleEntryView {
    #[schema(value_type = Uuid)]
    id: ArticleId,
    #[schema(value_type = String)]
    code: ArticleCode,
    #[schema(value_type = String)]
    title: Title,
    #[schema(value_type = String)]
    summary: Summary,
    #[schema(value_type = String)]
    area: CompetencyArea,
    #[schema(value_type = String)]
    requirement: Requirement,
    #[schema(schema_with = tiers)]
    tiers: BTreeSet<Tier>,
    #[schema(value_type = Vec<String>)]
    technologies: BTreeSet<Technology>,
    #[schema(value_type = String)]
    language: LanguageTag,
    /// The version that is shown.
    #[schema(value_type = u64)]
    version: Version,
}

impl From<Hit<'_>> for ArticleEntryView {
    fn from(hit: Hit<'_>) -> Self {
        let listed = hit.listed.clone();
        Self {
            id: hit.entry.id,
            code: hit.entry.code.clone(),
            title: listed.title,
            summary: listed.summary,
            area: listed.area,
            requirement: listed.requirement,
            tiers: listed.tiers,
            technologies: listed.technologies,
            language: listed.language,
            version: listed.version,
        }
    }
}

/// What is looked for. What is left out excludes nothing.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ArticleFilter {
    /// Words of 2 characters or more, at most 8: each begins a word of title, summary, technologies or requirement.
    #[serde(default)]
    #[param(min_length = 2, max_length = 100)]
    pub(crate) q: Option<String>,
    /// `published` where absent. Only those who may write find drafts and retired articles.
    #[serde(default)]
    #[param(value_type = Option<String>, pattern = "^(draft|published|retired)$")]
    pub(crate) state: Option<ArticleState>,
    /// Of this competency area.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    pub(crate) area: Option<CompetencyArea>,
    /// For workloads of this tier.
    #[serde(default, deserialize_with = "tier")]
    #[param(value_type = Option<u8>, minimum = 1, maximum = 3)]
    pub(crate) tier: Option<Tier>,
    /// For workloads of this technology.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    pub(crate) technology: Option<Technology>,
    /// For this workload: by its tier and tags.
    #[serde(default)]
    #[param(value_type = Option<Uuid>)]
    pub(crate) workload_id: Option<WorkloadId>,
    /// In this language; `en` finds `en-GB` too.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    pub(crate) language: Option<LanguageTag>,
}

fn tier<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Tier>, D::Error> {
    let raw = String::deserialize(from)?;
    let tier = raw.parse().ok().and_then(|number| Tier::new(number).ok());
    tier.map(Some).ok_or_else(|| D::Error::custom(Tier::EXPECTED))
}

/// Which version.
#[derive(Debug, Clone, Copy, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ArticleVersion {
    /// This version; where absent, the one that everybody reads, or the latest for those who may write.
    #[serde(default, deserialize_with = "version")]
    #[param(value_type = Option<u64>, minimum = 1)]
    pub(crate) version: Option<Version>,
}

fn version<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Version>, D::Error> {
    let raw = String::deserialize(from)?;
    let version = raw.parse().ok().filter(|version| *version > 0).map(Version::new);
    version.map(Some).ok_or_else(|| D::Error::custom("a version: 1 or more"))
}

/// Whether an article helped.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FeedbackDocument {
    /// Whether it did.
    helpful: bool,
    /// Why. Those who run the program read it without the name of who wrote it.
    #[serde(default)]
    #[schema(schema_with = optional_comment)]
    comment: Option<Comment>,
}

impl From<FeedbackDocument> for Verdict {
    fn from(document: FeedbackDocument) -> Self {
        Self { helpful: document.helpful, comment: document.comment }
    }
}

impl From<Verdict> for FeedbackDocument {
    fn from(verdict: Verdict) -> Self {
        Self { helpful: verdict.helpful, comment: verdict.comment }
    }
}

/// A comment on an article.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct CommentView {
    /// The version that it is about.
    #[schema(value_type = u64)]
    article_version: Version,
    /// Whether the article helped.
    helpful: bool,
    comment: String,
    /// The day (UTC).
    #[schema(value_type = String, format = Date)]
    given_on: Date,
}

impl From<Feedback> for CommentView {
    fn from(feedback: Feedback) -> Self {
        let Verdict { helpful, comment } = feedback.verdict;
        Self {
            article_version: feedback.article_version,
            helpful,
            comment: comment.map(String::from).unwrap_or_default(),
            given_on: feedback.given_at.to_zoned(TimeZone::UTC).date(),
        }
    }
}
