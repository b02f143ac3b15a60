//! Offers and plans, by example: what is offered, by when, and how a plan is seen.

use jiff::civil::{Date, date};
use kernel::{AttemptId, CourseId, Version};

use super::*;
use crate::{
    Settings,
    competency::{self, Area, Evidence, EvidenceSource, Priority, Profile},
    model::{
        Assignment, AssignmentReason, AssignmentSource, AssignmentState, Catalogue, Course, JobRole, LearnerFile,
        PathStep, Requirement, Retirement, RolePath,
    },
    rules::{due::plus, plan},
    samples::{course, facts, instant},
};

mod events;
mod laws;

const TODAY: Date = date(2026, 1, 5);

fn area(code: &str) -> Area {
    Area::parse(code).unwrap()
}

fn teaches(code: &str, hours: f64, area: &str, before: &[&Course]) -> Course {
    let before: Vec<CourseId> = before.iter().map(|it| it.id).collect();
    Course { competencies: vec![area.to_owned()], ..course(code, hours, &before, None) }
}

/// A catalogue in which developers are required to do some of the courses.
fn offering(courses: &[&Course], required: &[&Course]) -> Catalogue {
    let step = |it: &&Course| PathStep { course: it.id, requirement: Requirement::Required };
    let path =
        RolePath { job_role: JobRole::Developer, steps: required.iter().map(step).collect(), version: Version::FIRST };
    Catalogue::new(courses.iter().map(|it| (*it).clone()), [path], Version::FIRST)
}

/// Developers are asked for 71 in each of these areas.
fn asking(areas: &[&str]) -> Settings {
    let targets = areas.iter().map(|code| (area(code), crate::model::Percent::new(71).unwrap())).collect();
    Settings { competency_targets: [(JobRole::Developer, targets)].into(), ..Settings::default() }
}

fn evidence(code: &str, score_tenths: u16, on: Date) -> Evidence {
    let source = EvidenceSource::Assessment(AttemptId::new(instant("2026-01-05T12:00:00Z")));
    Evidence { area: area(code), score_tenths, source, on }
}

fn knowing(scores: &[(&str, u16)]) -> Profile {
    let mut profile = Profile::new(crate::samples::person());
    for (code, score) in scores {
        profile.take(&evidence(code, *score, TODAY)).unwrap();
    }
    profile
}

fn file() -> LearnerFile {
    LearnerFile::new(facts("Europe/Berlin"))
}

/// What is offered, in days from today, and why.
fn offered(offers: &Offers) -> Vec<(CourseId, i32, AssignmentReason)> {
    let days = |due: Date| crate::rules::due::between(TODAY, due);
    offers.assign.iter().map(|it| (it.course, days(it.due), it.reason)).collect()
}

#[test]
fn a_gap_is_answered_within_its_phase_and_after_what_comes_first() {
    let basics = teaches("basics", 1.0, "other", &[]);
    let high = teaches("high", 2.0, "a", &[&basics]);
    let medium = teaches("medium", 2.0, "b", &[]);
    let low = teaches("low", 2.0, "c", &[]);
    let all = offering(&[&low, &medium, &high, &basics], &[]);
    // 71 is asked: 41.1, 31 and 1 are missing.
    let profile = knowing(&[("a", 299), ("b", 400), ("c", 700)]);
    let offers = by_gaps(&file(), &profile, &all, &asking(&["a", "b", "c"]), TODAY);
    let (first, then) = (AssignmentReason::Prerequisite, AssignmentReason::Recommended);
    let expected = [(basics.id, 30, first), (high.id, 30, then), (medium.id, 60, then), (low.id, 90, then)];
    assert_eq!(offered(&offers), expected);
    assert!(offers.assign.iter().all(|it| !it.required && it.is_offered()));
}

#[test]
fn offers_come_after_the_hours_of_what_is_asked() {
    let (asked, offer) = (teaches("asked", 10.0, "x", &[]), teaches("offer", 4.0, "a", &[]));
    let all = offering(&[&asked, &offer], &[&asked]);
    let settings = asking(&["a"]);
    let mut file = file();
    file.assignments = plan::plan(&file, &all, &settings, TODAY, plan::Asked::Again).assign;
    // 14 hours at two a week.
    let offers = by_gaps(&file, &knowing(&[("a", 0)]), &all, &settings, TODAY);
    assert_eq!(offered(&offers), [(offer.id, 49, AssignmentReason::Recommended)]);
}

