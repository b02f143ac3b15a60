//! What a person contributes to figures, and the figures of a group. A contribution is written as an event whenever it
//! changes; roll-ups add the new one and take the old one away.

use kernel::TeamId;
use serde::{Deserialize, Serialize};

use crate::competency::{Reach, Spreads};

/// What a person contributes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Placement {
    /// The primary team, or none.
    pub teams: Vec<TeamId>,
    /// The code of that team's department.
    pub department: Option<String>,
    /// Whether the person counts: active, present, marked as counting, with requirements.
    pub counted: bool,
    /// Whether nothing required is overdue.
    pub clear: bool,
    /// Required courses.
    pub required: u32,
    /// Of them validly completed.
    pub valid: u32,
    /// Where the person stands in what their role is asked for.
    #[serde(default, skip_serializing_if = "Reach::is_empty")]
    pub areas: Reach,
}

impl Placement {
    /// The groups the person counts in.
    pub fn scopes(&self) -> Vec<Scope> {
        if !self.counted {
            return Vec::new();
        }
        let teams = self.teams.iter().copied().map(Scope::Team);
        let department = self.department.iter().cloned().map(Scope::Department);
        std::iter::once(Scope::Company).chain(teams).chain(department).collect()
    }
}

/// A group that has figures.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Scope {
    /// Everybody.
    Company,
    /// A team, by primary membership.
    Team(TeamId),
    /// A department, by its code.
    Department(String),
}

/// A text that names no group.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a scope is COMPANY, TEAM#<team> or DEPARTMENT#<code>")]
pub struct ScopeError;

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Company => f.write_str("COMPANY"),
            Self::Team(team) => write!(f, "TEAM#{team}"),
            Self::Department(code) => write!(f, "DEPARTMENT#{code}"),
        }
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.to_string()
    }
}

impl TryFrom<String> for Scope {
    type Error = ScopeError;

    fn try_from(raw: String) -> Result<Self, ScopeError> {
        raw.parse()
    }
}

impl std::str::FromStr for Scope {
    type Err = ScopeError;

    fn from_str(raw: &str) -> Result<Self, ScopeError> {
        match raw.split_once('#') {
            None if raw == "COMPANY" => Ok(Self::Company),
            Some(("TEAM", team)) => team.parse().map(Self::Team).map_err(|_| ScopeError),
            Some(("DEPARTMENT", code)) if !code.is_empty() => Ok(Self::Department(code.to_owned())),
            _ => Err(ScopeError),
        }
    }
}

/// The figures of a group. Signed, because a difference is one too.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RollUp {
    /// People who count.
    pub people: i64,
    /// Of them with nothing overdue.
    pub clear: i64,
    /// Their required courses.
    pub required: i64,
    /// Of them validly completed.
    pub valid: i64,
    /// How they stand in what their roles are asked for.
    #[serde(default, skip_serializing_if = "Spreads::is_empty")]
    pub areas: Spreads,
}

impl RollUp {
    /// Nothing.
    pub const ZERO: Self = Self { people: 0, clear: 0, required: 0, valid: 0, areas: Spreads::NONE };

    /// What one person contributes.
    pub fn of(placement: &Placement) -> Self {
        if !placement.counted {
            return Self::ZERO;
        }
        Self {
            people: 1,
            clear: i64::from(placement.clear),
            required: i64::from(placement.required),
            valid: i64::from(placement.valid),
            areas: Spreads::of(&placement.areas),
        }
    }

    /// The sum.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        Self {
            people: self.people + other.people,
            clear: self.clear + other.clear,
            required: self.required + other.required,
            valid: self.valid + other.valid,
            areas: self.areas.plus(&other.areas),
        }
    }

    /// The difference.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        Self {
            people: self.people - other.people,
            clear: self.clear - other.clear,
            required: self.required - other.required,
            valid: self.valid - other.valid,
            areas: self.areas.minus(&other.areas),
        }
    }

    /// Whether nothing is in it.
    pub fn is_zero(&self) -> bool {
        *self == Self::ZERO
    }
}
