//! What a change of somebody's standing does to the figures of company, department and team. Whoever keeps the figures
//! adds these differences, once per event; figures can be rebuilt from the heads of all files.

use std::collections::BTreeMap;

use crate::{
    events::StandingData,
    model::{Placement, RollUp, Scope},
};

/// What a change of placement does to each group; groups it does nothing to are left out.
pub fn deltas(data: &StandingData) -> BTreeMap<Scope, RollUp> {
    let mut deltas: BTreeMap<Scope, RollUp> = BTreeMap::new();
    let mut add = |placement: &Placement, turn: fn(&RollUp, &RollUp) -> RollUp| {
        for scope in placement.scopes() {
            let delta = deltas.entry(scope).or_insert(RollUp::ZERO);
            *delta = turn(delta, &RollUp::of(placement));
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

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use kernel::TeamId;
    use proptest::prelude::*;

    use super::*;
    use crate::competency::{Area, Level, Reach, Reached};

    fn placement(teams: &[TeamId], raw: (usize, bool, bool, u32, u32)) -> Placement {
        let (team, counted, clear, required, valid) = raw;
        Placement {
            teams: vec![teams[team]],
            department: Some(format!("d{}", team % 2)),
            counted,
            clear,
            required,
            valid: valid.min(required),
            areas: Reach::from([(area(team), (required > 3).then_some(reached(valid)))]),
        }
    }

    fn area(number: usize) -> Area {
        Area::parse(["cloud", "coding", "threats"][number]).unwrap()
    }

    fn reached(number: u32) -> Reached {
        Reached { level: Level::ALL[number as usize % 4], below: number > 4 }
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
                    *sum = sum.plus(&delta);
                }
            }
            let mut afresh: BTreeMap<Scope, RollUp> = BTreeMap::new();
            for placement in people.iter().flatten() {
                for scope in placement.scopes() {
                    let sum = afresh.entry(scope).or_default();
                    *sum = sum.plus(&RollUp::of(placement));
                }
            }
            sums.retain(|_, sum| !sum.is_zero());
            prop_assert_eq!(sums, afresh);
        }
    }
}
