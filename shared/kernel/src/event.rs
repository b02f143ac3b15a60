//! The envelope of everything that happened.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{EventId, Principal};

/// Why and through whom something happens: carried by every use case from its boundary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// Who acts.
    pub by: Principal,
    /// The instant at which the use case runs.
    pub at: Timestamp,
    /// One id for everything a request or run sets off.
    pub correlation_id: String,
    /// The event this one reacts to, if any.
    pub causation_id: Option<EventId>,
}

/// One fact. Its id is the id of its outbox row; data are ids, numbers and dates, never names or addresses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Also the outbox id, and the key under which consumers count it once.
    pub id: EventId,
    /// `<system>.<what_happened>`, such as `training.completed`.
    pub kind: String,
    /// The version of `data`'s shape; additive within a version.
    pub version: u16,
    /// When it happened in the world.
    pub occurred_at: Timestamp,
    /// When it was written down.
    pub recorded_at: Timestamp,
    /// Who did it.
    pub actor: Principal,
    /// The id of the thing it happened to.
    pub subject: String,
    /// One id for everything a request or run sets off.
    pub correlation_id: String,
    /// The event this one reacts to, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causation_id: Option<EventId>,
    /// Ids, numbers and dates.
    pub data: serde_json::Value,
}

impl Event {
    /// A fact of version 1 that happened at the cause's instant.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "ids are small copies, and callers read better without a reference"
    )]
    pub fn new(kind: &str, subject: impl ToString, data: serde_json::Value, cause: &Cause) -> Self {
        Self {
            id: EventId::new(cause.at),
            kind: kind.to_owned(),
            version: 1,
            occurred_at: cause.at,
            recorded_at: cause.at,
            actor: cause.by.clone(),
            subject: subject.to_string(),
            correlation_id: cause.correlation_id.clone(),
            causation_id: cause.causation_id,
            data,
        }
    }

    /// The system a kind belongs to: what stands before its first dot.
    pub fn system(&self) -> &str {
        self.kind.split('.').next().unwrap_or_default()
    }
}
