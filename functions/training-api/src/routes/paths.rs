//! Role paths: what a job role is asked to learn, in plan order.

use axum::extract::State;
use kernel::{Operation, Subject, Version};
use training::{
    model::{JobRole, PathStep},
    usecases::catalogue,
};
use web::{Answer, Authenticated, Id, IfMatch, Json, Problem, Refusal, Routes, kinds, routes};

use crate::{
    app::App,
    dto::{NewPath, PathView},
    problems,
};

pub(crate) fn routes() -> Routes<App> {
    Routes::new().routes(routes!(list)).routes(routes!(read, set))
}

fn role(raw: &str) -> Result<JobRole, Problem> {
    raw.parse().map_err(|_| Problem::new(kinds::NOT_FOUND))
}

/// The paths of all job roles.
#[utoipa::path(
    get, path = "/training/paths", tag = "catalogue", operation_id = Operation::ListPaths.id(),
    responses((status = 200, description = "Every job role's path.", body = crate::dto::PageOf<PathView>)),
)]
async fn list(State(app): State<App>, who: Authenticated) -> Result<Answer, Refusal> {
    who.may(Operation::ListPaths, &Subject::program())?;
    let catalogue = app.ports.reader.catalogue().await?;
    let items: Vec<_> = JobRole::ALL.iter().map(|role| PathView::of(*role, catalogue.path(*role))).collect();
    Ok(Answer::ok(&crate::dto::PageOf { items, next: None }))
}

/// The path of a job role.
#[utoipa::path(
    get, path = "/training/paths/{job_role}", tag = "catalogue", operation_id = Operation::ReadPath.id(),
    responses((status = 200, description = "The path; its version is 0 while none was set.", body = PathView)),
)]
async fn read(State(app): State<App>, who: Authenticated, Id(raw): Id<String>) -> Result<Answer, Refusal> {
    who.may(Operation::ReadPath, &Subject::program())?;
    let role = role(&raw)?;
    let catalogue = app.ports.reader.catalogue().await?;
    let path = catalogue.path(role);
    let version = path.map_or(Version::ABSENT, |path| path.version);
    Ok(Answer::ok(&PathView::of(role, path)).version(version))
}

/// Sets the path of a job role. `If-Match: "0"` sets the first one.
#[utoipa::path(
    put, path = "/training/paths/{job_role}", tag = "catalogue", operation_id = Operation::ChangePath.id(),
    request_body = NewPath,
    responses((status = 200, description = "The path.", body = PathView)),
)]
async fn set(
    State(app): State<App>,
    who: Authenticated,
    Id(raw): Id<String>,
    version: IfMatch,
    body: Json<NewPath>,
) -> Result<Answer, Refusal> {
    who.may(Operation::ChangePath, &Subject::program())?;
    let role = role(&raw)?;
    let steps = body.value.steps.iter().map(|step| PathStep { course: step.course_id, requirement: step.requirement });
    let rules = app.rules().await?;
    let path =
        catalogue::set_path(&app.desk(&rules), role, steps.collect(), Some(version.version()?), &who.cause).await;
    let path = path.map_err(problems::training)?;
    Ok(Answer::ok(&PathView::of(role, Some(&path))).version(path.version))
}
