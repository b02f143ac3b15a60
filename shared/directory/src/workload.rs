//! A workload: something that runs or ships, owned by one team.

use std::collections::BTreeSet;

use jiff::Timestamp;
use kernel::{TeamId, Version, WorkloadId};
use serde::{Deserialize, Serialize};

use crate::{Invalid, Repository, Tag, WorkloadCode, WorkloadName};

/// How much depends on a workload: 1 most, 3 least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Tier(u8);

impl Tier {
    /// What a value must look like.
    pub const EXPECTED: &'static str = "a tier: 1, 2 or 3";

    /// Checks a tier.
    ///
    /// # Errors
    /// [`Invalid`] outside 1 to 3.
    pub const fn new(tier: u8) -> Result<Self, Invalid> {
        if tier >= 1 && tier <= 3 { Ok(Self(tier)) } else { Err(Invalid(Self::EXPECTED)) }
    }

    /// The number.
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for Tier {
    type Error = Invalid;

    fn try_from(tier: u8) -> Result<Self, Invalid> {
        Self::new(tier)
    }
}

impl From<Tier> for u8 {
    fn from(tier: Tier) -> Self {
        tier.0
    }
}

/// What sort of thing a workload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkloadKind {
    /// It runs and is reached by others.
    Service,
    /// Others build it in.
    Library,
    /// A tool of the development life cycle itself.
    Sdlc,
}

impl WorkloadKind {
    /// What a value must look like.
    pub const EXPECTED: &'static str = "service, library or sdlc";
}

/// A workload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workload {
    /// The id, which stays whatever else changes.
    pub id: WorkloadId,
    /// How often the record was written.
    pub version: Version,
    /// The natural key.
    pub code: WorkloadCode,
    /// What it is called.
    pub name: WorkloadName,
    /// The team that owns it.
    pub owner: TeamId,
    /// How much depends on it.
    pub tier: Tier,
    /// What sort of thing it is.
    pub kind: WorkloadKind,
    /// Where its code is, at most [`Workload::MOST`].
    pub repositories: BTreeSet<Repository>,
    /// Its technologies, at most [`Workload::MOST`].
    pub tags: BTreeSet<Tag>,
    /// When the record was made.
    pub created_at: Timestamp,
    /// When it was last written.
    pub changed_at: Timestamp,
}

impl Workload {
    /// How many repositories and how many tags a workload may have.
    pub const MOST: usize = 50;
}
