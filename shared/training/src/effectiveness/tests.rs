//! Gains, shares and rankings against published and independently computed values, and what is counted when.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use futures::executor::block_on;
use jiff::civil::date;
use kernel::{AssignmentRound, Cause, Commit, CompletionId, CourseId, PersonId, Principal};
use proptest::prelude::*;

use super::{usecases::NewFeedback, *};
use crate::{
    TrainingWriter,
    assessment::{
        Answer, AssessmentCode, FormQuestion, Purpose, Response, Seed, form,
        samples::{single, terms},
        usecases::{Room, create_assessment, create_question, start, submit},
    },
    competency::Score,
    events::{self, Happened},
    model::{CompletionSource, FreeText},
    ports::Stored,
    samples::{World, catalogue, cause, course, facts, instant, person},
    usecases::{
        Call, people, records, remind,
        work::{self, Assign},
    },
};

fn pairs(of: &[(f64, f64)]) -> Pairs {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "scores of these tests are 0 to 100")]
    let score = |value: f64| Score::from_tenths((value * 10.0).round() as u16).unwrap();
    of.iter()
        .fold(Sums::default(), |sum, (pre, post)| sum.plus(&Sums::pair(Pairs::of(score(*pre), score(*post)))))
        .pairs
}

fn close(found: f64, expected: f64) -> bool {
    (found - expected).abs() < 1e-5
}

/// Ten pairs with the interval as computed by the script that stands with
/// [`the_interval_is_that_of_a_ratio_of_means`].
const TEN: [(f64, f64); 10] = [
    (20.0, 60.0),
    (40.0, 70.0),
    (95.0, 85.0),
    (90.0, 95.0),
    (35.5, 55.0),
    (50.0, 80.5),
    (62.5, 90.0),
    (10.0, 30.0),
    (71.0, 88.0),
    (44.0, 44.0),
];

#[test]
fn the_gain_is_that_of_the_means() {
    let four = pairs(&[(20.0, 60.0), (40.0, 70.0), (95.0, 85.0), (90.0, 95.0)]);
    assert!((four.gain().unwrap() - 0.42).abs() < 0.005, "{four:?}");
    // The mean of each one's own gain is another figure: 0.5, 0.5, -2 and 0.5 have the mean -0.125.
    assert!(close(four.gain().unwrap(), 16.25 / 38.75));
    assert_eq!(Figures::of(&Sums::pair(four)).learning, Learning::InsufficientData { pairs: 4 });
}

/// Reference values by Python 3: with x = 100 − pre, y = 100 − post, R = sum(y) / sum(x), residuals r = y − R·x,
/// se = sqrt(sum(r²) / (n − 1) / n) / mean(x) and t from numerical integration of Student's density (2.2621572 for 9 and
/// 2.0452296 for 29 degrees of freedom), the interval is 1 − R ± t·se.
#[test]
fn the_interval_is_that_of_a_ratio_of_means() {
    let ten = pairs(&TEN);
    assert!(close(ten.gain().unwrap(), 0.372_406_6), "{:?}", ten.gain());
    let interval = ten.interval().unwrap();
    assert!(close(interval.low, 0.193_627_3) && close(interval.high, 0.551_186_0), "{interval:?}");
    let thirty: Vec<_> = [TEN; 3].concat();
    let interval = pairs(&thirty).interval().unwrap();
    assert!(close(interval.low, 0.282_361_8) && close(interval.high, 0.462_451_5), "{interval:?}");
}

/// Published quantiles of Student's distribution, as in any table of it.
#[test]
fn students_quantiles_are_those_of_the_tables() {
    for (degrees, quantile) in [(9.0, 2.262_16), (10.0, 2.228_14), (29.0, 2.045_23), (99.0, 1.984_22)] {
        let found = gain::student(degrees);
        assert!((found - quantile).abs() < 5e-5, "{degrees}: {found}");
    }
}

