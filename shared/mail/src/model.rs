//! The models of the mails: what a system writes into [`kernel::MailDraft::model`]. Ids, numbers, dates and catalogue
//! titles; people's and teams' names are looked up when a mail is rendered.

use jiff::{Timestamp, civil::Date};
use kernel::{AssignmentRound, CourseId, PersonId, SessionId, TeamId, ZoneName};
use serde::{Deserialize, Serialize};

use crate::pages::LinkAction;

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
    /// Every template.
    pub const ALL: &[&str] = &[TRAINING_DIGEST, MANAGER_DIGEST, ESCALATION_DIGEST, SESSION_NOTICE];
}

/// To a learner: what is due, at most once a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrainingDigest {
    /// The learner's day it was written for.
    pub date: Date,
    /// Courses, most urgent first.
    pub lines: Vec<CourseLine>,
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
    /// Whether the role asks for it.
    pub required: bool,
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
