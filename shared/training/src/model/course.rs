//! A course of the catalogue. Its code never changes; a retired course keeps its history and is asked of nobody.

use jiff::civil::Date;
use kernel::{CourseId, Version};
use serde::{Deserialize, Serialize};

use super::{CourseCode, CourseUrl, TextError, Title};

spelled! {
    /// What kind of learning it is.
    CourseFormat {
        /// Lessons.
        Course = "course",
        /// Together, guided.
        Workshop = "workshop",
        /// Hands on, alone.
        Lab = "lab",
        /// A rehearsed incident.
        GameDay = "game_day",
        /// Finding bugs together.
        BugBash = "bug_bash",
        /// A call to everybody.
        Campaign = "campaign",
    }
}

spelled! {
    /// Who offers it.
    CourseProvider {
        /// The company.
        Internal = "internal",
        /// AWS Training.
        Aws = "aws",
        /// The industry.
        Industry = "industry",
        /// A partner.
        Partner = "partner",
    }
}

/// How long a course takes, in whole minutes; read and written as hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CourseHours(u32);

impl CourseHours {
    /// What a correct number looks like.
    pub const EXPECTED: &str = "hours from 0.1 to 200, such as 1.5";

    /// From hours, rounded to minutes.
    ///
    /// # Errors
    /// [`TextError`] outside 0.1 to 200 hours.
    pub fn from_hours(hours: f64) -> Result<Self, TextError> {
        if !(0.1..=200.0).contains(&hours) {
            return Err(TextError { expected: Self::EXPECTED });
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the range was checked: at most 12,000 minutes"
        )]
        Ok(Self((hours * 60.0).round() as u32))
    }

    /// In minutes.
    pub const fn minutes(self) -> u32 {
        self.0
    }

    /// In hours.
    pub fn hours(self) -> f64 {
        f64::from(self.0) / 60.0
    }
}

/// Since when a course is asked of nobody any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retirement {
    /// The day (UTC) it was retired.
    pub on: Date,
}

/// A course, workshop, lab, game day, bug bash or campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Course {
    /// Its id.
    pub id: CourseId,
    /// How files call it; unique, never changed.
    pub code: CourseCode,
    /// What it is called.
    pub title: Title,
    /// What kind of learning it is.
    pub format: CourseFormat,
    /// Who offers it.
    pub provider: CourseProvider,
    /// How long it takes.
    pub hours: CourseHours,
    /// The competency areas it serves, as codes.
    pub competencies: Vec<String>,
    /// What must be done before; no cycles.
    pub prerequisites: Vec<CourseId>,
    /// For how many months a completion is valid, absent for ever.
    pub validity_months: Option<u16>,
    /// The languages it is given in, as BCP 47 tags.
    pub languages: Vec<String>,
    /// Where it is taken.
    pub url: Option<CourseUrl>,
    /// Set once it is asked of nobody any more.
    pub retired: Option<Retirement>,
    /// How often it was written.
    pub version: Version,
}

impl Course {
    /// How many competencies, languages or prerequisites a course names.
    pub const MOST_TAGS: usize = 20;

    /// Whether a text can be a competency's or a language's code: 1 to 40 letters, digits, dots, underscores or hyphens.
    pub fn is_tag(raw: &str) -> bool {
        (1..=40).contains(&raw.len()) && raw.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    }

    /// The last day on which a completion of that date is valid, absent when it never lapses.
    pub fn last_valid_day(&self, completed_on: Date) -> Option<Date> {
        let months = self.validity_months?;
        let end = completed_on.saturating_add(jiff::Span::new().months(i32::from(months)));
        Some(end.saturating_sub(jiff::Span::new().days(1)))
    }

    /// Whether a completion of that date is valid on a day.
    pub fn is_valid(&self, completed_on: Date, on: Date) -> bool {
        completed_on <= on && self.last_valid_day(completed_on).is_none_or(|last| on <= last)
    }
}