/// R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998), 857–872,
/// table I, method 3.
#[test]
fn shares_have_the_published_score_intervals() {
    for (part, whole, low, high) in
        [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
    {
        let found = wilson(part, whole).unwrap();
        assert!((found.low - low).abs() < 5e-5 && (found.high - high).abs() < 5e-5, "{part} of {whole}: {found:?}");
    }
    assert_eq!(wilson(0, 0), None);
}

#[test]
fn where_nothing_could_be_learnt_there_is_no_gain() {
    let full = pairs(&[(100.0, 100.0); 10]);
    assert_eq!((full.gain(), full.interval()), (None, None));
    assert_eq!(Figures::of(&Sums::pair(full)).learning, Learning::Undefined { pairs: 10 });
    assert_eq!(Pairs::default().gain(), None);
    assert_eq!(pairs(&[(50.0, 75.0)]).interval(), None);
    let same = pairs(&[(50.0, 75.0); 10]).interval().unwrap();
    assert!(close(same.low, 0.5) && close(same.high, 0.5), "{same:?}");
}

proptest! {
    #[test]
    fn a_gain_lies_in_its_interval_and_below_one(
        of in prop::collection::vec((0..=1000_u16, 0..=1000_u16), 10..60)
    ) {
        let score = |tenths: u16| Score::from_tenths(tenths).unwrap();
        let pairs = of.iter().fold(Sums::default(), |sum, (pre, post)| {
            sum.plus(&Sums::pair(Pairs::of(score(*pre), score(*post))))
        }).pairs;
        match Figures::of(&Sums::pair(pairs)).learning {
            Learning::Measured { gain, interval, .. } => {
                prop_assert!(gain <= 1.0 && interval.low <= gain && gain <= interval.high, "{gain} {interval:?}");
            }
            Learning::Undefined { .. } => prop_assert!(of.iter().all(|(pre, _)| *pre == 1000)),
            Learning::InsufficientData { .. } => return Err(TestCaseError::fail("there are enough")),
        }
    }

    #[test]
    fn a_share_lies_in_its_interval(whole in 1..2000_i64, part in 0..2000_i64) {
        let part = part.min(whole);
        let found = wilson(part, whole).unwrap();
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let share = part as f64 / whole as f64;
        prop_assert!(0.0 <= found.low && found.low <= share + 1e-12 && share <= found.high + 1e-12 && found.high <= 1.0);
    }

    #[test]
    fn sums_come_back_by_their_names(numbers in prop::collection::vec(-9_i64..9, 12)) {
        let names = Sums::default().parts().map(|(name, _)| name);
        let sums = Sums::of(|name| names.iter().position(|known| *known == name).map_or(99, |at| numbers[at]));
        prop_assert_eq!(sums.parts().map(|(_, number)| number).to_vec(), numbers.clone());
        prop_assert_eq!(sums.plus(&Sums::default()), sums);
        prop_assert_eq!(sums.plus(&sums).parts().map(|(_, number)| number / 2).to_vec(), numbers);
    }
}

#[test]
fn courses_are_ranked_by_gain_and_those_without_come_last() {
    let (good, better, few, none) = (
        course("good", 1.0, &[], None),
        course("better", 1.0, &[], None),
        course("few", 1.0, &[], None),
        course("ab", 1.0, &[], None),
    );
    let sums = BTreeMap::from([
        (good.id, Sums::pair(pairs(&[(50.0, 60.0); 10]))),
        (better.id, Sums::pair(pairs(&[(80.0, 90.0); 10]))),
        (few.id, Sums::pair(pairs(&[(0.0, 100.0); 9]))),
    ]);
    let expected = [better.id, good.id, none.id, few.id];
    let ranked = ranking(&catalogue(vec![good, better, few, none]), &sums);
    assert_eq!(ranked.iter().map(|(course, _)| *course).collect::<Vec<_>>(), expected);
    assert_eq!(ranked[3].1.learning, Learning::InsufficientData { pairs: 9 });
}

#[test]
fn ratings_are_told_from_five_answers_on() {
    let rating = |raw| Rating::new(raw).unwrap();
    let one = Sums::feedback(Ratings { relevance: rating(5), quality: rating(3), confidence: rating(1) });
    let four = one.plus(&one).plus(&one).plus(&one);
    assert_eq!(Figures::of(&four).reaction, Reaction::InsufficientData { answers: 4 });
    let five = Figures::of(&four.plus(&one)).reaction;
    assert_eq!(five, Reaction::Measured { answers: 5, relevance: 5.0, quality: 3.0, confidence: 1.0 });
    assert!(Rating::new(0).is_none() && Rating::new(6).is_none());
    assert!(serde_json::from_str::<Rating>("6").is_err() && serde_json::from_str::<Rating>("4.5").is_err());
}

#[test]
fn comments_are_bounded_and_not_shown() {
    assert!(Comment::parse(&"x".repeat(1000)).is_ok());
    for bad in ["", "  ", "=cmd", "a\u{202e}b", &"x".repeat(1001)] {
        assert!(Comment::parse(bad).is_err(), "{bad}");
    }
    assert_eq!(format!("{:?}", Comment::parse("secret")), "Ok(Comment([redacted]))");
}

/// A developer of whom one course is asked by the first of April.
struct House {
    world: World,
    who: PersonId,
    course: CourseId,
}

fn at(day: &str) -> Cause {
    cause(instant(&format!("2026-{day}T10:00:00Z")), Principal::Program)
}

impl House {
    fn new() -> Self {
        let course = course("aa", 1.0, &[], None);
        let id = course.id;
        let world = World::new(catalogue(vec![course]));
        let who = world.hire(facts("UTC"));
        let ask = Assign { person: who, course: id, due: Some(date(2026, 4, 1)), required: true };
        block_on(work::assign(&world.desk(), ask, &Call::of(&at("03-02")))).unwrap();
        Self { world, who, course: id }
    }

    fn done(&self, source: CompletionSource, on: &str) -> CompletionId {
        let (person, course) = (self.who, self.course);
        let report = records::Report { person, course, on: format!("2026-{on}").parse().unwrap(), source, score: None };
        block_on(records::report_completion(&self.world.desk(), report, &Call::of(&at(on)))).unwrap();
        self.world.stored(self.who).completions.last().unwrap().id
    }

    /// What the events add up to.
    fn counted(&self) -> (i64, i64) {
        let counted = self.world.events().iter().filter_map(|event| counted(event).unwrap()).collect::<Vec<_>>();
        assert!(counted.iter().all(|(course, _)| *course == self.course));
        counted.iter().fold((0, 0), |(due, met), (_, sums)| (due + sums.due, met + sums.met))
    }

    fn remind(&self, day: &str) {
        let page = remind::PageOf {
            shard: self.who.shard(),
            until: at(day).at,
            after: None,
            limit: kernel::Limit::MAX,
            ignore_send_hour: true,
            budget: 1000,
        };
        block_on(remind::remind_page(&self.world.desk(), page, &at(day))).unwrap();
    }
}

#[test]
fn a_course_that_is_done_by_its_due_date_meets_it_once() {
    let house = House::new();
    house.done(CompletionSource::Roster, "03-20");
    assert_eq!(house.counted(), (1, 1));
    house.done(CompletionSource::Lms, "03-25");
    assert_eq!(house.counted(), (1, 1));
}

#[test]
fn a_due_date_that_passed_counts_when_it_passes_and_not_again() {
    let house = House::new();
    house.remind("04-03");
    assert_eq!(house.counted(), (1, 0));
    house.done(CompletionSource::Roster, "04-04");
    assert_eq!(house.counted(), (1, 0));
}

#[test]
fn a_course_done_late_before_anybody_noticed_misses_its_due_date_once() {
    let house = House::new();
    house.done(CompletionSource::Roster, "04-02");
    assert_eq!(house.counted(), (1, 0));
}

#[test]
fn a_report_that_waits_counts_when_it_is_confirmed() {
    let mut house = House::new();
    house.world.settings.sample_percent = crate::model::Percent::FULL;
    let completion = house.done(CompletionSource::SelfReport, "03-20");
    assert_eq!(house.counted(), (0, 0));
    block_on(records::check(&house.world.desk(), house.who, completion, true, &Call::of(&at("04-20")))).unwrap();
    assert_eq!(house.counted(), (1, 1));
}

#[test]
fn an_event_of_before_counts_nothing_and_a_broken_one_is_told() {
    let data = serde_json::json!({"course": CourseId::new(at("03-02").at), "round": 1, "waiting": false});
    let old = kernel::Event::new(events::COMPLETED, person(), data, &at("03-02"));
    assert_eq!(counted(&old).unwrap(), None);
    let broken = kernel::Event::new(events::BECAME_OVERDUE, person(), serde_json::json!({}), &at("03-02"));
    assert!(counted(&broken).is_err());
    let round = Some(AssignmentRound::FIRST);
    let (course, completion) = (CourseId::new(at("03-02").at), CompletionId::new(at("03-02").at));
    let on = date(2026, 3, 2);
    let done = Happened::Completed { course, round, completion, on, waiting: false, in_time: Some(false) };
    let sums = counted(&done.event(person(), &at("03-02"))).unwrap();
    assert_eq!(sums, Some((course, Sums { due: 1, ..Sums::default() })));
}

fn pulse(house: &House, completion: CompletionId) -> NewFeedback {
    let four = Rating::new(4).unwrap();
    NewFeedback {
        person: house.who,
        course: house.course,
        completion,
        ratings: Ratings { relevance: four, quality: four, confidence: four },
        comment: Comment::parse("More labs").ok(),
    }
}

#[test]
fn feedback_is_on_ones_own_completion_and_given_once() {
    let house = House::new();
    let completion = house.done(CompletionSource::Roster, "03-20");
    let world = &house.world;
    let give = |new: NewFeedback| block_on(usecases::give(world, world, new, &at("03-21"), None));
    for wrong in [
        NewFeedback { person: person(), ..pulse(&house, completion) },
        NewFeedback { course: CourseId::new(at("03-02").at), ..pulse(&house, completion) },
        pulse(&house, CompletionId::new(at("03-02").at)),
    ] {
        assert_eq!(give(wrong).unwrap_err().code(), "not_completed");
    }
    world.lose_races(2);
    assert_eq!(give(pulse(&house, completion)).unwrap().on, date(2026, 3, 21));
    assert_eq!(give(pulse(&house, completion)).unwrap_err().code(), "feedback_given");
    let sums = block_on(world.sums(house.course)).unwrap();
    assert_eq!((sums.answers, sums.relevance), (1, 4));
    let said = world.events().into_iter().find(|event| event.kind == events::PULSE_GIVEN).unwrap();
    assert!(!said.data.to_string().contains("labs") && said.data.get("relevance").is_none(), "{}", said.data);
    // The person goes; what was counted stays true.
    assert!(block_on(usecases::forget(world, world, house.who, &at("03-22"))).unwrap());
    assert!(!block_on(usecases::forget(world, world, house.who, &at("03-22"))).unwrap());
    assert_eq!(block_on(world.sums(house.course)).unwrap().answers, 1);
}

/// A store in which a file is emptied, or forgotten, before the first commit.
struct Overtaken<'a> {
    house: &'a House,
    forgotten: bool,
    over: AtomicBool,
}

