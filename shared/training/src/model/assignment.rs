//! An assignment: one course, asked of one person, by one date, in one round. It remembers what was told for which due
//! date, so that no rung of the ladder is told twice, and which boxes hold a line about it.

use jiff::{Timestamp, civil::Date};
use kernel::{AssignmentRound, CompletionId, CourseId, PersonId, Principal};
use serde::{Deserialize, Serialize};

use super::{BoxKind, BoxLine, FreeText};

spelled! {
    /// How an assignment came about.
    AssignmentSource {
        /// From the path of the job role.
        Plan = "plan",
        /// Somebody asked for it.
        Manual = "manual",
        /// Brought in from another system.
        Import = "import",
    }
}

spelled! {
    /// Why the course is asked of the person.
    AssignmentReason {
        /// The path of the job role requires it.
        RolePath = "role_path",
        /// A required course needs it first.
        Prerequisite = "prerequisite",
        /// An earlier completion is running out or has lapsed.
        Recertification = "recertification",
        /// Somebody decided so.
        Request = "request",
        /// The person asked for it, and somebody approved.
        Asked = "asked_for",
        /// It teaches what the person's role asks for and the person is not known to have; an offer.
        Recommended = "recommended",
        /// A kind of finding came back in a workload that the person works on, and the course teaches how to avoid it; an
        /// offer.
        RecurringFinding = "recurring_finding",
    }
}

spelled! {
    /// What a person answered on the page behind a mail link.
    AskKind {
        /// More time is needed; a manager may extend.
        MoreTime = "more_time",
        /// The person is away; the directory is told.
        OnLeave = "on_leave",
        /// The course does not fit the person's role; a manager may have it cancelled.
        NotMyRole = "not_my_role",
    }
}

/// An answer that waits for somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// What was answered.
    pub kind: AskKind,
    /// When, where the person is.
    pub on: Date,
    /// By when it could be done, where more time was asked for and the person said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

/// Where an assignment stands; what else can be said of it (overdue, exempt, waiting) follows from the file and a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum AssignmentState {
    /// To be done.
    Open,
    /// Done.
    Completed {
        /// By which completion.
        completion: CompletionId,
        /// The day of the completion.
        on: Date,
    },
    /// Taken back, or the person left.
    Cancelled {
        /// The day it was taken back.
        on: Date,
    },
}

/// One change of the due date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    /// The date before.
    pub from: Date,
    /// The date after.
    pub to: Date,
    /// The local day of the decision.
    pub on: Date,
    /// When it was recorded.
    pub at: Timestamp,
    /// Who decided.
    pub by: Principal,
    /// Why.
    pub reason: FreeText,
}

/// A step of the reminder ladder: days from the due date, negative before it. Later rungs are greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rung(pub(crate) i32);

impl Rung {
    /// Days from the due date.
    pub const fn days(self) -> i32 {
        self.0
    }
}

/// What was told for one due date in one mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The latest rung.
    pub rung: Rung,
    /// The local day of the digest.
    pub on: Date,
    /// The first day on which the person read that the manager will hear.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warned: Option<Date>,
    /// The first day on which the person read that others will hear.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalation_warned: Option<Date>,
}

/// What was told for one due date: sent, and only previewed. A preview never uses up a rung that could be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The due date as it was in effect.
    pub due: Date,
    /// Sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent: Option<Mark>,
    /// Previewed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previewed: Option<Mark>,
}

/// A line that stands in somebody's box.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacedLine {
    /// Whose box.
    pub owner: PersonId,
    /// Which box.
    pub kind: BoxKind,
    /// What it says.
    pub line: BoxLine,
}

/// What a mail link is bound to. Any act on the assignment changes the nonce, which ends all earlier links.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkClaims {
    /// Whose link.
    pub person: PersonId,
    /// For which course.
    pub course: CourseId,
    /// For which round.
    pub round: AssignmentRound,
    /// The assignment's nonce when the mail was written.
    pub nonce: u32,
}

/// One course asked of one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// Which course.
    pub course: CourseId,
    /// Which time.
    pub round: AssignmentRound,
    /// Whether it counts in figures and managers hear of it.
    pub required: bool,
    /// The local day it was asked.
    pub assigned_on: Date,
    /// The date as it was set; what is in effect also depends on absences, see `rules::due`.
    pub due: Date,
    /// The day from which the way to the due date is counted: the day it was asked, or extended.
    pub counted_from: Date,
    /// How it came about.
    pub source: AssignmentSource,
    /// Why.
    pub reason: AssignmentReason,
    /// The local day it was brought in, for imported ones: overdue then means a new date after go-live.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imported_on: Option<Date>,
    /// Every change of the due date, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extensions: Vec<Extension>,
    /// What was told, one entry per due date.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub told: Vec<Told>,
    /// The first day on which it was overdue, while it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub became_overdue: Option<Date>,
    /// Where others read of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<PlacedLine>,
    /// What the person answered and nobody has dealt with yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<Ask>,
    /// Whether planning itself took it back, because what had asked for it was gone: planning may ask again. What somebody
    /// took back stays taken back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub superseded: bool,
    /// Where it stands.
    #[serde(flatten)]
    pub state: AssignmentState,
    /// Ends mail links: changed by every act.
    pub nonce: u32,
}

impl Assignment {
    /// A new, open assignment.
    pub fn new(
        course: CourseId,
        assigned_on: Date,
        due: Date,
        source: AssignmentSource,
        reason: AssignmentReason,
    ) -> Self {
        Self {
            course,
            round: AssignmentRound::FIRST,
            required: true,
            assigned_on,
            due,
            counted_from: assigned_on,
            source,
            reason,
            imported_on: None,
            extensions: Vec::new(),
            told: Vec::new(),
            became_overdue: None,
            lines: Vec::new(),
            ask: None,
            superseded: false,
            state: AssignmentState::Open,
            nonce: 0,
        }
    }

    /// Whether it is still to be done.
    pub const fn is_open(&self) -> bool {
        matches!(self.state, AssignmentState::Open)
    }

    /// Whether planning offered it; what somebody recommended is theirs.
    pub fn is_offered(&self) -> bool {
        self.source == AssignmentSource::Plan && !self.required
    }

    /// What was told for a due date.
    pub fn told_for(&self, due: Date) -> Option<&Told> {
        self.told.iter().find(|told| told.due == due)
    }

    /// Somebody acted: earlier links end.
    pub(crate) fn acted(&mut self) {
        self.nonce = self.nonce.wrapping_add(1);
    }
}
