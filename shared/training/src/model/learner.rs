//! The head of a learner's file: what the directory says of the person, and what the last decision left behind.

use jiff::{Timestamp, civil::Date};
use kernel::{DateSpan, JobRole, LocalTime, PersonId, TeamId, Version, ZoneName};
use serde::{Deserialize, Serialize};

use super::{Percent, Placement};

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
    /// How often the file was written; [`Version::ABSENT`] while it exists in memory only.
    pub version: Version,
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
            version: Version::ABSENT,
        }
    }

    /// Who.
    pub const fn person(&self) -> PersonId {
        self.facts.person
    }
}
