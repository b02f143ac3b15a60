//! The models of the mails: what a system writes into [`kernel::MailDraft::model`]. Ids, numbers, dates and catalogue
//! titles; people's and teams' names are looked up when a mail is rendered.

use jiff::{Timestamp, civil::Date};
use kernel::{
    AssessmentId, AssignmentRound, CertificateId, CourseId, CourseRequestId, JobRole, PersonId, SessionId, TeamId,
    ZoneName,
};
use serde::{Deserialize, Serialize};

use crate::{Text, pages::LinkAction};

/// The names of the templates: folders under `templates`.
pub mod template {
    /// [`super::TrainingDigest`].
    pub const TRAINING_DIGEST: &str = "training-digest";
    /// [`super::ManagerDigest`].
    pub const MANAGER_DIGEST: &str = "manager-digest";
    /// [`super::EscalationDigest`].
    pub const ESCALATION_DIGEST: &str = "escalation-digest";
    /// [`super::SessionNotice`].
    pub const SESSION_NOTICE: &str = "session-notice";
    /// [`super::CourseRequest`].
    pub const COURSE_REQUEST: &str = "course-request";
    /// Every template.
    pub const ALL: &[&str] = &[TRAINING_DIGEST, MANAGER_DIGEST, ESCALATION_DIGEST, SESSION_NOTICE, COURSE_REQUEST];
}

/// To a learner: what is due, at most once a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrainingDigest {
    /// The learner's day it was written for.
    pub date: Date,
    /// Courses, most urgent first.
    pub lines: Vec<CourseLine>,
    /// Certificates that end soon, the nearest end first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub certificates: Vec<CertificateLine>,
    /// Tests to be taken, the initial one first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tests: Vec<TestLine>,
    /// What changed in the learner's plan.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<PlanChange>,
    /// How many more changes there are.
    #[serde(default)]
    pub more_changes: u32,
    /// The nonce of the opt-out link; only where no line is required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opt_out: Option<String>,
}

/// One assigned course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CourseLine {
    /// The course.
    pub course_id: CourseId,
    /// Which assignment of it.
    pub round: AssignmentRound,
    /// Makes the link of this line work once.
    pub nonce: String,
    /// The catalogue's title.
    pub title: String,
    /// Where the course is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// When it is due.
    pub due: Date,
    /// Days until then; negative when overdue.
    pub days_left: i32,
    /// Whether it counts and managers hear of it.
    pub required: bool,
    /// Why the course is asked; absent in mails from before it was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<CourseReason>,
    /// From which day the manager sees it in the weekly digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manager_sees_on: Option<Date>,
    /// From which day the next manager and security see it in counts without names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub others_see_on: Option<Date>,
    /// When the next reminder would come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_reminder_on: Option<Date>,
}

/// Why a course is asked of its reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CourseReason {
    /// The path of the job role requires it.
    RolePath,
    /// Another course of the plan needs it first.
    Prerequisite,
    /// An earlier completion is running out or has lapsed.
    Recertification,
    /// Somebody decided so.
    Request,
    /// The reader asked for it, and somebody approved.
    AskedFor,
    /// It teaches what the role asks for and the reader is not known to have.
    Recommended,
    /// A kind of finding came back in what the reader works on.
    RecurringFinding,
}

impl CourseReason {
    /// As it is said; who decided so may also only recommend.
    pub(crate) const fn wording(self, required: bool) -> Text {
        match self {
            Self::RolePath => Text::ReasonRole,
            Self::Prerequisite => Text::ReasonPrerequisite,
            Self::Recertification => Text::ReasonRecertification,
            Self::Request if required => Text::ReasonRequest,
            Self::Request => Text::ReasonSuggestion,
            Self::AskedFor => Text::ReasonOwn,
            Self::Recommended => Text::ReasonCompetency,
            Self::RecurringFinding => Text::ReasonFinding,
        }
    }
}

/// One test that the learner is asked to take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestLine {
    /// The test.
    pub assessment_id: AssessmentId,
    /// What it is called.
    pub title: String,
    /// When it is taken.
    pub purpose: TestPurpose,
    /// How many questions it has.
    pub questions: u16,
    /// How many minutes there are.
    pub minutes: u16,
    /// The last day of the period it is asked for in; absent where that does not end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

