//! What a request works with: the gate, the stores, and small ports for everything outside the table, so that tests can
//! drive the whole router in process.

use std::sync::Arc;

use axum::extract::FromRef;
use directory::{DirectoryListing, DirectoryReader, DirectoryWriter, Person, people::day_of};
use jiff::civil::Date;
use kernel::{ActiveSettings, Answers, StartMachine, Subject, Uploads};
use mail::{
    ProgramSettings,
    ports::{Contacts, MailListing, Mails},
};
use store::settings::SettingsHistory;
use web::{Authenticated, Gate};

/// Everything outside the function.
#[derive(Clone)]
pub struct Ports {
    /// Reads single things of the directory.
    pub reader: Arc<dyn DirectoryReader>,
    /// Lists them.
    pub listing: Arc<dyn DirectoryListing>,
    /// Writes the directory.
    pub writer: Arc<dyn DirectoryWriter>,
    /// Answers to earlier requests.
    pub answers: Arc<dyn Answers>,
    /// Every version of the program's settings.
    pub history: SettingsHistory<ProgramSettings>,
    /// What is in force.
    pub settings: Arc<dyn ActiveSettings<ProgramSettings>>,
    /// Single mails.
    pub mails: Arc<dyn Mails>,
    /// Mails by day.
    pub mail_days: Arc<dyn MailListing>,
    /// Names and addresses, for showing a mail.
    pub contacts: Arc<dyn Contacts>,
    /// Files.
    pub uploads: Arc<dyn Uploads>,
    /// The state machine that applies an import.
    pub imports: Arc<dyn StartMachine>,
}

/// The router's state.
#[derive(Clone)]
pub struct App {
    gate: Arc<Gate>,
    pub(crate) ports: Ports,
}

impl FromRef<App> for Arc<Gate> {
    fn from_ref(app: &App) -> Self {
        Self::clone(&app.gate)
    }
}

impl App {
    /// The state of a router.
    pub fn new(gate: Gate, ports: Ports) -> Self {
        Self { gate: Arc::new(gate), ports }
    }

    /// The identity provider whose tokens are taken.
    pub(crate) fn issuer(&self) -> &str {
        &self.gate.issuer
    }
}

/// A person as one who is asked about.
pub(crate) fn subject(person: &Person, day: Date) -> Subject {
    Subject {
        person: Some(person.id),
        manager: person.manager,
        teams: person.memberships.on(day).map(|stay| stay.team).collect(),
    }
}

/// The day by which a request is decided.
pub(crate) fn today(who: &Authenticated) -> Date {
    day_of(who.cause.at)
}
