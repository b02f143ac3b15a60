//! Delivers one committed mail: claims it with a lease, renders it, sends it once, and writes down how that ended.
//! Safe to call any number of times, by any number of workers, killed at any point: the lease, written under the
//! version that was read, decides who may send. The lease must outlast the worker, so that a worker that died is never
//! doubted; between the sender's acceptance and the `sent` mark lies the one moment in which a duplicate can start, and
//! the sender's own events (see [`crate::feedback`]) close it where they arrive before the lease ends.

use jiff::{SignedDuration, Timestamp};
use kernel::StoreError;

use crate::{
    AddressHash, FailReason, LinkBase, Mail, MailRef, MailState, RenderError, SuppressReason,
    mail::Unclaimable,
    ports::{Contacts, Mails, Outgoing, SendError, Sender, Settings, SettingsError, Suppressions},
    render,
};

/// How often the `sent` mark is tried before it is left to the sender's events.
const MARK_TRIES: usize = 3;

/// What delivery works with.
#[derive(Clone, Copy)]
pub struct Ports<'a> {
    /// The mails as stored.
    pub mails: &'a dyn Mails,
    /// The address book.
    pub contacts: &'a dyn Contacts,
    /// Addresses that no mail goes to.
    pub suppressions: &'a dyn Suppressions,
    /// The way out.
    pub sender: &'a dyn Sender,
    /// Settings and link keys.
    pub settings: &'a dyn Settings,
    /// The public base of the HTTP API, for links.
    pub api_url: &'a str,
}

/// One worker's try.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    /// The instant it starts.
    pub now: Timestamp,
    /// Who tries, different for every try of every worker.
    pub worker: &'a str,
    /// How long the mail is the worker's alone: at least as long as the worker can live.
    pub lease: SignedDuration,
}

/// How a try ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Sent, and marked so.
    Sent,
    /// Sent; the mark could not be written and waits for the sender's events.
    SentUnmarked,
    /// Ended as `suppressed`.
    Suppressed,
    /// Ended as `preview`: the mail mode was turned down since it was committed.
    Preview,
    /// Ended as `failed`.
    Failed,
    /// Had ended before, or is not there (any more).
    Nothing,
    /// Another worker holds it; the sweep comes back to it.
    Busy,
    /// It may have been sent; the lease stays until the sender's events or the sweep decide.
    Unknown,
    /// Certainly not sent and pending again: worth another try, later if `throttled`.
    Again {
        /// Whether the sender asked to slow down.
        throttled: bool,
    },
}

