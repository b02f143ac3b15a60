//! Why evidence is not taken.

use jiff::civil::Date;
use kernel::ErrorKind;

use super::{Area, Profile, Score};

/// Why evidence is not taken. Nothing of a batch is written then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A score lies above the scale.
    #[error("a score is at most {} tenths, not {}", Score::MOST, .0)]
    Score(u16),
    /// The evidence is of a day that has begun nowhere yet.
    #[error("evidence of {0} is not possible yet")]
    Future(Date),
    /// The same judgement said something else of the area before.
    #[error("the same judgement said something else of area {}", .0.as_str())]
    Contradicts(Area),
    /// The person has evidence in as many areas as are kept.
    #[error("a person is judged in at most {} areas", Profile::MOST_AREAS)]
    TooManyAreas,
}

impl Error {
    /// How a boundary should understand it.
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Score(_) | Self::Future(_) => ErrorKind::Invalid,
            Self::Contradicts(_) | Self::TooManyAreas => ErrorKind::Conflict,
        }
    }

    /// A stable name of the fact, for problem documents.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Score(_) => "invalid_score",
            Self::Future(_) => "evidence_of_the_future",
            Self::Contradicts(_) => "evidence_contradicts",
            Self::TooManyAreas => "too_many_areas",
        }
    }
}
