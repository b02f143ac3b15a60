//! What was done and what need not be: completions with their checks, and exemptions with their end. Records are added
//! and never removed by time; a completion that lapsed differs from one that never was.

use jiff::civil::Date;
use kernel::{CompletionId, CourseId, DateSpan, ExemptionId, PersonId, Principal};
use serde::{Deserialize, Serialize};

use super::{FreeText, Percent};

spelled! {
    /// Who says so. All but the person are verified by their source.
    CompletionSource {
        /// The list of those who were there.
        Roster = "roster",
        /// A learning management system's file.
        Lms = "lms",
        /// A passed test.
        Test = "test",
        /// The person.
        SelfReport = "self",
    }
}

/// Whether somebody else looks at a completion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "check", rename_all = "snake_case")]
pub enum CheckState {
    /// Verified by its source, or not in the sample.
    NotNeeded,
    /// In the sample, nobody has looked yet.
    Waiting,
    /// Confirmed.
    Accepted {
        /// By whom.
        by: Principal,
        /// When, where the person is.
        on: Date,
    },
    /// Not confirmed.
    Refused {
        /// By whom.
        by: Principal,
        /// When, where the person is.
        on: Date,
    },
}

/// One completion of a course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completion {
    /// Its id.
    pub id: CompletionId,
    /// Of which course.
    pub course: CourseId,
    /// The day it was done.
    pub completed_on: Date,
    /// The local day it was recorded.
    pub recorded_on: Date,
    /// Who says so.
    pub source: CompletionSource,
    /// The score, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<Percent>,
    /// Whether somebody else looks at it.
    #[serde(flatten)]
    pub check: CheckState,
}

impl Completion {
    /// Whether it counts.
    pub const fn counts(&self) -> bool {
        matches!(self.check, CheckState::NotNeeded | CheckState::Accepted { .. })
    }

    /// Whether it waits for somebody's look.
    pub const fn is_waiting(&self) -> bool {
        matches!(self.check, CheckState::Waiting)
    }

    /// The days on which it waited or waits, during which the ladder pauses.
    pub fn waited(&self) -> Option<DateSpan> {
        match &self.check {
            CheckState::NotNeeded => None,
            CheckState::Waiting => DateSpan::new(self.recorded_on, None).ok(),
            CheckState::Accepted { on, .. } | CheckState::Refused { on, .. } => {
                // The day of the decision already belongs to the ladder again.
                DateSpan::new(self.recorded_on, Some(on.saturating_sub(jiff::Span::new().days(1)))).ok()
            }
        }
    }
}

/// A self-report that waits for somebody's look, as the list of checks shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Which completion.
    pub completion: CompletionId,
    /// Whose.
    pub person: PersonId,
    /// Of which course.
    pub course: CourseId,
    /// The day it is said to have been done.
    pub completed_on: Date,
    /// The day it was reported.
    pub recorded_on: Date,
}

/// A course that need not be done for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exemption {
    /// Its id.
    pub id: ExemptionId,
    /// From which course.
    pub course: CourseId,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub until: Date,
    /// Why.
    pub reason: FreeText,
    /// Who granted it.
    pub by: Principal,
    /// The first day on which it no longer held, once that was noticed or decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_on: Option<Date>,
}

impl Exemption {
    /// The days on which it holds; absent when it was ended on its first day.
    pub fn span(&self) -> Option<DateSpan> {
        let last = match self.ended_on {
            Some(ended) => ended.saturating_sub(jiff::Span::new().days(1)).min(self.until),
            None => self.until,
        };
        DateSpan::new(self.from, Some(last)).ok()
    }

    /// Whether it holds on a day.
    pub fn holds(&self, day: Date) -> bool {
        self.span().is_some_and(|span| span.contains(day))
    }
}
