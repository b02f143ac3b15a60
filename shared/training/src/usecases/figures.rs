//! Putting the figures of groups right. They are kept by adding differences; if they ever drift from what people's files
//! say, everybody is counted twice and the difference is added. It is added only where it is certain:
//!
//! 1. everybody is counted a first time, which also names the groups that people are in;
//! 2. what is kept of every group is noted, with its version;
//! 3. everybody is counted a second time;
//! 4. when no change of a standing waits to be counted, both counts of a group agree, and its figures are still of the
//!    version that was noted, then nothing that concerns the group happened during the second count, and its figures
//!    hold everything from before: what is missing is the difference. It is written only over that version.
//!
//! Between the steps time must pass for indexes to catch up; whoever drives the steps waits. Nothing here decides about
//! people, and nothing is ever set: differences commute with whatever is counted meanwhile.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use jiff::Timestamp;
use kernel::{Cause, Event, Limit, Position, StoreError, Version};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    TrainingError, TrainingReader,
    events::FIGURES_REBUILT,
    model::{RollUp, Scope},
    ports::Stored,
    usecases::remind::SHARDS,
};

/// Learners that one page counts.
const PAGE: Limit = Limit::MAX;
/// Groups whose figures are put right together: two writes each and the event stay under a transaction's hundred.
const AT_ONCE: usize = 49;

/// Which of the two times everybody is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Count {
    /// Before the figures are noted.
    First,
    /// After that.
    Second,
}

/// Where a page of a count starts; without a position, at the shard's beginning.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cursor {
    /// The shard, 0 to 15.
    pub shard: u8,
    /// Where in it.
    pub after: Option<Position>,
}

/// What a page counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// Where it started.
    pub from: Cursor,
    /// What its people contribute to each group.
    pub sums: BTreeMap<Scope, RollUp>,
    /// Where the next page starts, absent after the last.
    pub next: Option<Cursor>,
}

/// The figures of a group as they are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The running sums.
    pub roll_up: RollUp,
    /// How often they were changed; [`Version::ABSENT`] where nothing was ever counted.
    pub version: Version,
}

/// What is to be added to the figures of a group of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// The group.
    pub scope: Scope,
    /// The figures it is added to.
    pub kept: Kept,
    /// What is added.
    pub difference: RollUp,
}

/// What putting figures right asks of the store. Notes belong to a rebuild, by its name, and go by themselves.
#[async_trait]
pub trait Figures: Send + Sync {
    /// Company, teams and departments that the directory knows.
    async fn groups(&self) -> Stored<BTreeSet<Scope>>;
    /// Whether a change of a standing waits to be counted, as far as an index knows.
    async fn waiting(&self) -> Stored<bool>;
    /// What is kept of a group, as last written.
    async fn kept(&self, scope: &Scope) -> Stored<Kept>;
    /// Notes what a page counted; a page that is counted again replaces its note.
    async fn note_page(&self, rebuild: &str, count: Count, page: &Counted, at: Timestamp) -> Stored<()>;
    /// The pages of a count.
    async fn pages(&self, rebuild: &str, count: Count) -> Stored<Vec<Counted>>;
    /// Notes what is kept of groups.
    async fn note_kept(&self, rebuild: &str, kept: &BTreeMap<Scope, Kept>, at: Timestamp) -> Stored<()>;
    /// What was noted.
    async fn noted(&self, rebuild: &str) -> Stored<BTreeMap<Scope, Kept>>;
    /// Adds differences to the figures and to what their day changed, with an event: all of it, or nothing when the
    /// figures of one of the groups are of another version by now.
    async fn correct(&self, corrections: &[Correction], event: &Event) -> Stored<()>;
}

/// Counts a page of everybody. Safe to repeat.
///
/// # Errors
/// Store errors.
pub async fn count(
    reader: &dyn TrainingReader,
    figures: &dyn Figures,
    rebuild: &str,
    which: Count,
    from: Cursor,
    at: Timestamp,
) -> Result<(Option<Cursor>, usize), TrainingError> {
    let page = reader.listed(from.shard, PAGE, from.after.as_ref()).await?;
    let mut sums: BTreeMap<Scope, RollUp> = BTreeMap::new();
    for head in reader.learners(&page.items).await? {
        if let Some(standing) = &head.standing {
            for scope in standing.scopes() {
                let sum = sums.entry(scope).or_default();
                *sum = sum.plus(&RollUp::of(standing));
            }
        }
    }
    let shard = from.shard;
    let next = match page.next {
        Some(after) => Some(Cursor { shard, after: Some(after) }),
        None => (shard + 1 < SHARDS).then_some(Cursor { shard: shard + 1, after: None }),
    };
    let counted = Counted { from, sums, next };
    figures.note_page(rebuild, which, &counted, at).await?;
    Ok((counted.next, page.items.len()))
}

