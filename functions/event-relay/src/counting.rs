//! Which differences events make in the figures of groups and courses, packed into transactions.

use std::collections::BTreeMap;

use jiff::{civil::Date, tz::TimeZone};
use kernel::{CourseId, Event};
use store::rollup::Count;
use training::{
    effectiveness::{self, Sums},
    events::{STANDING_CHANGED, StandingData},
    model::{RollUp, Scope},
};

/// What some events change.
#[derive(Debug, Clone, Default)]
struct Deltas {
    groups: BTreeMap<(Scope, Date), RollUp>,
    courses: BTreeMap<CourseId, Sums>,
}

impl Deltas {
    fn is_empty(&self) -> bool {
        self.groups.is_empty() && self.courses.is_empty()
    }

    fn add(&mut self, other: &Self) {
        for (place, delta) in &other.groups {
            let sum = self.groups.entry(place.clone()).or_insert(RollUp::ZERO);
            *sum = sum.plus(*delta);
        }
        for (course, delta) in &other.courses {
            let sum = self.courses.entry(*course).or_default();
            *sum = sum.plus(delta);
        }
    }
}

/// The differences of some events, in as few transactions as they fit into; events that change no figure are left out.
/// Events whose data do not parse come back in the second list.
pub fn plan<'a>(events: impl IntoIterator<Item = &'a Event>) -> (Vec<Count>, Vec<&'a Event>) {
    let (mut counts, mut unreadable) = (Vec::new(), Vec::new());
    let (mut marks, mut sums) = (Vec::new(), Deltas::default());
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
        together.add(&deltas);
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
    let deltas = sums.groups.iter().map(|((scope, day), delta)| (scope.clone(), *day, *delta)).collect();
    let courses = sums.courses.iter().map(|(course, sums)| (*course, *sums)).collect();
    Count { events: marks.to_vec(), deltas, courses }
}

/// What one event changes: of a group the new contribution added and the old one taken away, of a course what it adds.
/// None if its data do not parse.
fn deltas(event: &Event) -> Option<Deltas> {
    let mut deltas = Deltas { courses: effectiveness::counted(event).ok()?.into_iter().collect(), ..Deltas::default() };
    if event.kind != STANDING_CHANGED {
        return Some(deltas);
    }
    let StandingData { from, to } = serde_json::from_value(event.data.clone()).ok()?;
    let day = event.recorded_at.to_zoned(TimeZone::UTC).date();
    let mut add = |scope: Scope, delta: RollUp| {
        let sum = deltas.groups.entry((scope, day)).or_insert(RollUp::ZERO);
        *sum = sum.plus(delta);
    };
    if let Some(from) = &from {
        from.scopes().into_iter().for_each(|scope| add(scope, RollUp::ZERO.minus(RollUp::of(from))));
    }
    if let Some(to) = &to {
        to.scopes().into_iter().for_each(|scope| add(scope, RollUp::of(to)));
    }
    deltas.groups.retain(|_, delta| !delta.is_zero());
    Some(deltas)
}
