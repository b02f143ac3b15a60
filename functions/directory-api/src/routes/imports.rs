//! Files: upload tickets, dry runs, and imports that a state machine applies.

use axum::extract::State;
use directory::{
    DirectoryReader, Write,
    import::{ImportKind, Plan},
};
use kernel::{
    Commit, Event, JobId, Operation, Subject,
    import::{ImportJob, MAX_BYTES, NewImport},
};
use serde_json::json;
use utoipa_axum::{router::OpenApiRouter, routes};
use web::{Answer, Authenticated, Id, IdempotencyKey, Json, LargeJson, Refusal, kinds};

use super::Request;
use crate::{
    app::App,
    dto::{ImportAccepted, ImportReport, ImportRequest, ImportView, UploadRequest, UploadView},
    problems,
};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(upload)).routes(routes!(start)).routes(routes!(read))
}

fn object(upload: JobId) -> String {
    format!("uploads/directory/{upload}.csv")
}

/// A place to upload a large file to. The address takes exactly the announced bytes.
#[utoipa::path(
    post, path = "/directory/uploads", tag = "imports", operation_id = Operation::CreateDirectoryUpload.id(),
    request_body = UploadRequest,
    responses((status = 201, description = "Where to send the file.", body = UploadView)),
)]
async fn upload(
    State(app): State<App>,
    who: Authenticated,
    // Taken and checked like everywhere; a ticket changes nothing, so a repetition may get another.
    _key: IdempotencyKey,
    body: Json<UploadRequest>,
) -> Result<Answer, Refusal> {
    who.may(Operation::CreateDirectoryUpload, &Subject::program())?;
    let checksum = body.value.checksum()?;
    let upload_id = JobId::new(who.cause.at);
    let ticket = app.ports.uploads.ticket(&object(upload_id), body.value.length, &checksum).await;
    let (url, headers) = ticket.map_err(|error| problems::gateway(&error))?;
    Ok(Answer::created("/directory/imports", &UploadView { upload_id, url, headers }))
}

/// Checks a file, or has it applied.
#[utoipa::path(
    post, path = "/directory/imports", tag = "imports", operation_id = Operation::StartDirectoryImport.id(),
    request_body = ImportRequest,
    responses(
        (status = 200, description = "What a dry run found.", body = ImportReport),
        (status = 202, description = "Taken on; the location tells how it is getting on.", body = ImportAccepted),
    ),
)]
async fn start(
    State(app): State<App>,
    who: Authenticated,
    key: IdempotencyKey,
    body: LargeJson<ImportRequest>,
) -> Result<Answer, Refusal> {
    who.may(Operation::StartDirectoryImport, &Subject::program())?;
    let kind = body.value.kind()?;
    if body.value.csv.is_some() == body.value.upload_id.is_some() {
        return Err(problems::ONE_SOURCE.into());
    }
    if body.value.dry_run {
        return dry_run(&app, kind, body.value).await;
    }
    let request = Request { app: &app, who: &who, key: &key, hash: &body.hash };
    let outcome = request.or_replay(take_on(&request, kind, &body.value).await).await;
    // Starting is safe to repeat, and a repeated request may be one whose first run died before it.
    let location = match &outcome {
        Ok(answer) => answer.stored().location.clone(),
        Err(Refusal::Replay(answer)) => answer.location.clone(),
        Err(Refusal::Problem(_)) => None,
    };
    if let Some(job) = location.as_deref().and_then(|location| location.rsplit('/').next()) {
        let started = app.ports.imports.start(job, &json!({ "job": job })).await;
        started.map_err(|error| problems::gateway(&error))?;
    }
    outcome
}

async fn dry_run(app: &App, kind: ImportKind, body: ImportRequest) -> Result<Answer, Refusal> {
    let bytes = match (body.csv, body.upload_id) {
        (Some(csv), _) => csv.into_bytes(),
        (None, Some(upload)) => {
            app.ports.uploads.get(&object(upload), MAX_BYTES).await.map_err(|error| problems::upload(&error))?
        }
        (None, None) => return Err(problems::ONE_SOURCE.into()),
    };
    let (plan, mut found) = Plan::read(kind, &bytes);
    found.append(plan.check(&app.ports.store).await?);
    Ok(Answer::ok(&ImportReport::new(kind, &plan, found)))
}

/// Stores the file and the job that will apply it.
async fn take_on(request: &Request<'_>, kind: ImportKind, body: &ImportRequest) -> Result<Answer, Refusal> {
    let (app, cause) = (request.app, &request.who.cause);
    let id = JobId::new(cause.at);
    let file = match (&body.csv, body.upload_id) {
        (Some(csv), _) => {
            let stored = app.ports.uploads.put(&object(id), csv.clone().into_bytes()).await;
            stored.map_err(|error| problems::gateway(&error))?;
            object(id)
        }
        (None, Some(upload)) => {
            let length = app.ports.uploads.length(&object(upload)).await.map_err(|error| problems::upload(&error))?;
            if length > MAX_BYTES {
                return Err(kinds::BODY_TOO_LARGE.into());
            }
            object(upload)
        }
        (None, None) => return Err(problems::ONE_SOURCE.into()),
    };
    let job = ImportJob::new(NewImport {
        id,
        kind: kind.as_str().to_owned(),
        object: file,
        by: cause.by.clone(),
        correlation_id: cause.correlation_id.clone(),
        at: cause.at,
    });
    let event = Event::new("directory.import_started", id, json!({ "kind": kind.as_str() }), cause);
    let commit = Commit::of(vec![Write::Job(Box::new(job))]).event(event);
    let answer = Answer::accepted(format!("/directory/imports/{id}"), &ImportAccepted { job_id: id });
    request.commit(commit, answer).await
}

/// How an import is getting on.
#[utoipa::path(
    get, path = "/directory/imports/{job_id}", tag = "imports", operation_id = Operation::ReadDirectoryImport.id(),
    responses((status = 200, description = "The import.", body = ImportView)),
)]
async fn read(State(app): State<App>, who: Authenticated, Id(id): Id<JobId>) -> Result<Answer, Refusal> {
    who.may(Operation::ReadDirectoryImport, &Subject::program())?;
    let job = app.ports.store.job(id).await?.ok_or_else(|| Refusal::from(kinds::NOT_FOUND))?;
    let version = job.version;
    Ok(Answer::ok(&ImportView::from(job)).version(version))
}