#[async_trait]
impl TrainingWriter for Overtaken<'_> {
    async fn commit(&self, commit: Commit<crate::Write>, cause: &Cause) -> Stored<()> {
        if !self.over.swap(true, Ordering::Relaxed) {
            let (desk, who) = (self.house.world.desk(), self.house.who);
            if self.forgotten {
                assert!(people::forget(&desk, who, cause).await.unwrap());
            } else {
                people::empty(&desk, who, cause).await.unwrap();
            }
        }
        self.house.world.commit(commit, cause).await
    }
}

#[test]
fn whoever_is_forgotten_meanwhile_has_said_nothing() {
    for forgotten in [false, true] {
        let house = House::new();
        let completion = house.done(CompletionSource::Roster, "03-20");
        let writer = Overtaken { house: &house, forgotten, over: AtomicBool::new(false) };
        let given = block_on(usecases::give(&house.world, &writer, pulse(&house, completion), &at("03-21"), None));
        assert_eq!(given.unwrap_err().code(), "not_completed");
        assert_eq!(block_on(house.world.feedback(house.who)).unwrap(), []);
        assert_eq!(block_on(house.world.sums(house.course)).unwrap().answers, 0);
        assert_eq!(house.world.exists(house.who), !forgotten);
        if !forgotten {
            let file = house.world.stored(house.who);
            assert!(file.completions.is_empty() && file.assignments.is_empty());
        }
    }
}

