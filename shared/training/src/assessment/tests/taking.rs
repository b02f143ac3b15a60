//! Taking assessments: attempts with their limits and times, and what a passed test proves.

use futures::executor::block_on;
use jiff::{SignedDuration, Timestamp, civil::date};
use kernel::{AssessmentId, AttemptId, Cause, Commit, CourseId, PersonId, Principal, QuestionId, Version};

use super::{numbers, section};
use crate::{
    Settings, TrainingError, TrainingReader, TrainingWriter,
    assessment::{
        Answer, Assessment, AssessmentCode, AssessmentReader, Attempt, AttemptState, Purpose, Question, QuestionKind,
        Seed, Terms, paired,
        samples::{area, draft, question, single, terms},
        usecases::{
            Room, Taken, change_assessment, change_question, create_assessment, create_question, forget, start, submit,
        },
    },
    competency::{CompetencyReader, Evidence, EvidenceSource, Profile, Spread, usecases::judged},
    events::{ATTEMPT_STARTED, ATTEMPT_SUBMITTED, COMPETENCY_JUDGED, COMPLETED, STANDING_CHANGED},
    model::{AssignmentState, CompletionSource, Percent, RollUp},
    samples::{World, catalogue, cause, course, facts, instant},
    usecases::{Call, remind::remind_person, work},
};

fn at(text: &str) -> Timestamp {
    instant(text)
}

pub(super) const START: &str = "2026-03-02T10:00:00Z";

/// Somebody, a course that is asked of them, and a bank.
pub(super) struct House {
    pub(super) world: World,
    pub(super) person: PersonId,
    pub(super) course: CourseId,
}

impl House {
    /// Somebody of whom a course is asked, and a bank of five questions whose third option is right.
    pub(super) fn new() -> Self {
        Self::in_zone("UTC")
    }

    pub(super) fn in_zone(zone: &str) -> Self {
        let course = course("threats", 2.0, &[], None);
        let id = course.id;
        let world = World::new(catalogue(vec![course]));
        let person = world.hire(facts(zone));
        let house = Self { world, person, course: id };
        block_on(async {
            let staff = cause(at(START), Principal::Program);
            work::plan(&house.world.desk(), person, &Call::of(&staff)).await.unwrap();
            for _ in 0..5 {
                create_question(&house.world, &house.world, single("a"), false, &staff, None).await.unwrap();
            }
        });
        house
    }

    pub(super) fn cause(&self, text: &str) -> Cause {
        cause(at(text), Principal::Person(self.person))
    }

    pub(super) fn room(&self) -> Room<'_> {
        Room { desk: self.world.desk(), assessments: &self.world, competency: &self.world }
    }

    pub(super) fn assessment(&self, terms: Terms) -> Assessment {
        let code = AssessmentCode::parse("test").unwrap();
        block_on(create_assessment(&self.world.desk(), &self.world, code, terms, &self.cause(START), None)).unwrap()
    }

    pub(super) fn start(&self, assessment: &Assessment, text: &str) -> Result<Taken, TrainingError> {
        let seed = Seed::new(at(text).as_second().unsigned_abs());
        block_on(start(&self.room(), self.person, assessment.id, seed, &self.cause(text), None))
    }

    /// Answers as many questions rightly as asked for, the rest wrongly.
    pub(super) fn answers(taken: &Taken, right: usize) -> Vec<Answer> {
        let code = |place| if place < right { "c" } else { "a" };
        let answer = |(place, question): (usize, &Question)| Answer {
            question: question.id,
            response: numbers(question, taken.attempt.seed, &[code(place)]),
        };
        taken.questions.iter().enumerate().map(answer).collect()
    }

    pub(super) fn submit(&self, taken: &Taken, right: usize, text: &str) -> Result<Taken, TrainingError> {
        let answers = Self::answers(taken, right);
        block_on(submit(&self.room(), self.person, taken.attempt.id, &answers, &self.cause(text), None))
    }

    pub(super) fn count(&self, kind: &str) -> usize {
        self.world.kinds().iter().filter(|it| *it == kind).count()
    }
}

