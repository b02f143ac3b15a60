//! The program's settings and mails over the wire.

use jiff::Timestamp;
use kernel::{MailId, PersonId, Redacted};
use mail::{Mail, MailState, ProgramSettings, Rendered};
use serde::Serialize;
use utoipa::{ToSchema, openapi::Schema};

use super::one_of;

fn state() -> Schema {
    one_of(["pending", "leased", "sent", "failed", "suppressed", "preview"])
}

/// The settings.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProgramSettingsView {
    pub(crate) version: u64,
    /// Whether someone changed what is in force past the API.
    pub(crate) edited_by_hand: bool,
    /// Mail mode, pilot teams, brand, language, texts, send rate, days a link works.
    #[schema(value_type = Object)]
    pub(crate) settings: ProgramSettings,
}

/// A mail of a day.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MailLine {
    #[schema(value_type = Uuid)]
    person_id: PersonId,
    #[schema(value_type = Uuid)]
    mail_id: MailId,
    template: String,
    #[schema(schema_with = state)]
    state: &'static str,
    created_at: Timestamp,
    /// When it was sent, or ended otherwise.
    ended_at: Option<Timestamp>,
    attempts: u16,
}

impl From<&Mail> for MailLine {
    fn from(mail: &Mail) -> Self {
        let ended_at = match &mail.state {
            MailState::Sent { at, .. } | MailState::Failed { at, .. } | MailState::Suppressed { at, .. } => Some(*at),
            MailState::Pending | MailState::Leased { .. } | MailState::Preview => None,
        };
        Self {
            person_id: mail.at.person,
            mail_id: mail.at.mail,
            template: mail.template.clone(),
            state: mail.state.name(),
            created_at: mail.created_at,
            ended_at,
            attempts: mail.attempts,
        }
    }
}

/// A mail as it was or would be sent. Its links do nothing: they would act as its recipient.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MailView {
    #[serde(flatten)]
    line: MailLine,
    #[schema(value_type = String)]
    to: Redacted<String>,
    #[schema(value_type = String)]
    subject: Redacted<String>,
    #[schema(value_type = String)]
    text: Redacted<String>,
    #[schema(value_type = String)]
    html: Redacted<String>,
}

impl MailView {
    pub(crate) fn new(mail: &Mail, rendered: Rendered) -> Self {
        Self { line: mail.into(), to: rendered.to, subject: rendered.subject, text: rendered.text, html: rendered.html }
    }
}
