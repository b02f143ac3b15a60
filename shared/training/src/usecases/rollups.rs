//! Counts standing into the figures of company, department and team, once per event: the new figures and the event's
//! marker are one commit. Figures can be rebuilt from the heads of all files.

use std::collections::BTreeMap;

use jiff::{civil::Date, tz::TimeZone};
use kernel::{Commit, Event, StoreError, Version};

use super::{Desk, TRIES};
use crate::{
    TrainingError, Write,
    events::{STANDING_CHANGED, StandingData},
    model::{Placement, RollUp, Scope},
    ports::StoredRollUp,
};

/// What a change of placement does to each group; groups it does nothing to are left out.
pub fn deltas(data: &StandingData) -> BTreeMap<Scope, RollUp> {
    let mut deltas: BTreeMap<Scope, RollUp> = BTreeMap::new();
    let mut add = |placement: &Placement, turn: fn(RollUp, RollUp) -> RollUp| {
        for scope in placement.scopes() {
            let delta = deltas.entry(scope).or_insert(RollUp::ZERO);
            *delta = turn(*delta, RollUp::of(placement));
        }
    };
    if let Some(from) = &data.from {
        add(from, RollUp::minus);
    }
    if let Some(to) = &data.to {
        add(to, RollUp::plus);
    }
    deltas.retain(|_, delta| !delta.is_zero());
    deltas
}

/// Counts an event; other kinds, and events counted before, change nothing. Says whether it was counted now.
///
/// # Errors
/// Store errors. A lost race is read and counted again a few times.
pub async fn count(desk: &Desk<'_>, event: &Event) -> Result<bool, TrainingError> {
    if event.kind != STANDING_CHANGED {
        return Ok(false);
    }
    let data: StandingData = serde_json::from_value(event.data.clone())
        .map_err(|error| StoreError::Unreadable(format!("event {}: {error}", event.id)))?;
    let deltas = deltas(&data);
    let day = event.occurred_at.to_zoned(TimeZone::UTC).date();
    let mut tries = TRIES;
    loop {
        if desk.reader.is_counted(event.id).await? {
            return Ok(false);
        }
        let mut writes = vec![Write::Counted(event.id)];
        for (scope, delta) in &deltas {
            let old = desk.reader.roll_up(scope, None).await?;
            writes.push(added(scope, old, *delta, day));
        }
        match desk.writer.commit(Commit::of(writes)).await {
            Ok(()) => return Ok(true),
            Err(StoreError::Conflict | StoreError::Taken(_)) if tries > 1 => tries -= 1,
            Err(error) => return Err(error.into()),
        }
    }
}

/// A day's figures are those after its last change; an event that comes late counts on the day it is counted after.
fn added(scope: &Scope, old: Option<StoredRollUp>, delta: RollUp, day: Date) -> Write {
    let before = old.map_or(Version::ABSENT, |old| old.version);
    let figures = StoredRollUp {
        roll_up: old.map_or(RollUp::ZERO, |old| old.roll_up).plus(delta),
        day: old.map_or(day, |old| old.day.max(day)),
        version: before.next(),
    };
    Write::RollUp { before, scope: scope.clone(), figures }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use kernel::TeamId;
    use proptest::prelude::*;

    use super::*;

    fn placement(teams: &[TeamId], raw: (usize, bool, bool, u32, u32)) -> Placement {
        let (team, counted, clear, required, valid) = raw;
        Placement {
            teams: vec![teams[team]],
            department: Some(format!("d{}", team % 2)),
            counted,
            clear,
            required,
            valid: valid.min(required),
        }
    }

    proptest! {
        /// Whatever people go through, the sums are those of counting everybody afresh.
        #[test]
        fn sums_are_what_counting_afresh_gives(
            steps in prop::collection::vec((0usize..6, prop::option::of((0usize..3, any::<bool>(), any::<bool>(), 0u32..9, 0u32..9))), 0..60)
        ) {
            let teams: Vec<TeamId> = (0..3).map(|_| TeamId::new(Timestamp::UNIX_EPOCH)).collect();
            let mut people: Vec<Option<Placement>> = vec![None; 6];
            let mut sums: BTreeMap<Scope, RollUp> = BTreeMap::new();
            for (person, raw) in steps {
                let to = raw.map(|raw| placement(&teams, raw));
                let from = std::mem::replace(&mut people[person], to.clone());
                for (scope, delta) in deltas(&StandingData { from, to }) {
                    let sum = sums.entry(scope).or_default();
                    *sum = sum.plus(delta);
                }
            }
            let mut afresh: BTreeMap<Scope, RollUp> = BTreeMap::new();
            for placement in people.iter().flatten() {
                for scope in placement.scopes() {
                    let sum = afresh.entry(scope).or_default();
                    *sum = sum.plus(RollUp::of(placement));
                }
            }
            sums.retain(|_, sum| !sum.is_zero());
            prop_assert_eq!(sums, afresh);
        }
    }
}
