//! Scores and levels.

use serde::{Deserialize, Serialize};

use crate::model::{TextError, spelled};

/// A score from 0 to 100 with one decimal, kept as a whole number of tenths: 70.5 is 705.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct Score(u16);

impl Score {
    /// The best score, in tenths.
    pub const MOST: u16 = 1000;

    /// From tenths; `None` above [`Self::MOST`].
    pub const fn from_tenths(tenths: u16) -> Option<Self> {
        if tenths <= Self::MOST { Some(Self(tenths)) } else { None }
    }

    /// In tenths, 0 to 1000.
    pub const fn tenths(self) -> u16 {
        self.0
    }

    /// As a number from 0 to 100.
    pub fn value(self) -> f64 {
        f64::from(self.0) / 10.0
    }

    /// The level it reaches.
    pub const fn level(self) -> Level {
        Level::of(self)
    }
}

impl TryFrom<u16> for Score {
    type Error = TextError;

    fn try_from(tenths: u16) -> Result<Self, TextError> {
        Self::from_tenths(tenths).ok_or(TextError { expected: "a score of 0 to 1000 tenths" })
    }
}

impl From<Score> for u16 {
    fn from(score: Score) -> Self {
        score.0
    }
}

spelled! {
    /// How far somebody is in an area, lowest first.
    Level {
        /// From 0.
        Novice = "novice",
        /// From 41.
        Competent = "competent",
        /// From 71.
        Proficient = "proficient",
        /// From 86.
        Expert = "expert",
    }
}

impl Level {
    /// The lowest score that reaches the level, in tenths. Scores are continuous: whatever is below the next bound stays
    /// on the level, so that 70.5 is competent.
    pub const fn least(self) -> u16 {
        match self {
            Self::Novice => 0,
            Self::Competent => 410,
            Self::Proficient => 710,
            Self::Expert => 860,
        }
    }

    /// The level that a score reaches.
    pub const fn of(score: Score) -> Self {
        let tenths = score.tenths();
        if tenths >= Self::Expert.least() {
            Self::Expert
        } else if tenths >= Self::Proficient.least() {
            Self::Proficient
        } else if tenths >= Self::Competent.least() {
            Self::Competent
        } else {
            Self::Novice
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(tenths: u16, level: Level) {
        assert_eq!(Score::from_tenths(tenths).map(Score::level), Some(level), "{tenths}");
    }

    #[test]
    fn levels_begin_at_their_bounds() {
        for (tenths, level) in [
            (0, Level::Novice),
            (409, Level::Novice),
            (410, Level::Competent),
            (705, Level::Competent),
            (709, Level::Competent),
            (710, Level::Proficient),
            (859, Level::Proficient),
            (860, Level::Expert),
            (1000, Level::Expert),
        ] {
            check(tenths, level);
        }
        assert_eq!(Score::from_tenths(1001), None);
        assert!(serde_json::from_str::<Score>("1001").is_err());
    }

    proptest! {
        #[test]
        fn a_better_score_is_never_on_a_lower_level(a in 0..=Score::MOST, b in 0..=Score::MOST) {
            let level = |tenths: u16| Score::from_tenths(tenths).map(Level::of);
            prop_assert!(level(a.min(b)) <= level(a.max(b)));
        }

        #[test]
        fn a_level_is_the_highest_whose_bound_is_reached(tenths in 0..=Score::MOST) {
            let level = Level::of(Score::from_tenths(tenths).unwrap());
            prop_assert!(level.least() <= tenths);
            for other in Level::ALL {
                prop_assert!(*other <= level || other.least() > tenths);
            }
        }
    }
}
