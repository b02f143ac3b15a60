//! Workloads: listings, creating and changing. A team's lead may do so for the team's own.

use axum::extract::State;
use directory::{Workload, workloads};
use kernel::{Operation, Subject, WorkloadId};
use web::{
    Answer, Authenticated, Id, IdempotencyKey, IfMatch, Json, Listing, NoFilter, Refusal, Routes, kinds, routes,
};

use super::Request;
use crate::{
    app::App,
    dto::{NewWorkloadBody, PageOf, PagingParams, WorkloadChangeBody, WorkloadView},
    problems,
};

pub(crate) fn routes() -> Routes<App> {
    Routes::new().routes(routes!(list, create)).routes(routes!(read, change))
}

async fn found(app: &App, workload: WorkloadId) -> Result<Workload, Refusal> {
    app.ports.reader.workload(workload).await?.ok_or_else(|| kinds::NOT_FOUND.into())
}

fn answer(workload: &Workload) -> Answer {
    Answer::ok(&WorkloadView::from(workload)).version(workload.version)
}

/// Workloads by name.
#[utoipa::path(
    get, path = "/directory/workloads", tag = "workloads", operation_id = Operation::ListWorkloads.id(),
    params(PagingParams),
    responses((status = 200, description = "A page of workloads.", body = PageOf<WorkloadView>)),
)]
async fn list(State(app): State<App>, who: Authenticated, listing: Listing<NoFilter>) -> Result<Answer, Refusal> {
    who.may(Operation::ListWorkloads, &Subject::program())?;
    let page = app.ports.listing.list_workloads(listing.paging.limit, listing.paging.after.as_ref()).await?;
    Ok(Answer::page(&page.map(|workload| WorkloadView::from(&workload)), &listing.paging))
}

/// A new workload.
#[utoipa::path(
    post, path = "/directory/workloads", tag = "workloads", operation_id = Operation::CreateWorkload.id(),
    request_body = NewWorkloadBody,
    responses((status = 201, description = "Created.", body = WorkloadView)),
)]
async fn create(
    State(app): State<App>,
    who: Authenticated,
    key: IdempotencyKey,
    body: Json<NewWorkloadBody>,
) -> Result<Answer, Refusal> {
    who.may(Operation::CreateWorkload, &Subject::team(body.value.owner_id))?;
    let request = Request { app: &app, who: &who, key: &key, hash: &body.hash };
    let outcome = async {
        let (workload, commit) = workloads::create(app.ports.reader.as_ref(), body.value.into(), &who.cause)
            .await
            .map_err(problems::directory)?;
        let location = format!("/directory/workloads/{}", workload.id);
        let answer = Answer::created(location, &WorkloadView::from(&workload)).version(workload.version);
        request.commit(commit, answer).await
    };
    request.or_replay(outcome.await).await
}

/// One workload.
#[utoipa::path(
    get, path = "/directory/workloads/{workload_id}", tag = "workloads", operation_id = Operation::ReadWorkload.id(),
    responses((status = 200, description = "The workload.", body = WorkloadView)),
)]
async fn read(State(app): State<App>, who: Authenticated, Id(id): Id<WorkloadId>) -> Result<Answer, Refusal> {
    let workload = found(&app, id).await?;
    who.may(Operation::ReadWorkload, &Subject::team(workload.owner))?;
    Ok(answer(&workload))
}

/// Changes a workload's record.
#[utoipa::path(
    patch, path = "/directory/workloads/{workload_id}", tag = "workloads",
    operation_id = Operation::ChangeWorkload.id(),
    request_body = WorkloadChangeBody,
    responses((status = 200, description = "The workload as it is now.", body = WorkloadView)),
)]
async fn change(
    State(app): State<App>,
    who: Authenticated,
    Id(id): Id<WorkloadId>,
    expected: IfMatch,
    body: Json<WorkloadChangeBody>,
) -> Result<Answer, Refusal> {
    let before = found(&app, id).await?;
    who.may(Operation::ChangeWorkload, &Subject::team(before.owner))?;
    if let Some(owner) = body.value.owner_id {
        // Nobody hands a workload to a team that they could not take it from.
        who.may(Operation::ChangeWorkload, &Subject::team(owner))?;
    }
    expected.check(before.version)?;
    let changed = workloads::change(app.ports.reader.as_ref(), &before, body.value.into(), &who.cause).await;
    let Some((workload, commit)) = changed.map_err(problems::directory)? else { return Ok(answer(&before)) };
    app.ports.writer.commit(commit).await?;
    Ok(answer(&workload))
}