#[test]
fn a_refused_report_is_no_completion_to_speak_of() {
    let mut house = House::new();
    house.world.settings.sample_percent = crate::model::Percent::FULL;
    let completion = house.done(CompletionSource::SelfReport, "03-20");
    let world = &house.world;
    let give = || block_on(usecases::give(world, world, pulse(&house, completion), &at("03-21"), None));
    assert_eq!(give().unwrap_err().code(), "not_completed");
    block_on(records::check(&world.desk(), house.who, completion, false, &Call::of(&at("03-21")))).unwrap();
    assert_eq!(give().unwrap_err().code(), "not_completed");
}

#[test]
fn notes_are_kept_in_order_and_bounded() {
    let house = House::new();
    let world = &house.world;
    let note = |course, text: &str| {
        let text = FreeText::parse(text).unwrap();
        block_on(usecases::note((world, world), world, course, &text, &at("03-21"), None))
    };
    assert_eq!(note(CourseId::new(at("03-02").at), "x").unwrap_err().code(), "unknown_course");
    world.lose_races(1);
    for number in 0..=CourseNotes::KEPT {
        note(house.course, &format!("note {number}")).unwrap();
    }
    let notes = block_on(world.notes(house.course)).unwrap().unwrap();
    assert_eq!((notes.notes.len(), notes.version.get()), (CourseNotes::KEPT, 51));
    assert_eq!(notes.notes[0].text.expose(), "note 1");
}

