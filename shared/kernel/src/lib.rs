//! What every room shares: typed ids, versions, paging, actors and the permission table, the clock port, events, and
//! [`Commit`], the one shape in which a system asks for a change.
//!
//! Nothing here does I/O, reads the system clock or knows a system's rules.

pub mod access;
mod clock;
mod commit;
pub mod day;
mod error;
mod event;
mod id;
mod identity;
pub mod import;
mod job_role;
mod outside;
mod page;
pub mod secret;
pub mod text;
mod time;
mod version;

pub use access::{Actor, Decision, Grant, Operation, Principal, Role, Subject};
pub use clock::Clock;
pub use commit::{Answers, Commit, MailDraft, MailMode, Once, StoreError, StoredAnswer};
pub use day::Day;
pub use error::ErrorKind;
pub use event::{Cause, Event};
#[cfg(debug_assertions)]
pub use id::seeded as seeded_ids;
pub use id::{
    ArticleId, AssessmentId, AssignmentRound, AttemptId, CompletionId, CourseId, EventId, ExemptionId, FeedbackId,
    IdError, JobId, MailId, PersonId, QuestionId, RunId, SessionId, TeamId, WorkloadId,
};
pub use identity::{Access, Identity};
pub use job_role::{JobRole, JobRoleError};
pub use outside::{Active, ActiveSettings, GatewayError, ImportFiles, Mend, StartMachine, Uploads};
pub use page::{Limit, LimitError, Page, Position};
pub use secret::Redacted;
pub use time::{DateSpan, LocalTime, SpanError, ZoneName, ZoneNameError};
pub use version::Version;
