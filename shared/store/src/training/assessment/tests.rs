//! The bank and attempts over the table in memory.

use std::{collections::BTreeMap, sync::Arc};

use directory::DirectoryListing;
use jiff::Timestamp;
use kernel::{Cause, Commit, MailMode, Principal};
use training::{
    MailSwitch, Settings, TrainingError, TrainingReader, TrainingWriter,
    assessment::{
        AssessmentCode, Content, Outcome, Purpose, Round, Seed, Submission, Terms, draw,
        usecases::{change_question, create_question, forget},
    },
    model::{Percent, Title},
    usecases::Desk,
};

use super::*;
use crate::{MemoryTable, Table};

fn at() -> Timestamp {
    "2026-03-02T12:00:00Z".parse().unwrap()
}

fn cause() -> Cause {
    Cause { by: Principal::Program, at: at(), correlation_id: "c".into(), causation_id: None }
}

fn store() -> (Arc<MemoryTable>, TrainingStore) {
    let table = Arc::new(MemoryTable::new());
    (table.clone(), TrainingStore::new(table))
}

fn area(code: &str) -> Area {
    Area::parse(code).unwrap()
}

fn content(of: &str, kind: QuestionKind) -> Content {
    let option = |code: &str| OptionId::parse(code).unwrap();
    let choice = |code: &str| Choice { id: option(code), text: OptionText::parse(&format!("option {code}")).unwrap() };
    let words = kind == QuestionKind::ShortText;
    let key = if words {
        AnswerKey { right: Vec::new(), accepted: vec![AnswerText::parse("CSRF").unwrap()] }
    } else {
        AnswerKey { right: vec![option("b")], accepted: Vec::new() }
    };
    let draft = Draft {
        area: area(of),
        kind,
        text: QuestionText::parse("Which one?\n\nOf these:").unwrap(),
        options: if words { Vec::new() } else { vec![choice("a"), choice("b")] },
        key,
        explanation: Some(QuestionText::parse("Because.").unwrap()),
        languages: vec!["en".to_owned()],
    };
    draft.check().unwrap()
}

async fn create(store: &TrainingStore, of: &str, kind: QuestionKind) -> Question {
    create_question(store, store, content(of, kind), false, &cause(), None).await.unwrap()
}

async fn commit(store: &TrainingStore, writes: Vec<Write>) -> Result<(), StoreError> {
    let writes = writes.into_iter().map(training::Write::Assessment).collect();
    store.commit(Commit::of(writes), &cause()).await
}

#[tokio::test]
async fn a_question_comes_back_as_it_went_in_every_version() {
    let (_, store) = store();
    let (settings, mail) = (Settings::default(), MailSwitch { mode: MailMode::On, pilot_teams: Vec::new() });
    let desk = Desk { reader: &store, writer: &store, roster: &store, settings: &settings, mail: &mail };
    let old = create(&store, "a", QuestionKind::Single).await;
    assert_eq!(store.question(old.id).await.unwrap(), Some(old.clone()));
    let words = content("b", QuestionKind::ShortText);
    let new = change_question(&desk, &store, old.id, old.version, words.clone(), false, &cause()).await.unwrap();
    assert_eq!(store.question(old.id).await.unwrap(), Some(new.clone()));
    assert_eq!(store.pinned(&[new.pin(), old.pin()]).await.unwrap(), [new.clone(), old.clone()]);
    // It is drawn of its new area alone, in its new version.
    assert_eq!(store.bank(&area("a")).await.unwrap(), []);
    assert_eq!(store.bank(&area("b")).await.unwrap(), [new.pin()]);
    let stale = change_question(&desk, &store, old.id, old.version, words.clone(), true, &cause()).await;
    assert!(matches!(stale, Err(TrainingError::Stale)));
    change_question(&desk, &store, old.id, new.version, words, true, &cause()).await.unwrap();
    assert_eq!(store.bank(&area("b")).await.unwrap(), []);
    let missing = Pin { question: old.id, version: Version::new(9) };
    assert!(matches!(store.pinned(&[missing]).await, Err(StoreError::Unreadable(_))));
}

