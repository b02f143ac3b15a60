//! What is told of groups shows nobody; what a person is told to do next comes in its order.

use std::collections::BTreeMap;

use jiff::{
    Timestamp, ToSpan,
    civil::{Date, date},
};
use kernel::{AssessmentId, AttemptId, CompletionId, CourseId, PersonId, SessionId, Version};
use proptest::prelude::*;

use super::{
    told::{FINE, MIDDLE, Range, Told, told},
    *,
};
use crate::{
    Settings,
    assessment::{
        Assessment, AssessmentCode, Attempt, Outcome, Purpose, Round, Section, Seed, Submission, Terms, asking::Heard,
        samples::terms,
    },
    competency::{Area, Gap, Priority, Score, Spread, Spreads, Standing},
    model::{
        Assignment, AssignmentReason, AssignmentSource, Catalogue, CheckState, Completion, CompletionSource,
        LearnerFile, Percent, Title,
    },
    samples::{catalogue, course, facts, instant},
};

fn area(code: &str) -> Area {
    Area::parse(code).unwrap()
}

fn spread(levels: [i64; 4], below: i64) -> Spread {
    let [novice, competent, proficient, expert] = levels;
    Spread { asked: levels.iter().sum(), novice, competent, proficient, expert, below }
}

/// Every way in which so many people can be spread over the levels.
fn spreads_of(judged: i64) -> impl Iterator<Item = [i64; 4]> {
    (0..=judged).flat_map(move |a| {
        (0..=judged - a).flat_map(move |b| (0..=judged - a - b).map(move |c| [a, b, c, judged - a - b - c]))
    })
}

#[test]
fn fewer_than_five_judged_are_told_nothing_of() {
    assert_eq!(told(&spread([1, 1, 1, 1], 2), 5), None);
    assert!(told(&spread([2, 1, 1, 1], 2), 5).is_some());
    assert_eq!(told(&spread([2, 1, 1, 1], 2), 6), None);
    // Who was asked and never judged does not make a group larger.
    assert_eq!(told(&Spread { asked: 50, ..spread([1, 1, 1, 1], 2) }, 5), None);
}

/// Of all groups of which the same is told, one has at least two people beside its largest level: so nobody, knowing their
/// own level, knows another's.
#[test]
fn what_is_told_of_levels_leaves_everybody_uncertain_about_everybody() {
    for judged in 5..=26 {
        let mut widest: BTreeMap<Vec<Range>, i64> = BTreeMap::new();
        for levels in spreads_of(judged) {
            let Told { novice, competent, proficient, expert, .. } = told(&spread(levels, 0), 5).unwrap();
            let said = vec![novice, competent, proficient, expert];
            let beside = judged - levels.into_iter().max().unwrap();
            let most = widest.entry(said).or_default();
            *most = (*most).max(beside);
        }
        for (said, beside) in widest {
            assert!(beside >= 2, "{said:?} of {judged} tells that all, or all but one, are on one level");
        }
    }
}

/// So that the only one below target does not know of all the others that they are not, nor the only one who reached it.
#[test]
fn none_below_target_looks_like_two_and_all_like_all_but_two() {
    for judged in 5..200 {
        assert_eq!(Range::of(0, judged), Range::of(2, judged), "{judged}");
        assert_eq!(Range::of(judged, judged), Range::of(judged - 2, judged), "{judged}");
    }
}

#[test]
fn ranges_are_coarse_of_few_and_tenths_of_many() {
    let range = |part, whole| (Range::of(part, whole).from, Range::of(part, whole).to);
    assert_eq!([range(0, 5), range(2, 5), range(3, 5), range(5, 5)], [(0, 50), (0, 50), (50, 100), (50, 100)]);
    assert_eq!([range(3, 8), range(4, 8)], [(0, 50), (50, 100)]);
    assert_eq!([range(2, MIDDLE), range(3, MIDDLE), range(5, MIDDLE)], [(0, 25), (25, 50), (50, 100)]);
    assert_eq!([range(4, 20), range(5, 20)], [(0, 25), (25, 50)]);
    assert_eq!([range(2, FINE), range(3, FINE), range(19, FINE)], [(0, 10), (10, 20), (90, 100)]);
    assert_eq!(range(5_000, 10_000), (50, 60));
}

