//! Why the directory refuses.

use kernel::{ErrorKind, PersonId, StoreError, TeamId, WorkloadId};

use crate::{AbsencesError, MembershipError};

/// A refusal that names its fact.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// Nobody has this id.
    #[error("person {0} does not exist")]
    NoPerson(PersonId),
    /// No team has this id.
    #[error("team {0} does not exist")]
    NoTeam(TeamId),
    /// No workload has this id.
    #[error("workload {0} does not exist")]
    NoWorkload(WorkloadId),
    /// The manager named does not exist.
    #[error("the manager does not exist")]
    UnknownManager,
    /// The delegate named does not exist.
    #[error("the delegate does not exist")]
    UnknownDelegate,
    /// A lead named does not exist.
    #[error("a lead does not exist")]
    UnknownLead,
    /// A team named does not exist.
    #[error("team {0} is not known")]
    UnknownTeam(TeamId),
    /// A team named was merged or split.
    #[error("team {0} was merged or split")]
    TeamEnded(TeamId),
    /// A person would be their own manager, directly or through others.
    #[error("the manager reports to this person")]
    ManagerCycle,
    /// The line of managers is longer than anyone's should be.
    #[error("the line of managers is longer than {0}")]
    ManagerLineTooLong(usize),
    /// A person would stand in for themselves.
    #[error("nobody is their own delegate")]
    OwnDelegate,
    /// The last day is before the first.
    #[error("the last day is before the first")]
    LeaveBeforeStart,
    /// Memberships that do not fit together.
    #[error(transparent)]
    Memberships(#[from] MembershipError),
    /// Absences that cannot be kept.
    #[error(transparent)]
    Absences(#[from] AbsencesError),
    /// A team would follow itself.
    #[error("a team is not its own successor")]
    OwnSuccessor,
    /// A split into fewer than two or more than [`crate::teams::MOST_PARTS`] teams, or into two of the same code.
    #[error("a team splits into 2 to 10, each with a code of its own")]
    Parts,
    /// A person named in two parts of a split.
    #[error("person {0} is named in two parts")]
    NamedTwice(PersonId),
    /// Too many leads, repositories or tags.
    #[error("at most {most} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// The bound.
        most: usize,
    },
    /// What the caller read is no longer true.
    #[error("the record was changed meanwhile")]
    Stale,
    /// The store could not do as asked.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl DirectoryError {
    /// How a boundary should understand it.
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::NoPerson(_) | Self::NoTeam(_) | Self::NoWorkload(_) => ErrorKind::NotFound,
            Self::UnknownManager
            | Self::UnknownDelegate
            | Self::UnknownLead
            | Self::UnknownTeam(_)
            | Self::ManagerCycle
            | Self::ManagerLineTooLong(_)
            | Self::OwnDelegate
            | Self::LeaveBeforeStart
            | Self::Memberships(_)
            | Self::Absences(_)
            | Self::OwnSuccessor
            | Self::Parts
            | Self::NamedTwice(_)
            | Self::TooMany { .. } => ErrorKind::Invalid,
            Self::TeamEnded(_) | Self::Stale => ErrorKind::Conflict,
            Self::Store(error) => error.kind(),
        }
    }
}
