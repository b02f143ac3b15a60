//! What goes over the wire: requests that refuse unknown fields, and views. No rule lives here; types of the domain parse
//! themselves, and the schemas below say in OpenAPI what they accept.

use jiff::{Timestamp, civil::Date};
use kernel::{AssignmentRound, CompletionId, CourseId, ExemptionId, PersonId, RunId, Version};
use serde::{Deserialize, Serialize};
use training::model::{
    AskKind, AssignmentReason, AssignmentSource, AssignmentState, Catalogue, Check, CheckState, Completion,
    CompletionSource, Course, CourseCode, CourseFormat, CourseProvider, CourseUrl, Exemption, FreeText, JobRole,
    Learner, LearnerFile, Placement, ReminderRun, Requirement, RolePath, RunCounts, RunState, Status, Title,
};
use training::{
    Settings,
    rules::{
        due,
        standing::{JudgedBy, Judgement, Share},
    },
};
use utoipa::{
    IntoParams, ToSchema,
    openapi::{
        Array, ArrayBuilder, KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat,
        schema::{SchemaType, Type},
    },
};

fn spelled(all: impl IntoIterator<Item = &'static str>) -> Schema {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(all.into_iter().collect::<Vec<_>>())).into()
}

macro_rules! spellings {
    ($($name:ident: $of:ident;)+) => {$(
        fn $name() -> Schema {
            spelled($of::ALL.iter().map(|case| case.as_str()))
        }
    )+};
}

spellings! {
    course_format: CourseFormat;
    course_provider: CourseProvider;
    requirement: Requirement;
    job_role: JobRole;
    status: Status;
    assignment_source: AssignmentSource;
    assignment_reason: AssignmentReason;
    ask_kind: AskKind;
    completion_source: CompletionSource;
    run_state: RunState;
}

fn text(pattern: Option<&str>, least: usize, most: usize) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).min_length(Some(least)).max_length(Some(most)).pattern(pattern)
}

/// Printable text that is more than white space.
const PRINTABLE: &str = r"^[ -~\u00a1-\u1fff]*[!-~\u00a1-\u1fff][ -~\u00a1-\u1fff]*$";

fn course_code() -> Schema {
    text(Some("^[A-Za-z0-9][A-Za-z0-9._-]{1,39}$"), 2, 40).into()
}

fn title() -> Schema {
    text(Some(PRINTABLE), 1, 200).into()
}

fn free_text() -> Schema {
    text(Some(PRINTABLE), 1, 500).into()
}

fn optional_url() -> Schema {
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .max_length(Some(500))
        .pattern(Some("^https://[A-Za-z0-9.-]+(/[A-Za-z0-9._~/-]*)?$"))
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

fn ids(most: usize) -> Array {
    let id = ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)));
    ArrayBuilder::new().items(id).max_items(Some(most)).build()
}

fn prerequisites() -> Array {
    ids(20)
}

fn roster() -> Array {
    ids(80)
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

/// As of which day.
#[derive(Debug, Clone, Copy, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AsOf {
    /// The figures as they were at the end of this day (UTC); now where absent.
    #[serde(default)]
    #[param(value_type = Option<String>, format = Date)]
    pub(crate) as_of: Option<Date>,
}

/// One page of a listing.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct PageOf<T: ToSchema> {
    /// The entries.
    pub(crate) items: Vec<T>,
    /// The cursor of the next page; null on the last.
    pub(crate) next: Option<String>,
}

/// Training's settings.
pub(crate) struct SettingsView;

impl utoipa::PartialSchema for SettingsView {
    fn schema() -> RefOr<Schema> {
        // The rules' own schema, without the keywords that only a document of its own has.
        let mut schema = Settings::schema();
        if let Some(schema) = schema.as_object_mut() {
            schema.remove("$schema");
            schema.remove("title");
        }
        serde_json::from_value(schema).unwrap_or_else(|_| ObjectBuilder::new().into())
    }
}

impl ToSchema for SettingsView {
    fn name() -> std::borrow::Cow<'static, str> {
        "TrainingSettings".into()
    }
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
fn present<'de, D: serde::Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
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

/// One course of a path.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    /// Which course.
    #[schema(value_type = Uuid)]
    pub(crate) course_id: CourseId,
    /// How much it is asked for.
    #[schema(schema_with = requirement)]
    pub(crate) requirement: Requirement,
}

