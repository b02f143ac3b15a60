//! Putting the figures of groups right, as tasks that an operator's state machine drives: counting everybody a page a
//! call, noting what is kept in between, and adding what is missing where that is certain.

use kernel::StoreError;
use runtime::{
    TaskError,
    metrics::{Metric, emit},
};
use serde::Deserialize;
use serde_json::{Value, json};
use training::usecases::{
    figures::{self, Count, Cursor},
    remind::SHARDS,
};

use super::{Ports, SYSTEM, cause, failed};

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Page {
    rebuild: String,
    count: Count,
    cursor: Option<Cursor>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rebuild {
    rebuild: String,
}

pub(super) async fn count_standings(ports: &Ports, page: Page) -> Result<Value, TaskError> {
    let from = page.cursor.unwrap_or_default();
    if from.shard >= SHARDS {
        return Err(TaskError::permanent("there is no such shard"));
    }
    let (reader, store, now) = (ports.reader.as_ref(), ports.figures.as_ref(), ports.clock.now());
    let counted = figures::count(reader, store, &page.rebuild, page.count, from, now).await;
    let (next, people) = counted.map_err(failed)?;
    Ok(json!({"cursor": next, "people": people}))
}

pub(super) async fn note_figures(ports: &Ports, input: Rebuild) -> Result<Value, TaskError> {
    let now = ports.clock.now();
    let groups = figures::note(ports.figures.as_ref(), &input.rebuild, now).await.map_err(failed)?;
    Ok(json!({"groups": groups}))
}

/// Fails with a conflict while a group is unsettled, after all that is certain was done: the machine counts again.
pub(super) async fn correct_figures(ports: &Ports, input: Rebuild) -> Result<Value, TaskError> {
    let now = ports.clock.now();
    let done = figures::correct(ports.figures.as_ref(), &input.rebuild, &cause(now, &input.rebuild)).await;
    let done = done.map_err(failed)?;
    emit(SYSTEM, now, &[Metric::count("FiguresCorrected", u64::try_from(done.corrected).unwrap_or(u64::MAX))]);
    if done.unsettled > 0 {
        tracing::warn!(groups = done.unsettled, "figures changed while they were counted");
        return Err(StoreError::Conflict.into());
    }
    Ok(json!({"groups": done.settled, "corrected": done.corrected}))
}