#[track_caller]
pub(super) fn refused<T: std::fmt::Debug>(outcome: Result<T, TrainingError>, code: &str) {
    assert_eq!(outcome.unwrap_err().code(), code);
}

#[test]
fn a_passed_test_after_a_course_proves_it() {
    let house = House::new();
    let assessment = house.assessment(terms(Purpose::PostTraining, Some(house.course)));
    let taken = house.start(&assessment, START).unwrap();
    assert_eq!((taken.attempt.number, taken.attempt.allowed, taken.questions.len()), (1, 2, 2));
    assert_eq!(taken.attempt.deadline, at("2026-03-02T10:30:00Z"));
    let done = house.submit(&taken, 1, "2026-03-02T10:20:00Z").unwrap();
    let outcome = done.attempt.outcome().unwrap();
    assert_eq!((outcome.score_tenths, outcome.passed), (500, true));
    let file = house.world.stored(house.person);
    let completion = file.done(house.course, date(2026, 3, 2)).unwrap();
    assert_eq!((completion.source, completion.score), (CompletionSource::Test, Percent::new(50)));
    assert!(file.assignments.iter().all(|it| matches!(it.state, AssignmentState::Completed { .. })), "{file:?}");
    let profile = block_on(house.world.profile(house.person)).unwrap().unwrap();
    let held = profile.latest(&area("a")).unwrap();
    assert_eq!((held.score.tenths(), held.source), (500, EvidenceSource::Assessment(done.attempt.id)));
    assert_eq!(
        [ATTEMPT_STARTED, ATTEMPT_SUBMITTED, COMPETENCY_JUDGED, COMPLETED].map(|kind| house.count(kind)),
        [1; 4]
    );
    refused(house.start(&assessment, "2026-03-03T10:00:00Z"), "assessment_passed");
    // What was reached is the person's: it stands with the attempt, and no event tells it.
    let told: String = house.world.events().iter().map(|event| event.data.to_string()).collect();
    assert!(!told.contains("score") && !told.contains("passed"), "{told}");
}

#[test]
fn a_test_that_is_passed_in_the_evening_is_done_on_that_day() {
    // Six in the evening of the second where the person is, the third by UTC.
    let house = House::in_zone("America/Los_Angeles");
    let assessment = house.assessment(terms(Purpose::PostTraining, Some(house.course)));
    let taken = house.start(&assessment, "2026-03-03T02:00:00Z").unwrap();
    house.submit(&taken, 2, "2026-03-03T02:10:00Z").unwrap();
    let file = house.world.stored(house.person);
    assert_eq!(file.completions.iter().map(|it| it.completed_on).collect::<Vec<_>>(), [date(2026, 3, 2)]);
    assert!(file.assignments.iter().all(|it| matches!(it.state, AssignmentState::Completed { .. })), "{file:?}");
}

#[test]
fn a_failed_test_and_one_of_another_purpose_prove_nothing() {
    let house = House::new();
    let post = house.assessment(terms(Purpose::PostTraining, Some(house.course)));
    let failed = house.start(&post, START).unwrap();
    assert!(!house.submit(&failed, 0, START).unwrap().attempt.is_passed());
    let annual = house.assessment(terms(Purpose::Annual, None));
    let passed = house.start(&annual, START).unwrap();
    assert!(house.submit(&passed, 2, START).unwrap().attempt.is_passed());
    assert_eq!(house.count(COMPLETED), 0);
    assert_eq!(house.count(COMPETENCY_JUDGED), 2);
    assert!(house.world.stored(house.person).completions.is_empty());
}

