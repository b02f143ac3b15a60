//! An import as a job: started by a request, applied by a task in chunks, each of which is safe to repeat.

use kernel::{Cause, Commit, JobId, Once, StoreError, Version};

use super::{CHUNK, Sheet, apply, read};
use crate::{
    TrainingError, Write, events,
    model::{ImportJob, ImportKind, JobState, RowProblem},
    usecases::Desk,
};

/// Makes the idempotency record of an import from its job.
pub type JobAnswer<'a> = &'a (dyn Fn(&ImportJob) -> Once + Send + Sync);

/// Writes a job down. `object` is where its file lies; `sheet` is that file, read.
///
/// # Errors
/// Store errors.
pub async fn start(
    desk: &Desk<'_>,
    id: JobId,
    kind: ImportKind,
    object: String,
    sheet: &Sheet,
    cause: &Cause,
    once: Option<JobAnswer<'_>>,
) -> Result<ImportJob, TrainingError> {
    let job = ImportJob {
        id,
        kind,
        object,
        by: cause.by.clone(),
        at: cause.at,
        state: JobState::Running,
        rows: whole(sheet.rows.len()),
        next_row: 0,
        changed: 0,
        problems: sheet.problems.iter().take(ImportJob::KEPT_PROBLEMS).cloned().collect(),
        refused: whole(sheet.bad_lines()),
        version: Version::FIRST,
    };
    let write = Write::Job { before: Version::ABSENT, job: Box::new(job.clone()) };
    desk.writer.commit(Commit::of(vec![write]).once(once.map(|answer| answer(&job))), cause).await?;
    Ok(job)
}

/// Applies the next chunk of a job to whose file `bytes` belong, on behalf of whoever asked for it. Says how the job
/// stands; when it is finished, repeating changes nothing.
///
/// # Errors
/// Store errors: the chunk comes up again.
pub async fn chunk(desk: &Desk<'_>, id: JobId, bytes: &[u8], cause: &Cause) -> Result<ImportJob, TrainingError> {
    let unknown = || StoreError::Unreadable(format!("job {id} does not exist"));
    let job = desk.reader.job(id).await?.ok_or_else(unknown)?;
    if job.state != JobState::Running {
        return Ok(job);
    }
    let cause = Cause { by: job.by.clone(), ..cause.clone() };
    let sheet = read(job.kind, bytes);
    let from = usize::try_from(job.next_row).unwrap_or(usize::MAX);
    let applied = apply(desk, &sheet.rows, from, CHUNK, &cause).await?;
    let mut next = job.clone();
    next.next_row = whole(applied.next_row);
    next.changed += applied.changed;
    next.refused += whole(applied.problems.len());
    keep(&mut next.problems, applied.problems);
    next.version = job.version.next();
    let finished = applied.next_row >= sheet.rows.len();
    if finished {
        next.state = JobState::Finished;
    }
    let mut commit = Commit::of(vec![Write::Job { before: job.version, job: Box::new(next.clone()) }]);
    if finished {
        commit = commit.event(events::import_finished(id, &next, &cause));
    }
    desk.writer.commit(commit, &cause).await?;
    Ok(next)
}

fn keep(kept: &mut Vec<RowProblem>, more: Vec<RowProblem>) {
    let room = ImportJob::KEPT_PROBLEMS.saturating_sub(kept.len());
    kept.extend(more.into_iter().take(room));
}

fn whole(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
