//! What is told of an attempt and when, how rounds end, and that what people are asked for can be started.

use futures::executor::block_on;
use kernel::AttemptId;

use super::{
    section,
    taking::{House, START, refused},
};
use crate::{
    assessment::{
        AssessmentCode, AssessmentReader, Purpose, Terms,
        samples::{area, single, terms},
        usecases::{change_assessment, change_question, create_assessment, read},
    },
    samples::instant as at,
};

#[test]
fn nothing_is_told_of_questions_while_it_would_help() {
    let house = House::new();
    let test = house.assessment(Terms { attempts: 3, ..terms(Purpose::Quarterly, None) });
    let look = |attempt: AttemptId, text: &str| {
        let taken = block_on(read(&house.world, house.person, attempt, at(text))).unwrap();
        (taken.left, taken.over)
    };
    let first = house.start(&test, START).unwrap();
    let id = first.attempt.id;
    assert_eq!((first.left, first.over, look(id, START)), (2, false, (2, false)));
    let done = house.submit(&first, 1, "2026-03-02T10:10:00Z");
    assert!(done.is_ok_and(|it| it.over && it.left == 0), "half of the questions pass it");

    let fail = |text: &str| {
        let taken = house.start(&test, text).unwrap();
        let done = house.submit(&taken, 0, text).unwrap();
        (taken.attempt.id, (done.left, done.over))
    };
    // The next quarter: two fail, the third runs out.
    let (second, told) = fail("2026-04-01T10:00:00Z");
    assert_eq!((told, look(second, "2026-04-01T10:00:00Z")), ((2, false), (2, false)));
    let (third, told) = fail("2026-04-02T10:00:00Z");
    assert_eq!((told, look(second, "2026-04-02T10:00:00Z")), ((1, false), (1, false)));
    let last = house.start(&test, "2026-04-03T10:00:00Z").unwrap();
    assert_eq!((last.left, last.over), (0, false));
    // While the last one is open, what came of the others would help in it.
    assert_eq!(look(second, "2026-04-03T10:30:30Z"), (0, false));
    for attempt in [second, third, last.attempt.id] {
        assert_eq!(look(attempt, "2026-04-03T10:30:31Z"), (0, true));
    }
    // A quarter in which one is left ends when the next one is begun.
    let (early, _) = fail("2026-07-01T10:00:00Z");
    house.start(&test, "2026-10-01T10:00:00Z").unwrap();
    assert_eq!((look(early, "2026-10-01T10:00:00Z"), look(second, "2026-10-01T10:00:00Z")), ((0, true), (0, true)));
    // What cannot be repeated is told at once.
    let once = house.assessment(Terms { attempts: 1, ..terms(Purpose::Annual, None) });
    let taken = house.start(&once, START).unwrap();
    assert!(house.submit(&taken, 0, START).is_ok_and(|it| it.over && it.left == 0));
}

#[test]
fn a_round_is_over_when_its_quarter_is() {
    let house = House::new();
    let test = house.assessment(Terms { attempts: 3, ..terms(Purpose::Quarterly, None) });
    let look = |attempt: AttemptId, text: &str| {
        let taken = block_on(read(&house.world, house.person, attempt, at(text))).unwrap();
        (taken.left, taken.over)
    };
    let failed = house.start(&test, "2026-03-31T10:00:00Z").unwrap();
    house.submit(&failed, 0, "2026-03-31T10:00:00Z").unwrap();
    let failed = failed.attempt.id;
    assert_eq!(look(failed, "2026-03-31T23:59:59Z"), (2, false));
    assert_eq!(look(failed, "2026-04-01T00:00:00Z"), (0, true));
    // One that was begun before can still be handed in, and until then what came of the other would help in it.
    let late = house.start(&test, "2026-03-31T23:50:00Z").unwrap();
    let id = late.attempt.id;
    assert_eq!((look(id, "2026-03-31T23:50:00Z"), look(failed, "2026-03-31T23:50:00Z")), ((1, false), (1, false)));
    assert_eq!((look(id, "2026-04-01T00:10:00Z"), look(failed, "2026-04-01T00:10:00Z")), ((0, false), (0, false)));
    let done = house.submit(&late, 0, "2026-04-01T00:10:00Z").unwrap();
    assert_eq!((done.left, done.over), (0, true));
    assert_eq!((look(id, "2026-04-01T00:10:00Z"), look(failed, "2026-04-01T00:10:00Z")), ((0, true), (0, true)));
    // What is taken once does not end with a year.
    let first = house.assessment(terms(Purpose::Initial, None));
    let failed = house.start(&first, START).unwrap();
    house.submit(&failed, 0, START).unwrap();
    assert_eq!(look(failed.attempt.id, "2027-01-01T00:00:00Z"), (1, false));
}

