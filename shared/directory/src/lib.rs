//! Who works here, in which team, and who owns what.
//!
//! People with dated memberships, absences and a manager; teams that merge and split with named successors; workloads
//! with an owner team; and the CSV files that bring them in. Every use case reads through a port, decides, and returns
//! one [`kernel::Commit`] of [`Write`]s. Nothing here knows the table, HTTP or the system clock.

mod access;
mod error;
mod event;
pub mod import;
mod membership;
pub mod people;
mod person;
mod port;
mod team;
pub mod teams;
mod value;
mod workload;
pub mod workloads;

pub use access::AccessFacts;
pub use error::DirectoryError;
pub use membership::{Membership, MembershipError, Memberships};
pub use person::{
    Absence, AbsenceKind, Absences, AbsencesError, Employment, IdentitySubject, Person, PersonSummary, Tombstone,
};
pub use port::{DirectoryListing, DirectoryReader, DirectoryWriter, Exported, ManagerLink, Write};
pub use team::{Team, TeamState};
pub use value::{
    Country, DepartmentCode, Email, Invalid, Language, PersonName, Repository, Tag, TeamCode, TeamName, WorkingShare,
    WorkloadCode, WorkloadName,
};
pub use workload::{Tier, Workload, WorkloadKind};
