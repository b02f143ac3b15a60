//! What is known of a person, area by area.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use kernel::{AttemptId, PersonId, Version};
use serde::{Deserialize, Serialize};

pub use crate::model::CompetencyArea as Area;

use super::{Error, Score};

/// Where evidence comes from. Each source says one thing of an area, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceSource {
    /// An attempt at an assessment, scored on the server.
    Assessment(AttemptId),
}

/// What a judgement says of a person in an area, as it is handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// Which area.
    pub area: Area,
    /// The score in tenths, 0 to 1000.
    pub score_tenths: u16,
    /// Where it comes from.
    pub source: EvidenceSource,
    /// The day that it speaks of.
    pub on: Date,
}

/// Evidence as it is kept, in the order in which it holds: by its day, and on one day by its source, whose ids follow
/// time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Held {
    /// The day that it speaks of.
    pub on: Date,
    /// Where it comes from.
    pub source: EvidenceSource,
    /// The score.
    pub score: Score,
}

/// The evidence of an area.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Kept {
    held: Vec<Held>,
    /// Whether there was evidence before the first that is held.
    #[serde(default)]
    earlier: bool,
}

impl Kept {
    fn as_of(&self, day: Option<Date>) -> Option<Known<'_>> {
        let until = day.map_or(self.held.len(), |day| self.held.partition_point(|held| held.on <= day));
        let history = self.held.get(..until)?;
        match history.last() {
            Some(latest) => Some(Known::Measured { latest: *latest, history, earlier: self.earlier }),
            None => self.earlier.then_some(Known::NotKept),
        }
    }
}

/// What was known of an area on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known<'a> {
    /// This held.
    Measured {
        /// What held on the day.
        latest: Held,
        /// All that is kept up to the day, oldest first; the last one is what held.
        history: &'a [Held],
        /// Whether there was evidence before the first of them.
        earlier: bool,
    },
    /// Something held, and is not kept here any more: its source has it. This is not a score of zero.
    NotKept,
}

/// A person's competency: for each area the latest evidence and what came before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Whose.
    pub person: PersonId,
    /// How often it was written.
    pub version: Version,
    areas: BTreeMap<Area, Kept>,
}

impl Profile {
    /// The most areas that a person is judged in. With [`Self::KEPT`] it bounds the profile to one item.
    pub const MOST_AREAS: usize = 50;
    /// How many pieces of evidence an area keeps. What is older stays with its source: attempts are kept.
    pub const KEPT: usize = 20;

    /// The profile of somebody nothing is known of.
    pub const fn new(person: PersonId) -> Self {
        Self { person, version: Version::ABSENT, areas: BTreeMap::new() }
    }

    /// Puts evidence in its place; false where it is there already.
    ///
    /// # Errors
    /// [`Error`] for a score above the scale, for a source that said something else of the area before, or for more
    /// areas than are kept. The profile is as it was then.
    pub fn take(&mut self, evidence: &Evidence) -> Result<bool, Error> {
        let Evidence { area, score_tenths, source, on } = evidence;
        let score = Score::from_tenths(*score_tenths).ok_or(Error::Score(*score_tenths))?;
        if !self.has_room([area]) {
            return Err(Error::TooManyAreas);
        }
        let one = Held { on: *on, source: *source, score };
        let kept = self.areas.entry(area.clone()).or_default();
        if let Some(known) = kept.held.iter().find(|held| held.source == one.source) {
            return if *known == one { Ok(false) } else { Err(Error::Contradicts(area.clone())) };
        }
        let place = kept.held.partition_point(|held| *held < one);
        kept.held.insert(place, one);
        if kept.held.len() > Self::KEPT {
            kept.held.remove(0);
            kept.earlier = true;
        }
        Ok(true)
    }

    /// Whether evidence in these areas can be taken: they are known, or there is room for more.
    pub fn has_room<'a>(&self, areas: impl IntoIterator<Item = &'a Area>) -> bool {
        let new: BTreeSet<&Area> = areas.into_iter().filter(|area| !self.areas.contains_key(*area)).collect();
        self.areas.len() + new.len() <= Self::MOST_AREAS
    }

    /// What holds of an area.
    pub fn latest(&self, area: &Area) -> Option<Held> {
        self.areas.get(area)?.held.last().copied()
    }

    /// The score that holds, area by area.
    pub fn scores(&self) -> BTreeMap<Area, Score> {
        let latest = self.areas.iter().filter_map(|(area, kept)| Some((area.clone(), kept.held.last()?.score)));
        latest.collect()
    }

    /// What was true at the end of a day, area by area; what is true now where no day is given. Evidence counts from the
    /// day it speaks of, whenever it was written down. Areas without evidence by then are left out.
    pub fn as_of(&self, day: Option<Date>) -> BTreeMap<&Area, Known<'_>> {
        let known = self.areas.iter().filter_map(|(area, kept)| Some((area, kept.as_of(day)?)));
        known.collect()
    }
}
