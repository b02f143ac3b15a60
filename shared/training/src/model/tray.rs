//! Boxes: what a manager, a next manager or a security contact is to be told in the next weekly digest. Lines are put
//! and removed with the fact that causes them; the digest is made when the box comes up.

use jiff::{Timestamp, civil::Date};
use kernel::{CourseId, PersonId, TeamId, Version};
use serde::{Deserialize, Serialize};

use super::Ask;

spelled! {
    /// Which box.
    BoxKind {
        /// A manager's: people and courses by name.
        Manager = "MANAGER",
        /// A next manager's or security contact's: counts per team, without names.
        Escalation = "ESCALATION",
    }
}

/// One line: somebody's course.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoxLine {
    /// Whose course.
    pub person: PersonId,
    /// Which course.
    pub course: CourseId,
    /// The person's primary team, by which escalations count.
    pub team: Option<TeamId>,
    /// The due date in effect.
    pub due: Date,
    /// Whether it is overdue; a line without it only carries what the person answered.
    pub overdue: bool,
    /// The day the line was put.
    pub since: Date,
    /// Whether the person was really told; a line from a preview appears in previews only.
    pub real: bool,
    /// What the person answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<Ask>,
}

/// The head of a box.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tray {
    /// Whose.
    pub owner: PersonId,
    /// Which.
    pub kind: BoxKind,
    /// When a run must look at it next; absent while it sleeps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_at: Option<Timestamp>,
    /// How many visits in a row found it empty. A box that was found empty once is written by whoever puts a line, so
    /// that it cannot fall asleep at the same moment.
    #[serde(default)]
    pub empty_visits: u8,
    /// The day of the last digest that was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_digest: Option<Date>,
    /// The day of the last digest that was only previewed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_preview: Option<Date>,
    /// How often it was written.
    pub version: Version,
}

impl Tray {
    /// A box that does not exist yet.
    pub const fn new(owner: PersonId, kind: BoxKind) -> Self {
        Self {
            owner,
            kind,
            next_at: None,
            empty_visits: 0,
            last_digest: None,
            last_preview: None,
            version: Version::ABSENT,
        }
    }
}