#[test]
fn what_was_judged_moves_what_the_person_contributes() {
    let mut house = House::new();
    house.world.settings = Settings::parse(r#"{"competency_targets": {"developer": {"a": 71, "b": 41}}}"#).unwrap();
    let assessment = house.assessment(terms(Purpose::Quarterly, None));
    let taken = house.start(&assessment, START).unwrap();
    house.submit(&taken, 1, "2026-03-02T10:10:00Z").unwrap();
    let head = house.world.stored(house.person).head;
    assert_eq!(head.scores.get(&area("a")).map(|score| score.tenths()), Some(500));
    let areas = RollUp::of(&head.standing.unwrap()).areas;
    assert_eq!(areas.get(&area("a")), Spread { asked: 1, competent: 1, below: 1, ..Spread::default() });
    assert_eq!(areas.get(&area("b")), Spread { asked: 1, ..Spread::default() });
    let said = house.world.events().into_iter().rfind(|event| event.kind == STANDING_CHANGED).unwrap();
    assert_eq!(said.data["to"]["areas"]["a"], serde_json::json!({"level": "competent", "below": true}));
}

#[test]
fn attempts_are_limited_and_lie_apart() {
    let house = House::new();
    let assessment = house.assessment(Terms { days_between: 2, ..terms(Purpose::Quarterly, None) });
    let first = house.start(&assessment, START).unwrap();
    refused(house.start(&assessment, "2026-03-02T10:30:30Z"), "attempt_open");
    house.submit(&first, 0, "2026-03-02T10:30:30Z").unwrap();
    refused(house.start(&assessment, "2026-03-04T09:59:59Z"), "attempt_too_soon");
    // The second one runs out; it counts all the same.
    let second = house.start(&assessment, "2026-03-04T10:00:00Z").unwrap();
    assert_eq!(second.attempt.number, 2);
    refused(house.start(&assessment, "2026-03-31T10:00:00Z"), "no_attempt_left");
    let next_quarter = house.start(&assessment, "2026-04-01T00:00:00Z").unwrap();
    assert_eq!(next_quarter.attempt.number, 1);
}

#[test]
fn late_answers_are_refused_and_nothing_is_written() {
    let house = House::new();
    let assessment = house.assessment(terms(Purpose::Annual, None));
    let taken = house.start(&assessment, START).unwrap();
    let before = house.world.events().len();
    refused(house.submit(&taken, 2, "2026-03-02T10:30:31Z"), "attempt_expired");
    assert_eq!(house.world.events().len(), before);
    assert_eq!(taken.attempt.state(at("2026-03-02T10:30:31Z")), AttemptState::Expired);
    // What arrives within the grace for the network is taken.
    assert!(house.submit(&taken, 2, "2026-03-02T10:30:30Z").is_ok());
}

#[test]
fn an_attempt_is_handed_in_once() {
    let house = House::new();
    let assessment = house.assessment(terms(Purpose::Annual, None));
    let taken = house.start(&assessment, START).unwrap();
    house.submit(&taken, 0, START).unwrap();
    refused(house.submit(&taken, 2, START), "attempt_submitted");
    assert_eq!(house.count(ATTEMPT_SUBMITTED), 1);
}

#[test]
fn a_lost_race_is_decided_again() {
    let house = House::new();
    let assessment = house.assessment(terms(Purpose::PostTraining, Some(house.course)));
    house.world.lose_races(2);
    let taken = house.start(&assessment, START).unwrap();
    house.world.lose_races(2);
    assert!(house.submit(&taken, 2, START).unwrap().attempt.is_passed());
    assert_eq!((house.count(ATTEMPT_SUBMITTED), house.count(COMPLETED)), (1, 1));
}

#[test]
fn answers_of_another_form_are_refused_and_nothing_is_written() {
    let house = House::new();
    let assessment = house.assessment(terms(Purpose::Annual, None));
    let taken = house.start(&assessment, START).unwrap();
    let other = question(single("a"));
    let mut answers = House::answers(&taken, 2);
    answers[1] = Answer { question: other.id, response: numbers(&other, taken.attempt.seed, &["c"]) };
    let outcome = block_on(submit(&house.room(), house.person, taken.attempt.id, &answers, &house.cause(START), None));
    refused(outcome, "foreign_answer");
    assert_eq!(house.count(ATTEMPT_SUBMITTED), 0);
    assert!(house.submit(&taken, 2, START).is_ok());
}

#[test]
fn a_form_keeps_the_versions_it_was_drawn_with() {
    let house = House::new();
    let assessment = house.assessment(terms(Purpose::Annual, None));
    let taken = house.start(&assessment, START).unwrap();
    let staff = cause(at(START), Principal::Program);
    for old in &taken.questions {
        let other = draft("a", QuestionKind::Single, &["one", "two", "three", "four"], &["a"]).check().unwrap();
        let desk = house.world.desk();
        block_on(change_question(&desk, &house.world, old.id, old.version, other, true, &staff)).unwrap();
    }
    // What was right then still is.
    assert_eq!(house.submit(&taken, 2, START).unwrap().attempt.outcome().unwrap().score_tenths, 1000);
    assert_eq!(block_on(house.world.bank(&area("a"))).unwrap().len(), 3);
}

#[test]
fn nobody_starts_what_is_retired_unknown_or_cannot_be_drawn() {
    let house = House::new();
    let retired = house.assessment(Terms { retired: true, ..terms(Purpose::Annual, None) });
    refused(house.start(&retired, START), "assessment_retired");
    let large = house.assessment(Terms { sections: vec![section("a", 6)], ..terms(Purpose::Pre, Some(house.course)) });
    refused(house.start(&large, START), "too_few_questions");
    let unknown = Assessment { id: AssessmentId::new(at(START)), ..large };
    refused(house.start(&unknown, START), "unknown_assessment");
    let of_nothing = terms(Purpose::Pre, Some(CourseId::new(at(START))));
    let code = AssessmentCode::parse("pre").unwrap();
    let outcome =
        block_on(create_assessment(&house.world.desk(), &house.world, code, of_nothing, &house.cause(START), None));
    refused(outcome, "unknown_course");
}

#[test]
fn nobody_starts_what_they_could_not_hand_in() {
    let house = House::new();
    let assessment = house.assessment(terms(Purpose::Annual, None));
    let source = EvidenceSource::Assessment(AttemptId::new(at(START)));
    let evidence = |of: &str| Evidence { area: area(of), score_tenths: 500, source, on: date(2026, 3, 2) };
    let judged = |all: &[Evidence]| {
        let cause = house.cause(START);
        let (writes, _) = block_on(judged(&house.world, house.person, all, &cause)).unwrap();
        let commit = Commit::of(writes.into_iter().map(crate::Write::Competency).collect());
        block_on(house.world.commit(commit, &cause)).unwrap();
    };
    judged(&(1..Profile::MOST_AREAS).map(|number| evidence(&format!("area-{number}"))).collect::<Vec<_>>());
    let taken = house.start(&assessment, START).unwrap();
    house.submit(&taken, 0, START).unwrap();
    // An area that is known needs no room.
    assert!(house.start(&assessment, START).is_ok());
    let cause = house.cause(START);
    block_on(create_question(&house.world, &house.world, single("b"), false, &cause, None)).unwrap();
    let other = house.assessment(Terms { sections: vec![section("b", 1)], ..terms(Purpose::Annual, None) });
    let events = house.world.events().len();
    refused(house.start(&other, START), "too_many_areas");
    assert_eq!(house.world.events().len(), events);
}

#[test]
fn a_stale_question_is_not_overwritten_and_the_same_again_changes_nothing() {
    let house = House::new();
    let staff = cause(at(START), Principal::Program);
    let (world, other) = (&house.world, draft("b", QuestionKind::ShortText, &[], &["x"]).check().unwrap());
    let made = block_on(create_question(world, world, single("a"), false, &staff, None)).unwrap();
    let desk = world.desk();
    let change = |version, content| block_on(change_question(&desk, world, made.id, version, content, false, &staff));
    assert_eq!(change(Version::FIRST, single("a")).unwrap().version, Version::FIRST);
    assert_eq!(change(Version::FIRST, other.clone()).unwrap().version, Version::FIRST.next());
    refused(change(Version::FIRST, other), "stale");
    let nobody = QuestionId::new(at(START));
    let unknown = change_question(&desk, world, nobody, Version::FIRST, single("a"), false, &staff);
    refused(block_on(unknown), "unknown_question");
}

#[test]
fn tests_before_and_after_a_course_are_paired() {
    let house = House::new();
    let pre = house.assessment(terms(Purpose::Pre, Some(house.course)));
    let post = house.assessment(terms(Purpose::PostTraining, Some(house.course)));
    let mut attempts = Vec::new();
    let mut take = |assessment: &Assessment, right, text: &str| {
        let taken = house.start(assessment, text).unwrap();
        attempts.push(house.submit(&taken, right, text).unwrap().attempt);
        paired(&attempts, house.course)
    };
    assert_eq!(take(&pre, 0, "2026-03-02T10:00:00Z"), None);
    assert_eq!(take(&post, 0, "2026-03-03T10:00:00Z"), Some((0, 0)));
    // The first one afterwards counts: practice on the test itself is no gain by the course.
    assert_eq!(take(&post, 2, "2026-03-04T10:00:00Z"), Some((0, 0)));
    assert_eq!(paired(&attempts[1..], house.course), None);
}

#[test]
fn everything_held_on_a_person_is_forgotten() {
    let house = House::new();
    let assessment = house.assessment(terms(Purpose::Annual, None));
    let taken = house.start(&assessment, START).unwrap();
    house.submit(&taken, 0, START).unwrap();
    assert_eq!(block_on(house.world.held(house.person)).unwrap().len(), 2);
    let gone = || block_on(forget(&house.world, &house.world, house.person, &house.cause(START))).unwrap();
    assert!(gone() && !gone());
    assert!(block_on(house.world.held(house.person)).unwrap().is_empty());
}

#[test]
fn the_grace_is_thirty_seconds() {
    assert_eq!(Attempt::GRACE, SignedDuration::from_secs(30));
}

#[test]
fn whoever_starts_a_test_is_not_asked_for_it() {
    let mut house = House::new();
    house.world.settings = Settings::parse(r#"{"competency_targets": {"developer": {"a": 71}}}"#).unwrap();
    let asked = |house: &House| -> usize {
        let told = block_on(remind_person(&house.world.desk(), house.person, true, &house.cause(START))).unwrap();
        let mails = house.world.mails();
        let last = mails.last().filter(|_| told.mailed);
        last.and_then(|mail| mail.model["tests"].as_array()).map_or(0, Vec::len)
    };
    let test = house.assessment(terms(Purpose::Quarterly, None));
    let taken = house.start(&test, START).unwrap();
    assert_eq!(asked(&house), 0);
    let head = house.world.stored(house.person).head;
    assert!(head.started(test.id, &taken.attempt.round) && head.next_at.is_some());
    // Handing in changes nothing about it; of a test of a course nothing is noted.
    house.submit(&taken, 0, START).unwrap();
    let pre = house.assessment(terms(Purpose::Pre, Some(house.course)));
    house.start(&pre, START).unwrap();
    assert_eq!(house.world.stored(house.person).head.tests, head.tests);

    // Who starts nothing is asked, once.
    let mut other = House::new();
    other.world.settings = Settings::parse(r#"{"competency_targets": {"developer": {"a": 71}}}"#).unwrap();
    other.assessment(terms(Purpose::Quarterly, None));
    assert_eq!((asked(&other), asked(&other)), (1, 0));
}

#[test]
fn what_is_published_is_asked_for_and_what_is_retired_is_not() {
    let house = House::new();
    let listed = |house: &House| -> Vec<AssessmentId> {
        block_on(house.world.catalogue()).unwrap().tests().map(|it| it.id).collect()
    };
    house.assessment(terms(Purpose::PostTraining, Some(house.course)));
    let test = house.assessment(terms(Purpose::Annual, None));
    assert_eq!(listed(&house), [test.id]);
    let change = |version, terms| {
        let cause = house.cause(START);
        block_on(change_assessment(&house.world.desk(), &house.world, test.id, version, terms, &cause)).unwrap()
    };
    let retired = change(test.version, Terms { retired: true, ..test.terms.clone() });
    assert_eq!(listed(&house), []);
    let back = change(retired.version, test.terms.clone());
    assert_eq!(listed(&house), [test.id]);
    change(back.version, terms(Purpose::Pre, Some(house.course)));
    assert_eq!(listed(&house), []);
}
