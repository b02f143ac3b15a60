//! What the mail provider tells afterwards: accepted, delivered, bounced, complained about. It finds the mail by the
//! tags it was sent with, closes mails whose `sent` mark was lost, and suppresses addresses. An event may come twice,
//! late, or in any order; the last word is the worst one.

use jiff::Timestamp;
use kernel::{MailId, PersonId, Redacted, StoreError};
use serde::Deserialize;

use crate::{
    AddressHash, FailReason, Mail, MailRef, MailState, SuppressReason,
    ports::{Mails, Suppressions},
};

/// The message tag that carries [`MailRef::person`].
pub const TAG_PERSON: &str = "person";
/// The message tag that carries [`MailRef::mail`].
pub const TAG_MAIL: &str = "mail";
/// How the notice begins that SES publishes once when a topic becomes its event destination.
const GREETING: &str = "Successfully validated SNS topic";
/// How often a lost race is tried again before the event is left to its queue.
const TRIES: usize = 4;

/// One event, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feedback {
    /// The mail it is about; none for a message that was not tagged by us.
    pub mail: Option<MailRef>,
    /// The provider's id of the message.
    pub message_id: String,
    /// What happened.
    pub kind: FeedbackKind,
}

/// What happened to a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FeedbackKind {
    /// Accepted for sending, or delivered.
    Sent,
    /// Came back for good from these addresses.
    Bounced(Vec<Redacted<String>>),
    /// Called spam by these addresses.
    Complained(Vec<Redacted<String>>),
    /// Refused after acceptance, because of a virus for instance.
    Rejected,
    /// Nothing to act on: a delay, a soft bounce, an open.
    Other,
}

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reconciled {
    /// The mail is now `sent`, and was not before.
    Sent,
    /// The mail is now `failed`, and was not before.
    Failed,
    /// The mail was as the event says already, or there is nothing to do.
    Nothing,
    /// The event names no mail of ours.
    Unknown,
}

/// A message of the feedback queue that is not an event.
#[derive(Debug, thiserror::Error)]
pub enum FeedbackError {
    /// It does not have the shape of an event.
    #[error("the message is not a sending event")]
    Shape(#[source] serde_json::Error),
}

#[derive(Deserialize)]
struct Envelope {
    #[serde(rename = "Message")]
    message: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    #[serde(alias = "notificationType")]
    event_type: String,
    mail: RawMail,
    bounce: Option<RawBounce>,
    complaint: Option<RawComplaint>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawMail {
    message_id: String,
    #[serde(default)]
    tags: std::collections::BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawBounce {
    bounce_type: String,
    #[serde(default)]
    bounced_recipients: Vec<RawRecipient>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawComplaint {
    #[serde(default)]
    complained_recipients: Vec<RawRecipient>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawRecipient {
    email_address: Redacted<String>,
}

impl Feedback {
    /// Reads a message body: an SES event, bare or inside an SNS notification.
    ///
    /// # Errors
    /// [`FeedbackError::Shape`] for anything else.
    pub fn parse(body: &str) -> Result<Self, FeedbackError> {
        let raw: Raw = match serde_json::from_str::<Envelope>(body) {
            Ok(envelope) if envelope.message.starts_with(GREETING) => {
                return Ok(Self { mail: None, message_id: String::new(), kind: FeedbackKind::Other });
            }
            Ok(envelope) => serde_json::from_str(&envelope.message).map_err(FeedbackError::Shape)?,
            Err(_) => serde_json::from_str(body).map_err(FeedbackError::Shape)?,
        };
        let tag = |name: &str| raw.mail.tags.get(name).and_then(|values| values.first());
        let person = tag(TAG_PERSON).and_then(|id| id.parse::<PersonId>().ok());
        let mail = tag(TAG_MAIL).and_then(|id| id.parse::<MailId>().ok());
        let addresses = |recipients: Vec<RawRecipient>| recipients.into_iter().map(|to| to.email_address).collect();
        let kind = match (raw.event_type.as_str(), raw.bounce, raw.complaint) {
            ("Send" | "Delivery", _, _) => FeedbackKind::Sent,
            ("Bounce", Some(bounce), _) if bounce.bounce_type == "Permanent" => {
                FeedbackKind::Bounced(addresses(bounce.bounced_recipients))
            }
            ("Complaint", _, Some(complaint)) => FeedbackKind::Complained(addresses(complaint.complained_recipients)),
            ("Reject", _, _) => FeedbackKind::Rejected,
            _ => FeedbackKind::Other,
        };
        let mail = person.zip(mail).map(|(person, mail)| MailRef { person, mail });
        Ok(Self { mail, message_id: raw.mail.message_id, kind })
    }
}

/// Applies an event: addresses first, then the mail. Safe to repeat.
///
/// # Errors
/// [`StoreError`] where another try is worth it.
pub async fn reconcile(
    mails: &dyn Mails,
    suppressions: &dyn Suppressions,
    feedback: &Feedback,
    now: Timestamp,
) -> Result<Reconciled, StoreError> {
    let (addresses, reason): (&[_], _) = match &feedback.kind {
        FeedbackKind::Bounced(addresses) => (addresses, SuppressReason::Bounced),
        FeedbackKind::Complained(addresses) => (addresses, SuppressReason::Complained),
        FeedbackKind::Sent | FeedbackKind::Rejected | FeedbackKind::Other => (&[], SuppressReason::Bounced),
    };
    for address in addresses {
        suppressions.suppress(&AddressHash::of(address.expose()), reason, now).await?;
    }
    let Some(at) = feedback.mail else { return Ok(Reconciled::Unknown) };
    let mut tries = 0;
    loop {
        let Some(mail) = mails.load(at).await? else { return Ok(Reconciled::Unknown) };
        let read = mail.version;
        let Some((mail, reconciled)) = apply(mail, feedback, now) else { return Ok(Reconciled::Nothing) };
        match mails.save(&mail, read).await {
            Ok(()) => return Ok(reconciled),
            Err(StoreError::Conflict) if tries < TRIES => tries += 1,
            Err(error) => return Err(error),
        }
    }
}

/// What an event makes of a mail; none where it changes nothing.
fn apply(mail: Mail, feedback: &Feedback, now: Timestamp) -> Option<(Mail, Reconciled)> {
    let failed = match &feedback.kind {
        FeedbackKind::Other => return None,
        FeedbackKind::Sent => {
            // SES took it, whatever a retry made of the mail because its answer was lost.
            let lost = mail.is_open()
                || matches!(
                    &mail.state,
                    MailState::Failed { reason: FailReason::GaveUp, .. }
                        | MailState::Preview
                        | MailState::Suppressed { .. }
                );
            return lost.then(|| (mail.sent(now, feedback.message_id.clone()), Reconciled::Sent));
        }
        FeedbackKind::Bounced(_) => FailReason::Bounced,
        FeedbackKind::Complained(_) => FailReason::Complained,
        FeedbackKind::Rejected => FailReason::Refused("rejected_after_acceptance".to_owned()),
    };
    match mail.state {
        MailState::Failed { ref reason, .. } if *reason != FailReason::GaveUp => None,
        _ => Some((mail.fail(now, failed), Reconciled::Failed)),
    }
}
