//! What delivery needs from outside: the mails themselves, people's addresses, suppressed addresses, a sender, the
//! settings and the link keys. Object-safe, in this room's own types; adapters live in `store` and `gateways`.

use std::{collections::BTreeMap, error::Error};

use async_trait::async_trait;
use jiff::{Timestamp, civil::Date};
use kernel::{Limit, Page, PersonId, Position, Redacted, StoreError, TeamId, Version};

use crate::{AddressHash, Mail, MailRef, ProgramSettings, SuppressReason, links::LinkKeys};

/// The mails as stored.
#[async_trait]
pub trait Mails: Send + Sync {
    /// One mail, read consistently.
    async fn load(&self, mail: MailRef) -> Result<Option<Mail>, StoreError>;

    /// Writes a changed mail where the stored version is still `expected`, else [`StoreError::Conflict`]. The entry in
    /// the pending index stays while [`Mail::is_open`] and goes when it is not.
    async fn save(&self, mail: &Mail, expected: Version) -> Result<(), StoreError>;
}

/// Listings of mails, for those who run the program.
#[async_trait]
pub trait MailListing: Send + Sync {
    /// Mails committed on a day (UTC), by person.
    async fn on_day(&self, day: Date, limit: Limit, after: Option<&Position>) -> Result<Page<Mail>, StoreError>;
}

/// Mails that are committed and neither sent nor given up.
#[async_trait]
pub trait PendingMails: Send + Sync {
    /// Open mails of a shard (0 to 15) whose turn came by an instant, oldest first, at most `limit`.
    async fn pending(&self, shard: u8, before: Timestamp, limit: u16) -> Result<Vec<Mail>, StoreError>;

    /// Notes that a mail was queued again, so that it is looked at again only from `next`.
    async fn postpone(&self, mail: &Mail, next: Timestamp) -> Result<(), StoreError>;
}

/// What a mail needs to know of a person, read when it is rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// How the person is addressed.
    pub name: Redacted<String>,
    /// Where the mail goes.
    pub email: Redacted<String>,
    /// The language the person reads, such as `de` or `de-AT`; the program's default where it is not one of ours.
    pub language: String,
    /// The teams of today, for pilot mode.
    pub teams: Vec<TeamId>,
    /// Whether the person is still with the company.
    pub active: bool,
}

/// The address book.
#[async_trait]
pub trait Contacts: Send + Sync {
    /// A recipient; none when the person is unknown or erased.
    async fn contact(&self, person: PersonId) -> Result<Option<Contact>, StoreError>;

    /// Names of people; those unknown or erased are missing from the answer.
    async fn people(&self, people: &[PersonId]) -> Result<BTreeMap<PersonId, Redacted<String>>, StoreError>;

    /// Names of teams; unknown ones are missing from the answer.
    async fn teams(&self, teams: &[TeamId]) -> Result<BTreeMap<TeamId, String>, StoreError>;
}

/// Addresses that no mail goes to.
#[async_trait]
pub trait Suppressions: Send + Sync {
    /// Why an address is suppressed, if it is.
    async fn suppressed(&self, address: &AddressHash) -> Result<Option<SuppressReason>, StoreError>;

    /// Suppresses an address; a second time changes nothing.
    async fn suppress(&self, address: &AddressHash, reason: SuppressReason, at: Timestamp) -> Result<(), StoreError>;
}

/// A mail ready to leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Which mail it is: the sender tags the message with it, so that feedback finds the way back.
    pub mail: MailRef,
    /// Recipient, subject and both bodies.
    pub content: crate::Rendered,
}

/// Hands mails to the outside world.
#[async_trait]
pub trait Sender: Send + Sync {
    /// Sends once, without retries of its own, and answers with the message id of the provider.
    async fn send(&self, mail: &Outgoing) -> Result<String, SendError>;
}

/// Why a mail did not leave, by what that means for the next attempt.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// Refused for now whatever the mail: too fast, over the daily quota, sending paused. Certainly not sent.
    #[error("the sender is throttled")]
    Throttled(#[source] Box<dyn Error + Send + Sync>),
    /// It did not reach the provider. Certainly not sent.
    #[error("the sender could not be reached")]
    Transient(#[source] Box<dyn Error + Send + Sync>),
    /// No answer came, or one that leaves it open. It may have been sent.
    #[error("the sender's answer was lost")]
    Ambiguous(#[source] Box<dyn Error + Send + Sync>),
    /// Refused for good: this mail will never leave. The text is a code such as `message_rejected`.
    #[error("the sender refused the mail: {0}")]
    Permanent(String),
}

/// Settings or keys that could not be had.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// Throttled, timed out or unreachable.
    #[error("{0} could not be read")]
    Unavailable(&'static str, #[source] Box<dyn Error + Send + Sync>),
    /// What is stored does not parse or is not valid.
    #[error("{0} is not valid: {1}")]
    Invalid(&'static str, String),
}

/// The program's settings and the link keys, cached by the adapter.
#[async_trait]
pub trait Settings: Send + Sync {
    /// The active settings.
    async fn program(&self) -> Result<ProgramSettings, SettingsError>;

    /// The keys that links are signed with.
    async fn link_keys(&self) -> Result<LinkKeys, SettingsError>;
}

/// The queue that brings mails to the mailer.
#[async_trait]
pub trait MailQueue: Send + Sync {
    /// Queues mails, and answers with those that could not be queued.
    async fn enqueue(&self, mails: &[MailRef]) -> Vec<MailRef>;
}
