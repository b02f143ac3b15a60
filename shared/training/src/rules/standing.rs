//! What a person contributes to the figures, and how a group's figures are judged.
//!
//! Compliance of a group is people with nothing required overdue ÷ people who count (active, present, marked as
//! counting, with requirements). Completion is required courses validly completed ÷ required courses. A group without
//! anybody who counts has no figure, which is not a figure of zero.

use std::collections::BTreeSet;

use jiff::civil::Date;
use kernel::CourseId;
use serde::{Deserialize, Serialize};

use super::{due, privacy};
use crate::{
    Settings,
    competency::{Reach, reach},
    model::{Catalogue, CourseStanding, CourseState, LearnerFile, Placement, RollUp, Status, Summary},
};

/// The courses that are required of a person on a day: what the role's path asks, and what is openly assigned as
/// required, without what the person is exempt from.
pub fn required(file: &LearnerFile, catalogue: &Catalogue, settings: &Settings, on: Date) -> BTreeSet<CourseId> {
    let path = catalogue.required(file.head.facts.job_role, settings.threat_modelling_course.as_ref());
    let assigned = file.assignments.iter().filter(|it| it.is_open() && it.required).map(|it| it.course);
    path.into_iter().map(|(course, _)| course).chain(assigned).filter(|course| !file.is_exempt(*course, on)).collect()
}

/// What a person contributes on a day.
pub fn placement(file: &LearnerFile, catalogue: &Catalogue, settings: &Settings, on: Date) -> Placement {
    let facts = &file.head.facts;
    let required = required(file, catalogue, settings, on);
    let valid = required.iter().filter(|course| file.is_valid(**course, catalogue, on)).count();
    let overdue = file.assignments.iter().any(|it| it.required && file.status(it, settings, on) == Status::Overdue);
    let primary = facts.primary(on);
    Placement {
        teams: primary.iter().map(|membership| membership.team).collect(),
        department: primary.and_then(|membership| membership.department.clone()),
        counted: facts.counted && facts.is_reachable(on) && !required.is_empty(),
        clear: !overdue,
        required: whole(required.len()),
        valid: whole(valid),
        areas: settings.targets(facts.job_role).map_or_else(Reach::new, |targets| reach(&file.head.scores, targets)),
    }
}

/// Where a person stands on a day in each course that is required of them, and in those of their role's path that they
/// are exempt from; by course.
pub fn courses(file: &LearnerFile, catalogue: &Catalogue, settings: &Settings, on: Date) -> Vec<CourseState> {
    let path = catalogue.required(file.head.facts.job_role, settings.threat_modelling_course.as_ref());
    let mut all = required(file, catalogue, settings, on);
    all.extend(path.into_iter().map(|(course, _)| course));
    all.into_iter().map(|course| course_state(file, catalogue, settings, (course, on))).collect()
}

fn course_state(
    file: &LearnerFile,
    catalogue: &Catalogue,
    settings: &Settings,
    (course, on): (CourseId, Date),
) -> CourseState {
    let open = file.open(course);
    let status = open.map(|assignment| file.status(assignment, settings, on));
    let standing = match status {
        _ if file.is_exempt(course, on) => CourseStanding::Exempt,
        Some(Status::Overdue) => CourseStanding::Overdue,
        // What is done counts until it lapses, also while its next round is open.
        _ if file.is_valid(course, catalogue, on) => CourseStanding::Done,
        _ if file.is_waiting(course) => CourseStanding::Waiting,
        Some(_) => CourseStanding::Open,
        None if file.done(course, on).is_some() => CourseStanding::Lapsed,
        None => CourseStanding::Missing,
    };
    let asked = matches!(status, Some(Status::Open | Status::Overdue));
    let due = open.filter(|_| asked).and_then(|it| due::effective(it, &file.pauses(course), settings));
    CourseState { course, standing, due }
}

/// Figures of a file for listings.
pub fn summary(file: &LearnerFile, settings: &Settings, on: Date) -> Summary {
    let mut summary = Summary::default();
    for assignment in file.assignments.iter().filter(|it| it.is_open()) {
        summary.open += 1;
        match file.status(assignment, settings, on) {
            Status::Overdue => summary.overdue += 1,
            Status::Waiting => summary.waiting += 1,
            Status::Open => {
                let due = due::effective(assignment, &file.pauses(assignment.course), settings);
                summary.next_due = summary.next_due.into_iter().chain(due).min();
            }
            Status::Exempt | Status::Completed | Status::Cancelled => {}
        }
    }
    summary
}

fn whole(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// A share, or why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Share {
    /// It could be measured.
    Measured {
        /// From 0 to 100.
        percent: f64,
        /// How many.
        part: i64,
        /// Of how many.
        whole: i64,
    },
    /// There is nothing to measure. This is not zero.
    InsufficientData,
}

