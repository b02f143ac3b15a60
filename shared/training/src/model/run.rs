//! One run of the reminder cycle, as its status page shows it: counts only.

use jiff::Timestamp;
use kernel::{RunId, Version};
use serde::{Deserialize, Serialize};

spelled! {
    /// How a run is getting on.
    RunState {
        /// Started.
        Running = "running",
        /// Everything that was due has been visited.
        Finished = "finished",
    }
}

/// What a run, or a part of it, did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RunCounts {
    /// People visited.
    pub people: u64,
    /// Boxes visited.
    pub boxes: u64,
    /// Mails written, previews included.
    pub mails: u64,
    /// Assignments that became overdue.
    pub became_overdue: u64,
    /// Visits that failed and come up again.
    pub failed: u64,
}

impl RunCounts {
    /// The sum.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            people: self.people + other.people,
            boxes: self.boxes + other.boxes,
            mails: self.mails + other.mails,
            became_overdue: self.became_overdue + other.became_overdue,
            failed: self.failed + other.failed,
        }
    }
}

/// One run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReminderRun {
    /// Its id.
    pub id: RunId,
    /// The moment it works for.
    pub at: Timestamp,
    /// Whether it waits for nobody's send hour.
    pub ignore_send_hour: bool,
    /// How it is getting on.
    pub state: RunState,
    /// What it did, once finished.
    pub counts: RunCounts,
    /// How often it was written.
    pub version: Version,
}
