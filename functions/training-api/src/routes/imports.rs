//! Files of what exists: uploads, imports with a dry run, and how an import is getting on.

use axum::extract::State;
use kernel::{JobId, Operation, Subject, import::MAX_BYTES};
use training::{
    import::{self, Sheet, job},
    model::{ImportJob, RowProblem},
};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;
use web::{Answer, Authenticated, Id, IdempotencyKey, Json, LargeJson, Problem, Refusal, kinds};

use crate::{
    app::App,
    dto::{DryRunView, ImportView, NewImport, NewUpload, RowProblemView, UploadView},
    problems,
};

/// How many problems a dry run answers with; all are counted.
const LISTED: usize = 10_000;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(upload)).routes(routes!(start)).routes(routes!(read))
}

fn object(upload: Uuid) -> String {
    format!("uploads/training/{upload}.csv")
}

fn problem_view(problem: &RowProblem) -> RowProblemView {
    RowProblemView { line: problem.line, column: problem.column.clone(), expected: problem.expected.clone() }
}

fn job_view(job: &ImportJob) -> ImportView {
    ImportView {
        id: job.id,
        kind: job.kind,
        state: job.state.as_str().to_owned(),
        total: Some(job.rows),
        done: job.next_row.min(job.rows),
        changed: job.changed,
        refused: job.refused,
        problems: job.problems.iter().map(problem_view).collect(),
    }
}

/// A place to upload a file to, for exactly the bytes that are announced.
#[utoipa::path(
    post, path = "/training/uploads", tag = "imports", operation_id = Operation::CreateTrainingUpload.id(),
    request_body = NewUpload,
    responses((status = 201, description = "Where to upload to.", body = UploadView)),
)]
async fn upload(
    State(app): State<App>,
    who: Authenticated,
    // A ticket is worth nothing by itself: a repetition simply gets another one.
    _key: IdempotencyKey,
    body: Json<NewUpload>,
) -> Result<Answer, Refusal> {
    who.may(Operation::CreateTrainingUpload, &Subject::program())?;
    let wrong = |path: &str, expected: String| Problem::new(kinds::INVALID_BODY).at(path, expected);
    let NewUpload { length, sha256 } = body.value;
    if !(1..=MAX_BYTES).contains(&length) {
        return Err(wrong("$.length", format!("1 to {MAX_BYTES} bytes")).into());
    }
    let sha256 = digest(&sha256).ok_or_else(|| wrong("$.sha256", "64 hexadecimal digits".to_owned()))?;
    let upload_id = Uuid::new_v4();
    let ticket = app.ports.uploads.ticket(&object(upload_id), length, &sha256).await;
    let (url, headers) = ticket.map_err(|error| problems::gateway(&error))?;
    let view = UploadView { upload_id, url, headers };
    Ok(Answer::created("/training/imports", &view))
}

fn digest(hex: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if hex.len() != 64 || !hex.is_ascii() {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
        let digit = |raw: u8| char::from(raw).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

/// Imports a file, or with `dry_run` only says what is wrong with it.
#[utoipa::path(
    post, path = "/training/imports", tag = "imports", operation_id = Operation::StartTrainingImport.id(),
    request_body(content = NewImport, content_type = "application/json"),
    responses(
        (status = 200, description = "A dry run: every problem of the file.", body = DryRunView),
        (status = 202, description = "Started; its address tells how it is getting on.", body = ImportView),
    ),
)]
async fn start(
    State(app): State<App>,
    who: Authenticated,
    key: IdempotencyKey,
    body: LargeJson<NewImport>,
) -> Result<Answer, Refusal> {
    who.may(Operation::StartTrainingImport, &Subject::program())?;
    let NewImport { kind, dry_run, csv, upload_id } = body.value;
    let (name, bytes, inline) = match (csv, upload_id) {
        (Some(csv), None) => (object(Uuid::new_v4()), csv.into_bytes(), true),
        (None, Some(upload)) => {
            let name = object(upload);
            let bytes = app.ports.uploads.get(&name, MAX_BYTES).await.map_err(|error| problems::upload(&error))?;
            (name, bytes, false)
        }
        _ => return Err(problems::one_source()),
    };
    let rules = app.rules().await?;
    let desk = app.desk(&rules);
    let sheet = import::read(kind, &bytes);
    if dry_run {
        let mut found = sheet.problems.clone();
        found.extend(import::check(&desk, &sheet).await.map_err(problems::training)?);
        found.sort_by_key(|problem| problem.line);
        return Ok(Answer::ok(&dry_run_view(&sheet, &found)));
    }
    if inline {
        app.ports.uploads.put(&name, bytes).await.map_err(|error| problems::gateway(&error))?;
    }
    let answer = |job: &ImportJob| Answer::accepted(format!("/training/imports/{}", job.id), &job_view(job));
    let record = key.record(&who, &body.hash);
    let keep = record.as_ref().map(|record| move |job: &ImportJob| record.keep(&answer(job)));
    let once = keep.as_ref().map(|keep| keep as job::JobAnswer<'_>);
    let id = JobId::new(who.cause.at);
    let outcome = job::start(&desk, id, kind, name, &sheet, &who.cause, once).await;
    let outcome = outcome.map(|job| answer(&job)).map_err(problems::training);
    // A repetition starts the machine again under the job's name, which starts it once; so a start that failed after
    // the job was written is made up for.
    let started = match &outcome {
        Ok(_) => Some(id),
        Err(Refusal::Replay(answer)) => {
            answer.location.as_deref().and_then(|location| location.rsplit('/').next()?.parse().ok())
        }
        Err(Refusal::Problem(_)) => None,
    };
    if let Some(id) = started {
        let input = serde_json::json!({"job": id});
        app.ports.imports.start(&id.to_string(), &input).await.map_err(|error| problems::gateway(&error))?;
    }
    outcome
}

fn dry_run_view(sheet: &Sheet, found: &[RowProblem]) -> DryRunView {
    DryRunView {
        rows: u64::try_from(sheet.rows.len()).unwrap_or(u64::MAX),
        problem_count: u64::try_from(found.len()).unwrap_or(u64::MAX),
        problems: found.iter().take(LISTED).map(problem_view).collect(),
    }
}

/// How an import is getting on.
#[utoipa::path(
    get, path = "/training/imports/{job_id}", tag = "imports", operation_id = Operation::ReadTrainingImport.id(),
    responses((status = 200, description = "The import.", body = ImportView)),
)]
async fn read(State(app): State<App>, who: Authenticated, Id(id): Id<JobId>) -> Result<Answer, Refusal> {
    who.may(Operation::ReadTrainingImport, &Subject::program())?;
    let job = app.ports.reader.job(id).await?.ok_or(kinds::NOT_FOUND)?;
    Ok(Answer::ok(&job_view(&job)).version(job.version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_read_or_refused() {
        assert_eq!(digest(&"0f".repeat(32)), Some([0x0f; 32]));
        assert_eq!(digest("0f"), None);
        assert_eq!(digest(&"zz".repeat(32)), None);
    }
}