#[test]
fn an_offer_never_falls_due_before_what_it_builds_on() {
    let before = teaches("before", 1.0, "x", &[]);
    let one = teaches("one", 1.0, "a", &[&before]);
    let all = offering(&[&before, &one], &[]);
    let mut file = file();
    // Somebody asked for the first, and gave it time.
    let (source, reason) = (AssignmentSource::Manual, AssignmentReason::Request);
    file.assignments.push(Assignment::new(before.id, TODAY, plus(TODAY, 120), source, reason));
    let offers = by_gaps(&file, &knowing(&[("a", 0)]), &all, &asking(&["a"]), TODAY);
    assert_eq!(offered(&offers), [(one.id, 120, AssignmentReason::Recommended)]);
}

#[test]
fn nothing_is_offered_where_nobody_knows_or_nothing_is_missing() {
    let one = teaches("one", 2.0, "a", &[]);
    let all = offering(&[&one], &[]);
    for profile in [knowing(&[]), knowing(&[("a", 710)]), knowing(&[("b", 0)])] {
        assert_eq!(by_gaps(&file(), &profile, &all, &asking(&["a"]), TODAY), Offers::default());
    }
}

#[test]
fn two_courses_an_area_and_six_in_all() {
    let areas = ["a", "b", "c", "d"];
    let courses: Vec<Course> = areas
        .iter()
        .flat_map(|code| {
            (1..4).map(move |hours| teaches(&format!("{code}{hours}-course"), f64::from(hours), code, &[]))
        })
        .collect();
    let all = offering(&courses.iter().collect::<Vec<_>>(), &[]);
    let offers = by_gaps(&file(), &knowing(&areas.map(|code| (code, 100))), &all, &asking(&areas), TODAY);
    let of = |code: &str| {
        let teaching: Vec<CourseId> = competency::teaching(&area(code), &all);
        offers.assign.iter().filter(|it| teaching.contains(&it.course)).count()
    };
    assert_eq!(areas.map(of), [2, 2, 2, 0]);
}

#[test]
fn a_course_is_not_offered_before_what_nobody_may_offer() {
    let before = teaches("before", 1.0, "x", &[]);
    let one = teaches("one", 1.0, "a", &[&before]);
    let settings = asking(&["a"]);
    let profile = knowing(&[("a", 0)]);
    // Somebody took the prerequisite back.
    let all = offering(&[&before, &one], &[]);
    let mut file = file();
    file.assignments = by_gaps(&file, &profile, &all, &settings, TODAY).assign;
    file.assignments.retain(|it| it.course == before.id);
    file.assignments[0].state = AssignmentState::Cancelled { on: TODAY };
    assert_eq!(by_gaps(&file, &profile, &all, &settings, TODAY), Offers::default());
    // The role requires it and it is not asked yet.
    let required = offering(&[&before, &one], &[&before]);
    assert_eq!(by_gaps(&self::file(), &profile, &required, &settings, TODAY), Offers::default());
    // Nobody does it any more: then it stands in nobody's way.
    let retired = Course { retired: Some(Retirement { on: TODAY }), ..before };
    assert_eq!(by_gaps(&file, &profile, &offering(&[&retired, &one], &[]), &settings, TODAY).assign.len(), 1);
}

#[test]
fn a_closed_gap_takes_its_offers_back_and_an_opened_one_offers_them_again() {
    let before = teaches("before", 1.0, "x", &[]);
    let one = teaches("one", 1.0, "a", &[&before]);
    let all = offering(&[&before, &one], &[]);
    let settings = asking(&["a"]);
    let mut file = file();
    let mut step = |score: u16| {
        let offers = by_gaps(&file, &knowing(&[("a", score)]), &all, &settings, TODAY);
        let counts = (offers.assign.len(), offers.cancel.len());
        usecases::apply(&mut file, offers, TODAY);
        counts
    };
    assert_eq!([step(100), step(300), step(710), step(800), step(100)], [(2, 0), (0, 0), (0, 2), (0, 0), (2, 0)]);
    assert!(file.assignments.iter().any(|it| it.round.get() == 2 && it.is_open()));
    // What somebody took back stays so.
    for assignment in &mut file.assignments {
        assignment.state = AssignmentState::Cancelled { on: TODAY };
        assignment.superseded = false;
    }
    assert_eq!(by_gaps(&file, &knowing(&[("a", 100)]), &all, &settings, TODAY), Offers::default());
}

#[test]
fn what_was_offered_and_is_required_now_is_asked_as_that() {
    let (late, one) = (teaches("late", 20.0, "x", &[]), teaches("one", 2.0, "a", &[]));
    let settings = asking(&["a"]);
    let mut file = file();
    let offers = by_gaps(&file, &knowing(&[("a", 600)]), &offering(&[&late, &one], &[]), &settings, TODAY);
    usecases::apply(&mut file, offers, TODAY);
    let now = offering(&[&late, &one], &[&one]);
    for asked in [plan::Asked::Again, plan::Asked::Once] {
        let plan = plan::plan(&file, &now, &settings, TODAY, asked);
        assert_eq!(plan.cancel, [(one.id, kernel::AssignmentRound::FIRST)]);
        assert_eq!((plan.assign.len(), plan.assign[0].required, plan.assign[0].due), (1, true, plus(TODAY, 14)));
    }
}