proptest! {
    #[test]
    fn a_range_holds_its_share(whole in 5..400_i64, part in 0..400_i64) {
        let part = part.min(whole);
        let Range { from, to } = Range::of(part, whole);
        prop_assert!(part * 100 >= i64::from(from) * whole);
        prop_assert!(part * 100 < i64::from(to) * whole || (to == 100 && part <= whole));
    }

    /// Nothing of a person whose test came in follows from two looks that say the same.
    #[test]
    fn the_order_of_areas_rests_on_what_is_told(
        raw in prop::collection::vec((prop::array::uniform4(0..9_i64), 0..20_i64, 0..5_i64), 1..6)
    ) {
        let all: Spreads = raw.iter().zip(0..).map(|((levels, below, more), number)| {
            let mut one = spread(*levels, 0);
            one.below = (*below).min(one.judged());
            one.asked += more;
            (area(&format!("area-{number}")), one)
        }).collect();
        let figures = areas(&all, 5, &Catalogue::default());
        for pair in figures.windows(2) {
            let place = |it: &AreaFigures| (it.to_do, 100 - it.told.map_or(0, |told| told.below.from), it.area.clone());
            prop_assert!(place(&pair[0]) <= place(&pair[1]));
        }
        for it in &figures {
            let surely = it.told.is_some_and(|told| told.below.from > 0);
            prop_assert_eq!(it.to_do == ToDo::Train, surely);
            prop_assert!(it.to_do != ToDo::Keep || (it.told.is_some() && it.judged * 2 >= it.asked));
        }
    }
}

#[test]
fn a_team_is_told_what_to_do_about_its_gaps() {
    let teaches = |code: &str, hours: f64, areas: &[&str]| {
        let mut course = course(code, hours, &[], None);
        course.competencies = areas.iter().map(|area| (*area).to_owned()).collect();
        course
    };
    let (long, short) = (teaches("long", 8.0, &["coding"]), teaches("short", 2.0, &["Coding"]));
    let expected = vec![short.id, long.id];
    let all: Spreads = [
        ("cloud", Spread { asked: 6, ..spread([1, 0, 0, 1], 1) }),
        ("coding", Spread { asked: 6, ..spread([4, 1, 0, 1], 5) }),
        ("known", spread([0, 2, 3, 1], 1)),
        ("little", Spread { asked: 20, ..spread([0, 2, 2, 2], 0) }),
        ("threats", Spread { asked: 6, ..spread([2, 2, 2, 0], 3) }),
    ]
    .map(|(code, spread)| (area(code), spread))
    .into_iter()
    .collect();
    let figures = areas(&all, 5, &catalogue(vec![long, short]));
    let said: Vec<_> = figures.iter().map(|it| (it.area.as_str(), it.to_do, it.asked, it.judged)).collect();
    assert_eq!(
        said,
        [
            ("coding", ToDo::Train, 6, 6),
            ("threats", ToDo::Train, 6, 6),
            ("cloud", ToDo::Assess, 6, 2),
            ("little", ToDo::Assess, 20, 6),
            ("known", ToDo::Keep, 6, 6),
        ]
    );
    assert_eq!((&figures[0].courses, figures[1].courses.len(), figures[2].told), (&expected, 0, None));
    let told = figures[0].told.unwrap();
    assert_eq!((told.novice, told.below), (Range { from: 50, to: 100 }, Range { from: 50, to: 100 }));
    assert_eq!((told.competent, told.proficient), (Range { from: 0, to: 50 }, Range { from: 0, to: 50 }));
}

fn done(file: &mut LearnerFile, course: CourseId, on: Date) {
    file.completions.push(Completion {
        id: CompletionId::new(instant("2026-01-01T00:00:00Z")),
        course,
        completed_on: on,
        recorded_on: on,
        source: CompletionSource::Roster,
        score: None,
        check: CheckState::NotNeeded,
    });
}

fn asked(file: &mut LearnerFile, course: CourseId, due: Date) {
    let on = date(2026, 1, 1);
    file.assignments.push(Assignment::new(course, on, due, AssignmentSource::Plan, AssignmentReason::RolePath));
}

#[test]
fn hours_are_those_of_the_year_and_of_what_counts() {
    let (one, other) = (course("one", 1.5, &[], None), course("other", 4.0, &[], None));
    let (first, second) = (one.id, other.id);
    let catalogue = catalogue(vec![one, other]);
    let mut file = LearnerFile::new(facts("Europe/Berlin"));
    done(&mut file, first, date(2026, 1, 1));
    done(&mut file, second, date(2025, 12, 31));
    done(&mut file, second, date(2026, 2, 1));
    file.completions[2].check = CheckState::Waiting;
    let figures = hours(&file, &catalogue, date(2026, 3, 2));
    assert_eq!((figures.year, figures.done, figures.asked), (2026, 1.5, 20));
    file.completions[2].check = CheckState::NotNeeded;
    assert_eq!(hours(&file, &catalogue, date(2026, 3, 2)).done, 5.5);
    assert_eq!(hours(&file, &catalogue, date(2026, 1, 31)).done, 1.5);
}

