//! The reminder cycle as tasks: which shards are due, a page of people, a page of boxes, the totals. The payload holds
//! shard numbers, cursors and counts, so its size does not depend on how many people are due.

use jiff::Timestamp;
use kernel::{Limit, Position, RunId};
use runtime::{
    TaskError,
    metrics::{Metric, emit},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use training::{
    model::{RunCounts, RunState},
    usecases::{
        boxes,
        remind::{self, PageDone, PageOf},
    },
};

use super::{Ports, Rules, SYSTEM, cause, failed};

/// People or boxes a page visits: well within a task's time limit.
const PAGE: u16 = 100;

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SelectDue {
    at: Timestamp,
    ignore_send_hour: bool,
    run: RunId,
}

/// Where the next page of a shard starts, and how many of its mails are written: the state machine carries it along
/// without looking into it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cursor {
    after: Position,
    mails: u64,
}

impl Cursor {
    fn next(done: &PageDone, page: &Page) -> Option<Self> {
        done.next.clone().map(|after| Self { after, mails: page.mails() + done.counts.mails })
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Page {
    run: RunId,
    at: Timestamp,
    until: Timestamp,
    shard: u8,
    cursor: Option<Cursor>,
    ignore_send_hour: bool,
}

impl Page {
    fn mails(&self) -> u64 {
        self.cursor.as_ref().map_or(0, |cursor| cursor.mails)
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FinishRun {
    run: RunId,
    at: Timestamp,
    people: Vec<RunCounts>,
    boxes: Vec<RunCounts>,
}

pub(super) async fn select_due(ports: &Ports, input: SelectDue) -> Result<Value, TaskError> {
    let SelectDue { at, ignore_send_hour, run } = input;
    let rules = Rules::read(ports).await?;
    let desk = rules.desk(ports);
    remind::start_run(&desk, run, at, ignore_send_hour, &cause(at, &run)).await.map_err(failed)?;
    let found = remind::select_due(&desk, at, ignore_send_hour).await.map_err(failed)?;
    // People put lines into boxes while the run goes on, also into boxes that slept: every shard is asked again then.
    let box_shards: Vec<u8> = if found.shards.is_empty() { found.box_shards } else { (0..remind::SHARDS).collect() };
    Ok(json!({
        "at": at, "until": found.until, "run": run, "shards": found.shards, "box_shards": box_shards,
    }))
}

/// The run's budget is shared out to the shards, so that none of them needs to know of the others.
fn shard_budget(run_budget: u32) -> u64 {
    u64::from(run_budget).div_ceil(u64::from(remind::SHARDS))
}

fn page_of<'a>(page: &'a Page, rules: &Rules) -> Result<PageOf<'a>, TaskError> {
    if page.shard >= remind::SHARDS {
        return Err(TaskError::permanent("there is no such shard"));
    }
    Ok(PageOf {
        shard: page.shard,
        until: page.until,
        after: page.cursor.as_ref().map(|cursor| &cursor.after),
        limit: Limit::new(PAGE).unwrap_or_default(),
        ignore_send_hour: page.ignore_send_hour,
        budget: shard_budget(rules.settings.run_budget).saturating_sub(page.mails()),
    })
}

pub(super) async fn remind_people(ports: &Ports, page: Page) -> Result<Value, TaskError> {
    let rules = Rules::read(ports).await?;
    let cause = cause(page.at, &page.run);
    let done = remind::remind_page(&rules.desk(ports), page_of(&page, &rules)?, &cause).await.map_err(failed)?;
    let next = Cursor::next(&done, &page);
    let PageDone { counts, budget_exhausted, .. } = done;
    Ok(json!({
        "cursor": next, "people": counts.people, "mails": counts.mails, "became_overdue": counts.became_overdue,
        "failed": counts.failed, "budget_exhausted": budget_exhausted,
    }))
}

pub(super) async fn digest_boxes(ports: &Ports, page: Page) -> Result<Value, TaskError> {
    let rules = Rules::read(ports).await?;
    let cause = cause(page.at, &page.run);
    let done = boxes::digest_page(&rules.desk(ports), page_of(&page, &rules)?, &cause).await.map_err(failed)?;
    let (next, counts) = (Cursor::next(&done, &page), done.counts);
    Ok(json!({"cursor": next, "boxes": counts.boxes, "mails": counts.mails, "failed": counts.failed}))
}

pub(super) async fn finish_run(ports: &Ports, input: FinishRun) -> Result<Value, TaskError> {
    let FinishRun { run, at, people, boxes } = input;
    let counts = people.into_iter().chain(boxes).fold(RunCounts::default(), RunCounts::plus);
    let rules = Rules::read(ports).await?;
    let before = ports.reader.run(run).await?;
    let finished = remind::finish_run(&rules.desk(ports), run, at, counts, &cause(at, &run)).await.map_err(failed)?;
    let RunCounts { people, boxes, mails, became_overdue, failed } = finished.counts;
    // A repetition finds the run finished and counts nothing twice.
    if before.is_none_or(|run| run.state != RunState::Finished) {
        let metrics = [
            Metric::count("PeopleReminded", people),
            Metric::count("BoxesVisited", boxes),
            Metric::count("MailsWritten", mails),
            Metric::count("BecameOverdue", became_overdue),
            Metric::count("VisitsFailed", failed),
        ];
        emit(SYSTEM, ports.clock.now(), &metrics);
    }
    Ok(json!({
        "run": run, "people": people, "boxes": boxes, "mails": mails, "became_overdue": became_overdue, "failed": failed,
    }))
}
