//! Sends one mail through SES, once. The client must have retries off: after an unanswered attempt nobody but the
//! delivery rules may decide on another.

use async_trait::async_trait;
use aws_sdk_sesv2::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    operation::send_email::SendEmailError,
    primitives::Blob,
    types::{
        Attachment, AttachmentContentDisposition, AttachmentContentTransferEncoding, Body, Content, Destination,
        EmailContent, Message, MessageTag,
    },
};
use mail::{
    Method, Rendered,
    feedback::{TAG_MAIL, TAG_PERSON},
    ports::{Outgoing, SendError, Sender},
};

/// SES as the way out.
#[derive(Debug, Clone)]
pub struct SesSender {
    client: Client,
    from: String,
    configuration_set: String,
}

impl SesSender {
    /// Sends from an address through a configuration set, whose events come back as feedback.
    pub fn new(client: Client, from: impl Into<String>, configuration_set: impl Into<String>) -> Self {
        Self { client, from: from.into(), configuration_set: configuration_set.into() }
    }
}

fn broken<E: std::error::Error + Send + Sync + 'static>(error: E) -> SendError {
    SendError::Transient(Box::new(error))
}

fn utf8(text: &str) -> Result<Content, SendError> {
    Content::builder().data(text).charset("UTF-8").build().map_err(broken)
}

fn tag(name: &str, value: &impl ToString) -> Result<MessageTag, SendError> {
    MessageTag::builder().name(name).value(value.to_string()).build().map_err(broken)
}

/// The mail with both its bodies, and with the calendar file where it has one.
fn message(content: &Rendered, sender: &str) -> Result<Message, SendError> {
    let body = Body::builder().text(utf8(content.text.expose())?).html(utf8(content.html.expose())?).build();
    let message = Message::builder().subject(utf8(content.subject.expose())?).body(body);
    let Some(calendar) = &content.calendar else { return Ok(message.build()) };
    let file = Attachment::builder()
        .file_name(match calendar.method {
            Method::Request => "invitation.ics",
            Method::Cancel => "cancellation.ics",
        })
        .content_type(calendar.content_type())
        .content_disposition(AttachmentContentDisposition::Attachment)
        .content_transfer_encoding(AttachmentContentTransferEncoding::Base64)
        .raw_content(Blob::new(calendar.file(Some(sender)).into_bytes()))
        .build()
        .map_err(broken)?;
    Ok(message.attachments(file).build())
}

#[async_trait]
impl Sender for SesSender {
    async fn send(&self, outgoing: &Outgoing) -> Result<String, SendError> {
        let content = &outgoing.content;
        let answer = self
            .client
            .send_email()
            .from_email_address(&self.from)
            .destination(Destination::builder().to_addresses(content.to.expose()).build())
            .content(EmailContent::builder().simple(message(content, &self.from)?).build())
            .configuration_set_name(&self.configuration_set)
            .email_tags(tag(TAG_PERSON, &outgoing.mail.person)?)
            .email_tags(tag(TAG_MAIL, &outgoing.mail.mail)?)
            .send()
            .await
            .map_err(sort)?;
        answer.message_id.ok_or_else(|| SendError::Ambiguous("an answer without a message id".into()))
    }
}

fn sort(error: SdkError<SendEmailError>) -> SendError {
    let status = error.raw_response().map(|response| response.status().as_u16());
    let code = error.code().unwrap_or_default().to_owned();
    let words = error.message().unwrap_or_default();
    match verdict(&error, status, &code, words) {
        Verdict::Throttled => SendError::Throttled(Box::new(error)),
        Verdict::Transient => SendError::Transient(Box::new(error)),
        Verdict::Ambiguous => SendError::Ambiguous(Box::new(error)),
        Verdict::Permanent => SendError::Permanent(code),
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Throttled,
    Transient,
    Ambiguous,
    Permanent,
}

fn verdict(error: &SdkError<SendEmailError>, status: Option<u16>, code: &str, words: &str) -> Verdict {
    match error {
        // The request was never built or never handed over.
        SdkError::ConstructionFailure(_) => Verdict::Transient,
        SdkError::DispatchFailure(failure) if failure.is_user() => Verdict::Transient,
        // It may have arrived before the connection broke or the time was over.
        SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) | SdkError::ResponseError(_) => Verdict::Ambiguous,
        _ => refusal(status, code, words),
    }
}