/// What a job role is asked to learn, in plan order.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPath {
    /// The courses in plan order, each once.
    #[schema(max_items = 40)]
    pub(crate) steps: Vec<Step>,
}

/// The path of a job role.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct PathView {
    #[schema(schema_with = job_role)]
    job_role: JobRole,
    /// The hours a year that the program asks of the role.
    yearly_hours: u16,
    steps: Vec<Step>,
}

impl PathView {
    /// The path of a role; without steps where none was set.
    pub(crate) fn of(job_role: JobRole, path: Option<&RolePath>) -> Self {
        let steps = path.map(|path| path.steps.as_slice()).unwrap_or_default();
        Self {
            job_role,
            yearly_hours: training::model::yearly_hours(job_role),
            steps: steps.iter().map(|step| Step { course_id: step.course, requirement: step.requirement }).collect(),
        }
    }
}

/// Who was there.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Roster {
    /// The day.
    #[schema(value_type = String, format = Date)]
    pub(crate) date: Date,
    /// Who took part, 1 to 80 people.
    #[schema(schema_with = roster)]
    pub(crate) people: Vec<PersonId>,
}

/// What came of a roster.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct RosterView {
    /// For whom a completion was recorded.
    #[schema(value_type = Vec<Uuid>)]
    pub(crate) recorded: Vec<PersonId>,
    /// Whom the directory does not know: nothing was recorded for them.
    #[schema(value_type = Vec<Uuid>)]
    pub(crate) unknown: Vec<PersonId>,
}

/// An answer that waits for somebody.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub(crate) struct AskView {
    #[schema(schema_with = ask_kind)]
    kind: AskKind,
    #[schema(value_type = String, format = Date)]
    on: Date,
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

/// One completion.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct CompletionView {
    #[schema(value_type = Uuid)]
    pub(crate) id: CompletionId,
    #[schema(value_type = Uuid)]
    pub(crate) course_id: CourseId,
    #[schema(value_type = String, format = Date)]
    pub(crate) completed_on: Date,
    #[schema(schema_with = completion_source)]
    pub(crate) source: CompletionSource,
    /// Whether it counts.
    pub(crate) counts: bool,
    /// Whether it waits for somebody's check.
    pub(crate) waiting: bool,
    /// Whether a check refused it.
    pub(crate) refused: bool,
    /// The last day on which it is valid; absent when it never lapses.
    #[schema(value_type = Option<String>, format = Date)]
    pub(crate) valid_until: Option<Date>,
}

impl CompletionView {
    /// One completion of a course.
    pub(crate) fn of(completion: &Completion, catalogue: &Catalogue) -> Self {
        let course = catalogue.course(completion.course);
        Self {
            id: completion.id,
            course_id: completion.course,
            completed_on: completion.completed_on,
            source: completion.source,
            counts: completion.counts(),
            waiting: completion.is_waiting(),
            refused: matches!(completion.check, CheckState::Refused { .. }),
            valid_until: course.and_then(|course| course.last_valid_day(completion.completed_on)),
        }
    }
}

/// A course that need not be done for a while.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ExemptionView {
    #[schema(value_type = Uuid)]
    id: ExemptionId,
    #[schema(value_type = Uuid)]
    course_id: CourseId,
    #[schema(value_type = String, format = Date)]
    from: Date,
    #[schema(value_type = String, format = Date)]
    until: Date,
    /// Why, in the words of whoever granted it.
    reason: String,
    /// Whether it holds today.
    active: bool,
}

impl ExemptionView {
    /// One exemption, as of a day.
    pub(crate) fn of(exemption: &Exemption, today: Date) -> Self {
        Self {
            id: exemption.id,
            course_id: exemption.course,
            from: exemption.from,
            until: exemption.until,
            reason: exemption.reason.expose().to_owned(),
            active: exemption.holds(today),
        }
    }
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
            ask: assignment.ask.map(|ask| AskView { kind: ask.kind, on: ask.on }),
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
    pub(crate) due: Option<Date>,
}

/// More time.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewExtension {
    /// The new date, later than the one that holds.
    #[schema(value_type = String, format = Date)]
    pub(crate) due: Date,
    /// Why.
    #[schema(schema_with = free_text)]
    pub(crate) reason: FreeText,
}

/// "I have done this."
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewCompletion {
    /// Which course.
    #[schema(value_type = Uuid)]
    pub(crate) course_id: CourseId,
    /// When, not in the future.
    #[schema(value_type = String, format = Date)]
    pub(crate) completed_on: Date,
}

