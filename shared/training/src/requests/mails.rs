//! The mails about a request, in the shape that the template `course-request` reads: ids and a catalogue title. What
//! people wrote is read where they asked, and a voucher's code nowhere else.

use jiff::Timestamp;
use kernel::{MailDraft, MailId, MailMode, PersonId};
use serde_json::json;

use super::Request;
use crate::{MailSwitch, model::spelled};

/// The template.
pub const NOTICE_TEMPLATE: &str = "course-request";

spelled! {
    /// What a mail about a request says.
    RequestNotice {
        /// To the approver: a request waits for a decision.
        Asked = "asked",
        /// To the person: it was approved.
        Approved = "approved",
        /// To the person: it was declined.
        Declined = "declined",
        /// To the person: what was asked for is there.
        Provided = "provided",
    }
}

/// A mail to somebody, or none where no mail is written. Who of a pilot's teams really gets it is settled when it is
/// sent: that needs no read here.
pub(crate) fn draft(
    mail: &MailSwitch,
    to: PersonId,
    notice: RequestNotice,
    request: &Request,
    now: Timestamp,
) -> Option<MailDraft> {
    let deliver = match mail.mode {
        MailMode::Off => return None,
        MailMode::Preview => false,
        MailMode::Pilot | MailMode::On => true,
    };
    let model = json!({
        "notice": notice,
        "request_id": request.id,
        "person_id": request.person,
        "title": request.title,
        "kind": request.kind,
    });
    Some(MailDraft { id: MailId::new(now), person: to, template: NOTICE_TEMPLATE.to_owned(), model, deliver })
}
