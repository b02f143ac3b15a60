//! The mails about a seat: what is said, in the shape that the template `session-notice` reads. The calendar file is made
//! of the same when the mail is rendered.

use jiff::Timestamp;
use kernel::{MailDraft, MailId, MailMode, PersonId};
use serde_json::json;

use super::Session;
use crate::{MailSwitch, model::spelled};

/// The template.
pub const NOTICE_TEMPLATE: &str = "session-notice";

spelled! {
    /// What a mail about a seat says.
    Notice {
        /// A seat was booked.
        Invited = "invited",
        /// A seat became free, and it is theirs.
        MovedUp = "moved_up",
        /// Time or place changed.
        Changed = "changed",
        /// The session does not take place; they had a seat.
        Cancelled = "cancelled",
        /// The session does not take place; they waited for a seat.
        WaitingEnded = "waiting_ended",
        /// Their seat was given back.
        Released = "released",
    }
}

/// A mail to somebody, or none where no mail is written. Who of a pilot's teams really gets it is settled when it is
/// sent: that needs no read here.
pub(crate) fn draft(
    mail: &MailSwitch,
    person: PersonId,
    notice: Notice,
    session: &Session,
    now: Timestamp,
) -> Option<MailDraft> {
    let deliver = match mail.mode {
        MailMode::Off => return None,
        MailMode::Preview => false,
        MailMode::Pilot | MailMode::On => true,
    };
    let facts = &session.facts;
    // Where it is joined from afar is for those with a seat.
    let url = facts.url.as_ref().filter(|_| notice != Notice::WaitingEnded);
    let model = json!({
        "notice": notice,
        "session_id": session.id,
        "title": session.title,
        "starts": facts.starts,
        "minutes": facts.minutes,
        "zone": facts.zone,
        "place": facts.place,
        "url": url,
        "sequence": session.sequence,
    });
    Some(MailDraft { id: MailId::new(now), person, template: NOTICE_TEMPLATE.to_owned(), model, deliver })
}