/// What an answer of SES means. Only what is wrong with this very mail is permanent; a wrong account, sender or role is
/// mended by an operator, and the mail goes out then.
fn refusal(status: Option<u16>, code: &str, words: &str) -> Verdict {
    match (status, code) {
        // The same code says that the sender's identity is gone, or that the account is still in the sandbox.
        (_, "MessageRejected") if words.contains("not verified") => Verdict::Throttled,
        (_, "MessageRejected" | "BadRequestException") => Verdict::Permanent,
        (Some(400..=499), _) => Verdict::Throttled,
        _ => Verdict::Ambiguous,
    }
}

#[cfg(test)]
mod tests {
    use kernel::Redacted;
    use mail::Calendar;

    use super::*;

    fn content(calendar: Option<Calendar>) -> Rendered {
        let text = |text: &str| Redacted::new(text.to_owned());
        Rendered { to: text("ada@example.com"), subject: text("S"), text: text("T"), html: text("H"), calendar }
    }

    #[test]
    fn a_calendar_file_goes_along_with_its_method_and_its_organiser() {
        assert!(message(&content(None), "training@example.com").unwrap().attachments().is_empty());
        let at = "2026-03-10T09:00:00Z".parse().unwrap();
        let calendar = Calendar {
            method: Method::Cancel,
            uid: "u".to_owned(),
            sequence: 1,
            stamp: at,
            starts: at,
            ends: at,
            summary: "S".to_owned(),
            location: None,
            url: None,
            organiser: "Guildhall".to_owned(),
            name: Redacted::new("Ada".to_owned()),
            email: Redacted::new("ada@example.com".to_owned()),
        };
        let message = message(&content(Some(calendar)), "Guildhall <training@example.com>").unwrap();
        let [file] = message.attachments() else { panic!("one file") };
        assert_eq!(file.content_type(), Some("text/calendar; charset=UTF-8; method=CANCEL"));
        assert_eq!(file.file_name(), "cancellation.ics");
        let text = String::from_utf8(file.raw_content().as_ref().to_vec()).unwrap();
        assert!(text.contains("ORGANIZER;CN=\"Guildhall\":mailto:training@example.com\r\n"), "{text}");
    }

    #[test]
    fn only_a_fault_of_the_mail_itself_is_permanent() {
        let refusal = |status, code| refusal(status, code, "");
        assert_eq!(refusal(Some(400), "MessageRejected"), Verdict::Permanent);
        assert_eq!(refusal(Some(400), "BadRequestException"), Verdict::Permanent);
        assert_eq!(refusal(Some(429), "TooManyRequestsException"), Verdict::Throttled);
        assert_eq!(refusal(Some(400), "SendingPausedException"), Verdict::Throttled);
        assert_eq!(refusal(Some(403), "AccessDeniedException"), Verdict::Throttled);
        assert_eq!(refusal(Some(500), "InternalFailure"), Verdict::Ambiguous);
        assert_eq!(refusal(None, ""), Verdict::Ambiguous);
    }

    #[test]
    fn a_sender_that_is_not_verified_any_more_is_mended_and_the_mail_goes_out_then() {
        let words = "Email address is not verified. The following identities failed the check in region US-EAST-1: …";
        assert_eq!(refusal(Some(400), "MessageRejected", words), Verdict::Throttled);
    }

    #[test]
    fn a_lost_answer_is_ambiguous() {
        let error = SdkError::timeout_error("slow");
        assert_eq!(verdict(&error, None, "", ""), Verdict::Ambiguous);
        assert_eq!(verdict(&SdkError::construction_failure("bad"), None, "", ""), Verdict::Transient);
    }
}