fn below(code: &str, courses: &[CourseId]) -> Gap {
    let (score, gap) = (Score::from_tenths(200).unwrap(), Score::from_tenths(510).unwrap());
    Gap {
        area: area(code),
        target: Score::from_tenths(710).unwrap(),
        standing: Standing::Below { score, gap, priority: Priority::High },
        courses: courses.to_vec(),
    }
}

#[test]
fn what_comes_next_is_told_in_its_order_and_each_course_once() {
    let courses: Vec<_> =
        ["late", "soon", "later", "seat", "gap", "done"].map(|code| course(code, 2.0, &[], None)).into();
    let id = |place: usize| courses[place].id;
    let ids: Vec<CourseId> = (0..6).map(id).collect();
    let catalogue = catalogue(courses);
    let at = instant("2026-03-02T10:00:00Z");
    let mut file = LearnerFile::new(facts("UTC"));
    asked(&mut file, ids[2], date(2026, 3, 30));
    asked(&mut file, ids[1], date(2026, 3, 10));
    asked(&mut file, ids[0], date(2026, 2, 1));
    asked(&mut file, ids[3], date(2026, 2, 10));
    done(&mut file, ids[5], date(2026, 1, 2));
    let seat = |course, days: i64, seated| Seat {
        session: SessionId::new(at),
        course,
        starts: at.saturating_add((24 * days).hours()).unwrap(),
        seated,
    };
    // Of the same course a second session, one that is waited for, one too far away, and one that is over.
    let seats = [
        seat(ids[3], 9, true),
        seat(ids[3], 12, true),
        seat(ids[4], 3, false),
        seat(ids[4], 15, true),
        seat(ids[4], -1, true),
    ];
    let own = Own {
        gaps: vec![
            below("named", &[ids[1]]),
            below("learn", &[ids[5], ids[4]]),
            below("again", &[ids[5]]),
            Gap { standing: Standing::Unmeasured, ..below("unknown", &[ids[4]]) },
        ],
        ..Own::default()
    };
    let told = |own: &Own| -> Vec<String> {
        let name = |id: CourseId| catalogue.course(id).unwrap().code.as_str().to_owned();
        let steps = steps(&file, &catalogue, &Settings::default(), own, &seats, at);
        let text = |step: &Step| match step {
            Step::HandIn { .. } => "hand in".to_owned(),
            Step::Take { title, .. } => format!("take {}", title.as_str()),
            Step::Do { course, overdue, .. } => format!("do {} {overdue}", name(*course)),
            Step::Attend { course, .. } => format!("attend {}", name(*course)),
            Step::Learn { area, course, .. } => format!("learn {} by {}", area.as_str(), name(*course)),
            Step::Assess { area } => format!("assess {}", area.as_str()),
        };
        steps.iter().map(text).collect()
    };
    let work = ["do late true", "do soon false", "attend seat", "do later false"];
    let attended = steps(&file, &catalogue, &Settings::default(), &Own::default(), &seats, at);
    assert!(attended.iter().any(|step| matches!(step, Step::Attend { session, .. } if *session == seats[0].session)));
    assert_eq!(told(&Own::default()), work);
    let own_steps = ["learn learn by gap", "assess again", "assess unknown"];
    assert_eq!(told(&own), [&work[..], &own_steps[..]].concat());
    let many = Own { gaps: (0..20).map(|n| below(&format!("area-{n}"), &[])).collect(), ..Own::default() };
    assert_eq!(told(&many).len(), MOST_STEPS);
}

fn attempt(deadline: &str) -> Attempt {
    let at = instant("2026-03-02T08:00:00Z");
    Attempt {
        id: AttemptId::new(at),
        person: PersonId::new(at),
        assessment: AssessmentId::new(at),
        assessment_version: Version::FIRST,
        purpose: Purpose::Initial,
        course: None,
        round: Round::of(Purpose::Initial, None, date(2026, 3, 2)),
        number: 1,
        allowed: 2,
        seed: Seed::new(1),
        questions: Vec::new(),
        pass_mark: Percent::FULL,
        started_at: at,
        deadline: instant(deadline),
        submission: None,
        version: Version::FIRST,
    }
}