#[tokio::test]
async fn of_two_authors_at_once_one_is_told() {
    let (_, store) = store();
    let old = create(&store, "a", QuestionKind::Single).await;
    let next = |of| Write::Question {
        before: old.version,
        left: Some(area("a")),
        question: Box::new(Question {
            content: content(of, QuestionKind::Single),
            version: old.version.next(),
            ..old.clone()
        }),
    };
    commit(&store, vec![next("b")]).await.unwrap();
    assert!(matches!(commit(&store, vec![next("c")]).await, Err(StoreError::Conflict)));
    assert_eq!(store.bank(&area("c")).await.unwrap(), []);
}

#[tokio::test]
async fn questions_are_listed_by_area_a_page_at_a_time() {
    let (_, store) = store();
    for of in ["ab", "a", "ab", "b"] {
        create(&store, of, QuestionKind::Single).await;
    }
    let areas = |page: &Page<Question>| page.items.iter().map(|it| it.area().as_str().to_owned()).collect::<Vec<_>>();
    let all = store.questions(None, Limit::MAX, None).await.unwrap();
    assert_eq!(areas(&all), ["a", "ab", "ab", "b"]);
    let only = area("a");
    assert_eq!(areas(&store.questions(Some(&only), Limit::MAX, None).await.unwrap()), ["a"]);
    let (only, one) = (area("ab"), Limit::new(1).unwrap());
    let first = store.questions(Some(&only), one, None).await.unwrap();
    let second = store.questions(Some(&only), one, first.next.as_ref()).await.unwrap();
    assert_ne!(first.items[0].id, second.items[0].id);
    assert_eq!((areas(&first), areas(&second)), (vec!["ab".to_owned()], vec!["ab".to_owned()]));
}

fn assessment(code: &str) -> Assessment {
    let terms = Terms {
        title: Title::parse("A test").unwrap(),
        purpose: Purpose::Annual,
        course: None,
        sections: Vec::new(),
        pass_mark: Percent::FULL,
        minutes: 30,
        attempts: 2,
        days_between: 0,
        retired: false,
    };
    let code = AssessmentCode::parse(code).unwrap();
    Assessment { id: AssessmentId::new(at()), code, terms, version: Version::FIRST }
}

#[tokio::test]
async fn a_code_is_taken_once_and_assessments_are_listed_by_it() {
    let (_, store) = store();
    let create = async |assessment: &Assessment| {
        let assessment = Box::new(assessment.clone());
        commit(&store, vec![Write::Assessment { before: Version::ABSENT, assessment }]).await
    };
    let (second, first) = (assessment("abc"), assessment("ab"));
    create(&second).await.unwrap();
    create(&first).await.unwrap();
    assert!(matches!(create(&assessment("AB")).await, Err(StoreError::Taken("assessment_code"))));
    assert_eq!(store.assessment(first.id).await.unwrap(), Some(first.clone()));
    assert_eq!(store.assessments(Limit::MAX, None).await.unwrap().items, [first.clone(), second.clone()]);
    let one = Limit::new(1).unwrap();
    let page = store.assessments(one, None).await.unwrap();
    assert_eq!(store.assessments(one, page.next.as_ref()).await.unwrap().items, [second]);
}

fn attempt(person: PersonId, questions: Vec<Pin>) -> Attempt {
    Attempt {
        id: AttemptId::new(at()),
        person,
        assessment: AssessmentId::new(at()),
        assessment_version: Version::FIRST,
        purpose: Purpose::Annual,
        course: None,
        round: Round::of(Purpose::Annual, None, jiff::civil::date(2026, 3, 2)),
        number: 1,
        allowed: 2,
        seed: Seed::new(u64::MAX),
        questions,
        pass_mark: Percent::FULL,
        started_at: at(),
        deadline: at(),
        submission: None,
        version: Version::FIRST,
    }
}

fn handed_in(attempt: &Attempt, text: &str) -> Write {
    let question = attempt.questions[0].question;
    let answers = vec![
        training::assessment::Answer {
            question,
            response: training::assessment::Response::Text(AnswerText::parse(text).unwrap()),
        },
        training::assessment::Answer { question, response: training::assessment::Response::Options(vec![2, 1]) },
    ];
    let outcome = Outcome { score_tenths: 705, passed: true, areas: Vec::new(), right: vec![true] };
    let submission = Some(Submission { at: at(), answers, outcome });
    let next = Attempt { submission, version: attempt.version.next(), ..attempt.clone() };
    Write::Attempt { before: attempt.version, attempt: Box::new(next) }
}

