//! The mailer: messages of the mail queue become deliveries, messages of the feedback queue become corrections. The
//! core works on ports, so that it can be run against faults without AWS; `main.rs` wires it.
//!
//! It reports exactly the messages that are worth another delivery. Whether a mail is sent is decided by
//! [`mail::deliver`], never here.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use kernel::Clock;
use mail::{
    Attempt, MailRef, Outcome, Ports, deliver,
    feedback::{Feedback, FeedbackKind, Reconciled, reconcile},
};

/// How long a mail is one worker's alone. At least the function's timeout, so that whoever comes after the lease finds
/// the worker dead; a test holds that against the template.
pub const LEASE: SignedDuration = SignedDuration::from_secs(120);
/// No mail is started with less time left than this.
pub const LAST_START: SignedDuration = SignedDuration::from_secs(15);

/// One message of a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id, by which a failure is reported.
    pub id: String,
    /// Its body.
    pub body: String,
}

/// Holds the sending rate.
#[async_trait]
pub trait Pace: Send + Sync {
    /// Waits until the next mail may go.
    async fn turn(&self);
}

/// What became of a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Messages to be delivered again, by id.
    pub failed: Vec<String>,
    /// Mails accepted by the sender.
    pub sent: u64,
    /// Mails that ended as `failed`.
    pub mails_failed: u64,
    /// Mails that ended as `suppressed`.
    pub suppressed: u64,
    /// Mails that ended as `preview`.
    pub preview: u64,
    /// Times the sender asked to slow down.
    pub throttled: u64,
    /// Mails that may or may not have been sent, or whose mark could not be written.
    pub unknown: u64,
    /// Mails closed by feedback because their own mark was lost.
    pub reconciled: u64,
    /// Mails that bounced for good.
    pub bounces: u64,
    /// Mails that were complained about.
    pub complaints: u64,
    /// Messages that are neither a mail nor feedback.
    pub unreadable: u64,
}

/// One invocation: who works, and until when.
#[derive(Debug, Clone, Copy)]
pub struct Invocation<'a> {
    /// An id that no other invocation has.
    pub id: &'a str,
    /// When the platform ends it.
    pub deadline: Timestamp,
}

/// Handles a batch of either queue: a body names a mail, or is a sending event.
pub async fn handle(
    ports: &Ports<'_>,
    messages: &[Message],
    invocation: &Invocation<'_>,
    pace: &dyn Pace,
    clock: &dyn Clock,
) -> Report {
    let mut report = Report::default();
    let mut stopped = false;
    for message in messages {
        let again = match serde_json::from_str::<MailRef>(&message.body) {
            Ok(_) if stopped => true,
            Ok(mail) => {
                let verdict = one_mail(ports, mail, message, invocation, pace, clock, &mut report).await;
                stopped |= verdict == Verdict::Stop;
                verdict != Verdict::Done
            }
            Err(_) => one_event(ports, message, clock.now(), &mut report).await == Verdict::Again,
        };
        if again {
            report.failed.push(message.id.clone());
        }
    }
    report
}

/// What a message's handling means for it and for the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// The message is done with.
    Done,
    /// It is to be delivered again.
    Again,
    /// It is to be delivered again, and so are the mails after it.
    Stop,
}

async fn one_mail(
    ports: &Ports<'_>,
    mail: MailRef,
    message: &Message,
    invocation: &Invocation<'_>,
    pace: &dyn Pace,
    clock: &dyn Clock,
    report: &mut Report,
) -> Verdict {
    pace.turn().await;
    let now = clock.now();
    if invocation.deadline.duration_since(now) < LAST_START {
        return Verdict::Stop;
    }
    let worker = format!("{}/{}", invocation.id, message.id);
    match deliver(ports, mail, &Attempt { now, worker: &worker, lease: LEASE }).await {
        Ok(Outcome::Sent) => report.sent += 1,
        Ok(Outcome::SentUnmarked) => {
            tracing::error!(mail.id = %mail.mail, "a mail was sent and could not be marked");
            report.sent += 1;
            report.unknown += 1;
        }
        Ok(Outcome::Unknown) => {
            tracing::warn!(mail.id = %mail.mail, "it is unknown whether a mail was sent");
            report.unknown += 1;
        }
        Ok(Outcome::Failed) => {
            tracing::warn!(mail.id = %mail.mail, "a mail failed");
            report.mails_failed += 1;
        }
        Ok(Outcome::Suppressed) => report.suppressed += 1,
        Ok(Outcome::Preview) => report.preview += 1,
        Ok(Outcome::Nothing | Outcome::Busy) => {}
        Ok(Outcome::Again { throttled: false }) => return Verdict::Again,
        Ok(Outcome::Again { throttled: true }) => {
            report.throttled += 1;
            return Verdict::Stop;
        }
        Err(error) => {
            tracing::warn!(mail.id = %mail.mail, error = chain(&error), "a mail could not be delivered now");
            return Verdict::Again;
        }
    }
    Verdict::Done
}

async fn one_event(ports: &Ports<'_>, message: &Message, now: Timestamp, report: &mut Report) -> Verdict {
    let feedback = match Feedback::parse(&message.body) {
        Ok(feedback) => feedback,
        Err(error) => {
            tracing::error!(message.id, error = chain(&error), "a message is neither a mail nor a sending event");
            report.unreadable += 1;
            return Verdict::Again;
        }
    };
    match reconcile(ports.mails, ports.suppressions, &feedback, now).await {
        Ok(reconciled) => {
            match (&feedback.kind, reconciled) {
                (_, Reconciled::Sent) => report.reconciled += 1,
                (FeedbackKind::Bounced(_), Reconciled::Failed) => report.bounces += 1,
                (FeedbackKind::Complained(_), Reconciled::Failed) => report.complaints += 1,
                (_, Reconciled::Failed) => report.mails_failed += 1,
                (_, Reconciled::Nothing | Reconciled::Unknown) => {}
            }
            Verdict::Done
        }
        Err(error) => {
            tracing::warn!(error = chain(&error), "feedback could not be applied");
            Verdict::Again
        }
    }
}

fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    runtime::logs::chain(error)
}