/// When a test that is asked for is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TestPurpose {
    /// Once, at the start.
    Initial,
    /// Once a quarter.
    Quarterly,
    /// Once a year.
    Annual,
}

/// One course that came into a plan, left it, or falls due sooner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanChange {
    /// The catalogue's title.
    pub title: String,
    /// What became of it.
    pub kind: ChangeKind,
    /// Why.
    pub cause: ChangeCause,
    /// Whether it counts, or counted.
    pub required: bool,
    /// When it is due; absent for what was taken back, and while it is open-ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Date>,
}

/// What became of a course in a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// It was added.
    Added,
    /// It was taken back.
    Removed,
    /// It falls due sooner.
    Sooner,
}

/// Why a plan changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeCause {
    /// The reader joined.
    Joined,
    /// The reader works as something else now.
    RoleChanged,
    /// What is known of the reader's competency, or what the role asks of it, changed.
    Competency,
    /// A kind of finding came back.
    RecurringFinding,
}

/// One certificate that ends soon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateLine {
    /// The certificate.
    pub certificate_id: CertificateId,
    /// What it is called; absent for a path's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The path that it was awarded for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<JobRole>,
    /// Its last valid day.
    pub expires: Date,
    /// Days until then.
    pub days_left: i32,
    /// When the next reminder would come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_reminder_on: Option<Date>,
}

/// To a manager: which direct reports are overdue or wait for an answer, at most once a week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManagerDigest {
    /// The manager's day it was written for.
    pub date: Date,
    /// Direct reports with something overdue or asked for.
    pub people: Vec<OverduePerson>,
}

/// One direct report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverduePerson {
    /// Who.
    pub person_id: PersonId,
    /// What is overdue or asked for.
    pub courses: Vec<OverdueCourse>,
}

/// One course of a direct report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverdueCourse {
    /// The catalogue's title.
    pub title: String,
    /// When it was due.
    pub due: Date,
    /// Days since then; 0 for a course that is here only because of what was asked.
    pub days_overdue: u32,
    /// What the person answered on the page behind a link, while it waits for the manager.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<LinkAction>,
    /// By when it could be done, where more time was asked for and the person said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wished: Option<Date>,
}

/// To the next manager and to security: counts per team, without names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EscalationDigest {
    /// The reader's day it was written for.
    pub date: Date,
    /// Teams with something long overdue.
    pub teams: Vec<OverdueTeam>,
}

/// One team's counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverdueTeam {
    /// Which team; absent for teams that are too small to be named, told together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team_id: Option<TeamId>,
    /// People with something long overdue.
    pub people: u32,
    /// Assignments that are.
    pub courses: u32,
    /// Days since the oldest of them was due.
    pub longest_days_overdue: u32,
}

/// To somebody who asked for a seat in a session: what became of it. Carries a calendar file, except to those who never
/// had a seat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionNotice {
    /// What is said.
    pub notice: SeatNews,
    /// Which session.
    pub session_id: SessionId,
    /// The catalogue's title of the course.
    pub title: String,
    /// When it begins.
    pub starts: Timestamp,
    /// How long it takes.
    pub minutes: u16,
    /// The zone its hours are told in.
    pub zone: ZoneName,
    /// Where it takes place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Where it is joined from afar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The revision that the calendar file carries.
    pub sequence: u32,
}

/// What became of a seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeatNews {
    /// It was booked.
    Invited,
    /// It became free, and is the reader's.
    MovedUp,
    /// Time or place changed.
    Changed,
    /// The session does not take place.
    Cancelled,
    /// The session does not take place, and the reader waited for a seat.
    WaitingEnded,
    /// It was given back.
    Released,
}

/// To whoever decides on a request for a seat or a voucher, or to the person who asked. What people wrote stands in the
/// request, and a voucher's code nowhere else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CourseRequest {
    /// What is said.
    pub notice: RequestNews,
    /// Which request.
    pub request_id: CourseRequestId,
    /// Who asked.
    pub person_id: PersonId,
    /// The catalogue's title of the course.
    pub title: String,
    /// What for.
    pub kind: Asked,
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestNews {
    /// It waits for the reader's decision.
    Asked,
    /// It was approved.
    Approved,
    /// It was declined.
    Declined,
    /// What was asked for is there.
    Provided,
}

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// A seat in a course.
    Seat,
    /// A voucher.
    Voucher,
}