#[tokio::test]
async fn an_attempt_comes_back_as_it_went_and_is_handed_in_once() {
    let (_, store) = store();
    let person = PersonId::new(at());
    let question = create(&store, "a", QuestionKind::Single).await;
    let bank = BTreeMap::from([(area("a"), store.bank(&area("a")).await.unwrap())]);
    let section = training::assessment::Section { area: area("a"), questions: 1 };
    let first = attempt(person, draw(&bank, &[section], Seed::new(1)).unwrap());
    assert_eq!(first.questions, [question.pin()]);
    let start = Write::Attempt { before: Version::ABSENT, attempt: Box::new(first.clone()) };
    commit(&store, vec![start]).await.unwrap();
    assert_eq!(store.some_attempts(person, &[first.id]).await.unwrap(), std::slice::from_ref(&first));
    let (one, other) = (handed_in(&first, "one"), handed_in(&first, "other"));
    commit(&store, vec![one.clone()]).await.unwrap();
    assert!(matches!(commit(&store, vec![other]).await, Err(StoreError::Conflict)));
    let Write::Attempt { attempt: one, .. } = one else { return };
    assert_eq!(store.some_attempts(person, &[first.id]).await.unwrap(), [*one]);
    assert_eq!(store.some_attempts(PersonId::new(at()), &[first.id]).await.unwrap(), []);
    let later = attempt(person, vec![question.pin()]);
    let start = Write::Attempt { before: Version::ABSENT, attempt: Box::new(later.clone()) };
    commit(&store, vec![start]).await.unwrap();
    let mut ids = [first.id, later.id];
    ids.sort_by(|a, b| b.cmp(a));
    let one_a_page = Limit::new(1).unwrap();
    let newest = store.attempts(person, one_a_page, None).await.unwrap();
    let oldest = store.attempts(person, one_a_page, newest.next.as_ref()).await.unwrap();
    assert_eq!([newest.items[0].id, oldest.items[0].id], ids);
}

#[tokio::test]
async fn of_two_starts_at_once_one_is_refused() {
    let (_, store) = store();
    let person = PersonId::new(at());
    let start = || {
        let attempt = Attempt { assessment: AssessmentId::from_uuid(uuid::Uuid::nil()), ..attempt(person, Vec::new()) };
        let tries = Tries::none(person, attempt.assessment, attempt.round.clone());
        let tries = Tries { attempts: vec![attempt.id], version: Version::FIRST, ..tries };
        let tries = Write::Tries { before: Version::ABSENT, tries };
        vec![tries, Write::Attempt { before: Version::ABSENT, attempt: Box::new(attempt) }]
    };
    commit(&store, start()).await.unwrap();
    assert!(matches!(commit(&store, start()).await, Err(StoreError::Conflict)));
    assert_eq!(store.attempts(person, Limit::MAX, None).await.unwrap().items.len(), 1);
    let tries = store.tries(person, AssessmentId::from_uuid(uuid::Uuid::nil())).await.unwrap().unwrap();
    assert_eq!(tries.attempts.len(), 1);
}

#[tokio::test]
async fn forgetting_leaves_nothing_however_much_there_is() {
    let (table, store) = store();
    let person = PersonId::new(at());
    for _ in 0..120 {
        let start = Write::Attempt { before: Version::ABSENT, attempt: Box::new(attempt(person, Vec::new())) };
        commit(&store, vec![start]).await.unwrap();
    }
    let tries = Tries {
        version: Version::FIRST,
        ..Tries::none(person, AssessmentId::new(at()), attempt(person, Vec::new()).round)
    };
    commit(&store, vec![Write::Tries { before: Version::ABSENT, tries }]).await.unwrap();
    assert!(forget(&store, &store, person, &cause()).await.unwrap());
    assert!(!forget(&store, &store, person, &cause()).await.unwrap());
    assert!(table.query(&Query::partition(keys::attempts_of(person))).await.unwrap().items.is_empty());
}

