//! What goes over the wire: requests that refuse unknown fields, and views. No rule lives here; types of the domain parse
//! themselves, and the schemas below say in OpenAPI what they accept.

mod assessments;
mod attempts;
mod certificates;
mod competency;
mod courses;
mod dashboards;
mod effectiveness;
mod groups;
mod guidance;
mod materials;
mod paths;
mod patterns;
mod people;
mod planning;
mod questions;
mod records;
mod requests;
mod runs;
mod sessions;

pub(crate) use assessments::{AssessmentChange, AssessmentView, NewAssessment};
pub(crate) use attempts::{AttemptView, NewAttempt, NewSubmission, TakenView};
pub(crate) use certificates::{
    CertificateCheck, CertificateDocument, CertificateView, CertificatesAsOf, CertificatesView, EvidenceTicket,
    EvidenceUpload,
};
pub(crate) use competency::{CompetenciesView, GapsView};
pub(crate) use courses::{CourseChange, CourseView, NewCourse, Roster, RosterView};
pub(crate) use dashboards::{
    MatrixRowView, OwnCompetencyView, PersonDashboardView, StepView, TeamAreaView, TeamDashboardView,
};
pub(crate) use effectiveness::{
    CourseFeedbackView, CourseFiguresView, EffectivenessView, NewNote, NewPulse, PulseView,
};
pub(crate) use groups::{AsOf, GroupView};
pub(crate) use guidance::{
    ArticleDocument, ArticleEntryView, ArticleFactsView, ArticleFilter, ArticleVersion, ArticleView, CommentView,
    FeedbackDocument, NewArticleState,
};
use kernel::JobRole;
pub(crate) use materials::{
    MaterialNumber, MaterialPatch, MaterialTicket, MaterialUpload, MaterialView, NewMaterial, NewMaterialFile,
};
pub(crate) use paths::{NewPath, PathView};
use patterns::PRINTABLE;
pub(crate) use people::{LearnerView, NewAssignment, NewExtension, ReportView};
pub(crate) use planning::PlanView;
pub(crate) use questions::{QuestionDocument, QuestionFilter, QuestionView};
pub(crate) use records::{
    CheckView, CompletionView, ExemptionView, LinkFormView, NewCheck, NewCompletion, NewExemption,
};
pub(crate) use requests::{NewRequest, RequestDecision, RequestProvision, RequestView};
pub(crate) use runs::{NewRun, RunView, SettingsView};
use serde::Serialize;
pub(crate) use sessions::{Attendance, BookingView, NewSession, SessionFilter, SessionPatch, SessionView};
use utoipa::{
    IntoParams, ToSchema,
    openapi::{Array, ArrayBuilder, KnownFormat, ObjectBuilder, Schema, SchemaFormat, schema::Type},
};

fn spelled(all: impl IntoIterator<Item = &'static str>) -> Schema {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(all.into_iter().collect::<Vec<_>>())).into()
}

/// Turns the names of a closed set into the schema of a text that is one of them.
macro_rules! spellings {
    ($($name:ident: $of:ident;)+) => {$(
        fn $name() -> utoipa::openapi::Schema {
            $crate::dto::spelled($of::ALL.iter().map(|case| case.as_str()))
        }
    )+};
}
use spellings;

spellings! {
    job_role: JobRole;
}

fn text(pattern: Option<&str>, least: usize, most: usize) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).min_length(Some(least)).max_length(Some(most)).pattern(pattern)
}

fn free_text() -> Schema {
    text(Some(PRINTABLE), 1, 500).into()
}

fn some_ids(most: usize) -> ArrayBuilder {
    let id = ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)));
    ArrayBuilder::new().items(id).max_items(Some(most))
}

fn ids(most: usize) -> Array {
    some_ids(most).build()
}

/// People on a roster, each once.
fn roster() -> Array {
    some_ids(80).min_items(Some(1)).unique_items(true).build()
}

/// Where a listing starts and how long a page is.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what web::Listing reads")]
pub(crate) struct PagingParams {
    /// How many entries; 50 unless asked otherwise.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// Where the page before said the next one starts.
    cursor: Option<String>,
}

/// One page of a listing.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct PageOf<T: ToSchema> {
    /// The entries.
    pub(crate) items: Vec<T>,
    /// The cursor of the next page; null on the last.
    pub(crate) next: Option<String>,
}
