//! Questions, forms and scores, by example and by property.

mod asking;
mod rounds;
mod taking;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, civil::date};
use kernel::{AssignmentRound, CourseId, QuestionId, Version};
use proptest::prelude::*;

use super::{
    form::numbered,
    samples::{area, draft, option, question, single, terms},
    usecases::Taken,
    *,
};
use crate::model::Percent;

#[track_caller]
fn fault(draft: Draft) -> Fault {
    match draft.check() {
        Err(Error::Question(fault)) => fault,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_cannot_be_asked_is_refused() {
    use QuestionKind::{Multiple, Ordering, ShortText, Single};
    const NOTHING: &[&str] = &[];
    let many: Vec<String> = (0..21).map(|number| number.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let three = ["one", "two", "three"];
    for (kind, options, right, expected) in [
        (Single, three.as_slice(), NOTHING, Fault::NothingRight),
        (Single, &three, &["a", "b", "c"], Fault::AllRight),
        (Single, &three, &["a", "b"], Fault::SeveralRight),
        (Single, &three, &["z"], Fault::NoSuchOption),
        (Single, &["one"], &["a"], Fault::TooFewOptions),
        (Single, &["one"; 2], &["a"], Fault::OptionTwice),
        (Single, &many[..11], &["a"], Fault::TooManyOptions),
        (Multiple, &three, &[], Fault::NothingRight),
        (Multiple, &three, &["a", "a"], Fault::RightTwice),
        (Multiple, &three, &["a", "d"], Fault::NoSuchOption),
        (Ordering, &three, &[], Fault::NothingRight),
        (Ordering, &three, &["c", "a"], Fault::OrderIncomplete),
        (Ordering, &three, &["c", "a", "a"], Fault::RightTwice),
        (ShortText, &[], &[], Fault::NothingAccepted),
        (ShortText, &three, &["x"], Fault::NoOptionsHere),
        (ShortText, &[], &["CSRF", " csrf "], Fault::AcceptedTwice),
        (ShortText, &[], &many, Fault::TooManyAccepted),
    ] {
        assert_eq!(fault(draft("a", kind, options, right)), expected);
    }
    let good = draft("a", Single, &three, &["a"]);
    let mut words = good.clone();
    words.key.accepted = vec![AnswerText::parse("x").unwrap()];
    assert_eq!(fault(words), Fault::NothingToWrite);
    let mut right = draft("a", ShortText, &[], &["x"]);
    right.key.right = vec![option("a")];
    assert_eq!(fault(right), Fault::NothingToChoose);
    let mut code_twice = good.clone();
    code_twice.options[1].id = option("a");
    assert_eq!(fault(code_twice), Fault::OptionTwice);
    assert_eq!(fault(Draft { languages: vec!["<b>".to_owned()], ..good.clone() }), Fault::Languages);
    assert!(good.check().is_ok());
}

#[test]
fn texts_of_questions_have_bounds_and_may_be_code() {
    assert!(QuestionText::parse("What does this do?\n-x = =y\n  @z").is_ok());
    assert!(QuestionText::parse(&"é".repeat(2_000)).is_ok());
    for bad in ["", " \n ", "a\tb", "a\u{202e}b", &"x".repeat(2_001)] {
        assert!(QuestionText::parse(bad).is_err(), "{bad:?}");
    }
    assert!(OptionText::parse(&"x".repeat(500)).is_ok() && OptionText::parse(&"x".repeat(501)).is_err());
    for bad in ["", "a b", "ä", "<", &"x".repeat(21)] {
        assert!(OptionId::parse(bad).is_err(), "{bad:?}");
    }
    for bad in ["", " ", "a\nb", "\u{301}", &"x".repeat(201)] {
        assert!(AnswerText::parse(bad).is_err(), "{bad:?}");
    }
}

/// Compiles only while the types have no serialised form: with one, `of` would be ambiguous.
#[test]
fn keys_cannot_be_written_into_an_answer() {
    trait Unserialised<Mark> {
        fn of() -> bool {
            true
        }
    }
    impl<T> Unserialised<()> for T {}
    impl<T: serde::Serialize> Unserialised<u8> for T {}
    assert!(<AnswerKey as Unserialised<_>>::of());
    assert!(<Draft as Unserialised<_>>::of());
    assert!(<Content as Unserialised<_>>::of());
    assert!(<Question as Unserialised<_>>::of());
    assert!(<Taken as Unserialised<_>>::of());
}

#[test]
fn nothing_shows_a_key_an_answer_or_a_seed_by_accident() {
    let words = question(draft("a", QuestionKind::ShortText, &[], &["hunter2"]).check().unwrap());
    let given = Answer { question: words.id, response: Response::Text(AnswerText::parse("hunter2").unwrap()) };
    let shown = format!("{words:?} {given:?} {:?}", Seed::new(424_242));
    assert!(!shown.contains("hunter2") && !shown.contains("424242"), "{shown}");
    let form = form(&[question(single("a"))], Seed::new(1));
    let codes: Vec<String> = form[0].options.iter().map(|option| format!("{option:?}")).collect();
    assert!(codes.iter().all(|shown| !shown.contains("OptionId")));
}

fn pins(count: usize) -> Vec<Pin> {
    (0..count).map(|_| Pin { question: QuestionId::new(Timestamp::UNIX_EPOCH), version: Version::FIRST }).collect()
}

pub(super) fn section(code: &str, questions: u8) -> Section {
    Section { area: area(code), questions }
}

#[test]
fn a_bank_with_too_few_questions_makes_no_form() {
    let bank = BTreeMap::from([(area("a"), pins(2)), (area("b"), pins(9))]);
    let drawn = draw(&bank, &[section("b", 3), section("a", 3)], Seed::new(1));
    assert_eq!(drawn, Err(Error::TooFewQuestions(area("a"))));
    assert_eq!(draw(&bank, &[section("c", 1)], Seed::new(1)), Err(Error::TooFewQuestions(area("c"))));
}

#[test]
fn a_question_that_moved_between_two_reads_is_drawn_once() {
    let both = pins(3);
    let bank = BTreeMap::from([(area("a"), both.clone()), (area("b"), both)]);
    assert_eq!(draw(&bank, &[section("a", 3), section("b", 1)], Seed::new(1)), Err(Error::TooFewQuestions(area("b"))));
}

proptest! {
    #[test]
    fn a_form_follows_from_bank_sections_and_seed(
        seed: u64,
        a in 1_usize..40,
        b in 1_usize..40,
        wanted in (1_u8..20, 1_u8..20),
    ) {
        let (of_a, of_b) = (pins(a), pins(b));
        let (wanted_a, wanted_b) = (wanted.0.min(u8::try_from(a).unwrap()), wanted.1.min(u8::try_from(b).unwrap()));
        let sections = [section("a", wanted_a), section("b", wanted_b)];
        let bank = BTreeMap::from([(area("a"), of_a.clone()), (area("b"), of_b.clone())]);
        let drawn = draw(&bank, &sections, Seed::new(seed)).unwrap();
        // As many of each area as asked for, each question once.
        let questions: BTreeSet<QuestionId> = drawn.iter().map(|pin| pin.question).collect();
        prop_assert_eq!(questions.len(), usize::from(wanted_a + wanted_b));
        prop_assert_eq!(drawn.iter().filter(|pin| of_a.contains(pin)).count(), usize::from(wanted_a));
        prop_assert_eq!(drawn.iter().filter(|pin| of_b.contains(pin)).count(), usize::from(wanted_b));
        // The order of the bank does not matter.
        let reversed = |pins: &[Pin]| pins.iter().rev().copied().collect::<Vec<_>>();
        let other = BTreeMap::from([(area("a"), reversed(&of_a)), (area("b"), reversed(&of_b))]);
        prop_assert_eq!(draw(&other, &sections, Seed::new(seed)).unwrap(), drawn);
    }

    #[test]
    fn options_are_put_in_another_order_and_none_is_lost(seed: u64) {
        let asked = question(single("a"));
        let shown = form(std::slice::from_ref(&asked), Seed::new(seed));
        let again = form(std::slice::from_ref(&asked), Seed::new(seed));
        prop_assert_eq!(&shown, &again);
        let numbers: Vec<u8> = shown[0].options.iter().map(|option| option.number).collect();
        prop_assert_eq!(numbers, vec![1, 2, 3, 4]);
        let texts: BTreeSet<&str> = shown[0].options.iter().map(|option| option.text.as_str()).collect();
        prop_assert_eq!(texts, BTreeSet::from(["one", "two", "three", "four"]));
    }
}

#[test]
fn seeds_make_different_forms() {
    let asked = question(single("a"));
    let first = |seed| form(std::slice::from_ref(&asked), Seed::new(seed))[0].options[0].text.as_str().to_owned();
    let firsts: BTreeSet<String> = (0..64).map(first).collect();
    assert_eq!(firsts.len(), 4);
    let bank = BTreeMap::from([(area("a"), pins(30))]);
    let drawn: BTreeSet<Vec<Pin>> =
        (0..64).map(|seed| draw(&bank, &[section("a", 3)], Seed::new(seed)).unwrap()).collect();
    assert!(drawn.len() > 60, "{}", drawn.len());
}

/// Options of a form by the author's codes.
pub(super) fn numbers(asked: &Question, seed: Seed, codes: &[&str]) -> Response {
    let numbered = numbered(asked, seed);
    let number = |code: &&str| *numbered.iter().find(|(_, id)| id.as_str() == *code).unwrap().0;
    Response::Options(codes.iter().map(number).collect())
}

const SEED: Seed = Seed::new(7);

#[track_caller]
fn check(asked: Draft, response: Option<&[&str]>, tenths: u16) {
    let asked = question(asked.check().unwrap());
    let answers: Vec<Answer> = response
        .map(|codes| match asked.draft().kind {
            QuestionKind::ShortText => Response::Text(AnswerText::parse(codes[0]).unwrap()),
            _ => numbers(&asked, SEED, codes),
        })
        .map(|response| Answer { question: asked.id, response })
        .into_iter()
        .collect();
    let outcome = judge(std::slice::from_ref(&asked), SEED, &answers, Percent::new(70).unwrap()).unwrap();
    assert_eq!((outcome.score_tenths, outcome.passed), (tenths, tenths >= 700), "{response:?}");
    assert_eq!(outcome.right, [tenths == 1000]);
    assert_eq!(outcome.areas, [AreaScore { area: asked.area().clone(), questions: 1, score_tenths: tenths }]);
}

#[test]
fn each_kind_is_worth_what_it_should() {
    let four = ["one", "two", "three", "four"];
    let single = || draft("a", QuestionKind::Single, &four, &["c"]);
    check(single(), Some(&["c"]), 1000);
    check(single(), Some(&["a"]), 0);
    check(single(), Some(&[]), 0);
    check(single(), None, 0);
    let multiple = || draft("a", QuestionKind::Multiple, &four, &["a", "b", "c"]);
    check(multiple(), Some(&["c", "a", "b"]), 1000);
    check(multiple(), Some(&["a", "b"]), 666);
    check(multiple(), Some(&["a", "b", "d"]), 333);
    check(multiple(), Some(&["a", "d"]), 0);
    check(multiple(), Some(&["d"]), 0);
    check(multiple(), Some(&["a", "b", "c", "d"]), 666);
    let ordering = || draft("a", QuestionKind::Ordering, &four, &["d", "b", "a", "c"]);
    check(ordering(), Some(&["d", "b", "a", "c"]), 1000);
    check(ordering(), Some(&["d", "b", "c", "a"]), 0);
    check(ordering(), Some(&[]), 0);
    let words = || draft("a", QuestionKind::ShortText, &[], &["Cross-Site Scripting", "XSS"]);
    check(words(), Some(&["  xss "]), 1000);
    check(words(), Some(&["cross-site   SCRIPTING"]), 1000);
    check(words(), Some(&["xsss"]), 0);
}

#[test]
fn answers_that_do_not_fit_the_form_are_refused() {
    let asked = [
        question(single("a")),
        question(draft("a", QuestionKind::Ordering, &["one", "two", "three"], &["a", "b", "c"]).check().unwrap()),
        question(draft("a", QuestionKind::ShortText, &[], &["x"]).check().unwrap()),
    ];
    let answer = |place: usize, response| Answer { question: asked[place].id, response };
    let text = || Response::Text(AnswerText::parse("x").unwrap());
    let options = |numbers: &[u8]| Response::Options(numbers.to_vec());
    let judge = |answers: &[Answer]| judge(&asked, SEED, answers, Percent::FULL).unwrap_err().code();
    let foreign = Answer { question: QuestionId::new(Timestamp::UNIX_EPOCH), response: text() };
    assert_eq!(judge(&[foreign]), "foreign_answer");
    assert_eq!(judge(&[answer(0, options(&[1])), answer(0, options(&[2]))]), "answered_twice");
    for bad in [
        answer(0, options(&[1, 2])),
        answer(0, options(&[5])),
        answer(0, options(&[0])),
        answer(0, options(&[1, 1])),
        answer(0, text()),
        answer(1, options(&[1, 2])),
        answer(1, options(&[1, 2, 2])),
        answer(2, options(&[])),
    ] {
        assert_eq!(judge(&[bad]), "invalid_answer");
    }
}

proptest! {
    #[test]
    fn a_score_is_on_the_scale_and_grows_with_what_is_right(
        seed: u64,
        kinds in proptest::collection::vec(0_usize..4, 1..20),
        right in proptest::collection::vec(any::<bool>(), 20),
        more in 0_usize..20,
    ) {
        let four = ["one", "two", "three", "four"];
        let make = |kind: &usize| question(match kind {
            0 => draft("a", QuestionKind::Single, &four, &["c"]),
            1 => draft("b", QuestionKind::Multiple, &four, &["a", "c"]),
            2 => draft("a", QuestionKind::Ordering, &four, &["d", "b", "a", "c"]),
            _ => draft("c", QuestionKind::ShortText, &[], &["x"]),
        }.check().unwrap());
        let seed = Seed::new(seed);
        let asked: Vec<Question> = kinds.iter().map(make).collect();
        let response = |question: &Question, right: bool| match (question.draft().kind, right) {
            (QuestionKind::Single, true) => numbers(question, seed, &["c"]),
            (QuestionKind::Single | QuestionKind::Multiple, false) => numbers(question, seed, &["b"]),
            (QuestionKind::Multiple, true) => numbers(question, seed, &["a", "c"]),
            (QuestionKind::Ordering, true) => numbers(question, seed, &["d", "b", "a", "c"]),
            (QuestionKind::Ordering, false) => numbers(question, seed, &["a", "b", "c", "d"]),
            (QuestionKind::ShortText, right) => {
                Response::Text(AnswerText::parse(if right { "X" } else { "y" }).unwrap())
            }
        };
        let outcome = |right: &[bool]| {
            let answers: Vec<Answer> = asked.iter().zip(right)
                .map(|(question, right)| Answer { question: question.id, response: response(question, *right) })
                .collect();
            judge(&asked, seed, &answers, Percent::new(60).unwrap()).unwrap()
        };
        let before = outcome(&right);
        prop_assert!(before.score_tenths <= 1000);
        prop_assert!(before.areas.iter().all(|area| area.score_tenths <= 1000));
        prop_assert_eq!(before.areas.iter().map(|area| usize::from(area.questions)).sum::<usize>(), asked.len());
        prop_assert_eq!(&before.right[..], &right[..asked.len()]);
        let count = right.iter().take(asked.len()).filter(|right| **right).count();
        prop_assert_eq!(usize::from(before.score_tenths), count * 1000 / asked.len());
        prop_assert_eq!(before.passed, count * 100 >= 60 * asked.len());
        let mut better = right.clone();
        better[more % asked.len()] = true;
        prop_assert!(outcome(&better).score_tenths >= before.score_tenths);
    }
}

#[test]
fn terms_that_no_test_can_have_are_refused() {
    let course = CourseId::new(Timestamp::UNIX_EPOCH);
    let good = terms(Purpose::Annual, None);
    let section = |count| section("a", count);
    for (bad, field) in [
        (Terms { course: Some(course), ..good.clone() }, "course_id"),
        (Terms { purpose: Purpose::PostTraining, ..good.clone() }, "course_id"),
        (Terms { purpose: Purpose::Pre, ..good.clone() }, "course_id"),
        (Terms { sections: Vec::new(), ..good.clone() }, "sections"),
        (Terms { sections: vec![section(1), section(1)], ..good.clone() }, "sections"),
        (Terms { sections: vec![section(0)], ..good.clone() }, "sections"),
        (Terms { sections: vec![section(61)], ..good.clone() }, "sections"),
        (Terms { pass_mark: Percent::new(0).unwrap(), ..good.clone() }, "pass_mark"),
        (Terms { minutes: 4, ..good.clone() }, "minutes"),
        (Terms { minutes: 241, ..good.clone() }, "minutes"),
        (Terms { attempts: 0, ..good.clone() }, "attempts"),
        (Terms { attempts: 11, ..good.clone() }, "attempts"),
        (Terms { days_between: 366, ..good.clone() }, "days_between"),
    ] {
        match bad.check() {
            Err(Error::Terms { field: named, .. }) => assert_eq!(named, field),
            other => panic!("{field}: {other:?}"),
        }
    }
    assert!(good.check().is_ok() && terms(Purpose::Pre, Some(course)).check().is_ok());
}

#[test]
fn attempts_are_counted_within_a_quarter_a_year_or_the_round_of_a_course() {
    let round = |purpose, course, month| Round::of(purpose, course, date(2026, month, 1));
    assert_eq!(round(Purpose::Initial, None, 1), Round::of(Purpose::Initial, None, date(2030, 5, 5)));
    assert_eq!(round(Purpose::Quarterly, None, 1), round(Purpose::Quarterly, None, 3));
    assert_ne!(round(Purpose::Quarterly, None, 3), round(Purpose::Quarterly, None, 4));
    assert_ne!(round(Purpose::Annual, None, 12), Round::of(Purpose::Annual, None, date(2027, 1, 1)));
    let first = AssignmentRound::FIRST;
    assert_eq!(round(Purpose::PostTraining, Some(first), 1), round(Purpose::PostTraining, Some(first), 12));
    assert_ne!(round(Purpose::Pre, Some(first), 1), round(Purpose::Pre, Some(first.next()), 1));
    assert_ne!(round(Purpose::Pre, None, 1), Round::of(Purpose::Pre, None, date(2027, 1, 1)));
}
