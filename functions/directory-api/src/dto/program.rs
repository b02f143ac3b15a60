//! The program's settings and mails over the wire.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kernel::{MailId, PersonId, Redacted};
use mail::{Mail, MailState, Rendered};
use serde::Serialize;
use utoipa::{ToSchema, openapi::Schema};

use super::one_of;

fn state() -> Schema {
    one_of(["pending", "leased", "sent", "failed", "suppressed", "preview"])
}

fn mail_mode() -> Schema {
    one_of(["off", "preview", "pilot", "on"])
}

/// The program's settings.
#[derive(ToSchema)]
#[schema(description = "The program's settings. What a new version leaves out has its default.")]
#[expect(dead_code, reason = "describes mail::ProgramSettings in OpenAPI")]
pub(crate) struct ProgramSettingsView {
    /// Whether mail leaves the house.
    #[schema(schema_with = mail_mode)]
    mail_mode: Option<String>,
    /// The teams whose members get mail in `pilot` mode.
    #[schema(value_type = Option<Vec<Uuid>>, max_items = 50)]
    pilot_teams: Option<Vec<String>>,
    brand: Option<BrandView>,
    /// The language of people whose own is not one of ours.
    language: Option<String>,
    /// Texts that replace the built-in ones, by language and key.
    texts: Option<BTreeMap<String, BTreeMap<String, String>>>,
    /// Mails a second.
    #[schema(minimum = 1, maximum = 500)]
    send_rate: Option<u16>,
    /// For how many days a mailed link works.
    #[schema(minimum = 1, maximum = 180)]
    link_days: Option<u16>,
}

/// How mails and link pages look.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes mail::Brand in OpenAPI")]
pub(crate) struct BrandView {
    /// The program's name.
    #[schema(min_length = 1, max_length = 60)]
    name: Option<String>,
    /// The colour of header and buttons.
    #[schema(pattern = "^#[0-9a-fA-F]{6}$")]
    colour: Option<String>,
    /// An `https` address of a logo.
    #[schema(format = "uri", max_length = 300)]
    logo_url: Option<String>,
    /// An `https` address of the page where people find what the program asks of them; every mail ends with it.
    #[schema(format = "uri", max_length = 300)]
    portal_url: Option<String>,
    /// The line under every mail.
    #[schema(max_length = 300)]
    footer: Option<String>,
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
    /// The calendar file that goes along, where there is one. Who organises is filled in when it is sent.
    #[schema(value_type = Option<String>)]
    calendar: Option<Redacted<String>>,
}

impl MailView {
    pub(crate) fn new(mail: &Mail, rendered: Rendered) -> Self {
        let calendar = rendered.calendar.map(|calendar| calendar.file(None).into());
        let Rendered { to, subject, text, html, .. } = rendered;
        Self { line: mail.into(), to, subject, text, html, calendar }
    }
}
