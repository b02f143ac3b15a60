//! What a person's role is asked for and what they have: the gaps, how urgent each is, and which courses close it.

use std::collections::BTreeMap;

use kernel::CourseId;

use super::{Area, Profile, Score};
use crate::model::{Catalogue, Course, Percent, spelled};

/// The scores, 1 to 100, that a job role is asked for, by area.
pub type Targets = BTreeMap<Area, Percent>;

spelled! {
    /// How urgent a gap is, by its size: above 40 high, above 20 medium, else low.
    Priority {
        /// To be closed within 30 days.
        High = "high",
        /// Within 60 days.
        Medium = "medium",
        /// Within 90 days.
        Low = "low",
    }
}

impl Priority {
    /// The priority of a gap in tenths of a score.
    pub const fn of(gap_tenths: u16) -> Self {
        match gap_tenths {
            401.. => Self::High,
            201..=400 => Self::Medium,
            0..=200 => Self::Low,
        }
    }

    /// The phase in which it is to be closed: 30, 60 or 90 days.
    pub const fn days(self) -> u16 {
        match self {
            Self::High => 30,
            Self::Medium => 60,
            Self::Low => 90,
        }
    }
}

/// Where somebody stands before a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Below it.
    Below {
        /// What holds.
        score: Score,
        /// The target less the score; above zero.
        gap: Score,
        /// How urgent that is.
        priority: Priority,
    },
    /// Nobody knows: nothing was ever judged. This is not a score of zero, and says that an assessment comes first.
    Unmeasured,
}

/// A target that is not known to be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// Which area.
    pub area: Area,
    /// The score that is asked for.
    pub target: Score,
    /// Where the person stands.
    pub standing: Standing,
    /// The courses of the catalogue that teach the area, without retired ones, shortest first.
    pub courses: Vec<CourseId>,
}

/// The targets that a person is not known to reach: the largest gap first, then what was never judged, each group by
/// area. A target that is reached exactly is reached.
pub fn gaps(profile: &Profile, targets: &Targets, catalogue: &Catalogue) -> Vec<Gap> {
    let open = targets.iter().filter_map(|(area, target)| {
        // A percentage has at most 100, a score ten tenths for each.
        let target = Score::from_tenths(u16::from(target.get()) * 10)?;
        let standing = standing(profile.latest(area).map(|held| held.score), target)?;
        Some(Gap { area: area.clone(), target, standing, courses: teaching(area, catalogue) })
    });
    let mut gaps: Vec<Gap> = open.collect();
    gaps.sort_by_key(|gap| match gap.standing {
        Standing::Below { gap, .. } => (false, Score::MOST - gap.tenths()),
        Standing::Unmeasured => (true, 0),
    });
    gaps
}

fn standing(score: Option<Score>, target: Score) -> Option<Standing> {
    let Some(score) = score else { return Some(Standing::Unmeasured) };
    let missing = target.tenths().checked_sub(score.tenths()).filter(|missing| *missing > 0)?;
    Some(Standing::Below { score, gap: Score::from_tenths(missing)?, priority: Priority::of(missing) })
}

fn teaching(area: &Area, catalogue: &Catalogue) -> Vec<CourseId> {
    let teaches = |course: &&Course| {
        course.retired.is_none() && course.competencies.iter().any(|code| code.eq_ignore_ascii_case(area.as_str()))
    };
    let mut courses: Vec<&Course> = catalogue.courses().filter(teaches).collect();
    courses.sort_by_key(|course| (course.hours, course.id));
    courses.into_iter().map(|course| course.id).collect()
}
