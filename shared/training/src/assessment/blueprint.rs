//! How a test is drawn and taken: how many questions of which areas, what it takes to pass, how long, how often.

use std::collections::BTreeSet;

use kernel::{AssessmentId, CourseId, Version};
use serde::{Deserialize, Serialize};

use super::{Area, Error};
use crate::model::{Percent, TextError, Title, spelled, text_type};

spelled! {
    /// When a test is taken.
    Purpose {
        /// Once, at the start.
        Initial = "initial",
        /// Once a quarter.
        Quarterly = "quarterly",
        /// After a course: passing proves it.
        PostTraining = "post_training",
        /// Once a year.
        Annual = "annual",
        /// Before a course: what it is compared with afterwards.
        Pre = "pre",
    }
}

impl Purpose {
    /// Whether it belongs to a course.
    pub const fn of_course(self) -> bool {
        matches!(self, Self::PostTraining | Self::Pre)
    }

    /// Whether people are asked to take it, by the calendar or at the start.
    pub const fn is_asked(self) -> bool {
        matches!(self, Self::Initial | Self::Quarterly | Self::Annual)
    }
}

text_type! {
    /// The code an assessment is known by, such as `threats-post`; kept in lower case.
    AssessmentCode,
    "a code of 2 to 40 letters, digits, '.', '_' or '-'",
    |raw| {
        let fits = (2..=40).contains(&raw.len())
            && raw.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
            && raw.starts_with(|c: char| c.is_ascii_alphanumeric());
        fits.then(|| raw.to_ascii_lowercase())
    }
}

/// How many questions a form has of an area.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// Which area.
    pub area: Area,
    /// How many questions.
    pub questions: u8,
}

/// What can be said of an assessment, and changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// What it is called.
    pub title: Title,
    /// When it is taken.
    pub purpose: Purpose,
    /// The course it belongs to, before it or after it.
    pub course: Option<CourseId>,
    /// What a form is drawn from.
    pub sections: Vec<Section>,
    /// The score from which it is passed.
    pub pass_mark: Percent,
    /// How many minutes there are.
    pub minutes: u16,
    /// How many attempts there are in a round.
    pub attempts: u8,
    /// How many days lie between the starts of two attempts of a round.
    pub days_between: u16,
    /// Whether nobody can start it any more.
    pub retired: bool,
}

impl Terms {
    /// The most areas of a form: each is one request.
    pub const MOST_SECTIONS: usize = 10;
    /// The most questions of a form: a request reads them all.
    pub const MOST_QUESTIONS: u16 = 60;

    /// Whether people are asked to take it: by the calendar or at the start, and as long as it can be started.
    pub const fn is_asked(&self) -> bool {
        self.purpose.is_asked() && !self.retired
    }

    /// How many questions a form has.
    pub fn questions(&self) -> u16 {
        self.sections.iter().map(|section| u16::from(section.questions)).sum()
    }

    /// Checks what types cannot.
    ///
    /// # Errors
    /// [`Error::Terms`] names the field and what is expected.
    pub fn check(&self) -> Result<(), Error> {
        let areas: BTreeSet<&Area> = self.sections.iter().map(|section| &section.area).collect();
        let rules: [(bool, &'static str, &'static str); 8] = [
            (self.purpose.of_course() == self.course.is_some(), "course_id", "a course for pre and post_training only"),
            ((1..=Self::MOST_SECTIONS).contains(&self.sections.len()), "sections", "1 to 10 areas"),
            (areas.len() == self.sections.len(), "sections", "each area once"),
            (
                self.sections.iter().all(|it| it.questions > 0) && self.questions() <= Self::MOST_QUESTIONS,
                "sections",
                "1 to 60 questions in all, at least 1 of each area",
            ),
            (self.pass_mark.get() > 0, "pass_mark", "1 to 100"),
            ((5..=240).contains(&self.minutes), "minutes", "5 to 240"),
            ((1..=10).contains(&self.attempts), "attempts", "1 to 10"),
            (self.days_between <= 365, "days_between", "0 to 365"),
        ];
        let broken = rules.iter().find(|(holds, ..)| !holds);
        broken.map_or(Ok(()), |(_, field, expected)| Err(Error::Terms { field, expected }))
    }
}

/// An assessment: the blueprint that forms are drawn by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    /// Its id.
    pub id: AssessmentId,
    /// What it is known by; unique, never changed.
    pub code: AssessmentCode,
    /// What it says.
    pub terms: Terms,
    /// How often it was written.
    pub version: Version,
}
