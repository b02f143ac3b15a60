//! Optimistic concurrency: every changeable thing counts its changes.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How many times a thing was written: 1 when created, one more with every change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(u64);

impl Version {
    /// What a thing has that was never written: a write that expects this expects absence.
    pub const ABSENT: Self = Self(0);
    /// What a created thing has.
    pub const FIRST: Self = Self(1);

    /// Wraps a stored number.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The version after one more change.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The version before this one: what a writer must have read.
    #[must_use]
    pub const fn previous(self) -> Self {
        Self(self.0.saturating_sub(1))
    }

    /// The number.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
