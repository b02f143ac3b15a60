//! A person's plan as it is seen.

use jiff::{Timestamp, civil::Date};
use kernel::{AssignmentRound, CourseId, JobRole, PersonId};
use serde::Serialize;
use training::{
    Settings,
    competency::{Level, Priority, Profile},
    model::{Catalogue, LearnerFile, Status},
    planning::{Entry, Goal, Seen, Why, see},
};
use utoipa::ToSchema;

use super::{job_role, spellings};

spellings! {
    status: Status;
    level: Level;
    priority: Priority;
}

/// Why a course is in the plan.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub(crate) enum WhyView {
    /// Every path starts with it.
    ThreatModelling,
    /// The path of the job role requires it.
    RolePath,
    /// Another course of the plan needs it first.
    Prerequisite,
    /// An earlier completion is running out or has lapsed.
    Recertification,
    /// A manager or the program asked for it.
    Request,
    /// The person asked for it, and somebody approved.
    AskedFor,
    /// It is recommended; for what, only the person reads.
    Recommended,
    /// It teaches an area in which the person is below the target.
    Gap {
        /// The code of the area.
        area: String,
        /// By the gap: above 40 high, above 20 medium, else low.
        #[schema(schema_with = priority)]
        priority: Priority,
    },
    /// A kind of finding came back in a workload that the person works on.
    RecurringFinding,
}

impl From<Why> for WhyView {
    fn from(why: Why) -> Self {
        match why {
            Why::ThreatModelling => Self::ThreatModelling,
            Why::RolePath => Self::RolePath,
            Why::Prerequisite => Self::Prerequisite,
            Why::Recertification => Self::Recertification,
            Why::Request => Self::Request,
            Why::AskedFor => Self::AskedFor,
            Why::Recommended => Self::Recommended,
            Why::Gap { area, priority } => Self::Gap { area: area.as_str().to_owned(), priority },
            Why::RecurringFinding => Self::RecurringFinding,
        }
    }
}

/// One open course of a plan.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct PlanEntryView {
    #[schema(value_type = Uuid)]
    course_id: CourseId,
    /// Which time.
    #[schema(value_type = u16)]
    round: AssignmentRound,
    /// How long the course takes.
    hours: Option<f64>,
    /// Where it stands today.
    #[schema(schema_with = status)]
    status: Status,
    /// False for a recommendation.
    required: bool,
    /// The date in effect, moved by absences; absent while it is open-ended.
    #[schema(value_type = Option<String>, format = Date)]
    due: Option<Date>,
    why: WhyView,
    /// The courses of the plan that come before it.
    #[schema(value_type = Vec<Uuid>)]
    after: Vec<CourseId>,
    /// The phase of what answers a gap or a finding: within 30, 60 or 90 days, or later where hours do not allow it.
    phase_days: Option<u16>,
}

impl From<Entry<'_>> for PlanEntryView {
    fn from(entry: Entry<'_>) -> Self {
        Self {
            course_id: entry.assignment.course,
            round: entry.assignment.round,
            hours: entry.hours.map(training::model::CourseHours::hours),
            status: entry.status,
            required: entry.assignment.required,
            due: entry.due,
            why: entry.why.into(),
            after: entry.after,
            phase_days: entry.phase.map(Priority::days),
        }
    }
}

/// How a goal stands.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(crate) enum GoalStandingView {
    /// The person is below the target.
    Measured {
        /// By the gap: above 40 high, above 20 medium, else low.
        #[schema(schema_with = priority)]
        priority: Priority,
        /// By when it is to be reached: 180 days after the evidence that first showed it.
        #[schema(value_type = String, format = Date)]
        by: Date,
    },
    /// Nothing was judged yet; an assessment comes first.
    InsufficientData,
}

/// A target that the person is not known to reach.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct GoalView {
    /// The code of the area.
    area: String,
    /// The score that the role is asked for.
    target: f64,
    /// The level that it belongs to.
    #[schema(schema_with = level)]
    level: Level,
    standing: GoalStandingView,
}

impl From<Goal> for GoalView {
    fn from(goal: Goal) -> Self {
        Self {
            area: goal.area.as_str().to_owned(),
            target: goal.target.value(),
            level: goal.level,
            standing: match goal.priority.zip(goal.by) {
                Some((priority, by)) => GoalStandingView::Measured { priority, by },
                None => GoalStandingView::InsufficientData,
            },
        }
    }
}

/// A person's plan.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct PlanView {
    #[schema(value_type = Uuid)]
    person_id: PersonId,
    #[schema(schema_with = job_role)]
    job_role: JobRole,
    /// The hours a week that the plan takes at most, by the working share.
    weekly_hours: f64,
    /// What is open: by date, every course after what it builds on.
    entries: Vec<PlanEntryView>,
    /// What is to be reached, largest gap first; absent for everybody but the person.
    goals: Option<Vec<GoalView>>,
}

impl PlanView {
    /// A plan as it stands at an instant; the profile is given for the person's own eyes.
    pub(crate) fn of(
        file: &LearnerFile,
        profile: Option<&Profile>,
        catalogue: &Catalogue,
        settings: &Settings,
        at: Timestamp,
    ) -> Self {
        let facts = &file.head.facts;
        let Seen { entries, goals } = see(file, profile, catalogue, settings, facts.today(at));
        Self {
            person_id: facts.person,
            job_role: facts.job_role,
            weekly_hours: f64::from(settings.weekly_hours) * f64::from(facts.working_share.get()) / 100.0,
            entries: entries.into_iter().map(PlanEntryView::from).collect(),
            goals: profile.map(|_| goals.into_iter().map(GoalView::from).collect()),
        }
    }
}