impl Share {
    /// A part of a whole.
    pub fn of(part: i64, whole: i64) -> Self {
        if whole <= 0 {
            return Self::InsufficientData;
        }
        let part = part.clamp(0, whole);
        #[expect(clippy::cast_precision_loss, reason = "head counts are far below 2^52")]
        Self::Measured { percent: 100.0 * part as f64 / whole as f64, part, whole }
    }

    /// Whether it reaches a percentage; unknown without data. Decided in integers, so that no rounding flips it.
    pub fn reaches(&self, threshold: crate::model::Percent) -> Option<bool> {
        match self {
            Self::Measured { part, whole, .. } => Some(part * 100 >= i64::from(threshold.get()) * whole),
            Self::InsufficientData => None,
        }
    }
}

/// Whose figures a group is judged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JudgedBy {
    /// Its own.
    Own,
    /// Its department's, because it is too small, or what it would leave of the department is.
    Department,
}

/// A group's figures, judged.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// People who count.
    pub people: i64,
    /// People with nothing overdue ÷ people who count.
    pub compliance: Share,
    /// Required courses validly completed ÷ required courses.
    pub completion: Share,
    /// Whether compliance reaches the threshold; unknown without data.
    pub compliant: Option<bool>,
    /// Whose figures these are.
    pub judged_by: JudgedBy,
}

/// Judges a group by its own figures.
pub fn judge(figures: &RollUp, settings: &Settings) -> Judgement {
    let compliance = Share::of(figures.clear, figures.people);
    Judgement {
        people: figures.people,
        compliance,
        completion: Share::of(figures.valid, figures.required),
        compliant: compliance.reaches(settings.threshold),
        judged_by: JudgedBy::Own,
    }
}

/// Judges a team: by its department when fewer people count in it than the settings ask for, or when its figures and the
/// department's, with those of other teams of it that the reader sees, would show as few; see [`privacy::shown`]. A small
/// team's own figures are not shown, because they would show its members'.
pub fn judge_team(team: &RollUp, department: Option<&RollUp>, beside: &[RollUp], settings: &Settings) -> Judgement {
    let least = i64::from(settings.min_team);
    let whole = department.map_or(team.people, |department| department.people);
    let parts: Vec<i64> = std::iter::once(team).chain(beside).map(|figures| figures.people).collect();
    if privacy::shown(whole, &parts, least).first().is_some_and(|shown| *shown) {
        return judge(team, settings);
    }
    let large = department.filter(|department| department.people >= least);
    Judgement { judged_by: JudgedBy::Department, ..judge(large.unwrap_or(&RollUp::ZERO), settings) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Percent;

    fn figures(people: i64, clear: i64) -> RollUp {
        RollUp { people, clear, required: people * 2, valid: clear, ..RollUp::ZERO }
    }

    #[test]
    fn nobody_is_not_nought() {
        let judgement = judge(&RollUp::ZERO, &Settings::default());
        assert_eq!(judgement.compliance, Share::InsufficientData);
        assert_eq!(judgement.compliant, None);
    }

    #[test]
    fn a_team_under_five_is_judged_by_its_department() {
        let settings = Settings::default();
        let small = judge_team(&figures(4, 0), Some(&figures(10, 8)), &[], &settings);
        assert_eq!((small.judged_by, small.people, small.compliant), (JudgedBy::Department, 10, Some(true)));
        let enough = judge_team(&figures(5, 3), Some(&figures(10, 8)), &[], &settings);
        assert_eq!((enough.judged_by, enough.compliant), (JudgedBy::Own, Some(false)));
        assert_eq!(judge_team(&figures(4, 0), None, &[], &settings).compliance, Share::InsufficientData);
        assert_eq!(
            judge_team(&figures(4, 0), Some(&figures(4, 0)), &[], &settings).compliance,
            Share::InsufficientData
        );
    }

    #[test]
    fn a_team_is_not_shown_where_the_rest_of_its_department_would_be_too() {
        let settings = Settings::default();
        let by = |team: RollUp, whole: RollUp, beside: &[RollUp]| {
            judge_team(&team, Some(&whole), beside, &settings).judged_by
        };
        assert_eq!(by(figures(12, 9), figures(15, 10), &[]), JudgedBy::Department);
        assert_eq!(by(figures(12, 9), figures(12, 9), &[]), JudgedBy::Own);
        assert_eq!(by(figures(12, 9), figures(17, 10), &[]), JudgedBy::Own);
        // Who sees two teams must not find the third one.
        assert_eq!(by(figures(12, 9), figures(25, 10), &[]), JudgedBy::Own);
        assert_eq!(by(figures(12, 9), figures(25, 10), &[figures(10, 1)]), JudgedBy::Own);
        assert_eq!(by(figures(10, 1), figures(25, 10), &[figures(12, 9)]), JudgedBy::Department);
    }

    #[test]
    fn the_threshold_itself_is_enough() {
        let eighty = Percent::new(80).unwrap();
        assert_eq!(Share::of(4, 5).reaches(eighty), Some(true));
        assert_eq!(Share::of(79, 100).reaches(eighty), Some(false));
    }
}
