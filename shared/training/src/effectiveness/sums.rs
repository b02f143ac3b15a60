//! What is counted for each course.

use kernel::{CourseId, Event};
use serde::Deserialize;

use super::{Pairs, Ratings};
use crate::events::{BECAME_OVERDUE, COMPLETED, COMPLETION_CHECKED};

/// Everything that is counted for a course. Signed, because a difference is one too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sums {
    /// Due dates of assignments that were met, or passed.
    pub due: i64,
    /// Of them met.
    pub met: i64,
    /// How many gave feedback.
    pub answers: i64,
    /// Their ratings of relevance.
    pub relevance: i64,
    /// Their ratings of quality.
    pub quality: i64,
    /// Their ratings of confidence.
    pub confidence: i64,
    /// Scores before and after.
    pub pairs: Pairs,
}

impl Sums {
    /// What one feedback adds.
    pub fn feedback(ratings: Ratings) -> Self {
        Self {
            answers: 1,
            relevance: ratings.relevance.get().into(),
            quality: ratings.quality.get().into(),
            confidence: ratings.confidence.get().into(),
            ..Self::default()
        }
    }

    /// What one pair of scores adds.
    pub fn pair(pairs: Pairs) -> Self {
        Self { pairs, ..Self::default() }
    }

    /// Every number with its name in a stored item.
    pub const fn parts(&self) -> [(&'static str, i64); 12] {
        let Pairs { pairs, pre, post, pre_squared, post_squared, product } = self.pairs;
        [
            ("due", self.due),
            ("met", self.met),
            ("answers", self.answers),
            ("relevance", self.relevance),
            ("quality", self.quality),
            ("confidence", self.confidence),
            ("pairs", pairs),
            ("pre", pre),
            ("post", post),
            ("pre_squared", pre_squared),
            ("post_squared", post_squared),
            ("product", product),
        ]
    }

    /// From numbers by their names.
    pub fn of(number: impl Fn(&str) -> i64) -> Self {
        Self {
            due: number("due"),
            met: number("met"),
            answers: number("answers"),
            relevance: number("relevance"),
            quality: number("quality"),
            confidence: number("confidence"),
            pairs: Pairs {
                pairs: number("pairs"),
                pre: number("pre"),
                post: number("post"),
                pre_squared: number("pre_squared"),
                post_squared: number("post_squared"),
                product: number("product"),
            },
        }
    }

    /// The sum.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        let (ours, theirs) = (self.parts(), other.parts());
        let find = |parts: &[(&str, i64)], name: &str| {
            parts.iter().find(|(known, _)| *known == name).map_or(0, |(_, number)| *number)
        };
        Self::of(|name| find(&ours, name) + find(&theirs, name))
    }
}

#[derive(Deserialize)]
struct Settled {
    course: CourseId,
    /// Whether a due date was met; absent where none was settled by it.
    #[serde(default)]
    in_time: Option<bool>,
}

/// What an event adds to the sums of a course: a due date that was met or passed. Each due date is counted once: passed
/// when it passes, met when the course is done by then. Nothing for most events.
///
/// # Errors
/// Data that do not parse.
pub fn counted(event: &Event) -> Result<Option<(CourseId, Sums)>, serde_json::Error> {
    let passed = match event.kind.as_str() {
        BECAME_OVERDUE => true,
        COMPLETED | COMPLETION_CHECKED => false,
        _ => return Ok(None),
    };
    let Settled { course, in_time } = serde_json::from_value(event.data.clone())?;
    let met = if passed { Some(false) } else { in_time };
    Ok(met.map(|met| (course, Sums { due: 1, met: met.into(), ..Sums::default() })))
}
