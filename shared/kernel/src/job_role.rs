//! The job roles that the program knows: each has a path in the catalogue.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// What a person does, as far as the program cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobRole {
    /// Writes software.
    Developer,
    /// Builds and runs platforms.
    Devops,
    /// Designs systems.
    Architect,
    /// Leads people.
    Manager,
    /// Tests software.
    Tester,
    /// Owns a product.
    Product,
}

/// A text that names no job role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a job role is one of developer, devops, architect, manager, tester, product")]
pub struct JobRoleError;

impl JobRole {
    /// Every job role.
    pub const ALL: [Self; 6] =
        [Self::Developer, Self::Devops, Self::Architect, Self::Manager, Self::Tester, Self::Product];

    /// The name in files, keys and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Developer => "developer",
            Self::Devops => "devops",
            Self::Architect => "architect",
            Self::Manager => "manager",
            Self::Tester => "tester",
            Self::Product => "product",
        }
    }
}

impl fmt::Display for JobRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for JobRole {
    type Err = JobRoleError;

    fn from_str(raw: &str) -> Result<Self, JobRoleError> {
        Self::ALL.into_iter().find(|role| role.as_str() == raw).ok_or(JobRoleError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_reads_back_from_its_name() {
        for role in JobRole::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
            assert_eq!(serde_json::to_value(role).ok(), Some(role.as_str().into()));
        }
        assert_eq!("chef".parse::<JobRole>(), Err(JobRoleError));
    }
}
