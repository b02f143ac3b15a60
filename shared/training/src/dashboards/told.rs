//! How the competency of a group is told without telling anybody's.
//!
//! 1. An area is told only where at least `min_team` people of the group were judged in it. How many were asked and how
//!    many were judged is told in any case: that somebody was tested is no secret, what came of it is.
//! 2. A share is told as a range, never as a number: below a half, or more where fewer than [`MIDDLE`] were judged; below a
//!    quarter, below a half, or more where fewer than [`FINE`] were; in steps of a tenth where as many or more were. The
//!    lowest range always holds none, one and two people, the highest all, all but one and all but two. So "nobody" and
//!    "all" are never told, and neither is "all but one", by which the one would know of all the others. That holds of
//!    levels and of who is below target alike: whatever is told, at least two of those judged may stand apart from the most.
//! 3. No competency is told of departments, so that no team can be found by taking others away from its department.
//!
//! Who compares two days may see that a range was left while somebody was tested. Ranges make that rare, not impossible;
//! the figures of a group are told to its own members, its lead and those who run the program.

use crate::competency::Spread;

/// From how many judged people on shares below a half are told apart: two of nine are less than a quarter.
pub const MIDDLE: i64 = 9;
/// From how many judged people on shares are told in tenths: two of 21 are less than one.
pub const FINE: i64 = 21;

const HALVES: &[u8] = &[0, 50, 100];
const QUARTERS: &[u8] = &[0, 25, 50, 100];
const TENTHS: &[u8] = &[0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100];

/// A range that a share of a group lies in, in percent: at least `from`, and below `to`; the last one includes 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Range {
    /// The least it can be.
    pub from: u8,
    /// What it stays below.
    pub to: u8,
}

impl Range {
    /// The range of a part of a whole, which is above zero. Decided in integers, so that no rounding moves a bound.
    pub fn of(part: i64, whole: i64) -> Self {
        let bounds = match whole {
            ..MIDDLE => HALVES,
            MIDDLE..FINE => QUARTERS,
            FINE.. => TENTHS,
        };
        let inner = bounds.get(1..bounds.len() - 1).unwrap_or_default();
        let place = inner.partition_point(|bound| part * 100 >= i64::from(*bound) * whole);
        let bound = |at: usize| bounds.get(at).copied().unwrap_or(100);
        Self { from: bound(place), to: bound(place + 1) }
    }
}

/// What is told of a group in an area.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// The share of those judged who are on level novice.
    pub novice: Range,
    /// Competent.
    pub competent: Range,
    /// Proficient.
    pub proficient: Range,
    /// Expert.
    pub expert: Range,
    /// The share of those judged who are below what their role is asked for.
    pub below: Range,
}

/// What is told of a spread; nothing where fewer than `least` were judged.
pub fn told(spread: &Spread, least: u16) -> Option<Told> {
    let judged = spread.judged();
    if judged < i64::from(least.max(1)) {
        return None;
    }
    let share = |part: i64| Range::of(part, judged);
    Some(Told {
        novice: share(spread.novice),
        competent: share(spread.competent),
        proficient: share(spread.proficient),
        expert: share(spread.expert),
        below: share(spread.below),
    })
}
