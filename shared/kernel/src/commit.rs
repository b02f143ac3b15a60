//! The one shape in which a system asks for a change.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{ErrorKind, Event, MailId, PersonId, Principal};

/// Whether mail leaves the house.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailMode {
    /// No mail is written at all.
    #[default]
    Off,
    /// Mail is written and can be read by the program, and is not sent.
    Preview,
    /// Mail is sent to members of named teams; for everyone else as in preview.
    Pilot,
    /// Mail is sent.
    On,
}

/// A mail to be written with the fact that causes it. It names its recipient by id only; name, address and language are
/// read when it is sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MailDraft {
    /// Also the outbox id and the tag at SES.
    pub id: MailId,
    /// Who gets it.
    pub person: PersonId,
    /// Which template renders it: the name of a folder under `shared/mail/templates`.
    pub template: String,
    /// What the template needs: ids, numbers, dates and catalogue titles, never a person's name or address.
    pub model: serde_json::Value,
    /// False for a preview: written, listed, never sent.
    pub deliver: bool,
}

/// A request that must take effect once however often it is repeated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Once {
    /// Who asks: keys belong to the caller.
    pub by: Principal,
    /// When: the answer is kept for a while from then on.
    pub at: Timestamp,
    /// The caller's `Idempotency-Key`, scoped to the caller.
    pub key: String,
    /// A hash of method, path and body: the same key with another payload is refused.
    pub payload_hash: String,
    /// What a repetition is answered with.
    pub answer: StoredAnswer,
}

/// The answer kept for repetitions of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The `Location` header, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// The `ETag` header, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// The JSON body, empty for an answer without one.
    pub body: String,
}

/// Where answers to earlier requests are kept.
#[async_trait]
pub trait Answers: Send + Sync {
    /// The payload hash and the answer kept for a caller under the key of a [`Once`].
    async fn answered(&self, by: &Principal, key: &str) -> Result<Option<(String, StoredAnswer)>, StoreError>;
}

/// A change, its events, its mails and its idempotency record: all of it happens, or none.
#[derive(Debug, Clone)]
pub struct Commit<W> {
    /// The system's own writes, each conditional on absence or on the version that was read.
    pub writes: Vec<W>,
    /// What happened.
    pub events: Vec<Event>,
    /// Who is told by mail.
    pub mails: Vec<MailDraft>,
    /// Set for requests that carry an `Idempotency-Key`.
    pub once: Option<Once>,
}

impl<W> Commit<W> {
    /// A change without events, mails or idempotency record.
    pub fn of(writes: Vec<W>) -> Self {
        Self { writes, events: Vec::new(), mails: Vec::new(), once: None }
    }

    /// Adds an event.
    #[must_use]
    pub fn event(mut self, event: Event) -> Self {
        self.events.push(event);
        self
    }

    /// Adds a mail.
    #[must_use]
    pub fn mail(mut self, mail: MailDraft) -> Self {
        self.mails.push(mail);
        self
    }

    /// Makes the change happen once per idempotency key.
    #[must_use]
    pub fn once(mut self, once: Option<Once>) -> Self {
        self.once = once;
        self
    }
}

/// Why a system's store could not do as asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Someone else wrote first: what was read is no longer true. Read again and decide again.
    #[error("a concurrent change came first")]
    Conflict,
    /// What should be new exists already; the name says what, such as `email` or `team_code`.
    #[error("{0} is taken")]
    Taken(&'static str),
    /// The request was done before: answer with this.
    #[error("the request was answered before")]
    Replay(StoredAnswer),
    /// The idempotency key was used for another payload.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// Throttled, timed out or unreachable; whether the change happened is unknown.
    #[error("the store could not be reached")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// More than one transaction takes, however often it is tried; the number says how many writes.
    #[error("{0} writes do not fit into one transaction")]
    TooLarge(usize),
    /// A stored item that does not parse; the text names its key.
    #[error("a stored item is unreadable: {0}")]
    Unreadable(String),
}

impl StoreError {
    /// How a boundary should understand it.
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Conflict | Self::Taken(_) => ErrorKind::Conflict,
            Self::Replay(_) | Self::KeyReused | Self::TooLarge(_) => ErrorKind::Invalid,
            Self::Unavailable(_) => ErrorKind::Unavailable,
            Self::Unreadable(_) => ErrorKind::Internal,
        }
    }
}