/// Notes what is kept of every group: those of the directory and those that somebody is in. Safe to repeat.
///
/// # Errors
/// A conflict while changes of standings wait to be counted; store errors.
pub async fn note(figures: &dyn Figures, rebuild: &str, at: Timestamp) -> Result<usize, TrainingError> {
    if figures.waiting().await? {
        return Err(StoreError::Conflict.into());
    }
    let mut groups = figures.groups().await?;
    groups.extend(total(&figures.pages(rebuild, Count::First).await?)?.into_keys());
    let mut kept = BTreeMap::new();
    for scope in groups {
        let figures = figures.kept(&scope).await?;
        kept.insert(scope, figures);
    }
    figures.note_kept(rebuild, &kept, at).await?;
    Ok(kept.len())
}

/// What putting figures right came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Corrected {
    /// Groups whose figures are certainly right now.
    pub settled: usize,
    /// Of them those that were not.
    pub corrected: usize,
    /// Groups that something happened to meanwhile: to be counted again.
    pub unsettled: usize,
}

/// Adds what is missing wherever that is certain. Safe to repeat: what was put right is of another version.
///
/// # Errors
/// A conflict while changes of standings wait to be counted; store errors.
pub async fn correct(figures: &dyn Figures, rebuild: &str, cause: &Cause) -> Result<Corrected, TrainingError> {
    let first = total(&figures.pages(rebuild, Count::First).await?)?;
    let second = total(&figures.pages(rebuild, Count::Second).await?)?;
    let noted = figures.noted(rebuild).await?;
    if figures.waiting().await? {
        return Err(StoreError::Conflict.into());
    }
    let mut done = Corrected::default();
    let mut corrections = Vec::new();
    let groups: BTreeSet<&Scope> = noted.keys().chain(first.keys()).chain(second.keys()).collect();
    for scope in groups {
        let of = |count: &BTreeMap<Scope, RollUp>| count.get(scope).cloned().unwrap_or_default();
        let now = figures.kept(scope).await?;
        if of(&first) != of(&second) || noted.get(scope) != Some(&now) {
            done.unsettled += 1;
            continue;
        }
        done.settled += 1;
        let difference = of(&second).minus(&now.roll_up);
        if !difference.is_zero() {
            corrections.push(Correction { scope: scope.clone(), kept: now, difference });
        }
    }
    for some in corrections.chunks(AT_ONCE) {
        match figures.correct(some, &rebuilt(some, cause)).await {
            Ok(()) => done.corrected += some.len(),
            Err(StoreError::Conflict) => {
                done.settled -= some.len();
                done.unsettled += some.len();
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(done)
}

/// The sums of a count, page after page from the first: a note of a page that nothing leads to does not count.
fn total(pages: &[Counted]) -> Result<BTreeMap<Scope, RollUp>, TrainingError> {
    let mut sums: BTreeMap<Scope, RollUp> = BTreeMap::new();
    let mut next = Some(Cursor::default());
    while let Some(from) = next {
        // A missing page: whoever drives the steps left one out.
        let page = pages.iter().find(|page| page.from == from).ok_or(StoreError::Conflict)?;
        for (scope, sum) in &page.sums {
            let total = sums.entry(scope.clone()).or_default();
            *total = total.plus(sum);
        }
        next = page.next.clone();
    }
    Ok(sums)
}

fn rebuilt(corrections: &[Correction], cause: &Cause) -> Event {
    let differences: Vec<_> = corrections
        .iter()
        .map(|Correction { scope, difference, .. }| {
            let mut said = json!(difference);
            said["scope"] = json!(scope);
            said
        })
        .collect();
    Event::new(FIGURES_REBUILT, "figures", json!({"differences": differences}), cause)
}
