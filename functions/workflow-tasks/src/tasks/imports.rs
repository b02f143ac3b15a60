//! Imports as tasks, the same for every system: the next part of a job, and the end of a job that cannot go on.

use jiff::Timestamp;
use kernel::{
    ImportFiles, JobId, StoreError,
    import::{CHUNK_ROWS, ImportBook, ImportError, ImportJob, TRIES, give_up, step},
};
use runtime::TaskError;
use serde::Deserialize;
use serde_json::{Value, json};

/// Which job.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Job {
    job: JobId,
}

async fn read<B: ImportBook>(book: &B, id: JobId) -> Result<ImportJob, TaskError> {
    book.job(id).await?.ok_or_else(|| TaskError::permanent("there is no such import"))
}

/// Applies the next rows; says whether the job is through.
pub(super) async fn chunk<B: ImportBook>(
    book: &B,
    files: &dyn ImportFiles,
    now: Timestamp,
    Job { job: id }: Job,
) -> Result<Value, TaskError> {
    match step(book, files, read(book, id).await?, now, CHUNK_ROWS).await {
        Ok(job) => {
            tracing::info!(job.id = %id, job.next_row, job.total, "applied rows of an import");
            Ok(json!({ "done": job.is_ended() }))
        }
        // A twin of this call is at work: what it counted stands, and the next call goes on from there.
        Err(ImportError::Overtaken) => Ok(json!({ "done": read(book, id).await?.is_ended() })),
        Err(error) => Err(stopped(error)),
    }
}

/// Writes down that a job stopped. What it applied stays; the same file can be imported again.
pub(super) async fn failed<B: ImportBook>(book: &B, now: Timestamp, Job { job: id }: Job) -> Result<Value, TaskError> {
    for _ in 0..TRIES {
        match give_up(book, read(book, id).await?, now).await {
            Ok(job) => return Ok(json!({ "state": job.state })),
            Err(ImportError::Overtaken) => {}
            Err(error) => return Err(stopped(error)),
        }
    }
    Err(StoreError::Conflict.into())
}

/// Why an import stopped, under one of the names state machines know.
fn stopped(error: ImportError) -> TaskError {
    match error {
        ImportError::Store(error) => error.into(),
        ImportError::Files(error) => {
            tracing::warn!(%error, "the file of an import could not be read");
            TaskError::of(error.kind(), error.to_string())
        }
        error @ ImportError::Overtaken => TaskError::conflict(error.to_string()),
        error @ (ImportError::Kind | ImportError::Closed(_) | ImportError::Part) => {
            TaskError::permanent(error.to_string())
        }
    }
}
