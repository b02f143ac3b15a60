//! Which differences events make in the figures of groups, packed into transactions.

use std::collections::BTreeMap;

use jiff::{civil::Date, tz::TimeZone};
use kernel::Event;
use store::rollup::Count;
use training::{
    events::{STANDING_CHANGED, StandingData},
    model::{RollUp, Scope},
};

type Deltas = BTreeMap<(Scope, Date), RollUp>;

/// The differences of some events, in as few transactions as they fit into; events that change no figure are left out.
/// Events whose data do not parse come back in the second list.
pub fn plan<'a>(events: impl IntoIterator<Item = &'a Event>) -> (Vec<Count>, Vec<&'a Event>) {
    let (mut counts, mut unreadable) = (Vec::new(), Vec::new());
    let (mut marks, mut sums) = (Vec::new(), Deltas::new());
    for event in events {
        let deltas = match deltas(event) {
            Some(deltas) if deltas.is_empty() => continue,
            Some(deltas) => deltas,
            None => {
                unreadable.push(event);
                continue;
            }
        };
        let mut together = sums.clone();
        for (place, delta) in &deltas {
            let sum = together.entry(place.clone()).or_insert(RollUp::ZERO);
            *sum = sum.plus(*delta);
        }
        marks.push(event.id);
        if count(&marks, &together).fits() {
            sums = together;
        } else {
            marks.pop();
            counts.push(count(&marks, &sums));
            (marks, sums) = (vec![event.id], deltas);
        }
    }
    if !marks.is_empty() {
        counts.push(count(&marks, &sums));
    }
    (counts, unreadable)
}

fn count(marks: &[kernel::EventId], sums: &Deltas) -> Count {
    let deltas = sums.iter().map(|((scope, day), delta)| (scope.clone(), *day, *delta)).collect();
    Count { events: marks.to_vec(), deltas }
}

/// What one event changes: the new contribution added, the old one taken away. None if its data do not parse.
fn deltas(event: &Event) -> Option<Deltas> {
    let mut deltas = Deltas::new();
    if event.kind != STANDING_CHANGED {
        return Some(deltas);
    }
    let StandingData { from, to } = serde_json::from_value(event.data.clone()).ok()?;
    let day = event.recorded_at.to_zoned(TimeZone::UTC).date();
    let mut add = |scope: Scope, delta: RollUp| {
        let sum = deltas.entry((scope, day)).or_insert(RollUp::ZERO);
        *sum = sum.plus(delta);
    };
    if let Some(from) = &from {
        from.scopes().into_iter().for_each(|scope| add(scope, RollUp::ZERO.minus(RollUp::of(from))));
    }
    if let Some(to) = &to {
        to.scopes().into_iter().for_each(|scope| add(scope, RollUp::of(to)));
    }
    deltas.retain(|_, delta| !delta.is_zero());
    Some(deltas)
}
