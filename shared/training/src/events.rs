//! What training says to the rest of the program. Kinds are constants, data are ids, numbers and dates; a kind's data
//! may grow and never changes meaning within a version.

use jiff::civil::Date;
use kernel::{AssignmentRound, Cause, CompletionId, CourseId, Event, ExemptionId, PersonId, Version};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::model::{AskKind, JobRole, Placement};

/// A course entered the catalogue.
pub const COURSE_PUBLISHED: &str = "training.course_published";
/// A course changed.
pub const COURSE_CHANGED: &str = "training.course_changed";
/// A course is asked of nobody any more.
pub const COURSE_RETIRED: &str = "training.course_retired";
/// A role path was set.
pub const PATH_CHANGED: &str = "training.path_changed";
/// A course was asked of a person.
pub const ASSIGNED: &str = "training.assigned";
/// The due date passed.
pub const BECAME_OVERDUE: &str = "training.became_overdue";
/// A course was done, or reported as done.
pub const COMPLETED: &str = "training.completed";
/// Somebody looked at a self-report.
pub const COMPLETION_CHECKED: &str = "training.completion_checked";
/// More time was given.
pub const EXTENDED: &str = "training.extended";
/// An assignment was taken back.
pub const CANCELLED: &str = "training.cancelled";
/// A course need not be done for a while.
pub const EXEMPTED: &str = "training.exempted";
/// That while is over.
pub const EXEMPTION_ENDED: &str = "training.exemption_ended";
/// A person answered on the page behind a mail link.
pub const ASKED: &str = "training.asked";
/// A person said to be away: the directory records the absence.
pub const ABSENCE_REPORTED: &str = "training.absence_reported";
/// A person declined digests without anything required.
pub const OPTIONAL_DECLINED: &str = "training.optional_declined";
/// A person wants them again.
pub const OPTIONAL_RESUMED: &str = "training.optional_resumed";
/// What a person contributes to the figures changed.
pub const STANDING_CHANGED: &str = "training.standing_changed";
/// Figures had drifted from what people's files say and were put right.
pub const FIGURES_REBUILT: &str = "training.figures_rebuilt";
/// Settings changed.
pub const SETTINGS_CHANGED: &str = "training.settings_changed";
/// A file was taken on.
pub const IMPORT_STARTED: &str = "training.import_started";
/// An import has ended.
pub const IMPORT_FINISHED: &str = "training.import_finished";
/// Everything held on a person was forgotten.
pub const PERSON_FORGOTTEN: &str = "training.person_forgotten";

/// Every kind training writes.
pub const ALL: &[&str] = &[
    COURSE_PUBLISHED,
    COURSE_CHANGED,
    COURSE_RETIRED,
    PATH_CHANGED,
    ASSIGNED,
    BECAME_OVERDUE,
    COMPLETED,
    COMPLETION_CHECKED,
    EXTENDED,
    CANCELLED,
    EXEMPTED,
    EXEMPTION_ENDED,
    ASKED,
    ABSENCE_REPORTED,
    OPTIONAL_DECLINED,
    OPTIONAL_RESUMED,
    STANDING_CHANGED,
    FIGURES_REBUILT,
    SETTINGS_CHANGED,
    IMPORT_STARTED,
    IMPORT_FINISHED,
    PERSON_FORGOTTEN,
];

/// What is said of an assignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssignmentData {
    /// Which course.
    pub course: CourseId,
    /// Which time.
    pub round: AssignmentRound,
    /// The due date, as set.
    pub due: Date,
}

/// What is said when a placement changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingData {
    /// What the person contributed before.
    pub from: Option<Placement>,
    /// What the person contributes now.
    pub to: Option<Placement>,
}

