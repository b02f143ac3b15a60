//! A person's training: where they stand and what is asked of them.

use jiff::{Timestamp, civil::Date};
use kernel::{AssignmentRound, CourseId, Day, JobRole, PersonId, Version};
use serde::{Deserialize, Serialize};
use training::{
    Settings,
    model::{
        AskKind, AssignmentReason, AssignmentSource, AssignmentState, Catalogue, FreeText, Learner, LearnerFile,
        Placement, Status,
    },
    rules::due,
};
use utoipa::ToSchema;

use super::{CompletionView, ExemptionView, free_text, job_role, spellings};

spellings! {
    status: Status;
    assignment_source: AssignmentSource;
    assignment_reason: AssignmentReason;
    ask_kind: AskKind;
}

/// An answer that waits for somebody.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub(crate) struct AskView {
    #[schema(schema_with = ask_kind)]
    kind: AskKind,
    #[schema(value_type = String, format = Date)]
    on: Date,
    /// By when it could be done, where more time was asked for.
    #[schema(value_type = Option<String>, format = Date)]
    until: Option<Date>,
}

/// A course asked of a person.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct AssignmentView {
    #[schema(value_type = Uuid)]
    course_id: CourseId,
    /// Which time.
    #[schema(value_type = u16)]
    round: AssignmentRound,
    /// Where it stands today.
    #[schema(schema_with = status)]
    status: Status,
    required: bool,
    #[schema(value_type = String, format = Date)]
    assigned_on: Date,
    /// The date as it was set.
    #[schema(value_type = String, format = Date)]
    due: Date,
    /// The date in effect, moved by absences; absent while it is open-ended.
    #[schema(value_type = Option<String>, format = Date)]
    effective_due: Option<Date>,
    /// The first day on which it was overdue, while it is.
    #[schema(value_type = Option<String>, format = Date)]
    overdue_since: Option<Date>,
    #[schema(schema_with = assignment_source)]
    source: AssignmentSource,
    #[schema(schema_with = assignment_reason)]
    reason: AssignmentReason,
    /// How often the due date was moved.
    extensions: usize,
    ask: Option<AskView>,
    #[schema(value_type = Option<String>, format = Date)]
    completed_on: Option<Date>,
}

/// Where a person stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct StandingView {
    /// Whether the person counts in figures.
    counted: bool,
    /// Whether nothing required is overdue.
    clear: bool,
    /// Required courses.
    required: u32,
    /// Of them validly completed.
    valid: u32,
}

impl From<&Placement> for StandingView {
    fn from(placement: &Placement) -> Self {
        let Placement { counted, clear, required, valid, .. } = placement;
        Self { counted: *counted, clear: *clear, required: *required, valid: *valid }
    }
}

/// A person's training.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct LearnerView {
    #[schema(value_type = Uuid)]
    person_id: PersonId,
    #[schema(schema_with = job_role)]
    job_role: JobRole,
    standing: StandingView,
    /// The version of the directory's record that this rests on.
    #[schema(value_type = u64)]
    directory_version: Version,
    assignments: Vec<AssignmentView>,
    completions: Vec<CompletionView>,
    exemptions: Vec<ExemptionView>,
}

impl LearnerView {
    /// A file as it stands at an instant.
    pub(crate) fn of(file: &LearnerFile, catalogue: &Catalogue, settings: &Settings, at: Timestamp) -> Self {
        let facts = &file.head.facts;
        let today = facts.today(at);
        let placement = training::rules::standing::placement(file, catalogue, settings, today);
        let assignments = file.assignments.iter().map(|assignment| AssignmentView {
            course_id: assignment.course,
            round: assignment.round,
            status: file.status(assignment, settings, today),
            required: assignment.required,
            assigned_on: assignment.assigned_on,
            due: assignment.due,
            effective_due: due::effective(assignment, &file.pauses(assignment.course), settings),
            overdue_since: assignment.became_overdue,
            source: assignment.source,
            reason: assignment.reason,
            extensions: assignment.extensions.len(),
            ask: assignment.ask.map(|ask| AskView { kind: ask.kind, on: ask.on, until: ask.until }),
            completed_on: match assignment.state {
                AssignmentState::Completed { on, .. } => Some(on),
                AssignmentState::Open | AssignmentState::Cancelled { .. } => None,
            },
        });
        Self {
            person_id: facts.person,
            job_role: facts.job_role,
            standing: StandingView::from(&placement),
            directory_version: facts.directory_version,
            assignments: assignments.collect(),
            completions: file.completions.iter().map(|it| CompletionView::of(it, catalogue)).collect(),
            exemptions: file.exemptions.iter().map(|it| ExemptionView::of(it, today)).collect(),
        }
    }
}

/// A direct report's training in figures.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ReportView {
    #[schema(value_type = Uuid)]
    person_id: PersonId,
    /// Assignments to be done.
    open: u32,
    /// Of them overdue.
    overdue: u32,
    /// Of them waiting for somebody's check.
    waiting: u32,
    /// When the next one falls due.
    #[schema(value_type = Option<String>, format = Date)]
    next_due: Option<Date>,
}

impl ReportView {
    /// Somebody nothing was ever asked of.
    pub(crate) const fn none(person_id: PersonId) -> Self {
        Self { person_id, open: 0, overdue: 0, waiting: 0, next_due: None }
    }
}

impl From<&Learner> for ReportView {
    fn from(learner: &Learner) -> Self {
        let summary = learner.summary;
        Self {
            person_id: learner.person(),
            open: summary.open,
            overdue: summary.overdue,
            waiting: summary.waiting,
            next_due: summary.next_due,
        }
    }
}

/// One course to be asked of a person.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAssignment {
    /// Which course.
    #[schema(value_type = Uuid)]
    pub(crate) course_id: CourseId,
    /// By when; the program's rule where absent.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub(crate) due: Option<Day>,
    /// Whether it counts and managers hear of it; false for a recommendation.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub(crate) required: bool,
}

const fn yes() -> bool {
    true
}

/// More time.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewExtension {
    /// The new date, later than the one that holds.
    #[schema(value_type = String, format = Date)]
    pub(crate) due: Day,
    /// Why.
    #[schema(schema_with = free_text)]
    pub(crate) reason: FreeText,
}
