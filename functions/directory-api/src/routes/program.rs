//! The program: its settings, and its mails as they were or would be sent.

use axum::extract::State;
use kernel::{Commit, Day, Event, MailId, Operation, PersonId, Subject, Version};
use mail::{LinkBase, MailRef, ProgramSettings, RenderError, render};
use serde::Deserialize;
use serde_json::json;
use web::{Answer, Authenticated, IfMatch, Json, Listing, Pair, Problem, Refusal, Routes, kinds, routes};

use crate::{
    app::App,
    dto::{MailLine, MailView, PageOf, PagingParams, ProgramSettingsView},
    problems,
};

pub(crate) fn routes() -> Routes<App> {
    Routes::new().routes(routes!(settings, change)).routes(routes!(mails)).routes(routes!(read))
}

/// The latest version; before the first, the defaults.
async fn latest(app: &App) -> Result<(Version, ProgramSettings), Refusal> {
    Ok(app.ports.history.latest().await?.unwrap_or((Version::ABSENT, ProgramSettings::default())))
}

/// The program's settings, as last written; the defaults while nothing was.
#[utoipa::path(
    get, path = "/program/settings", tag = "program", operation_id = Operation::ReadProgramSettings.id(),
    responses((status = 200, description = "The settings; their version is 0 while the defaults hold.", body = ProgramSettingsView)),
)]
async fn settings(State(app): State<App>, who: Authenticated) -> Result<Answer, Refusal> {
    who.may(Operation::ReadProgramSettings, &Subject::program())?;
    let (version, settings) = latest(&app).await?;
    let active = app.ports.settings.active().await.map_err(|error| Problem::outside(&error))?;
    if active.version < version.get() && !active.edited_by_hand {
        // A change died between the table and the parameter: what was decided takes effect now.
        activate(&app, version, &settings).await?;
    }
    Ok(Answer::ok(&settings).version(version))
}

/// Writes a new version of the program's settings. What the document leaves out has its default. It takes effect within
/// a minute.
#[utoipa::path(
    put, path = "/program/settings", tag = "program", operation_id = Operation::ChangeProgramSettings.id(),
    request_body = ProgramSettingsView,
    responses((status = 200, description = "The settings.", body = ProgramSettingsView)),
)]
async fn change(
    State(app): State<App>,
    who: Authenticated,
    expected: IfMatch,
    body: Json<ProgramSettings>,
) -> Result<Answer, Refusal> {
    who.may(Operation::ChangeProgramSettings, &Subject::program())?;
    if let Err(found) = body.value.validate() {
        let problem = Problem::new(problems::INVALID_SETTINGS);
        return Err(found
            .iter()
            .fold(problem, |all, one| all.at_field(&one.pointer, one.detail.trim_start_matches("expected ")))
            .into());
    }
    let (version, stored) = latest(&app).await?;
    let next = expected.version()?.next();
    if version == next && stored == body.value {
        // The same document, written by a request whose answer was lost: what may be missing is putting it in force.
        activate(&app, next, &body.value).await?;
        return Ok(Answer::ok(&body.value).version(next));
    }
    expected.check(version)?;
    let event = Event::new("program.settings_changed", "program", json!({ "version": next }), &who.cause);
    let rest = Commit::of(Vec::new()).event(event);
    app.ports.history.append(next, &body.value, &rest, who.cause.at).await?;
    activate(&app, next, &body.value).await?;
    Ok(Answer::ok(&body.value).version(next))
}

/// Puts a version in force. Parameter Store takes whatever is written last, so a writer looks afterwards whether a later
/// version was written meanwhile and puts that in force instead: of two at once, the later one holds.
async fn activate(app: &App, version: Version, settings: &ProgramSettings) -> Result<(), Refusal> {
    let (mut version, mut settings) = (version, settings.clone());
    loop {
        let active = app.ports.settings.activate(version.get(), &settings).await;
        active.map_err(|error| Problem::outside(&error))?;
        match latest(app).await? {
            later if later.0 > version => (version, settings) = later,
            _ => return Ok(()),
        }
    }
}

/// Which mails are listed.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct MailFilter {
    /// The day on which they were written, in UTC.
    #[param(value_type = Date)]
    day: Day,
}

/// The mails of a day: sent, waiting, previewed or ended otherwise.
#[utoipa::path(
    get, path = "/program/mails", tag = "program", operation_id = Operation::ListMails.id(),
    params(PagingParams, MailFilter),
    responses((status = 200, description = "A page of mails.", body = PageOf<MailLine>)),
)]
async fn mails(State(app): State<App>, who: Authenticated, listing: Listing<MailFilter>) -> Result<Answer, Refusal> {
    who.may(Operation::ListMails, &Subject::program())?;
    let (limit, after) = (listing.paging.limit, listing.paging.after.as_ref());
    let page = app.ports.mail_days.on_day(listing.filter.day.into(), limit, after).await?;
    Ok(Answer::page(&page.map(|mail| MailLine::from(&mail)), &listing.paging))
}

/// One mail as it was or would be sent. Its links do nothing.
#[utoipa::path(
    get, path = "/program/mails/{person_id}/{mail_id}", tag = "program", operation_id = Operation::ReadMail.id(),
    responses((status = 200, description = "The mail.", body = MailView), (status = 422, description = "The mail can no longer be shown.")),
)]
async fn read(
    State(app): State<App>,
    who: Authenticated,
    Pair(person, mail): Pair<PersonId, MailId>,
) -> Result<Answer, Refusal> {
    who.may(Operation::ReadMail, &Subject::program())?;
    let mail = app.ports.mails.load(MailRef { person, mail }).await?;
    let mail = mail.ok_or_else(|| Refusal::from(kinds::NOT_FOUND))?;
    let contact = app.ports.contacts.contact(person).await?;
    let contact = contact.ok_or_else(|| Refusal::from(kinds::NOT_FOUND))?;
    let (_, settings) = latest(&app).await?;
    let contacts = app.ports.contacts.as_ref();
    match render(&mail, &contact, contacts, &settings, LinkBase::Inert, who.cause.at).await {
        Ok(rendered) => Ok(Answer::ok(&MailView::new(&mail, rendered))),
        Err(RenderError::Contacts(error)) => Err(error.into()),
        Err(RenderError::UnknownTemplate | RenderError::Model(_) | RenderError::Template(_)) => {
            Err(problems::MAIL_UNREADABLE.into())
        }
    }
}
