//! Files: upload tickets, dry runs, and imports that a state machine applies.

use axum::extract::State;
use kernel::{
    JobId, Once, Operation, Subject,
    import::{MAX_BYTES, NewImport},
};
use serde_json::json;
use training::import::{ImportKind, Plan, begin};
use utoipa_axum::{router::OpenApiRouter, routes};
use web::{
    Answer, Authenticated, Id, IdempotencyKey, Json, LargeJson, Refusal,
    imports::{
        ImportAccepted, ImportReport, ImportRequest, ImportView, Source, UploadRequest, UploadView, accepted, object,
        taken_on,
    },
    kinds,
};

use crate::{app::App, problems};

const SYSTEM: &str = "training";

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(upload)).routes(routes!(start)).routes(routes!(read))
}

/// A place to upload a large file to. The address takes exactly the announced bytes.
#[utoipa::path(
    post, path = "/training/uploads", tag = "imports", operation_id = Operation::CreateTrainingUpload.id(),
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
    who.may(Operation::CreateTrainingUpload, &Subject::program())?;
    let checksum = body.value.checksum()?;
    let upload_id = JobId::new(who.cause.at);
    let ticket = app.ports.uploads.ticket(&object(SYSTEM, upload_id), body.value.length, &checksum).await;
    let (url, headers) = ticket.map_err(|error| problems::gateway(&error))?;
    Ok(Answer::created("/training/imports", &UploadView { upload_id, url, headers }))
}

/// Checks a file, or has it applied.
#[utoipa::path(
    post, path = "/training/imports", tag = "imports", operation_id = Operation::StartTrainingImport.id(),
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
    who.may(Operation::StartTrainingImport, &Subject::program())?;
    let kind = body.value.kind(ImportKind::parse)?;
    let check = body.value.dry_run;
    let source = body.value.source()?;
    if check {
        return dry_run(&app, kind, source).await;
    }
    let once = |answer: &Answer| key.record(&who, &body.hash).map(|record| record.keep(answer));
    let outcome = take_on(&app, &who, kind, source, once).await;
    let outcome = key.or_replay(&who, &body.hash, app.ports.answers.as_ref(), outcome).await;
    // Starting is safe to repeat, and a repeated request may be one whose first run died before it.
    if let Some(job) = taken_on(&outcome) {
        let started = app.ports.imports.start(&job.to_string(), &json!({ "job": job })).await;
        started.map_err(|error| problems::gateway(&error))?;
    }
    outcome
}

async fn dry_run(app: &App, kind: ImportKind, source: Source) -> Result<Answer, Refusal> {
    let bytes = match source {
        Source::Inline(bytes) => bytes,
        Source::Uploaded(upload) => {
            let file = app.ports.uploads.get(&object(SYSTEM, upload), MAX_BYTES).await;
            file.map_err(|error| problems::upload(&error))?
        }
    };
    let (plan, mut found) = Plan::read(kind, &bytes);
    let rules = app.rules().await?;
    found.append(plan.check(&app.desk(&rules)).await?);
    Ok(Answer::ok(&ImportReport::new(kind.as_str(), plan.rows(), found)))
}

/// Sees to it that the file is where the job will look for it.
async fn stored(app: &App, id: JobId, source: Source) -> Result<String, Refusal> {
    match source {
        Source::Inline(bytes) => {
            let object = object(SYSTEM, id);
            app.ports.uploads.put(&object, bytes).await.map_err(|error| problems::gateway(&error))?;
            Ok(object)
        }
        Source::Uploaded(upload) => {
            let object = object(SYSTEM, upload);
            let length = app.ports.uploads.length(&object).await.map_err(|error| problems::upload(&error))?;
            if length > MAX_BYTES { Err(kinds::BODY_TOO_LARGE.into()) } else { Ok(object) }
        }
    }
}

/// Stores the file and the job that will apply it.
async fn take_on(
    app: &App,
    who: &Authenticated,
    kind: ImportKind,
    source: Source,
    once: impl FnOnce(&Answer) -> Option<Once>,
) -> Result<Answer, Refusal> {
    let cause = &who.cause;
    let id = JobId::new(cause.at);
    let new = NewImport {
        id,
        kind: kind.as_str().to_owned(),
        object: stored(app, id, source).await?,
        by: cause.by.clone(),
        correlation_id: cause.correlation_id.clone(),
        at: cause.at,
    };
    let answer = accepted(SYSTEM, id);
    app.ports.writer.commit(begin(new, cause).once(once(&answer)), cause).await?;
    Ok(answer)
}

/// How an import is getting on.
#[utoipa::path(
    get, path = "/training/imports/{job_id}", tag = "imports", operation_id = Operation::ReadTrainingImport.id(),
    responses((status = 200, description = "The import.", body = ImportView)),
)]
async fn read(State(app): State<App>, who: Authenticated, Id(id): Id<JobId>) -> Result<Answer, Refusal> {
    who.may(Operation::ReadTrainingImport, &Subject::program())?;
    let job = app.ports.reader.job(id).await?.ok_or_else(|| Refusal::from(kinds::NOT_FOUND))?;
    let version = job.version;
    Ok(Answer::ok(&ImportView::from(job)).version(version))
}
