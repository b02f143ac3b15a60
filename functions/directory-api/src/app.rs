//! What a request works with: the gate, the stores, and small ports for everything outside the table, so that tests can
//! drive the whole router in process.

use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::FromRef;
use directory::{DirectoryReader, IdentitySubject, Person, people::day_of};
use gateways::{GatewayError, StartMachine, Uploads};
use jiff::civil::Date;
use kernel::{PersonId, Principal, StoreError, StoredAnswer, Subject};
use mail::{
    ProgramSettings,
    ports::{Contacts, MailListing, Mails},
};
use store::{DirectoryStore, answers::AnswerStore, settings::SettingsHistory};
use web::{AccessFacts, Answers, Gate, Identity};

/// The program's settings in force.
#[async_trait]
pub trait ActiveSettings: Send + Sync {
    /// The version in force, and whether someone changed it past the API.
    async fn active(&self) -> Result<(u64, bool), GatewayError>;
    /// Puts a version in force.
    async fn activate(&self, version: u64, settings: &ProgramSettings) -> Result<(), GatewayError>;
}

/// Everything outside the function.
#[derive(Clone)]
pub struct Ports {
    /// People, teams, workloads, jobs.
    pub store: DirectoryStore,
    /// Answers to earlier requests.
    pub answers: AnswerStore,
    /// Every version of the program's settings.
    pub history: SettingsHistory<ProgramSettings>,
    /// What is in force.
    pub settings: Arc<dyn ActiveSettings>,
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

    /// Answers to earlier requests, as repetitions ask for them.
    pub(crate) fn answers(&self) -> Kept<'_> {
        Kept(&self.ports.answers)
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

/// The answers kept by the store.
pub(crate) struct Kept<'a>(&'a AnswerStore);

#[async_trait]
impl Answers for Kept<'_> {
    async fn answered(&self, by: &Principal, key: &str) -> Result<Option<(String, StoredAnswer)>, StoreError> {
        self.0.answered(by, key).await
    }
}

/// The two reads by which a token becomes an actor.
pub(crate) struct Doorkeeper(pub(crate) DirectoryStore);

#[async_trait]
impl Identity for Doorkeeper {
    async fn person_of(&self, issuer: &str, subject: &str) -> Result<Option<PersonId>, StoreError> {
        match IdentitySubject::new(issuer, subject) {
            Ok(subject) => self.0.person_by_subject(&subject).await,
            // What could never be linked is linked to nobody.
            Err(_) => Ok(None),
        }
    }

    async fn access(&self, person: PersonId, day: Date) -> Result<Option<AccessFacts>, StoreError> {
        Ok(DirectoryReader::access(&self.0, person).await?.map(|facts| AccessFacts {
            active: facts.is_active_on(day),
            teams: facts.teams_on(day),
            manager: facts.manager,
            has_reports: facts.reports > 0,
            leads: facts.leads.into_iter().collect(),
        }))
    }
}

/// The day by which a request is decided.
pub(crate) fn today(who: &web::Authenticated) -> Date {
    day_of(who.cause.at)
}
