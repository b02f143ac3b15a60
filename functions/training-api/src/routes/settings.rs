//! Training's settings: one document, versioned in the table, in force through Parameter Store.

use axum::extract::State;
use kernel::{Operation, Subject, Version};
use training::{Settings, TrainingError, usecases::catalogue};
use web::{Answer, Authenticated, IfMatch, Json, Refusal, Routes, routes};

use crate::{app::App, dto, problems};

pub(crate) fn routes() -> Routes<App> {
    Routes::new().routes(routes!(read, change))
}

/// Training's settings, as last written; the defaults while nothing was.
#[utoipa::path(
    get, path = "/training/settings", tag = "settings", operation_id = Operation::ReadTrainingSettings.id(),
    responses((status = 200, description = "The settings; their version is 0 while the defaults hold.", body = dto::SettingsView)),
)]
async fn read(State(app): State<App>, who: Authenticated) -> Result<Answer, Refusal> {
    who.may(Operation::ReadTrainingSettings, &Subject::program())?;
    let (version, settings) = app.ports.reader.settings(None).await?.unwrap_or((Version::ABSENT, Settings::default()));
    Ok(Answer::ok(&settings).version(version))
}

/// Writes a new version of training's settings. What the document leaves out has its default.
#[utoipa::path(
    put, path = "/training/settings", tag = "settings", operation_id = Operation::ChangeTrainingSettings.id(),
    request_body = dto::SettingsView,
    responses((status = 200, description = "The settings.", body = dto::SettingsView)),
)]
async fn change(
    State(app): State<App>,
    who: Authenticated,
    version: IfMatch,
    body: Json<Settings>,
) -> Result<Answer, Refusal> {
    who.may(Operation::ChangeTrainingSettings, &Subject::program())?;
    let version = version.version()?;
    let rules = app.rules().await?;
    let saved = catalogue::save_settings(&app.desk(&rules), body.value.clone(), version, &who.cause).await;
    let saved = match saved {
        // The same document written by a request whose answer was lost: what may be missing is putting it in force.
        Err(TrainingError::Stale) => match app.ports.reader.settings(None).await? {
            Some((latest, stored)) if latest == version.next() && stored == body.value => latest,
            _ => return Err(problems::training(TrainingError::Stale)),
        },
        saved => saved.map_err(problems::training)?,
    };
    activate(&app, saved, &body.value).await?;
    Ok(Answer::ok(&body.value).version(saved))
}

/// Puts a version in force. Parameter Store takes whatever is written last, so a writer looks afterwards whether a later
/// version was written meanwhile and puts that in force instead: of two at once, the later one holds.
async fn activate(app: &App, version: Version, settings: &Settings) -> Result<(), Refusal> {
    let (mut version, mut settings) = (version, settings.clone());
    loop {
        let active = app.ports.settings.activate(version.get(), &settings).await;
        active.map_err(|error| problems::gateway(&error))?;
        match app.ports.reader.settings(None).await? {
            Some(later) if later.0 > version => (version, settings) = later,
            _ => return Ok(()),
        }
    }
}
