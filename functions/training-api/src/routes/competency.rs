//! A person's competency and its gaps. Scores belong to the person: nobody else reads them here, whoever they are.

use axum::extract::State;
use jiff::civil::Date;
use kernel::{JobRole, Operation, PersonId};
use training::competency::{Profile, gaps as missing};
use web::{Answer, Authenticated, Id, Query, Refusal, Routes, kinds, routes};

use crate::{
    app::App,
    dto::{AsOf, CompetenciesView, GapsView},
};

pub(crate) fn routes() -> Routes<App> {
    Routes::new().routes(routes!(read)).routes(routes!(gaps))
}

async fn profile(app: &App, person: PersonId) -> Result<Profile, Refusal> {
    Ok(app.ports.competency.profile(person).await?.unwrap_or_else(|| Profile::new(person)))
}

/// A person's competency by area: what holds, by what evidence, and what held before. With a day, what was true then:
/// evidence counts from the day it speaks of.
#[utoipa::path(
    get, path = "/training/people/{person_id}/competencies", tag = "competency",
    operation_id = Operation::ReadCompetencies.id(), params(AsOf),
    responses((status = 200, description = "The areas; none while nothing was judged.", body = CompetenciesView)),
)]
async fn read(
    State(app): State<App>,
    who: Authenticated,
    Id(person): Id<PersonId>,
    Query(AsOf { as_of }): Query<AsOf>,
) -> Result<Answer, Refusal> {
    app.may(&who, Operation::ReadCompetencies, person).await?;
    let profile = profile(&app, person).await?;
    Ok(Answer::ok(&CompetenciesView::of(&profile, as_of.map(Date::from))).version(profile.version))
}

/// What is missing to the scores that the person's role is asked for by the settings, and the courses that teach it.
#[utoipa::path(
    get, path = "/training/people/{person_id}/gaps", tag = "competency", operation_id = Operation::ReadGaps.id(),
    responses((status = 200, description = "The gaps; none where every target is reached.", body = GapsView)),
)]
async fn gaps(State(app): State<App>, who: Authenticated, Id(person): Id<PersonId>) -> Result<Answer, Refusal> {
    app.may(&who, Operation::ReadGaps, person).await?;
    let rules = app.rules().await?;
    let job_role = job_role(&app, person).await?;
    let profile = profile(&app, person).await?;
    let catalogue = app.ports.reader.catalogue().await?;
    let targets = rules.settings.targets(job_role).cloned().unwrap_or_default();
    let gaps = missing(&profile, &targets, &catalogue).into_iter().map(Into::into).collect();
    Ok(Answer::ok(&GapsView { person_id: person, job_role, gaps }))
}

/// The person's role, from the head of their file; from the directory while there is none.
async fn job_role(app: &App, person: PersonId) -> Result<JobRole, Refusal> {
    if let Some(head) = app.ports.reader.learners(&[person]).await?.first() {
        return Ok(head.facts.job_role);
    }
    let facts = app.ports.roster.facts(person).await?;
    Ok(facts.ok_or(kinds::NOT_FOUND)?.job_role)
}
