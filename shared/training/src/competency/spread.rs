//! How people stand in the areas that their roles are asked for: what one contributes, and the sums of a group. An area
//! that nobody's role is asked for is summed nowhere, so that a group's figures have no more areas than the settings name.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Area, Level, Score, Targets};

/// What holds of a person in an area that their role is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    /// The level.
    pub level: Level,
    /// Whether the score lies below what the role is asked for.
    pub below: bool,
}

/// Where a person stands in each area that their role is asked for; nothing where nothing was judged yet.
pub type Reach = BTreeMap<Area, Option<Reached>>;

/// Where a person with these scores stands before these targets. A target that is reached exactly is reached.
pub fn reach(scores: &BTreeMap<Area, Score>, targets: &Targets) -> Reach {
    let reached = |score: &Score, target: u8| Reached {
        level: score.level(),
        // A percentage is ten tenths of a score for each.
        below: score.tenths() < u16::from(target) * 10,
    };
    targets.iter().map(|(area, target)| (area.clone(), scores.get(area).map(|it| reached(it, target.get())))).collect()
}

/// How the people of a group stand in an area. Signed, because a difference is one too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Spread {
    /// People whose role is asked for the area.
    pub asked: i64,
    /// Of them on level novice.
    pub novice: i64,
    /// Of them competent.
    pub competent: i64,
    /// Of them proficient.
    pub proficient: i64,
    /// Of them expert.
    pub expert: i64,
    /// Of those on any level, how many are below what their role is asked for.
    pub below: i64,
}

impl Spread {
    /// What one person contributes whose role is asked for the area.
    pub fn of(reached: Option<Reached>) -> Self {
        let mut one = Self { asked: 1, ..Self::default() };
        if let Some(Reached { level, below }) = reached {
            match level {
                Level::Novice => one.novice = 1,
                Level::Competent => one.competent = 1,
                Level::Proficient => one.proficient = 1,
                Level::Expert => one.expert = 1,
            }
            one.below = below.into();
        }
        one
    }

    /// Of how many something was judged.
    pub const fn judged(&self) -> i64 {
        self.novice + self.competent + self.proficient + self.expert
    }

    /// Every number with its name in a stored item.
    pub const fn parts(&self) -> [(&'static str, i64); 6] {
        [
            ("asked", self.asked),
            ("novice", self.novice),
            ("competent", self.competent),
            ("proficient", self.proficient),
            ("expert", self.expert),
            ("below", self.below),
        ]
    }

    /// Adds to the number of a name; other names say nothing.
    pub fn add_part(&mut self, name: &str, number: i64) {
        match name {
            "asked" => self.asked += number,
            "novice" => self.novice += number,
            "competent" => self.competent += number,
            "proficient" => self.proficient += number,
            "expert" => self.expert += number,
            "below" => self.below += number,
            _ => {}
        }
    }

    /// The sum.
    #[must_use]
    pub fn plus(mut self, other: &Self) -> Self {
        other.parts().into_iter().for_each(|(name, number)| self.add_part(name, number));
        self
    }

    /// The difference.
    #[must_use]
    pub fn minus(mut self, other: &Self) -> Self {
        other.parts().into_iter().for_each(|(name, number)| self.add_part(name, -number));
        self
    }
}

/// The spreads of a group, area by area; an area in which everything is zero is left out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Spreads(BTreeMap<Area, Spread>);

impl Spreads {
    /// Nothing.
    pub const NONE: Self = Self(BTreeMap::new());

    /// What one person contributes.
    pub fn of(reach: &Reach) -> Self {
        Self(reach.iter().map(|(area, reached)| (area.clone(), Spread::of(*reached))).collect())
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every area with its spread, by code.
    pub fn iter(&self) -> impl Iterator<Item = (&Area, &Spread)> {
        self.0.iter()
    }

    /// The spread of an area.
    pub fn get(&self, area: &Area) -> Spread {
        self.0.get(area).copied().unwrap_or_default()
    }

    /// All areas together.
    pub fn total(&self) -> Spread {
        self.0.values().fold(Spread::default(), Spread::plus)
    }

    /// The sum.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        self.with(other, Spread::plus)
    }

    /// The difference.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        self.with(other, Spread::minus)
    }

    fn with(&self, other: &Self, turn: fn(Spread, &Spread) -> Spread) -> Self {
        let mut all = self.0.clone();
        for (area, spread) in &other.0 {
            let sum = all.entry(area.clone()).or_default();
            *sum = turn(*sum, spread);
        }
        all.into_iter().collect()
    }
}

impl FromIterator<(Area, Spread)> for Spreads {
    fn from_iter<I: IntoIterator<Item = (Area, Spread)>>(all: I) -> Self {
        Self(all.into_iter().filter(|(_, spread)| *spread != Spread::default()).collect())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Percent;

    fn area(code: &str) -> Area {
        Area::parse(code).unwrap()
    }

    #[test]
    fn a_person_counts_in_what_their_role_is_asked_for_and_nowhere_else() {
        let score = |tenths| Score::from_tenths(tenths).unwrap();
        let scores = BTreeMap::from([(area("a"), score(705)), (area("b"), score(710)), (area("z"), score(1000))]);
        let target = |code: &str| (area(code), Percent::new(71).unwrap());
        let spreads = Spreads::of(&reach(&scores, &Targets::from([target("a"), target("b"), target("c")])));
        assert_eq!(spreads.get(&area("a")), Spread { asked: 1, competent: 1, below: 1, ..Spread::default() });
        assert_eq!(spreads.get(&area("b")), Spread { asked: 1, proficient: 1, ..Spread::default() });
        assert_eq!(spreads.get(&area("c")), Spread { asked: 1, ..Spread::default() });
        assert_eq!((spreads.get(&area("z")), spreads.iter().count()), (Spread::default(), 3));
        assert_eq!((spreads.total().asked, spreads.total().judged(), spreads.total().below), (3, 2, 1));
    }

    fn some() -> impl Strategy<Value = Spreads> {
        let one = (0..3_usize, prop::option::of((0..4_usize, any::<bool>())));
        prop::collection::vec(one, 0..12).prop_map(|raw| {
            raw.into_iter().fold(Spreads::NONE, |sum, (code, reached)| {
                let reached = reached.map(|(level, below)| Reached { level: Level::ALL[level], below });
                sum.plus(&Spreads::of(&Reach::from([(area(["a", "b", "c"][code]), reached)])))
            })
        })
    }

    proptest! {
        #[test]
        fn what_is_added_and_taken_away_leaves_nothing(a in some(), b in some()) {
            prop_assert_eq!(a.plus(&b).minus(&b), a.clone());
            prop_assert!(a.minus(&a).is_empty());
            prop_assert_eq!(a.plus(&b).total(), a.total().plus(&b.total()));
        }

        #[test]
        fn sums_come_back_as_they_were_written(a in some()) {
            let written = serde_json::to_value(&a).unwrap();
            prop_assert_eq!(serde_json::from_value::<Spreads>(written).unwrap(), a);
        }
    }
}
