//! A team: people who work together, in a department, with leads.

use jiff::Timestamp;
use kernel::{PersonId, TeamId, Version};
use serde::{Deserialize, Serialize};

use crate::{DepartmentCode, TeamCode, TeamName};

/// Whether a team still exists, and who follows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum TeamState {
    /// It works.
    Active,
    /// It became part of another.
    Merged {
        /// The team that follows.
        into: TeamId,
    },
    /// It became several.
    Split {
        /// The teams that follow; the first takes over whatever is not named otherwise.
        into: Vec<TeamId>,
    },
}

/// A team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Team {
    /// The id, which stays whatever else changes.
    pub id: TeamId,
    /// How often the record was written.
    pub version: Version,
    /// The natural key.
    pub code: TeamCode,
    /// What it is called.
    pub name: TeamName,
    /// The department it belongs to.
    pub department: DepartmentCode,
    /// Who leads it, at most [`Team::MOST_LEADS`].
    pub leads: Vec<PersonId>,
    /// Whether it still exists.
    pub state: TeamState,
    /// When the record was made.
    pub created_at: Timestamp,
    /// When it was last written.
    pub changed_at: Timestamp,
}

impl Team {
    /// How many people may lead a team.
    pub const MOST_LEADS: usize = 10;

    /// Whether the team works.
    pub const fn is_active(&self) -> bool {
        matches!(self.state, TeamState::Active)
    }
}
