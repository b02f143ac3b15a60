use std::collections::BTreeMap;

use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::{
    model::{Course, Percent, Placement},
    rules::{due::between, standing::placement},
    samples::{catalogue, course, facts},
};

const TODAY: Date = date(2026, 1, 5);

fn file() -> LearnerFile {
    LearnerFile::new(facts("Europe/Berlin"))
}

fn days(plan: &Plan) -> Vec<i32> {
    plan.assign.iter().map(|it| between(TODAY, it.due)).collect()
}

#[test]
fn two_hours_a_week_in_plan_order_and_nothing_before_a_fortnight() {
    let courses = vec![
        course("secure-design", 4.0, &[], None),
        course("threat-modelling", 3.0, &[], None),
        course("review", 6.0, &[], None),
    ];
    let (first, second) = (courses[1].id, courses[0].id);
    let plan = plan(&file(), &catalogue(courses), &Settings::default(), TODAY, Asked::Again);
    assert_eq!((plan.assign[0].course, plan.assign[1].course), (first, second));
    // 3, 7 and 13 hours at two a week.
    assert_eq!(days(&plan), [14, 25, 46]);
}

#[test]
fn part_time_takes_longer() {
    let mut half = file();
    half.head.facts.working_share = Percent::new(50).unwrap();
    let plan = plan(&half, &catalogue(vec![course("one", 6.0, &[], None)]), &Settings::default(), TODAY, Asked::Again);
    assert_eq!(days(&plan), [42]);
}

#[test]
fn a_joiner_is_planned_from_the_first_day() {
    let mut joiner = file();
    joiner.head.facts.start = Some(date(2026, 2, 1));
    let plan =
        plan(&joiner, &catalogue(vec![course("one", 1.0, &[], None)]), &Settings::default(), TODAY, Asked::Again);
    assert_eq!((plan.assign[0].assigned_on, plan.assign[0].due), (date(2026, 2, 1), date(2026, 2, 15)));
}

#[test]
fn what_another_role_asked_for_is_taken_back_unless_somebody_asked() {
    let (old, new) = (course("old", 1.0, &[], None), course("new", 1.0, &[], None));
    let mut file = file();
    file.assignments = plan(&file, &catalogue(vec![old.clone()]), &Settings::default(), TODAY, Asked::Again).assign;
    let now = catalogue(vec![new.clone()]);
    assert_eq!(plan(&file, &now, &Settings::default(), TODAY, Asked::Again).cancel, [(old.id, AssignmentRound::FIRST)]);
    file.assignments[0].source = AssignmentSource::Manual;
    assert!(plan(&file, &now, &Settings::default(), TODAY, Asked::Again).cancel.is_empty());
}

#[test]
fn a_cycle_of_prerequisites_is_refused() {
    let one = course("one", 1.0, &[], None);
    let two = course("two", 1.0, &[one.id], None);
    let three = course("three", 1.0, &[two.id], None);
    let all = catalogue(vec![one.clone(), two, three.clone()]);
    let back = Course { prerequisites: vec![three.id], ..one.clone() };
    assert_eq!(all.with_course(back), Err(crate::model::CatalogueError::Cycle(one.id)));
    let own = Course { prerequisites: vec![one.id], ..one.clone() };
    assert_eq!(all.with_course(own), Err(crate::model::CatalogueError::Cycle(one.id)));
}

/// Courses with hours, and prerequisites among those before them; the path names them in some other order.
fn courses() -> impl Strategy<Value = Vec<Course>> {
    prop::collection::vec((1u32..12, prop::collection::vec(any::<prop::sample::Index>(), 0..3), any::<u32>()), 1..12)
        .prop_map(|raw| {
            let mut courses: Vec<(u32, Course)> = Vec::new();
            for (index, (hours, before, order)) in raw.into_iter().enumerate() {
                let mut prerequisites: Vec<CourseId> = Vec::new();
                if index > 0 {
                    prerequisites.extend(before.iter().map(|pick| courses[pick.index(index)].1.id));
                    prerequisites.sort();
                    prerequisites.dedup();
                }
                let code = if index == 0 { "threat-modelling".to_owned() } else { format!("c{index}") };
                courses.push((order, course(&code, f64::from(hours), &prerequisites, None)));
            }
            courses.sort_by_key(|(order, _)| *order);
            courses.into_iter().map(|(_, course)| course).collect()
        })
}