#[test]
fn a_person_counts_once_with_their_scores_before_and_after_a_course() {
    let house = House::new();
    let world = &house.world;
    let room = Room { desk: world.desk(), assessments: world, competency: world };
    for _ in 0..2 {
        block_on(create_question(world, world, single("a"), false, &at("03-02"), None)).unwrap();
    }
    let test = |code: &str, purpose| {
        let (code, terms) = (AssessmentCode::parse(code).unwrap(), terms(purpose, Some(house.course)));
        block_on(create_assessment(&world.desk(), world, code, terms, &at("03-02"), None)).unwrap().id
    };
    let take = |test, day, right| {
        let taken = block_on(start(&room, house.who, test, Seed::new(7), &at(day), None)).unwrap();
        let asked = form(&taken.questions, taken.attempt.seed).into_iter().take(right);
        let answer = |asked: FormQuestion| {
            let right = asked.options.iter().find(|option| option.text.as_str() == "three").unwrap();
            Answer { question: asked.question, response: Response::Options(vec![right.number]) }
        };
        let answers: Vec<Answer> = asked.map(answer).collect();
        block_on(submit(&room, house.who, taken.attempt.id, &answers, &at(day), None)).unwrap();
        block_on(world.sums(house.course)).unwrap().pairs
    };
    let (pre, post) = (test("before", Purpose::Pre), test("after", Purpose::PostTraining));
    assert_eq!(take(post, "03-03", 0), Pairs::default(), "nothing to compare with");
    assert_eq!(take(pre, "03-04", 0), Pairs::default());
    let one = Pairs { pairs: 1, post: 500, post_squared: 250_000, ..Pairs::default() };
    assert_eq!(take(post, "03-05", 1), one);
    assert_eq!(take(test("again", Purpose::PostTraining), "03-06", 2), one);
}
