//! One mail and its states. The only way from one state to another is a method here; the store writes what they return
//! under the version that was read, so that of two workers one wins.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use kernel::{MailDraft, MailId, PersonId, Version, text};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// How often a mail is tried before it is given up. Being throttled does not count.
pub const MAX_ATTEMPTS: u16 = 8;

/// Where a mail is found: also the body of a message in the mail queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MailRef {
    /// Whose mail it is.
    pub person: PersonId,
    /// Which one.
    pub mail: MailId,
}

/// A committed mail.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mail {
    /// Where it is found.
    #[serde(flatten)]
    pub at: MailRef,
    /// Which template renders it.
    pub template: String,
    /// What the template needs.
    pub model: serde_json::Value,
    /// When it was committed.
    pub created_at: Timestamp,
    /// How far it got.
    pub state: MailState,
    /// How often a worker claimed it, throttled attempts not counted.
    pub attempts: u16,
    /// Counts its changes.
    pub version: Version,
}

/// How far a mail got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum MailState {
    /// Written, not yet taken by a worker.
    Pending,
    /// A worker is at it, or died over it; another may take it once `until` has passed.
    Leased {
        /// The end of the lease.
        until: Timestamp,
        /// Who holds it.
        worker: String,
    },
    /// Accepted by the provider.
    Sent {
        /// When we learned of it.
        at: Timestamp,
        /// The provider's id.
        message_id: String,
    },
    /// Ended without reaching its recipient.
    Failed {
        /// When.
        at: Timestamp,
        /// Why.
        reason: FailReason,
    },
    /// Deliberately not sent.
    Suppressed {
        /// When.
        at: Timestamp,
        /// Why.
        reason: SuppressReason,
    },
    /// Written to be read by the program, never sent.
    Preview,
}

impl MailState {
    /// A word for listings and metrics.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Leased { .. } => "leased",
            Self::Sent { .. } => "sent",
            Self::Failed { .. } => "failed",
            Self::Suppressed { .. } => "suppressed",
            Self::Preview => "preview",
        }
    }
}

/// Why a mail failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailReason {
    /// The provider refused it for good; the text is its code.
    Refused(String),
    /// Its template or model is broken; the text names the part.
    Unrenderable(String),
    /// Tried [`MAX_ATTEMPTS`] times.
    GaveUp,
    /// Came back for good.
    Bounced,
    /// The recipient called it spam.
    Complained,
}

/// Why a mail is not sent, or an address not written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SuppressReason {
    /// An earlier mail to the address came back for good.
    Bounced,
    /// The recipient called an earlier mail spam.
    Complained,
    /// The recipient left, was erased, or is unknown.
    NotActive,
}

/// A mail that cannot be claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unclaimable {
    /// Another worker's lease runs until then.
    Busy(Timestamp),
    /// It has ended.
    Ended,
}

impl Mail {
    /// The mail a draft becomes when it is committed.
    pub fn committed(draft: &MailDraft, at: Timestamp) -> Self {
        Self {
            at: MailRef { person: draft.person, mail: draft.id },
            template: draft.template.clone(),
            model: draft.model.clone(),
            created_at: at,
            state: if draft.deliver { MailState::Pending } else { MailState::Preview },
            attempts: 0,
            version: Version::FIRST,
        }
    }

    /// Whether it still has to be sent: such a mail has an entry in the pending index.
    pub const fn is_open(&self) -> bool {
        matches!(self.state, MailState::Pending | MailState::Leased { .. })
    }

    /// Whether a worker holds it at an instant.
    pub fn is_leased(&self, now: Timestamp) -> bool {
        matches!(self.state, MailState::Leased { until, .. } if until > now)
    }

    fn into_state(mut self, state: MailState) -> Self {
        self.state = state;
        self.version = self.version.next();
        self
    }

    pub(crate) fn claim(mut self, now: Timestamp, worker: &str, lease: SignedDuration) -> Result<Self, Unclaimable> {
        match self.state {
            MailState::Pending => {}
            MailState::Leased { until, .. } if until <= now => {}
            MailState::Leased { until, .. } => return Err(Unclaimable::Busy(until)),
            MailState::Sent { .. } | MailState::Failed { .. } | MailState::Suppressed { .. } | MailState::Preview => {
                return Err(Unclaimable::Ended);
            }
        }
        if self.attempts >= MAX_ATTEMPTS {
            return Ok(self.fail(now, FailReason::GaveUp));
        }
        self.attempts += 1;
        let until = now.saturating_add(lease).unwrap_or(Timestamp::MAX);
        Ok(self.into_state(MailState::Leased { until, worker: worker.to_owned() }))
    }

    /// Back to pending after a failure that certainly sent nothing.
    pub(crate) fn release(mut self, counted: bool) -> Self {
        if !counted {
            self.attempts = self.attempts.saturating_sub(1);
        }
        self.into_state(MailState::Pending)
    }

    pub(crate) fn sent(self, at: Timestamp, message_id: String) -> Self {
        self.into_state(MailState::Sent { at, message_id })
    }

    pub(crate) fn fail(self, at: Timestamp, reason: FailReason) -> Self {
        self.into_state(MailState::Failed { at, reason })
    }

    pub(crate) fn suppress(self, at: Timestamp, reason: SuppressReason) -> Self {
        self.into_state(MailState::Suppressed { at, reason })
    }

    pub(crate) fn into_preview(self) -> Self {
        self.into_state(MailState::Preview)
    }
}

/// The SHA-256 of a folded address, in hexadecimal: what a suppression is kept under, so that the list itself holds no
/// address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddressHash(String);

impl AddressHash {
    /// The hash of an address.
    pub fn of(email: &str) -> Self {
        let digest = Sha256::digest(text::fold(email).as_bytes());
        Self(digest.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// 64 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AddressHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
