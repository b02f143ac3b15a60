//! A plan as it is seen: what is open, in the order in which it is done, and why each course is there.

use std::collections::BTreeSet;

use jiff::civil::Date;
use kernel::CourseId;

use super::offers::priority;
use crate::{
    Settings,
    competency::{Area, Gap, Known, Level, Priority, Profile, Score, gaps},
    model::{Assignment, AssignmentReason, Catalogue, CourseHours, LearnerFile, Status},
    rules::due,
};

/// How many days somebody has to reach a target, from the evidence that first showed them below it.
pub const GOAL_DAYS: i32 = 180;

/// Why a course is in the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
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
        /// Which area.
        area: Area,
        /// How urgent the gap is.
        priority: Priority,
    },
    /// A kind of finding came back.
    RecurringFinding,
}

/// One open course of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<'a> {
    /// What is asked.
    pub assignment: &'a Assignment,
    /// Where it stands.
    pub status: Status,
    /// The date in effect; absent while it is open-ended.
    pub due: Option<Date>,
    /// How long the course takes; absent for a course that the catalogue does not have.
    pub hours: Option<CourseHours>,
    /// The courses of the plan that come before it.
    pub after: Vec<CourseId>,
    /// Why it is there.
    pub why: Why,
    /// The phase of what answers a gap or a finding.
    pub phase: Option<Priority>,
}

/// A target that the person is not known to reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Goal {
    /// In which area.
    pub area: Area,
    /// The score that is asked for.
    pub target: Score,
    /// The level that it belongs to.
    pub level: Level,
    /// How urgent it is; absent where nothing was ever judged: an assessment comes first.
    pub priority: Option<Priority>,
    /// By when it is to be reached; absent for the same reason.
    pub by: Option<Date>,
}

/// A plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen<'a> {
    /// What is open: by date, every course after what it builds on.
    pub entries: Vec<Entry<'a>>,
    /// The targets to be reached, largest gap first; empty for whoever may not know.
    pub goals: Vec<Goal>,
}

/// A plan as it stands on a day. The profile is given where the reader may know it: gaps belong to the person, so that for
/// everybody else a course is recommended and nothing says for what or how urgently.
pub fn see<'a>(
    file: &'a LearnerFile,
    profile: Option<&Profile>,
    catalogue: &Catalogue,
    settings: &Settings,
    today: Date,
) -> Seen<'a> {
    let targets = settings.targets(file.head.facts.job_role).cloned().unwrap_or_default();
    let gaps = profile.map(|profile| gaps(profile, &targets, catalogue)).unwrap_or_default();
    let first = settings.threat_modelling_course.as_ref().and_then(|code| catalogue.by_code(code)).map(|it| it.id);
    let open = ordered(file, catalogue, settings);
    let listed: BTreeSet<CourseId> = open.iter().map(|it| it.course).collect();
    let entries = open.iter().map(|assignment| {
        let course = catalogue.course(assignment.course);
        let before = course.map_or(&[][..], |course| course.prerequisites.as_slice());
        let why = why(assignment, first, &gaps);
        Entry {
            assignment,
            status: file.status(assignment, settings, today),
            due: due::effective(assignment, &file.pauses(assignment.course), settings),
            hours: course.map(|course| course.hours),
            after: before.iter().copied().filter(|before| listed.contains(before)).collect(),
            phase: phase(assignment, &why, &open, catalogue, &gaps),
            why,
        }
    });
    let entries = entries.collect();
    let goals = gaps.iter().map(|gap| goal(gap, profile)).collect();
    Seen { entries, goals }
}

/// Open assignments by date, each after its prerequisites.
fn ordered<'a>(file: &'a LearnerFile, catalogue: &Catalogue, settings: &Settings) -> Vec<&'a Assignment> {
    let mut open: Vec<&Assignment> = file.assignments.iter().filter(|it| it.is_open()).collect();
    open.sort_by_key(|it| {
        let due = due::effective(it, &file.pauses(it.course), settings).unwrap_or(Date::MAX);
        (due, it.is_offered(), it.course)
    });
    let mut ordered: Vec<&Assignment> = Vec::new();
    for assignment in &open {
        for course in catalogue.with_prerequisites(assignment.course) {
            let new = ordered.iter().all(|it| it.course != course);
            ordered.extend(open.iter().find(|it| new && it.course == course));
        }
    }
    ordered
}

fn why(assignment: &Assignment, first: Option<CourseId>, gaps: &[Gap]) -> Why {
    match assignment.reason {
        AssignmentReason::RolePath if Some(assignment.course) == first => Why::ThreatModelling,
        AssignmentReason::RolePath => Why::RolePath,
        AssignmentReason::Prerequisite => Why::Prerequisite,
        AssignmentReason::Recertification => Why::Recertification,
        AssignmentReason::Request => Why::Request,
        AssignmentReason::Asked => Why::AskedFor,
        AssignmentReason::RecurringFinding => Why::RecurringFinding,
        AssignmentReason::Recommended => answered(assignment, gaps)
            .map_or(Why::Recommended, |(gap, priority)| Why::Gap { area: gap.area.clone(), priority }),
    }
}

/// The largest known gap that an offer answers.
fn answered<'a>(assignment: &Assignment, gaps: &'a [Gap]) -> Option<(&'a Gap, Priority)> {
    gaps.iter().filter(|gap| gap.courses.contains(&assignment.course)).find_map(|gap| Some((gap, priority(gap)?)))
}

/// The phase of an offer; what is offered as a prerequisite has the most urgent phase of what needs it.
fn phase(
    assignment: &Assignment,
    why: &Why,
    open: &[&Assignment],
    catalogue: &Catalogue,
    gaps: &[Gap],
) -> Option<Priority> {
    match why {
        Why::Gap { priority, .. } => Some(*priority),
        Why::RecurringFinding => Some(Priority::High),
        Why::Prerequisite if assignment.is_offered() => {
            let needs = |other: &&&Assignment| {
                other.course != assignment.course
                    && catalogue.with_prerequisites(other.course).contains(&assignment.course)
            };
            let phases = open.iter().filter(needs).filter_map(|other| match other.reason {
                AssignmentReason::RecurringFinding => Some(Priority::High),
                AssignmentReason::Recommended => answered(other, gaps).map(|(_, priority)| priority),
                AssignmentReason::RolePath
                | AssignmentReason::Prerequisite
                | AssignmentReason::Recertification
                | AssignmentReason::Request
                | AssignmentReason::Asked => None,
            });
            phases.min_by_key(|priority| priority.days())
        }
        Why::ThreatModelling
        | Why::RolePath
        | Why::Prerequisite
        | Why::Recertification
        | Why::Request
        | Why::AskedFor
        | Why::Recommended => None,
    }
}

fn goal(gap: &Gap, profile: Option<&Profile>) -> Goal {
    let since = profile.and_then(|profile| below_since(profile, gap));
    Goal {
        area: gap.area.clone(),
        target: gap.target,
        level: gap.target.level(),
        priority: priority(gap),
        by: since.map(|day| due::plus(day, GOAL_DAYS)),
    }
}

/// The day of the evidence that first showed the person below the target and was not answered by better evidence since.
fn below_since(profile: &Profile, gap: &Gap) -> Option<Date> {
    match profile.as_of(None).get(&gap.area)? {
        Known::Measured { history, .. } => {
            history.iter().rev().take_while(|held| held.score < gap.target).last().map(|held| held.on)
        }
        Known::NotKept => None,
    }
}
