//! The plan of required courses: in plan order, at no more than the weekly hours × working share, nothing before day 14;
//! the hours of what is already open come first. Two hours a week bring threat modelling by day 30 and a usual path by
//! day 90; where the hours do not allow that, the hours win. Planning again changes nothing.

use jiff::civil::Date;
use kernel::{AssignmentRound, CourseId};
use serde::{Deserialize, Serialize};

use super::due;
use crate::{
    Settings,
    model::{Assignment, AssignmentSource, Catalogue, Facts, LearnerFile},
};

/// What planning changes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// New assignments, in plan order.
    pub assign: Vec<Assignment>,
    /// Planned assignments that the role no longer asks for, and offers that it now requires or that are retired.
    pub cancel: Vec<(CourseId, AssignmentRound)>,
}

/// Whether planning asks again for what was asked before and is neither open nor valid any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// It does: somebody wants the plan of this person.
    Again,
    /// It does not: what a manager took back stays taken back, however often rules change.
    Once,
}

/// The day from which a person's plan is counted.
pub(crate) fn first_day(facts: &Facts, today: Date) -> Date {
    facts.start.map_or(today, |start| start.max(today))
}

/// How long a course takes, in minutes.
pub(crate) fn minutes(catalogue: &Catalogue, course: CourseId) -> u64 {
    catalogue.course(course).map_or(0, |course| u64::from(course.hours.minutes()))
}

/// How many days these minutes take at the weekly hours × working share: at most 3650.
pub(crate) fn days(minutes: u64, settings: &Settings, facts: &Facts) -> i32 {
    // Minutes are multiplied by 100 and by 7, shares and weeks stay whole: no rounding but the last one, upwards.
    let weekly = u64::from(settings.weekly_hours) * 60 * u64::from(facts.working_share.get().max(1));
    i32::try_from((minutes * 700).div_ceil(weekly.max(1))).unwrap_or(i32::MAX).min(3650)
}

/// Lays out what is missing. The first day is today, or the person's start when that is later.
pub fn plan(file: &LearnerFile, catalogue: &Catalogue, settings: &Settings, today: Date, asked: Asked) -> Plan {
    let facts = &file.head.facts;
    if facts.has_left(today) {
        return Plan::default();
    }
    let first = first_day(facts, today);
    let required = catalogue.required(facts.job_role, settings.threat_modelling_course.as_ref());
    let cancel = file
        .assignments
        .iter()
        .filter(|it| it.is_open() && it.source == AssignmentSource::Plan)
        .filter(|it| {
            let is_required = required.iter().any(|(course, _)| *course == it.course);
            let retired = catalogue.course(it.course).is_none_or(|course| course.retired.is_some());
            // What was an offer and is required now is asked anew, as that.
            if it.required { !is_required } else { retired || (is_required && !file.is_waiting(it.course)) }
        })
        .map(|it| (it.course, it.round))
        .collect();
    let minutes = |course: CourseId| minutes(catalogue, course);
    let mut taken: u64 = file
        .assignments
        .iter()
        .filter(|it| it.is_open() && it.source != AssignmentSource::Plan)
        .map(|it| minutes(it.course))
        .sum();
    let mut assign = Vec::new();
    for (course, reason) in required {
        if file.open(course).is_some_and(|open| open.source == AssignmentSource::Plan && open.required) {
            taken += minutes(course);
        }
        let known = match asked {
            Asked::Again => file.open(course).is_some_and(|open| !open.is_offered()),
            Asked::Once => file.latest(course).is_some_and(|latest| !latest.is_offered() && !latest.superseded),
        };
        let done = file.is_valid(course, catalogue, first) || file.is_waiting(course);
        // Whoever is exempt is asked all the same: the ladder pauses, and goes on when the exemption ends.
        if known || done {
            continue;
        }
        taken += minutes(course);
        let days = days(taken, settings, facts).max(i32::from(settings.first_due_day));
        // What it builds on may be open with a later date of its own.
        let prerequisites = catalogue.course(course).map_or(&[][..], |course| course.prerequisites.as_slice());
        let open = prerequisites.iter().filter_map(|before| file.open(*before)).filter(|before| !before.is_offered());
        let open = open.map(|before| before.due);
        let planned = assign.iter().filter(|it: &&Assignment| prerequisites.contains(&it.course)).map(|it| it.due);
        let due = open.chain(planned).fold(due::plus(first, days), Date::max);
        let mut assignment = Assignment::new(course, first, due, AssignmentSource::Plan, reason);
        assignment.round = file.next_round(course);
        assign.push(assignment);
    }
    Plan { assign, cancel }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