proptest! {
    #[test]
    fn plans_keep_their_promises(courses in courses(), share in 20u8..=100) {
        let settings = Settings::default();
        let mut learner = file();
        learner.head.facts.working_share = Percent::new(share).unwrap();
        let hours: BTreeMap<CourseId, f64> = courses.iter().map(|it| (it.id, it.hours.hours())).collect();
        let total: f64 = hours.values().sum();
        let all = catalogue(courses.clone());
        let laid = plan(&learner, &all, &settings, TODAY, Asked::Again);
        prop_assert_eq!(laid.assign.len(), courses.len());
        let weekly = 2.0 * f64::from(share) / 100.0;
        let mut taken = 0.0;
        for (index, assignment) in laid.assign.iter().enumerate() {
            let day = between(TODAY, assignment.due);
            taken += hours[&assignment.course];
            prop_assert!(day >= 14);
            prop_assert!(taken <= weekly * f64::from(day) / 7.0 + 1e-9, "more than {} hours a week", weekly);
            let course = all.course(assignment.course).unwrap();
            for before in &course.prerequisites {
                let place = laid.assign.iter().position(|it| it.course == *before);
                prop_assert!(place.is_some_and(|place| place < index && laid.assign[place].due <= assignment.due));
            }
            if course.code.as_str() == "threat-modelling" && taken <= weekly * 30.0 / 7.0 {
                prop_assert!(index == 0 && day <= 30);
            }
            if total <= weekly * 90.0 / 7.0 {
                prop_assert!(day <= 90);
            }
        }
        // Planning again changes nothing, today or later.
        learner.assignments = laid.assign;
        for later in [0, 5, 50] {
            prop_assert_eq!(plan(&learner, &all, &settings, due::plus(TODAY, later), Asked::Again), Plan::default());
        }
    }

    /// What a person contributes agrees with counting by hand.
    #[test]
    fn a_placement_counts_what_is_there(
        courses in courses(), done in prop::collection::vec(any::<bool>(), 12), late in 0i32..200, counted: bool
    ) {
        let settings = Settings::default();
        let mut learner = file();
        learner.head.facts.counted = counted;
        let all = catalogue(courses.clone());
        learner.assignments = plan(&learner, &all, &settings, TODAY, Asked::Again).assign;
        let mut valid = 0;
        for (course, done) in courses.iter().zip(&done) {
            if *done {
                valid += 1;
                let open = learner.open_mut(course.id).unwrap();
                let completion = kernel::CompletionId::new(jiff::Timestamp::UNIX_EPOCH);
                open.state = crate::model::AssignmentState::Completed { completion, on: TODAY };
                learner.completions.push(crate::model::Completion {
                    id: completion,
                    course: course.id,
                    completed_on: TODAY,
                    recorded_on: TODAY,
                    source: crate::model::CompletionSource::Lms,
                    score: None,
                    check: crate::model::CheckState::NotNeeded,
                });
            }
        }
        let on = due::plus(TODAY, late);
        let clear = learner.assignments.iter().all(|it| !it.is_open() || it.due >= on);
        let placed: Placement = placement(&learner, &all, &settings, on);
        prop_assert_eq!(placed.counted, counted);
        prop_assert_eq!(placed.clear, clear);
        prop_assert_eq!((placed.required, placed.valid), (u32::try_from(courses.len()).unwrap(), valid));
    }
}
