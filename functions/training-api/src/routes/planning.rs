//! A person's plan as it is seen.

use axum::extract::State;
use kernel::{Operation, PersonId};
use training::{competency::Profile, usecases::open_file};
use web::{Answer, Authenticated, Id, Refusal, Routes, routes};

use crate::{app::App, dto::PlanView, problems};

pub(crate) fn routes() -> Routes<App> {
    Routes::new().routes(routes!(read))
}

/// A person's plan: what is open in the order in which it is done, with hours, dates and reasons, and for the person
/// alone what a course is recommended for and the levels to be reached. For everybody else a course is recommended, and
/// nothing says why: gaps belong to the person.
#[utoipa::path(
    get, path = "/training/people/{person_id}/plan", tag = "people", operation_id = Operation::ReadPlan.id(),
    responses((status = 200, description = "The plan; computed from the person's training, whose version it has.", body = PlanView)),
)]
async fn read(State(app): State<App>, who: Authenticated, Id(person): Id<PersonId>) -> Result<Answer, Refusal> {
    app.may(&who, Operation::ReadPlan, person).await?;
    let rules = app.rules().await?;
    let file = open_file(&app.desk(&rules), person).await.map_err(problems::training)?;
    let catalogue = app.ports.reader.catalogue().await?;
    let profile = if who.actor.person() == Some(person) {
        let profile = app.ports.competency.profile(person).await?;
        Some(profile.unwrap_or_else(|| Profile::new(person)))
    } else {
        None
    };
    let view = PlanView::of(&file, profile.as_ref(), &catalogue, &rules.settings, who.cause.at);
    Ok(Answer::ok(&view).version(file.head.version))
}
