//! Looking at everybody again after rules changed, as a task: one page of one shard a call. The cursor names the shard
//! too, so that the state machine's loop needs to know nothing but whether there is one.

use kernel::{Limit, Position};
use runtime::{
    TaskError,
    metrics::{Metric, emit},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use training::usecases::{people, remind::SHARDS};

use super::{Ports, Rules, SYSTEM, cause, failed};

/// Learners a page looks at: well within a task's time limit.
const PAGE: u16 = 100;

/// Where the next page starts: absent position, the shard's beginning.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cursor {
    shard: u8,
    after: Option<Position>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Page {
    review: String,
    cursor: Option<Cursor>,
}

pub(super) async fn review_people(ports: &Ports, page: Page) -> Result<Value, TaskError> {
    let Cursor { shard, after } = page.cursor.unwrap_or(Cursor { shard: 0, after: None });
    if shard >= SHARDS {
        return Err(TaskError::permanent("there is no such shard"));
    }
    let rules = Rules::read(ports).await?;
    let now = ports.clock.now();
    let limit = Limit::new(PAGE).unwrap_or_default();
    let done = people::review_page(&rules.desk(ports), shard, limit, after.as_ref(), &cause(now, &page.review))
        .await
        .map_err(failed)?;
    let next = match done.next {
        Some(after) => Some(Cursor { shard, after: Some(after) }),
        None => (shard + 1 < SHARDS).then_some(Cursor { shard: shard + 1, after: None }),
    };
    let counts = [("PeopleReviewed", done.people), ("ReviewsChanged", done.changed), ("ReviewsFailed", done.failed)];
    emit(SYSTEM, now, &counts.map(|(name, value)| Metric::count(name, value)));
    Ok(json!({"cursor": next, "people": done.people, "changed": done.changed, "failed": done.failed}))
}