/// A try that could not even be made or ended properly. The mail is pending or leased, and nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum DeliverError {
    /// The store failed before anything was sent.
    #[error("the mail could not be read or claimed")]
    Store(#[source] StoreError),
    /// Settings or keys could not be had.
    #[error("the settings could not be had")]
    Settings(#[source] SettingsError),
}

/// Delivers one mail.
///
/// # Errors
/// [`DeliverError`] where nothing was sent and another try is worth it.
pub async fn deliver(ports: &Ports<'_>, at: MailRef, attempt: &Attempt<'_>) -> Result<Outcome, DeliverError> {
    let Some(mail) = ports.mails.load(at).await.map_err(DeliverError::Store)? else {
        return Ok(Outcome::Nothing);
    };
    // Read before claiming, so that a failure here costs neither an attempt nor a lease.
    let settings = match mail.is_open() {
        true => ports.settings.program().await.map_err(DeliverError::Settings)?,
        false => return Ok(Outcome::Nothing),
    };
    let keys = ports.settings.link_keys().await.map_err(DeliverError::Settings)?;

    let read = mail.version;
    let mail = match mail.claim(attempt.now, attempt.worker, attempt.lease) {
        Ok(mail) => mail,
        Err(Unclaimable::Busy(_)) => return Ok(Outcome::Busy),
        Err(Unclaimable::Ended) => return Ok(Outcome::Nothing),
    };
    match ports.mails.save(&mail, read).await {
        Ok(()) => {}
        Err(StoreError::Conflict) => return Ok(Outcome::Busy),
        // Unknown whether the claim was written. If it was, its lease ends and the sweep comes back.
        Err(error) => return Err(DeliverError::Store(error)),
    }
    if matches!(mail.state, MailState::Failed { .. }) {
        return Ok(Outcome::Failed);
    }

    let contact = match ports.contacts.contact(at.person).await {
        Ok(contact) => contact,
        Err(error) => return give_back(ports, mail, error).await,
    };
    let Some(contact) = contact.filter(|contact| contact.active) else {
        return end(ports, mail, |mail| mail.suppress(attempt.now, SuppressReason::NotActive), Outcome::Suppressed)
            .await;
    };
    if !settings.delivers_to(&contact.teams) {
        return end(ports, mail, Mail::into_preview, Outcome::Preview).await;
    }
    match ports.suppressions.suppressed(&AddressHash::of(contact.email.expose())).await {
        Ok(None) => {}
        Ok(Some(reason)) => {
            return end(ports, mail, |mail| mail.suppress(attempt.now, reason), Outcome::Suppressed).await;
        }
        Err(error) => return give_back(ports, mail, error).await,
    }

    let links = LinkBase::Signed { api_url: ports.api_url, keys: &keys };
    let content = match render(&mail, &contact, ports.contacts, &settings, links, attempt.now).await {
        Ok(content) => content,
        Err(RenderError::Contacts(error)) => return give_back(ports, mail, error).await,
        Err(error) => {
            let reason = FailReason::Unrenderable(error.to_string());
            return end(ports, mail, |mail| mail.fail(attempt.now, reason), Outcome::Failed).await;
        }
    };

    match ports.sender.send(&Outgoing { mail: at, content }).await {
        Ok(message_id) => Ok(mark_sent(ports, mail, attempt.now, message_id).await),
        Err(SendError::Throttled(_)) => Ok(release(ports, mail, false, Outcome::Again { throttled: true }).await),
        Err(SendError::Transient(_)) => Ok(release(ports, mail, true, Outcome::Again { throttled: false }).await),
        Err(SendError::Ambiguous(_)) => Ok(Outcome::Unknown),
        Err(SendError::Permanent(code)) => {
            end(ports, mail, |mail| mail.fail(attempt.now, FailReason::Refused(code)), Outcome::Failed).await
        }
    }
}

/// Writes an end that nothing was sent for. If that fails, the lease ends and another worker comes to the same end.
async fn end(
    ports: &Ports<'_>,
    mail: Mail,
    ending: impl FnOnce(Mail) -> Mail,
    outcome: Outcome,
) -> Result<Outcome, DeliverError> {
    let held = mail.version;
    match ports.mails.save(&ending(mail), held).await {
        Ok(()) => Ok(outcome),
        Err(StoreError::Conflict) => Ok(Outcome::Busy),
        Err(error) => Err(DeliverError::Store(error)),
    }
}

/// Marks an accepted mail. The mark is worth some insistence: until it is written, only the sender's events stand
/// between the end of the lease and a duplicate.
async fn mark_sent(ports: &Ports<'_>, mail: Mail, now: Timestamp, message_id: String) -> Outcome {
    let held = mail.version;
    let sent = mail.sent(now, message_id);
    for _ in 0..MARK_TRIES {
        match ports.mails.save(&sent, held).await {
            Ok(()) => return Outcome::Sent,
            // Someone wrote since: an event of this very sending, or our own write whose answer was lost.
            Err(StoreError::Conflict) => {
                return match ports.mails.load(sent.at).await {
                    Ok(Some(now_stored)) if !now_stored.is_open() => Outcome::Sent,
                    Ok(_) | Err(_) => Outcome::SentUnmarked,
                };
            }
            Err(_) => {}
        }
    }
    Outcome::SentUnmarked
}

/// Makes a mail pending again. If that fails, the end of its lease does the same.
async fn release(ports: &Ports<'_>, mail: Mail, counted: bool, outcome: Outcome) -> Outcome {
    let held = mail.version;
    match ports.mails.save(&mail.release(counted), held).await {
        Ok(()) => outcome,
        Err(_) => Outcome::Busy,
    }
}

/// Gives a claimed mail back because something needed for rendering could not be read.
async fn give_back(ports: &Ports<'_>, mail: Mail, error: StoreError) -> Result<Outcome, DeliverError> {
    release(ports, mail, false, Outcome::Busy).await;
    Err(DeliverError::Store(error))
}