/// What a look at a self-report came to.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewCheck {
    /// Whether it is confirmed.
    pub(crate) accepted: bool,
}

/// A course that need not be done for a while.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewExemption {
    /// From which course.
    #[schema(value_type = Uuid)]
    pub(crate) course_id: CourseId,
    /// Why.
    #[schema(schema_with = free_text)]
    pub(crate) reason: FreeText,
    /// The last day.
    #[schema(value_type = String, format = Date)]
    pub(crate) until: Date,
}

/// A self-report that waits for somebody's look.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct CheckView {
    #[schema(value_type = Uuid)]
    completion_id: CompletionId,
    #[schema(value_type = Uuid)]
    person_id: PersonId,
    #[schema(value_type = Uuid)]
    course_id: CourseId,
    #[schema(value_type = String, format = Date)]
    completed_on: Date,
    #[schema(value_type = String, format = Date)]
    reported_on: Date,
}

impl From<&Check> for CheckView {
    fn from(check: &Check) -> Self {
        Self {
            completion_id: check.completion,
            person_id: check.person,
            course_id: check.course,
            completed_on: check.completed_on,
            reported_on: check.recorded_on,
        }
    }
}

/// A share, or `insufficient_data`, which is not a share of zero.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(crate) enum ShareView {
    /// It could be measured.
    Measured {
        /// From 0 to 100.
        percent: f64,
        /// How many.
        part: i64,
        /// Of how many.
        whole: i64,
    },
    /// There is nothing to measure.
    InsufficientData,
}

impl From<Share> for ShareView {
    fn from(share: Share) -> Self {
        match share {
            Share::Measured { percent, part, whole } => Self::Measured { percent, part, whole },
            Share::InsufficientData => Self::InsufficientData,
        }
    }
}

/// A group's figures.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub(crate) struct GroupView {
    /// People who count.
    people: i64,
    /// People with nothing overdue ÷ people who count.
    compliance: ShareView,
    /// Required courses validly completed ÷ required courses.
    completion: ShareView,
    /// Whether compliance reaches the threshold; null without data.
    compliant: Option<bool>,
    /// `own`, or `department` where the team is too small to be shown by itself.
    judged_by: &'static str,
    /// The day these figures are of, where one was asked for.
    #[schema(value_type = Option<String>, format = Date)]
    as_of: Option<Date>,
}

impl GroupView {
    /// Judged figures.
    pub(crate) fn of(judgement: &Judgement, as_of: Option<Date>) -> Self {
        Self {
            people: judgement.people,
            compliance: judgement.compliance.into(),
            completion: judgement.completion.into(),
            compliant: judgement.compliant,
            judged_by: match judgement.judged_by {
                JudgedBy::Own => "own",
                JudgedBy::Department => "department",
            },
            as_of,
        }
    }
}

/// A reminder run that is asked for.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewRun {
    /// Whether it waits for nobody's send hour.
    #[serde(default)]
    pub(crate) ignore_send_hour: bool,
}

/// A reminder run.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub(crate) struct RunView {
    #[schema(value_type = Uuid)]
    id: RunId,
    /// The moment it works for.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    ignore_send_hour: bool,
    #[schema(schema_with = run_state)]
    state: RunState,
    /// People visited.
    people: u64,
    /// Boxes visited.
    boxes: u64,
    /// Mails written, previews included.
    mails: u64,
    /// Assignments that became overdue.
    became_overdue: u64,
    /// Visits that failed and come up again.
    failed: u64,
}

impl From<&ReminderRun> for RunView {
    fn from(run: &ReminderRun) -> Self {
        let RunCounts { people, boxes, mails, became_overdue, failed } = run.counts;
        Self {
            id: run.id,
            at: run.at,
            ignore_send_hour: run.ignore_send_hour,
            state: run.state,
            people,
            boxes,
            mails,
            became_overdue,
            failed,
        }
    }
}

/// What a button on a mail link's page sends.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes mail::pages::LinkForm")]
pub(crate) struct LinkFormView {
    /// `done`, `more_time`, `on_leave` or `not_my_role`.
    #[schema(pattern = "^(done|more_time|on_leave|not_my_role)$")]
    action: String,
    /// With `done`: when; today where absent.
    #[schema(value_type = Option<String>, format = Date)]
    completed_on: Option<Date>,
    /// With `on_leave`: the last day.
    #[schema(value_type = Option<String>, format = Date)]
    until: Option<Date>,
}