#[tokio::test]
async fn an_export_has_every_attempt_with_its_answers_and_no_seed() {
    let (table, store) = store();
    let person = PersonId::new(at());
    let question = create(&store, "a", QuestionKind::Single).await;
    let attempt = Attempt { seed: Seed::new(424_242), ..attempt(person, vec![question.pin()]) };
    let start = Write::Attempt { before: Version::ABSENT, attempt: Box::new(attempt.clone()) };
    commit(&store, vec![start]).await.unwrap();
    commit(&store, vec![handed_in(&attempt, "in my words")]).await.unwrap();
    let tries = Tries::none(person, attempt.assessment, attempt.round.clone());
    let tries = Tries { attempts: vec![attempt.id], version: Version::FIRST, ..tries };
    commit(&store, vec![Write::Tries { before: Version::ABSENT, tries }]).await.unwrap();
    let told = crate::DirectoryStore::new(table).export_of(person).await.unwrap();
    let training = told.iter().find(|part| part.system == "training").unwrap();
    let kinds: Vec<&str> = training.items.iter().filter_map(|item| item["type"].as_str()).collect();
    assert_eq!(kinds, ["attempt", "attempts_of_round"]);
    let text = serde_json::to_string(&training.items).unwrap();
    assert!(text.contains("in my words") && text.contains("705") && text.contains(&attempt.id.to_string()), "{text}");
    assert!(!text.contains("424242") && !text.contains("seed"), "{text}");
}

#[tokio::test]
async fn what_people_are_asked_to_take_is_read_with_the_catalogue() {
    let (_, store) = store();
    let made = |purpose, retired, version| {
        let assessment = Assessment {
            id: AssessmentId::from_uuid(uuid::Uuid::nil()),
            code: AssessmentCode::parse("quarter").unwrap(),
            terms: Terms {
                title: Title::parse("A test").unwrap(),
                purpose,
                course: None,
                sections: vec![training::assessment::Section { area: area("a"), questions: 2 }],
                pass_mark: Percent::new(50).unwrap(),
                minutes: 30,
                attempts: 2,
                days_between: 0,
                retired,
            },
            version: Version::new(version),
        };
        (assessment.clone(), Write::Assessment { before: Version::new(version - 1), assessment: Box::new(assessment) })
    };
    let asked = async || -> Vec<Assessment> { store.catalogue().await.unwrap().tests().cloned().collect() };
    let (first, write) = made(Purpose::Quarterly, false, 1);
    commit(&store, vec![write]).await.unwrap();
    assert_eq!(asked().await, [first]);
    let (stale, write) = (made(Purpose::Annual, false, 2).0, made(Purpose::Quarterly, true, 2).1);
    commit(&store, vec![write]).await.unwrap();
    assert_eq!(asked().await, []);
    // A change of an older version leaves no trace.
    let late = Write::Assessment { before: Version::FIRST, assessment: Box::new(stale) };
    assert!(matches!(commit(&store, vec![late]).await, Err(StoreError::Conflict)));
    assert_eq!(asked().await, []);
    let (back, write) = made(Purpose::Initial, false, 3);
    commit(&store, vec![write]).await.unwrap();
    assert_eq!(asked().await, [back]);
    commit(&store, vec![made(Purpose::Pre, false, 4).1]).await.unwrap();
    assert_eq!(asked().await, []);
}

#[tokio::test]
async fn what_an_attempt_starts_from_is_read_at_once() {
    let (_, store) = store();
    let (person, assessment) = (PersonId::new(at()), AssessmentId::from_uuid(uuid::Uuid::nil()));
    assert_eq!(store.opening(person, assessment).await.unwrap(), Opening::default());
    let round = Round::of(Purpose::Annual, None, jiff::civil::date(2026, 3, 2));
    let tries = Tries { version: Version::FIRST, ..Tries::none(person, assessment, round) };
    commit(&store, vec![Write::Tries { before: Version::ABSENT, tries: tries.clone() }]).await.unwrap();
    let found = store.opening(person, assessment).await.unwrap();
    assert_eq!(found, Opening { tries: Some(tries), ..Opening::default() });
    assert_eq!(store.opening(PersonId::new(at()), assessment).await.unwrap(), Opening::default());
}
