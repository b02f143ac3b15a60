//! Imports as tasks: the next rows of a job, and the end of a job that cannot go on.

use kernel::{
    JobId, StoreError,
    import::{CHUNK_ROWS, ImportError, ImportJob, MAX_BYTES},
};
use runtime::TaskError;
use serde::Deserialize;
use serde_json::{Value, json};
use training::import::Importer;

use super::{Ports, Rules, unreachable};
use crate::tasks::stopped;

/// How often a job that someone else wrote meanwhile is read again before it is given up.
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
    if found.is_ended() {
        return Ok(json!({ "done": true }));
    }
    let bytes = ports.files.get(&found.object, MAX_BYTES).await.map_err(|error| unreachable(&error))?;
    let rules = Rules::read(ports).await?;
    match Importer::new(&rules.desk(ports)).step(found, &bytes, ports.clock.now(), CHUNK_ROWS).await {
        Ok(job) => {
            tracing::info!(job.id = %id, job.next_row, job.total, "applied rows of an import");
            Ok(json!({ "done": job.is_ended() }))
        }
        // A twin of this call is at work: what it counted stands, and the next call goes on from there.
        Err(ImportError::Overtaken) => Ok(json!({ "done": read(ports, id).await?.is_ended() })),
        Err(error) => Err(stopped(error)),
    }
}

/// Writes down that a job stopped. What it applied stays; the same file can be imported again.
pub(super) async fn failed(ports: &Ports, Job { job: id }: Job) -> Result<Value, TaskError> {
    let rules = Rules::read(ports).await?;
    let desk = rules.desk(ports);
    for _ in 0..TRIES {
        match Importer::new(&desk).give_up(read(ports, id).await?, ports.clock.now()).await {
            Ok(job) => return Ok(json!({ "state": job.state })),
            Err(ImportError::Overtaken) => {}
            Err(error) => return Err(stopped(error)),
        }
    }
    Err(StoreError::Conflict.into())
}