#[test]
fn how_many_attempts_a_round_has_is_settled_by_its_first() {
    let house = House::new();
    let once = Terms { attempts: 1, ..terms(Purpose::Quarterly, None) };
    let test = house.assessment(once.clone());
    let change = |version, terms| {
        let cause = house.cause(START);
        block_on(change_assessment(&house.world.desk(), &house.world, test.id, version, terms, &cause)).unwrap()
    };
    let fail = |text: &str| {
        let taken = house.start(&test, text)?;
        let done = house.submit(&taken, 0, text).unwrap();
        Ok((taken.attempt.number, taken.attempt.allowed, done.left, done.over))
    };
    // What came of it was told: another attempt would be one with the answers.
    assert_eq!(fail(START).unwrap(), (1, 1, 0, true));
    let raised = change(test.version, Terms { attempts: 3, ..once.clone() });
    refused(fail("2026-03-03T10:00:00Z"), "no_attempt_left");
    assert_eq!(fail("2026-04-01T10:00:00Z").unwrap(), (1, 3, 2, false));
    // Nobody loses what they were told either.
    change(raised.version, once);
    assert_eq!(fail("2026-04-02T10:00:00Z").unwrap(), (2, 3, 1, false));
    assert_eq!(fail("2026-04-03T10:00:00Z").unwrap(), (3, 3, 0, true));
    refused(fail("2026-04-04T10:00:00Z"), "no_attempt_left");
}

#[test]
fn a_test_before_a_course_gives_away_nothing_of_the_one_after_it() {
    let house = House::new();
    let pre = house.assessment(Terms { attempts: 1, ..terms(Purpose::Pre, Some(house.course)) });
    let post =
        house.assessment(Terms { attempts: 2, days_between: 0, ..terms(Purpose::PostTraining, Some(house.course)) });
    let before = house.start(&pre, START).unwrap();
    let done = house.submit(&before, 0, START).unwrap();
    assert_eq!((done.left, done.over), (0, false));
    let look = |text: &str| {
        let taken = block_on(read(&house.world, house.person, before.attempt.id, at(text))).unwrap();
        (taken.left, taken.over)
    };
    assert_eq!(look("2026-03-02T11:00:00Z"), (0, false));
    let failed = house.start(&post, "2026-03-03T10:00:00Z").unwrap();
    house.submit(&failed, 0, "2026-03-03T10:00:00Z").unwrap();
    assert_eq!(look("2026-03-03T11:00:00Z"), (0, false), "there is another attempt");
    let passed = house.start(&post, "2026-03-04T10:00:00Z").unwrap();
    assert_eq!(look("2026-03-04T10:00:00Z"), (0, false));
    house.submit(&passed, 2, "2026-03-04T10:00:00Z").unwrap();
    assert_eq!(look("2026-03-04T10:00:00Z"), (0, true));
}

#[test]
fn what_people_are_asked_to_take_can_be_started() {
    let house = House::new();
    let (desk, world, cause) = (house.world.desk(), &house.world, house.cause(START));
    let of = |questions| Terms { sections: vec![section("a", questions)], ..terms(Purpose::Annual, None) };
    let create = |code: &str, terms| {
        block_on(create_assessment(&desk, world, AssessmentCode::parse(code).unwrap(), terms, &cause, None))
    };
    refused(create("six", of(6)), "too_few_questions");
    assert!(create("later", Terms { retired: true, ..of(6) }).is_ok());
    let test = create("four", of(4)).unwrap();
    let grown = block_on(change_assessment(&desk, world, test.id, test.version, of(6), &cause));
    refused(grown, "too_few_questions");
    // Of five questions one can go, the next cannot: neither away nor into another area.
    let pins = block_on(world.bank(&area("a"))).unwrap();
    let bank = block_on(world.pinned(&pins)).unwrap();
    let retire = |place: usize| {
        let question = &bank[place];
        block_on(change_question(&desk, world, question.id, question.version, question.content.clone(), true, &cause))
    };
    assert!(retire(0).is_ok());
    refused(retire(1), "question_needed");
    let moved = &bank[1];
    refused(
        block_on(change_question(&desk, world, moved.id, moved.version, single("b"), false, &cause)),
        "question_needed",
    );
    assert_eq!(house.start(&test, START).unwrap().questions.len(), 4);
}
