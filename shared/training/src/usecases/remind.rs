//! The reminder cycle: which shards have something due, a page of people, one person. Every step is safe to repeat:
//! fact, marker, next moment and mail of a person are one commit, and deciding again finds nothing left to do.

use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use kernel::{Cause, Commit, Limit, PersonId, Position, RunId, StoreError, Version};

use super::{Change, Desk, TRIES, commit, next_manager};
use crate::{
    TrainingError, Write,
    events::Happened,
    model::{Catalogue, ReminderRun, RunCounts, RunState},
    rules::{Context, Telling, decide},
};

/// How many people are visited at the same time.
pub(crate) const AT_ONCE: usize = 8;
/// How many shards the index of next moments has.
pub const SHARDS: u8 = 16;

/// Which shards have something due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// What is due up to here is visited.
    pub until: Timestamp,
    /// Shards with people.
    pub shards: Vec<u8>,
    /// Shards with boxes. People put lines while a run goes on, so the boxes are asked for again after them.
    pub box_shards: Vec<u8>,
}

/// Finds the shards that have something due. When the send hour does not matter, everything that waits for an hour of
/// this day, wherever a person is, is due.
///
/// # Errors
/// Store errors.
pub async fn select_due(desk: &Desk<'_>, at: Timestamp, ignore_send_hour: bool) -> Result<Selection, TrainingError> {
    let until = if ignore_send_hour { at.saturating_add(SignedDuration::from_hours(24)).unwrap_or(at) } else { at };
    let one = Limit::new(1).unwrap_or_default();
    let people = join_all((0..SHARDS).map(|shard| desk.reader.due_people(shard, until, one, None))).await;
    let boxes = join_all((0..SHARDS).map(|shard| desk.reader.due_boxes(shard, until, one, None))).await;
    let mut selection = Selection { until, shards: Vec::new(), box_shards: Vec::new() };
    for (shard, page) in (0..SHARDS).zip(people) {
        if !page?.items.is_empty() {
            selection.shards.push(shard);
        }
    }
    for (shard, page) in (0..SHARDS).zip(boxes) {
        if !page?.items.is_empty() {
            selection.box_shards.push(shard);
        }
    }
    Ok(selection)
}

/// A page of a shard to be worked through.
#[derive(Debug, Clone, Copy)]
pub struct PageOf<'a> {
    /// Which shard.
    pub shard: u8,
    /// What is due up to here.
    pub until: Timestamp,
    /// Where the page starts.
    pub after: Option<&'a Position>,
    /// How long it is.
    pub limit: Limit,
    /// Whether the send hour does not matter.
    pub ignore_send_hour: bool,
    /// How many mails may still be written.
    pub budget: u64,
}

/// What a page came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PageDone {
    /// Where the next page starts, absent on the last.
    pub next: Option<Position>,
    /// What was done.
    pub counts: RunCounts,
    /// Whether the mails ran out; whoever was not visited stays due.
    pub budget_exhausted: bool,
}

/// Visits a page of people who are due. A person who cannot be visited is counted and stays due.
///
/// # Errors
/// Store errors of the page itself.
pub async fn remind_page(desk: &Desk<'_>, page: PageOf<'_>, cause: &Cause) -> Result<PageDone, TrainingError> {
    let due = desk.reader.due_people(page.shard, page.until, page.limit, page.after).await?;
    let mut done = PageDone { next: due.next, ..PageDone::default() };
    let catalogue = desk.reader.catalogue().await?;
    let mut people = due.items.as_slice();
    while !people.is_empty() {
        let left = page.budget.saturating_sub(done.counts.mails);
        let at_once = usize::try_from(left).unwrap_or(AT_ONCE).min(AT_ONCE).min(people.len());
        if at_once == 0 {
            done.budget_exhausted = true;
            done.next = None;
            break;
        }
        let (now, later) = people.split_at(at_once);
        people = later;
        let visits = now.iter().map(|person| visit(desk, *person, page.ignore_send_hour, &catalogue, cause));
        for visited in join_all(visits).await {
            done.counts.people += 1;
            match visited {
                Ok(reminded) => {
                    done.counts.mails += u64::from(reminded.mailed);
                    done.counts.became_overdue += reminded.became_overdue;
                }
                Err(_) => done.counts.failed += 1,
            }
        }
    }
    Ok(done)
}

