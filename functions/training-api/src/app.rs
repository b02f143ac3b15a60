//! What a request works with: the gate, the stores, and small ports for everything outside the table, so that tests can
//! drive the whole router in process.

use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::FromRef;
use gateways::{GatewayError, StartMachine, Uploads};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use kernel::{Cause, Clock, Operation, PersonId, StoreError, Subject, TeamId};
use mail::{ProgramSettings, links::LinkKeys};
use training::{
    MailSwitch, Roster, Settings, TrainingReader, TrainingWriter,
    usecases::{Call, Desk},
};
use web::{Answers, Authenticated, Gate, Identity, Problem, Refusal, kinds};

use crate::problems;

/// The settings in force.
#[async_trait]
pub trait ActiveSettings: Send + Sync {
    /// Training's.
    async fn training(&self) -> Result<Settings, GatewayError>;
    /// The program's.
    async fn program(&self) -> Result<ProgramSettings, GatewayError>;
    /// Puts a version of training's settings in force.
    async fn activate(&self, version: u64, settings: &Settings) -> Result<(), GatewayError>;
    /// The keys that links are signed with.
    async fn link_keys(&self) -> Result<LinkKeys, GatewayError>;
}

/// Which department a team belongs to: small teams are judged by it.
#[async_trait]
pub trait Departments: Send + Sync {
    /// The code; absent when the directory has no such team.
    async fn of(&self, team: TeamId) -> Result<Option<String>, StoreError>;
}

/// Everything outside the function.
#[derive(Clone)]
pub struct Ports {
    /// Reads training.
    pub reader: Arc<dyn TrainingReader>,
    /// Writes training.
    pub writer: Arc<dyn TrainingWriter>,
    /// What the directory knows of people.
    pub roster: Arc<dyn Roster>,
    /// Who may do what to whom.
    pub identity: Arc<dyn Identity>,
    /// Departments of teams.
    pub departments: Arc<dyn Departments>,
    /// Answers to earlier requests.
    pub answers: Arc<dyn Answers>,
    /// Settings in force.
    pub settings: Arc<dyn ActiveSettings>,
    /// Files.
    pub uploads: Arc<dyn Uploads>,
    /// The state machine that applies an import.
    pub imports: Arc<dyn StartMachine>,
    /// The state machine that runs the reminder cycle.
    pub reminders: Arc<dyn StartMachine>,
    /// The time the program lives by.
    pub clock: Arc<dyn Clock>,
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

/// The settings a use case works by.
pub(crate) struct Rules {
    pub(crate) settings: Settings,
    pub(crate) program: ProgramSettings,
    mail: MailSwitch,
}

impl App {
    /// The state of a router.
    pub fn new(gate: Gate, ports: Ports) -> Self {
        Self { gate: Arc::new(gate), ports }
    }

    /// The settings in force.
    pub(crate) async fn rules(&self) -> Result<Rules, Refusal> {
        let settings = self.ports.settings.training().await.map_err(|error| problems::gateway(&error))?;
        let program = self.ports.settings.program().await.map_err(|error| problems::gateway(&error))?;
        let mail = MailSwitch { mode: program.mail_mode, pilot_teams: program.pilot_teams.clone() };
        Ok(Rules { settings, program, mail })
    }

    /// What use cases work with.
    pub(crate) fn desk<'a>(&'a self, rules: &'a Rules) -> Desk<'a> {
        Desk {
            reader: self.ports.reader.as_ref(),
            writer: self.ports.writer.as_ref(),
            roster: self.ports.roster.as_ref(),
            settings: &rules.settings,
            mail: &rules.mail,
        }
    }

    /// Whether the caller may do something to a person's training. What is the caller's own needs no further read.
    pub(crate) async fn may(&self, who: &Authenticated, operation: Operation, person: PersonId) -> Result<(), Refusal> {
        let subject = if who.actor.person() == Some(person) {
            Subject { person: Some(person), ..Subject::default() }
        } else {
            let facts = self.ports.identity.access(person, day(who.cause.at)).await?;
            let facts = facts.ok_or_else(|| Problem::new(kinds::NOT_FOUND))?;
            Subject { person: Some(person), manager: facts.manager, teams: facts.teams }
        };
        Ok(who.may(operation, &subject)?)
    }
}

/// The UTC day of an instant.
pub(crate) fn day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// A call that expects a version.
pub(crate) const fn expecting(cause: &Cause, version: kernel::Version) -> Call<'_> {
    Call { cause, expected: Some(version), once: None }
}
