//! The head of a learner's file: what the directory says of the person, and what the last decision left behind.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use kernel::{CourseId, DateSpan, JobRole, LocalTime, PersonId, TeamId, Version, ZoneName};
use serde::{Deserialize, Serialize};

use super::{CompetencyArea, NewsCause, Percent, Placement, PlanNews};
use crate::{assessment::asking::Asked, competency::Score, rules::plan};

/// The hours a year that the program asks of a role.
pub const fn yearly_hours(role: JobRole) -> u16 {
    match role {
        JobRole::Developer | JobRole::Tester => 20,
        JobRole::Devops => 24,
        JobRole::Architect => 30,
        JobRole::Manager => 16,
        JobRole::Product => 12,
    }
}

/// Belonging to a team for a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// The team.
    pub team: TeamId,
    /// The code of the department the team belongs to.
    pub department: Option<String>,
    /// When; absent: always.
    pub span: Option<DateSpan>,
}

impl Membership {
    /// Whether it holds on a day.
    pub fn holds(&self, day: Date) -> bool {
        self.span.is_none_or(|span| span.contains(day))
    }
}

/// What the directory says of a person, as far as training needs it. Kept as a projection; `directory_version` says
/// how old it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Who.
    pub person: PersonId,
    /// The version of the directory's record.
    pub directory_version: Version,
    /// The teams in time; the first that holds on a day is the primary one, which counts the person.
    pub memberships: Vec<Membership>,
    /// What the person works as.
    pub job_role: JobRole,
    /// ISO 3166 code of the country of work.
    pub country: String,
    /// Where the person's day begins and ends.
    pub zone: ZoneName,
    /// BCP 47 tag of the language of mails.
    pub language: String,
    /// The direct manager.
    pub manager: Option<PersonId>,
    /// Who stands in.
    pub delegate: Option<PersonId>,
    /// The first day, absent: always been there.
    pub start: Option<Date>,
    /// The last day, absent: stays.
    pub leave: Option<Date>,
    /// When the person is away.
    pub absences: Vec<DateSpan>,
    /// Whether the person counts in figures; contractors only where marked.
    pub counted: bool,
    /// The share of full time, 1 to 100.
    pub working_share: Percent,
}

impl Facts {
    /// The date where the person is.
    pub fn today(&self, now: Timestamp) -> Date {
        self.zone.date_at(now)
    }

    /// Whether the person has started and not left on a day.
    pub fn is_active(&self, day: Date) -> bool {
        self.start.is_none_or(|start| start <= day) && !self.has_left(day)
    }

    /// Whether the last day is over.
    pub fn has_left(&self, day: Date) -> bool {
        self.leave.is_some_and(|leave| leave < day)
    }

    /// Whether the person is away on a day.
    pub fn is_absent(&self, day: Date) -> bool {
        self.absences.iter().any(|span| span.contains(day))
    }

    /// Whether mail may reach the person on a day: active and not away.
    pub fn is_reachable(&self, day: Date) -> bool {
        self.is_active(day) && !self.is_absent(day)
    }

    /// The membership that counts the person on a day.
    pub fn primary(&self, day: Date) -> Option<&Membership> {
        self.memberships.iter().find(|membership| membership.holds(day))
    }

    /// Every team on a day.
    pub fn teams(&self, day: Date) -> Vec<TeamId> {
        self.memberships.iter().filter(|membership| membership.holds(day)).map(|membership| membership.team).collect()
    }
}

/// Figures of a file, kept on its head so that a listing need not read the whole file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Summary {
    /// Assignments still to be done.
    pub open: u32,
    /// Of them overdue.
    pub overdue: u32,
    /// Of them waiting for somebody's check of a self-report.
    pub waiting: u32,
    /// The next day on which something falls due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_due: Option<Date>,
}

spelled! {
    /// Where a person stands in a course that is required of them.
    CourseStanding {
        /// To be done, and late.
        Overdue = "overdue",
        /// To be done.
        Open = "open",
        /// Reported, waiting for somebody's look.
        Waiting = "waiting",
        /// Validly completed.
        Done = "done",
        /// Completed once, and not valid any more; nothing is asked at the moment.
        Lapsed = "lapsed",
        /// Need not be done for now.
        Exempt = "exempt",
        /// Never done, and not asked of the person yet.
        Missing = "missing",
    }
}

/// Where a person stands in one course, as the last decision left it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CourseState {
    /// Which course.
    pub course: CourseId,
    /// Where they stand.
    pub standing: CourseStanding,
    /// The due date in effect of what is to be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Date>,
}

/// The head of a learner's file. Its version guards everything in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Learner {
    /// What the directory says.
    pub facts: Facts,
    /// What the person last contributed to the roll-ups; absent before the first decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standing: Option<Placement>,
    /// Figures for listings.
    #[serde(default)]
    pub summary: Summary,
    /// When a run must look at the file next; absent: never, until somebody changes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_at: Option<Timestamp>,
    /// The local day of the last digest that was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_digest: Option<Date>,
    /// The local day of the last digest that was only previewed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_preview: Option<Date>,
    /// Whether the person wants no digest in which nothing is required.
    #[serde(default)]
    pub declines_optional: bool,
    /// What the link that says so is bound to; changed by its use.
    #[serde(default)]
    pub opt_out_nonce: u32,
    /// The latest score of each area that was judged, copied from the person's competency by the judgement itself: what
    /// they contribute to the figures rests on it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub scores: BTreeMap<CompetencyArea, Score>,
    /// Where the person stands in each course that is required of them, so that a matrix need not read the whole file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub courses: Vec<CourseState>,
    /// What changed in the plan and the person was not told yet; at most one entry a course.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub news: Vec<PlanNews>,
    /// What is left of a plan that was too much for one transaction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unplanned: Option<Unplanned>,
    /// Which tests the person knows of in the periods that last: told, or started.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tests: Vec<Asked>,
    /// The latest day after the start of the present stay, of 14, 30, 60 and 90, on which it was written down how far the
    /// person was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked_in: Option<u16>,
    /// The first day of the present stay, where it follows an earlier one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returned_on: Option<Date>,
    /// The last day, once it was noticed that it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_on: Option<Date>,
    /// How often the file was written; [`Version::ABSENT`] while it exists in memory only.
    pub version: Version,
}

/// How a plan that was too much for one transaction goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unplanned {
    /// Whether what was asked before is asked again.
    pub asked: plan::Asked,
    /// What the person is told of as its cause; nothing where they are not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub news: Option<NewsCause>,
}

impl Learner {
    /// The head of a new, empty file.
    pub fn new(facts: Facts) -> Self {
        Self {
            facts,
            standing: None,
            summary: Summary::default(),
            next_at: None,
            last_digest: None,
            last_preview: None,
            declines_optional: false,
            opt_out_nonce: 0,
            scores: BTreeMap::new(),
            courses: Vec::new(),
            news: Vec::new(),
            unplanned: None,
            tests: Vec::new(),
            checked_in: None,
            returned_on: None,
            left_on: None,
            version: Version::ABSENT,
        }
    }

    /// Who.
    pub const fn person(&self) -> PersonId {
        self.facts.person
    }
}
