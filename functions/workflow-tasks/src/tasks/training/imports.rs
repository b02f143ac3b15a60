//! Imports of training as tasks: one chunk from the job's next row on, and the end of a job that cannot go on.

use kernel::{Commit, JobId, StoreError, import::MAX_BYTES};
use runtime::TaskError;
use serde::Deserialize;
use serde_json::{Value, json};
use training::{
    Write,
    import::job,
    model::{ImportJob, JobState},
};

use super::{Ports, Rules, cause, failed as refused, unreachable};

/// How often a lost race about the job's own record is tried again within one call.
const TRIES: usize = 4;

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Job {
    job: JobId,
}

async fn read(ports: &Ports, id: JobId) -> Result<ImportJob, TaskError> {
    ports.reader.job(id).await?.ok_or_else(|| TaskError::permanent("there is no such import"))
}

/// Applies the next rows; says whether the job is through.
pub(super) async fn chunk(ports: &Ports, Job { job: id }: Job) -> Result<Value, TaskError> {
    let found = read(ports, id).await?;
    if found.state != JobState::Running {
        return Ok(json!({"done": true}));
    }
    let bytes = ports.files.get(&found.object, MAX_BYTES).await.map_err(|error| unreachable(&error))?;
    let rules = Rules::read(ports).await?;
    let cause = cause(ports.clock.now(), &id);
    let mut tries = TRIES;
    loop {
        match job::chunk(&rules.desk(ports), id, &bytes, &cause).await.map_err(refused) {
            Ok(job) => return Ok(json!({"done": job.state != JobState::Running})),
            // Rows are safe to apply again.
            Err(error) if error.kind() == runtime::TaskErrorKind::Conflict && tries > 1 => tries -= 1,
            Err(error) => return Err(error),
        }
    }
}

/// Writes down that a job stopped. What it applied stays; the same file can be imported again.
pub(super) async fn failed(ports: &Ports, Job { job: id }: Job) -> Result<Value, TaskError> {
    let mut tries = TRIES;
    loop {
        let found = read(ports, id).await?;
        if found.state != JobState::Running {
            return Ok(json!({"state": found.state}));
        }
        let before = found.version;
        let stopped = ImportJob { state: JobState::Failed, version: before.next(), ..found };
        let commit = Commit::of(vec![Write::Job { before, job: Box::new(stopped) }]);
        match ports.writer.commit(commit, &cause(ports.clock.now(), &id)).await {
            Ok(()) => return Ok(json!({"state": JobState::Failed})),
            Err(StoreError::Conflict) if tries > 1 => tries -= 1,
            Err(error) => return Err(error.into()),
        }
    }
}