#[test]
fn a_finding_is_answered_once_in_the_first_phase() {
    let (long, short) = (teaches("long", 4.0, "CWE-79", &[]), teaches("short", 2.0, "cwe-79", &[]));
    let all = offering(&[&long, &short], &[]);
    let settings = asking(&["cwe-79"]);
    let cwe = area("CWE-79");
    let mut file = file();
    let offers = by_finding(&file, &cwe, &all, &settings, TODAY);
    assert_eq!(offered(&offers), [(short.id, 30, AssignmentReason::RecurringFinding)]);
    usecases::apply(&mut file, offers, TODAY);
    assert_eq!(by_finding(&file, &cwe, &all, &settings, plus(TODAY, 9)), Offers::default());
    // A gap that closes takes back what it asked for, not what a finding asked for.
    assert_eq!(by_gaps(&file, &knowing(&[("cwe-79", 1000)]), &all, &settings, TODAY), Offers::default());
    assert_eq!(by_finding(&file, &area("cwe-80"), &all, &settings, TODAY), Offers::default());
}

#[test]
fn a_finding_moves_what_is_offered_already_to_the_first_phase() {
    let before = teaches("before", 1.0, "x", &[]);
    let one = teaches("one", 2.0, "a", &[&before]);
    let all = offering(&[&before, &one], &[]);
    let settings = asking(&["a"]);
    let mut file = file();
    let offers = by_gaps(&file, &knowing(&[("a", 700)]), &all, &settings, TODAY);
    assert_eq!(offered(&offers).iter().map(|it| it.1).collect::<Vec<_>>(), [90, 90]);
    usecases::apply(&mut file, offers, TODAY);
    let moved = by_finding(&file, &area("a"), &all, &settings, TODAY);
    assert_eq!(moved.sooner.iter().map(|it| it.due).collect::<Vec<_>>(), [plus(TODAY, 30); 2]);
    usecases::apply(&mut file, moved, TODAY);
    let open = file.open(one.id).unwrap();
    assert_eq!((open.reason, open.due), (AssignmentReason::RecurringFinding, plus(TODAY, 30)));
    assert_eq!(by_finding(&file, &area("a"), &all, &settings, TODAY), Offers::default());
    // What is asked for already is not offered beside.
    let required = offering(&[&before, &one], &[&before, &one]);
    let mut asked = self::file();
    asked.assignments = plan::plan(&asked, &required, &settings, TODAY, plan::Asked::Again).assign;
    assert_eq!(by_finding(&asked, &area("a"), &required, &settings, TODAY), Offers::default());
}

#[test]
fn a_plan_is_seen_in_order_with_reasons_and_goals_and_by_others_without_gaps() {
    let threats = teaches("threat-modelling", 2.0, "x", &[]);
    let offer = teaches("offer", 2.0, "a", &[&threats]);
    let all = offering(&[&offer, &threats], &[&threats]);
    let settings = asking(&["a", "b"]);
    let mut profile = knowing(&[("a", 100)]);
    let mut file = file();
    file.assignments = plan::plan(&file, &all, &settings, TODAY, plan::Asked::Again).assign;
    let offers = by_gaps(&file, &profile, &all, &settings, TODAY);
    usecases::apply(&mut file, offers, TODAY);
    // A later result below the target moves no goal.
    profile.take(&evidence("a", 200, plus(TODAY, 20))).unwrap();
    let own = see(&file, Some(&profile), &all, &settings, TODAY);
    assert_eq!(own.entries.iter().map(|it| it.assignment.course).collect::<Vec<_>>(), [threats.id, offer.id]);
    assert_eq!(own.entries[0].why, Why::ThreatModelling);
    assert_eq!(own.entries[1].why, Why::Gap { area: area("a"), priority: Priority::High });
    assert_eq!((own.entries[1].phase, &own.entries[1].after), (Some(Priority::High), &vec![threats.id]));
    assert_eq!(own.goals[0].by, Some(plus(TODAY, GOAL_DAYS)));
    assert_eq!((own.goals[1].area.as_str(), own.goals[1].priority, own.goals[1].by), ("b", None, None));
    let others = see(&file, None, &all, &settings, TODAY);
    assert_eq!((&others.entries[1].why, others.entries[1].phase), (&Why::Recommended, None));
    assert!(others.goals.is_empty());
}
