//! What a request works with: the gate, the stores, and small ports for everything outside the table, so that tests can
//! drive the whole router in process.

use std::sync::Arc;

use axum::extract::FromRef;
use directory::{DirectoryListing, DirectoryReader};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use kernel::{
    ActiveSettings, Answers, Cause, Clock, EvidenceFiles, Identity, MaterialFiles, Operation, PersonId, StartMachine,
    Subject, Uploads, Version,
};
use mail::{ProgramSettings, ports};
use training::{
    MailSwitch, Roster, Settings, TrainingReader, TrainingWriter,
    assessment::{AssessmentReader, usecases::Room},
    competency::CompetencyReader,
    effectiveness::EffectivenessReader,
    guidance::GuidanceReader,
    materials::MaterialsReader,
    requests::RequestsReader,
    sessions::{SessionsReader, usecases::SessionDesk},
    usecases::{Call, Desk},
};
use web::{Authenticated, Gate, Problem, Refusal, kinds};

use crate::problems;

/// Everything outside the function.
#[derive(Clone)]
pub struct Ports {
    /// Reads training.
    pub reader: Arc<dyn TrainingReader>,
    /// Reads the question bank and people's attempts.
    pub assessments: Arc<dyn AssessmentReader>,
    /// Reads people's competency.
    pub competency: Arc<dyn CompetencyReader>,
    /// Reads what courses do.
    pub effectiveness: Arc<dyn EffectivenessReader>,
    /// Reads the guidance library.
    pub guidance: Arc<dyn GuidanceReader>,
    /// Reads sessions and bookings.
    pub sessions: Arc<dyn SessionsReader>,
    /// Reads materials of courses.
    pub materials: Arc<dyn MaterialsReader>,
    /// Reads requests for seats and vouchers.
    pub requests: Arc<dyn RequestsReader>,
    /// Writes training.
    pub writer: Arc<dyn TrainingWriter>,
    /// What the directory knows of people.
    pub roster: Arc<dyn Roster>,
    /// Who may do what to whom.
    pub identity: Arc<dyn Identity>,
    /// Which department a team belongs to: small teams are judged by it.
    pub directory: Arc<dyn DirectoryReader>,
    /// Who is in a team, a page at a time.
    pub listing: Arc<dyn DirectoryListing>,
    /// Answers to earlier requests.
    pub answers: Arc<dyn Answers>,
    /// Training's settings in force.
    pub settings: Arc<dyn ActiveSettings<Settings>>,
    /// The program's settings and the keys that links are signed with.
    pub mail: Arc<dyn ports::Settings>,
    /// Files.
    pub uploads: Arc<dyn Uploads>,
    /// Files that show certificates.
    pub evidence: Arc<dyn EvidenceFiles>,
    /// Files of materials.
    pub material_files: Arc<dyn MaterialFiles>,
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
        let active = self.ports.settings.active().await.map_err(|error| problems::gateway(&error))?;
        let settings = active.body.clone();
        let program = self.ports.mail.program().await.map_err(|error| problems::gateway(&error))?;
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

    /// What use cases of sessions work with.
    pub(crate) fn session_desk<'a>(&'a self, rules: &'a Rules) -> SessionDesk<'a> {
        SessionDesk { desk: self.desk(rules), reader: self.ports.sessions.as_ref() }
    }

    /// What taking an assessment works with.
    pub(crate) fn room<'a>(&'a self, rules: &'a Rules) -> Room<'a> {
        Room {
            desk: self.desk(rules),
            assessments: self.ports.assessments.as_ref(),
            competency: self.ports.competency.as_ref(),
        }
    }

    /// Whether the caller may do something to a person's training. What is the caller's own needs no further read.
    pub(crate) async fn may(&self, who: &Authenticated, operation: Operation, person: PersonId) -> Result<(), Refusal> {
        let subject = if who.actor.person() == Some(person) {
            Subject { person: Some(person), ..Subject::default() }
        } else {
            let access = self.ports.identity.access_on(person, day(who.cause.at)).await?;
            access.ok_or_else(|| Problem::new(kinds::NOT_FOUND))?.subject(person)
        };
        Ok(who.may(operation, &subject)?)
    }
}

/// The UTC day of an instant.
pub(crate) fn day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// A call that expects a version.
pub(crate) const fn expecting(cause: &Cause, version: Version) -> Call<'_> {
    Call { cause, expected: Some(version), once: None }
}
