//! Training's tasks: the reminder cycle, looking at everybody again, putting figures right, imports, and the day's
//! gauges. Ids, counts and cursors go in and out; people, titles and texts never do.

mod figures;
mod gauges;
mod onboarding;
mod recertification;
mod reminders;
mod review;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_trait::async_trait;
use insights::Reading;
use jiff::Timestamp;
use kernel::{ActiveSettings, Cause, Clock, GatewayError, ImportFiles, Principal};
use mail::ProgramSettings;
use runtime::TaskError;
use serde::Deserialize;
use serde_json::Value;
use training::{
    MailSwitch, Roster, Settings, TrainingError, TrainingReader, TrainingWriter,
    effectiveness::EffectivenessReader,
    import::Importer,
    usecases::{Desk, figures::Figures},
};

use crate::tasks::imports;

/// The system in metrics.
const SYSTEM: &str = "training";

/// Where gauges go.
#[async_trait]
pub trait PutGauges: Send + Sync {
    /// Writes numbers as of an instant.
    async fn put(&self, readings: &[Reading], at: Timestamp) -> Result<(), GatewayError>;
}

/// Everything training's tasks work with.
#[derive(Clone)]
pub struct Ports {
    /// Reads training.
    pub reader: Arc<dyn TrainingReader>,
    /// Writes training.
    pub writer: Arc<dyn TrainingWriter>,
    /// Puts figures right.
    pub figures: Arc<dyn Figures>,
    /// Reads what courses do.
    pub effectiveness: Arc<dyn EffectivenessReader>,
    /// What the directory knows of people.
    pub roster: Arc<dyn Roster>,
    /// Training's settings in force.
    pub settings: Arc<dyn ActiveSettings<Settings>>,
    /// The program's.
    pub program: Arc<dyn ActiveSettings<ProgramSettings>>,
    /// Uploaded files.
    pub files: Arc<dyn ImportFiles>,
    /// Gauges.
    pub gauges: Arc<dyn PutGauges>,
    /// The time the program lives by.
    pub clock: Arc<dyn Clock>,
}

/// What may be called.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "task", rename_all = "kebab-case", deny_unknown_fields)]
enum Task {
    SelectDue(reminders::SelectDue),
    RemindPeople(reminders::Page),
    DigestBoxes(reminders::Page),
    FinishRun(reminders::FinishRun),
    ReviewPeople(review::Page),
    CheckOnboarding(onboarding::Check),
    CheckRecertification(recertification::Check),
    CountStandings(figures::Page),
    NoteFigures(figures::Rebuild),
    CorrectFigures(figures::Rebuild),
    ImportChunk(imports::Job),
    ImportFailed(imports::Job),
    PublishGauges {},
}

/// Runs the task a payload names.
///
/// # Errors
/// [`TaskError`] under one of the three names state machines know.
pub async fn run(ports: &Ports, payload: Value) -> Result<Value, TaskError> {
    match crate::input(payload)? {
        Task::SelectDue(input) => reminders::select_due(ports, input).await,
        Task::RemindPeople(page) => reminders::remind_people(ports, page).await,
        Task::DigestBoxes(page) => reminders::digest_boxes(ports, page).await,
        Task::FinishRun(input) => reminders::finish_run(ports, input).await,
        Task::CheckOnboarding(input) => onboarding::check(ports, input).await,
        Task::CheckRecertification(input) => recertification::check(ports, input).await,
        Task::ReviewPeople(page) => review::review_people(ports, page).await,
        Task::CountStandings(page) => figures::count_standings(ports, page).await,
        Task::NoteFigures(input) => figures::note_figures(ports, input).await,
        Task::CorrectFigures(input) => figures::correct_figures(ports, input).await,
        Task::ImportChunk(job) => {
            let rules = Rules::read(ports).await?;
            imports::chunk(&Importer::new(&rules.desk(ports)), ports.files.as_ref(), ports.clock.now(), job).await
        }
        Task::ImportFailed(job) => {
            let rules = Rules::read(ports).await?;
            imports::failed(&Importer::new(&rules.desk(ports)), ports.clock.now(), job).await
        }
        Task::PublishGauges {} => gauges::publish(ports).await,
    }
}

/// The settings a task works by.
struct Rules {
    settings: Settings,
    mail: MailSwitch,
}

impl Rules {
    async fn read(ports: &Ports) -> Result<Self, TaskError> {
        let settings = ports.settings.active().await.map_err(|error| unreachable(&error))?.body.clone();
        let program = ports.program.active().await.map_err(|error| unreachable(&error))?;
        let pilot_teams = program.body.pilot_teams.clone();
        Ok(Self { settings, mail: MailSwitch { mode: program.body.mail_mode, pilot_teams } })
    }

    fn desk<'a>(&'a self, ports: &'a Ports) -> Desk<'a> {
        Desk {
            reader: ports.reader.as_ref(),
            writer: ports.writer.as_ref(),
            roster: ports.roster.as_ref(),
            settings: &self.settings,
            mail: &self.mail,
        }
    }
}

/// The cause of what a run or job does at an instant.
fn cause(at: Timestamp, correlation: &impl ToString) -> Cause {
    let correlation_id = correlation.to_string();
    Cause { by: Principal::Program, at, correlation_id, causation_id: None }
}

fn failed(error: TrainingError) -> TaskError {
    match error {
        TrainingError::Store(error) => error.into(),
        error => TaskError::of(error.kind(), error.to_string()),
    }
}

fn unreachable(error: &GatewayError) -> TaskError {
    tracing::warn!(%error, "a service did not answer as it should");
    TaskError::of(error.kind(), error.to_string())
}