#[test]
fn an_open_attempt_is_handed_in_first() {
    let at = instant("2026-03-02T10:00:00Z");
    let file = LearnerFile::new(facts("UTC"));
    let (over, open) = (attempt("2026-03-02T09:00:00Z"), attempt("2026-03-02T10:20:00Z"));
    let own = Own { gaps: vec![below("a", &[])], attempts: vec![over, open.clone()], takes_tests: true };
    let steps = steps(&file, &Catalogue::default(), &Settings::default(), &own, &[], at);
    assert_eq!(steps[0], Step::HandIn { attempt: open.id, by: open.deadline });
    assert_eq!(steps.len(), 2);
}

#[test]
fn a_test_that_is_asked_for_is_a_step_while_it_can_be_started() {
    let test = |code: &str, purpose: Purpose| Assessment {
        id: AssessmentId::new(Timestamp::UNIX_EPOCH),
        code: AssessmentCode::parse(code).unwrap(),
        terms: Terms {
            title: Title::parse(code).unwrap(),
            sections: vec![Section { area: area("secure-coding"), questions: 2 }],
            days_between: 2,
            ..terms(purpose, None)
        },
        version: Version::FIRST,
    };
    let (late, soon) = (course("late", 2.0, &[], None), course("soon", 2.0, &[], None));
    let mut file = LearnerFile::new(facts("UTC"));
    asked(&mut file, late.id, date(2026, 2, 1));
    asked(&mut file, soon.id, date(2026, 3, 10));
    let (first, quarter) = (test("first", Purpose::Initial), test("quarter", Purpose::Quarterly));
    let catalogue = catalogue(vec![late, soon]).with_tests([first.clone(), quarter.clone()]);
    let of = |test: &Assessment, deadline: &str| Attempt {
        assessment: test.id,
        purpose: test.terms.purpose,
        round: Round::of(test.terms.purpose, None, date(2026, 3, 2)),
        ..attempt(deadline)
    };
    let names = |file: &LearnerFile, own: &Own, at: &str| -> Vec<String> {
        let steps = steps(file, &catalogue, &Settings::default(), own, &[], instant(at));
        let name = |step: &Step| match step {
            Step::HandIn { .. } => "hand in".to_owned(),
            Step::Take { title, until, .. } => format!("{} {until:?}", title.as_str()),
            step => {
                step.course().and_then(|id| catalogue.course(id)).map_or_else(String::new, |it| it.code.as_str().into())
            }
        };
        steps.iter().map(name).collect()
    };
    let own = |attempts: &[Attempt]| Own { attempts: attempts.to_vec(), takes_tests: true, ..Own::default() };
    let now = "2026-03-02T10:00:00Z";
    assert_eq!(names(&file, &own(&[]), now), ["late", "first None", "soon", "quarter Some(2026-03-31)"]);
    // Nobody else is told, and whoever reads the keys takes none.
    assert_eq!(names(&file, &Own::default(), now), ["late", "soon"]);
    // It ran out yesterday and another may start in two days; it is open; it was handed in, and failed.
    let ran_out = of(&quarter, "2026-03-02T09:00:00Z");
    assert_eq!(names(&file, &own(std::slice::from_ref(&ran_out)), now), ["late", "first None", "soon"]);
    assert_eq!(names(&file, &own(&[ran_out]), "2026-03-04T10:00:00Z").len(), 4);
    let open = of(&quarter, "2026-03-02T10:20:00Z");
    assert_eq!(names(&file, &own(std::slice::from_ref(&open)), now), ["hand in", "late", "first None", "soon"]);
    let outcome = Outcome { score_tenths: 0, passed: false, areas: Vec::new(), right: vec![false] };
    let submission = Some(Submission { at: instant(now), answers: Vec::new(), outcome });
    let done = own(&[Attempt { submission, ..open }]);
    assert_eq!(names(&file, &done, "2026-03-20T10:00:00Z"), ["late", "soon", "first None"]);
    assert!(names(&file, &done, "2026-04-02T10:00:00Z").contains(&"quarter Some(2026-06-30)".to_owned()));
    // What was started long ago is known from the file.
    let round = Round::of(Purpose::Initial, None, date(2026, 3, 2));
    assert!(file.head.heard(first.id, &round, Heard::Started, instant(now)));
    assert_eq!(names(&file, &done, "2026-03-20T10:00:00Z"), ["late", "soon"]);
    // Whoever joined takes the initial test in place of the quarter's; whoever came back took it, and takes that one.
    file.head.facts.start = Some(date(2026, 2, 10));
    assert_eq!(names(&file, &own(&[]), now), ["late", "soon"]);
    file.head.returned_on = file.head.facts.start;
    assert_eq!(names(&file, &own(&[]), now), ["late", "quarter Some(2026-03-31)", "soon"]);
}