/// One thing that happened to a learner, before it becomes an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happened {
    /// A course was asked of the person.
    Assigned(AssignmentData),
    /// The due date passed.
    BecameOverdue(AssignmentData),
    /// A course was done, or reported as done.
    Completed {
        /// Which course.
        course: CourseId,
        /// Which time, when it was assigned.
        round: Option<AssignmentRound>,
        /// By which completion.
        completion: CompletionId,
        /// The day it was done.
        on: Date,
        /// Whether it waits for somebody's look.
        waiting: bool,
    },
    /// Somebody looked at a self-report.
    Checked {
        /// Which course.
        course: CourseId,
        /// Which completion.
        completion: CompletionId,
        /// Whether it was confirmed.
        accepted: bool,
    },
    /// More time was given.
    Extended {
        /// The assignment, with its new date.
        assignment: AssignmentData,
        /// The date before.
        from: Date,
    },
    /// An assignment was taken back.
    Cancelled(AssignmentData),
    /// A course need not be done for a while.
    Exempted {
        /// Which course.
        course: CourseId,
        /// By which exemption.
        exemption: ExemptionId,
        /// The last day.
        until: Date,
    },
    /// That while is over.
    ExemptionEnded {
        /// Which course.
        course: CourseId,
        /// Which exemption.
        exemption: ExemptionId,
        /// The first day after it.
        on: Date,
    },
    /// The person answered on the page behind a mail link.
    Asked {
        /// The assignment.
        assignment: AssignmentData,
        /// What was answered.
        ask: AskKind,
        /// By when it could be done, where more time was asked for and the person said so.
        until: Option<Date>,
    },
    /// The person declined digests without anything required.
    OptionalDeclined,
    /// The person wants them again.
    OptionalResumed,
    /// The person said to be away.
    AbsenceReported {
        /// The first day.
        from: Date,
        /// The last day.
        until: Date,
    },
    /// What the person contributes changed.
    StandingChanged(StandingData),
    /// Everything was forgotten.
    Forgotten,
}

impl Happened {
    /// As an event about a person.
    pub fn event(&self, person: PersonId, cause: &Cause) -> Event {
        let value = |data: &AssignmentData| json!({"course": data.course, "round": data.round, "due": data.due});
        let (kind, data): (&str, Value) = match self {
            Self::Assigned(data) => (ASSIGNED, value(data)),
            Self::BecameOverdue(data) => (BECAME_OVERDUE, value(data)),
            Self::Completed { course, round, completion, on, waiting } => (
                COMPLETED,
                json!({"course": course, "round": round, "completion": completion, "on": on, "waiting": waiting}),
            ),
            Self::Checked { course, completion, accepted } => {
                (COMPLETION_CHECKED, json!({"course": course, "completion": completion, "accepted": accepted}))
            }
            Self::Extended { assignment, from } => (
                EXTENDED,
                json!({
                    "course": assignment.course, "round": assignment.round, "due": assignment.due, "from": from
                }),
            ),
            Self::Cancelled(data) => (CANCELLED, value(data)),
            Self::Exempted { course, exemption, until } => {
                (EXEMPTED, json!({"course": course, "exemption": exemption, "until": until}))
            }
            Self::ExemptionEnded { course, exemption, on } => {
                (EXEMPTION_ENDED, json!({"course": course, "exemption": exemption, "on": on}))
            }
            Self::Asked { assignment, ask, until } => (
                ASKED,
                json!({
                    "course": assignment.course, "round": assignment.round, "due": assignment.due, "ask": ask,
                    "until": until
                }),
            ),
            Self::OptionalDeclined => (OPTIONAL_DECLINED, json!({})),
            Self::OptionalResumed => (OPTIONAL_RESUMED, json!({})),
            Self::AbsenceReported { from, until } => (ABSENCE_REPORTED, json!({"from": from, "until": until})),
            Self::StandingChanged(data) => (STANDING_CHANGED, json!({"from": data.from, "to": data.to})),
            Self::Forgotten => (PERSON_FORGOTTEN, json!({})),
        };
        Event::new(kind, person, data, cause)
    }
}

/// A course entered the catalogue, changed or was retired.
pub fn course(kind: &str, course: CourseId, version: Version, cause: &Cause) -> Event {
    Event::new(kind, course, json!({"version": version}), cause)
}

/// A role path was set.
pub fn path(job_role: JobRole, version: Version, cause: &Cause) -> Event {
    Event::new(PATH_CHANGED, job_role, json!({"job_role": job_role, "version": version}), cause)
}

/// Settings changed.
pub fn settings(version: Version, cause: &Cause) -> Event {
    Event::new(SETTINGS_CHANGED, "training", json!({"version": version}), cause)
}
