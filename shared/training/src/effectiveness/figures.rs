//! The figures of a course, and the courses in their order.

use std::{cmp::Ordering, collections::BTreeMap};

use kernel::CourseId;

use super::{Interval, Sums, wilson};
use crate::model::Catalogue;

/// The fewest pairs of scores that a gain is told of.
pub const LEAST_PAIRS: i64 = 10;
/// The fewest answers that means of ratings are told of.
pub const LEAST_ANSWERS: i64 = 5;
/// The fewest answers that comments are shown of.
pub const LEAST_COMMENTS: i64 = 10;

/// What was learnt.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Learning {
    /// It could be measured.
    Measured {
        /// The normalised gain of the means; at most 1.
        gain: f64,
        /// Its 95 % interval.
        interval: Interval,
        /// How many pairs of scores it rests on.
        pairs: i64,
    },
    /// Everybody had the full score before: nothing could be learnt.
    Undefined {
        /// How many pairs of scores there are.
        pairs: i64,
    },
    /// There are fewer than [`LEAST_PAIRS`] pairs. This is not a gain of zero.
    InsufficientData {
        /// How many pairs of scores there are.
        pairs: i64,
    },
}

/// How often due dates were met.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Punctuality {
    /// It could be measured.
    Measured {
        /// Due dates met.
        part: i64,
        /// Due dates met or passed.
        whole: i64,
        /// The 95 % interval of the share, from 0 to 1.
        interval: Interval,
    },
    /// No due date was met or passed yet.
    InsufficientData,
}

/// What those say who took it: means of ratings from 1 to 5.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reaction {
    /// Enough answered.
    Measured {
        /// How many answered.
        answers: i64,
        /// Whether it fits what they do.
        relevance: f64,
        /// Whether it was well made.
        quality: f64,
        /// Whether they can apply it.
        confidence: f64,
    },
    /// Fewer than [`LEAST_ANSWERS`] answered.
    InsufficientData {
        /// How many answered.
        answers: i64,
    },
}

/// The figures of a course.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figures {
    /// What was learnt.
    pub learning: Learning,
    /// How often due dates were met.
    pub punctuality: Punctuality,
    /// What those say who took it.
    pub reaction: Reaction,
}

impl Figures {
    /// The figures of what was counted.
    pub fn of(sums: &Sums) -> Self {
        Self { learning: learning(sums), punctuality: punctuality(sums), reaction: reaction(sums) }
    }

    const fn gain(&self) -> Option<f64> {
        match self.learning {
            Learning::Measured { gain, .. } => Some(gain),
            Learning::Undefined { .. } | Learning::InsufficientData { .. } => None,
        }
    }
}

fn learning(sums: &Sums) -> Learning {
    let pairs = sums.pairs.pairs;
    if pairs < LEAST_PAIRS {
        return Learning::InsufficientData { pairs };
    }
    match (sums.pairs.gain(), sums.pairs.interval()) {
        (Some(gain), Some(interval)) => Learning::Measured { gain, interval, pairs },
        _ => Learning::Undefined { pairs },
    }
}

fn punctuality(sums: &Sums) -> Punctuality {
    let whole = sums.due;
    let part = sums.met.clamp(0, whole.max(0));
    wilson(part, whole).map_or(Punctuality::InsufficientData, |interval| Punctuality::Measured {
        part,
        whole,
        interval,
    })
}

fn reaction(sums: &Sums) -> Reaction {
    let answers = sums.answers;
    if answers < LEAST_ANSWERS {
        return Reaction::InsufficientData { answers };
    }
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    let mean = |sum: i64| sum as f64 / answers as f64;
    Reaction::Measured {
        answers,
        relevance: mean(sums.relevance),
        quality: mean(sums.quality),
        confidence: mean(sums.confidence),
    }
}

/// The courses of the catalogue by what is learnt in them, most first; those without a gain come after, by code. Retired
/// courses stand there as long as something was counted for them.
pub fn ranking(catalogue: &Catalogue, sums: &BTreeMap<CourseId, Sums>) -> Vec<(CourseId, Figures)> {
    let mut ranked: Vec<_> = catalogue
        .courses()
        .filter(|course| course.retired.is_none() || sums.contains_key(&course.id))
        .map(|course| (course, Figures::of(&sums.get(&course.id).copied().unwrap_or_default())))
        .collect();
    ranked.sort_by(|(a, of_a), (b, of_b)| {
        let by_gain = match (of_a.gain(), of_b.gain()) {
            (Some(a), Some(b)) => b.total_cmp(&a),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        };
        by_gain.then_with(|| a.code.cmp(&b.code))
    });
    ranked.into_iter().map(|(course, figures)| (course.id, figures)).collect()
}