/// What a visit did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reminded {
    /// Whether a digest was written, previews included.
    pub mailed: bool,
    /// Assignments that became overdue.
    pub became_overdue: u64,
    /// Whether anything changed.
    pub changed: bool,
}

/// Visits one person at the cause's instant.
///
/// # Errors
/// Store errors. A lost race is read and decided again a few times.
pub async fn remind_person(
    desk: &Desk<'_>,
    person: PersonId,
    ignore_send_hour: bool,
    cause: &Cause,
) -> Result<Reminded, TrainingError> {
    let catalogue = desk.reader.catalogue().await?;
    visit(desk, person, ignore_send_hour, &catalogue, cause).await
}

async fn visit(
    desk: &Desk<'_>,
    person: PersonId,
    ignore_send_hour: bool,
    catalogue: &Catalogue,
    cause: &Cause,
) -> Result<Reminded, TrainingError> {
    let mut tries = TRIES;
    let mut done = Reminded::default();
    loop {
        // Nobody to visit: forgotten since the index was read.
        let Some(before) = desk.reader.file(person).await? else { return Ok(done) };
        let context = Context {
            catalogue,
            settings: desk.settings,
            mail: desk.mail,
            now: cause.at,
            telling: Telling::Now { ignore_send_hour },
            next_manager: next_manager(desk, &before).await?,
            taken: 0,
        };
        let decision = decide(&before, &context);
        let became_overdue = decision.happened.iter().filter(|it| matches!(it, Happened::BecameOverdue(_))).count();
        let mailed = decision.digest.is_some();
        let change =
            Change { before: &before, after: decision.file, happened: decision.happened, digest: decision.digest };
        let (commit, after, changed) = commit(desk, change, cause).await?;
        if !changed {
            return Ok(done);
        }
        match desk.writer.commit(commit, cause).await {
            Ok(()) => {
                done.mailed |= mailed;
                done.changed = true;
                done.became_overdue += u64::try_from(became_overdue).unwrap_or(0);
                // More news than fits into one transaction: the rest follows at once.
                if after.head.next_at.is_none_or(|next| next > cause.at) {
                    return Ok(done);
                }
            }
            Err(StoreError::Conflict) if tries > 1 => tries -= 1,
            Err(error) => return Err(error.into()),
        }
    }
}

/// Writes a run down as started. A run that is there already is left as it is.
///
/// # Errors
/// Store errors.
pub async fn start_run(
    desk: &Desk<'_>,
    id: RunId,
    at: Timestamp,
    ignore_send_hour: bool,
    cause: &Cause,
) -> Result<ReminderRun, TrainingError> {
    if let Some(run) = desk.reader.run(id).await? {
        return Ok(run);
    }
    let (state, counts) = (RunState::Running, RunCounts::default());
    let run = ReminderRun { id, at, ignore_send_hour, state, counts, version: Version::FIRST };
    let write = Write::Run { before: Version::ABSENT, run: run.clone() };
    desk.writer.commit(Commit::of(vec![write]), cause).await?;
    Ok(run)
}

/// Writes a run down as finished, with what it did.
///
/// # Errors
/// Store errors.
pub async fn finish_run(
    desk: &Desk<'_>,
    id: RunId,
    at: Timestamp,
    counts: RunCounts,
    cause: &Cause,
) -> Result<ReminderRun, TrainingError> {
    let old = match desk.reader.run(id).await? {
        Some(run) if run.state == RunState::Finished => return Ok(run),
        Some(run) => run,
        None => start_run(desk, id, at, false, cause).await?,
    };
    let run = ReminderRun { state: RunState::Finished, counts, version: old.version.next(), ..old.clone() };
    desk.writer.commit(Commit::of(vec![Write::Run { before: old.version, run: run.clone() }]), cause).await?;
    Ok(run)
}
