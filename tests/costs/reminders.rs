//! The reminder run through the real tasks: its requests, units and state transitions depend on who is due, not on how
//! many people there are.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Span;
use kernel::{Cause, CourseId, PersonId, Principal, RunId, TeamId};
use serde_json::{Value, json};
use store::{
    Table,
    table::{Item, Query},
};
use testkit::Dynoxide;
use training::{
    assessment::{
        AnswerKey, Area, AssessmentCode, Choice, Draft, OptionId, OptionText, Purpose, QuestionKind, QuestionText,
        Section, Terms,
        usecases::{create_assessment, create_question},
    },
    model::{CourseCode, CourseFormat, CourseHours, CourseProvider, Percent, Title},
    usecases::{
        Call,
        catalogue::{CourseFacts, create_course},
        work::{self, Assign},
    },
};
use uuid::Uuid;
use workflow_tasks::{
    tasks::training::{Ports, run},
    wiring::{Outside, over},
};

use super::{
    Cost, check_costs,
    outside::{Office, Still, clock, now},
};

const DUE: u8 = 250;

/// Ids that are the same on every run, spread over the shards.
pub(super) fn person(kind: u16, number: u64) -> PersonId {
    let spread = (number % 16) | (number / 16) << 8;
    PersonId::from_uuid(Uuid::from_u64_pair(
        0x0190_0000_0000_7000 | u64::from(kind) << 16,
        0x8000_0000_0000_0000 | spread,
    ))
}

pub(super) fn cause() -> Cause {
    Cause { by: Principal::Program, at: now(), correlation_id: "costs".into(), causation_id: None }
}

pub(super) async fn course(office: &Office) -> CourseId {
    let facts = CourseFacts {
        title: Title::parse("Threat modelling").unwrap(),
        format: CourseFormat::Course,
        provider: CourseProvider::Internal,
        hours: CourseHours::from_hours(2.0).unwrap(),
        competencies: Vec::new(),
        prerequisites: Vec::new(),
        validity_months: None,
        languages: Vec::new(),
        url: None,
    };
    create_course(&office.desk(), CourseCode::parse("threat-modelling").unwrap(), facts, &cause(), None)
        .await
        .unwrap()
        .id
}

/// A test that is asked for once a quarter, and the questions it is drawn from.
async fn test(office: &Office) {
    let area = || Area::parse("threat-modelling").unwrap();
    let option = |code: &str| OptionId::parse(code).unwrap();
    let choice = |code: &str| Choice { id: option(code), text: OptionText::parse(code).unwrap() };
    let content = Draft {
        area: area(),
        kind: QuestionKind::Single,
        text: QuestionText::parse("Which one?").unwrap(),
        options: vec![choice("a"), choice("b")],
        key: AnswerKey { right: vec![option("a")], accepted: Vec::new() },
        explanation: None,
        languages: Vec::new(),
    };
    let content = content.check().unwrap();
    for _ in 0..10 {
        create_question(&office.store, &office.store, content.clone(), false, &cause(), None).await.unwrap();
    }
    let terms = Terms {
        title: Title::parse("Ten questions").unwrap(),
        purpose: Purpose::Quarterly,
        course: None,
        sections: vec![Section { area: area(), questions: 10 }],
        pass_mark: Percent::FULL,
        minutes: 20,
        attempts: 2,
        days_between: 1,
        retired: false,
    };
    let code = AssessmentCode::parse("quarter").unwrap();
    create_assessment(&office.desk(), &office.store, code, terms, &cause(), None).await.unwrap();
}

async fn assign(office: &Office, person: PersonId, course: CourseId, days: i32) {
    let due = jiff::civil::date(2026, 3, 2).checked_add(Span::new().days(days)).unwrap();
    let ask = Assign { person, course, due: Some(due), required: true };
    work::assign(&office.desk(), ask, &Call::of(&cause())).await.unwrap();
}

/// The heads of people with nothing due for months: one was made by the rules, the others are like it.
pub(super) async fn fill(engine: &Dynoxide, office: &Office, course: CourseId, people: u64) {
    for shard in 0..16 {
        let model = person(2, shard);
        assign(office, model, course, 300).await;
        let file = engine.table.query(&Query::partition(store::keys::learner_file(model))).await.unwrap().items;
        let head = file.into_iter().find(|item| store::item::kind_of(item) == Some("learner")).unwrap();
        let others = (1..people / 16).map(|row| {
            let other = person(2, shard + 16 * row).to_string();
            Item::from(
                head.iter()
                    .map(|(name, value)| (name.clone(), renamed(value, &model.to_string(), &other)))
                    .collect::<std::collections::HashMap<_, _>>(),
            )
        });
        engine.fill(others.collect()).unwrap();
    }
}

pub(super) fn renamed(value: &store::table::Value, from: &str, to: &str) -> store::table::Value {
    use store::table::Value;
    match value {
        Value::S(text) => Value::S(text.replace(from, to)),
        Value::M(map) => Value::M(map.iter().map(|(name, value)| (name.clone(), renamed(value, from, to))).collect()),
        Value::L(list) => Value::L(list.iter().map(|value| renamed(value, from, to)).collect()),
        other => other.clone(),
    }
}

/// Runs the cycle as the state machine does, and counts the tasks it calls.
pub(super) async fn cycle(ports: &Ports) -> (u64, u64) {
    let run_id = RunId::from_uuid(Uuid::from_u64_pair(0x0190_0000_0000_7000, 0x8000_0000_0000_0001));
    let selected =
        run(ports, json!({"task": "select-due", "at": now(), "ignore_send_hour": false, "run": run_id})).await.unwrap();
    let mut tasks = 1;
    let mut mails = 0;
    for (task, shards) in [("remind-people", "shards"), ("digest-boxes", "box_shards")] {
        for shard in selected[shards].as_array().unwrap() {
            let mut cursor = Value::Null;
            loop {
                let page = json!({
                    "task": task, "run": run_id, "at": now(), "until": selected["until"], "shard": shard,
                    "cursor": cursor, "ignore_send_hour": false,
                });
                let done = run(ports, page).await.unwrap();
                tasks += 1;
                mails += done["mails"].as_u64().unwrap();
                assert_eq!(done["failed"], 0);
                cursor = done["cursor"].clone();
                if cursor.is_null() {
                    break;
                }
            }
        }
    }
    (tasks, mails)
}

/// What a run costs; with a test that everybody due is asked to take besides, or without one.
async fn measure(people: u64, tested: bool) -> (Cost, u64) {
    let engine = Dynoxide::start().await.unwrap();
    let table: Arc<dyn Table> = Arc::new(engine.table.clone());
    let office = Office::new(Arc::clone(&table), TeamId::from_uuid(Uuid::from_u128(7)), person(3, 0));
    let course = course(&office).await;
    fill(&engine, &office, course, people).await;
    for number in 0..u64::from(DUE) {
        // Half fall due today, half in a week.
        assign(&office, person(1, number), course, if number % 2 == 0 { 0 } else { 7 }).await;
        assign(&office, person(4, number), course, if number % 2 == 0 { 1 } else { 30 }).await;
    }
    if tested {
        test(&office).await;
    }
    let ports = over(
        table,
        Outside {
            settings: Arc::new(Still),
            program: Arc::new(Still),
            files: Arc::new(Still),
            gauges: Arc::new(Still),
            clock: clock(),
        },
    );
    engine.meter.take();
    let (tasks, mails) = cycle(&ports).await;
    let cost = engine.meter.take().into();
    assert_eq!(mails, 2 * u64::from(DUE));
    let file = office.desk().reader.file(person(1, 0)).await.unwrap().unwrap();
    assert_eq!(file.head.tests.iter().any(|asked| asked.told), tested, "{:?}", file.head.tests);
    (cost, tasks)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_costs_the_same_among_a_thousand_and_among_a_hundred_thousand() {
    let (small, small_tasks) = measure(1_000, false).await;
    let (large, large_tasks) = measure(100_000, false).await;
    println!("reminder run, 500 due: {small:?} among 1,000 people, {large:?} among 100,000; {small_tasks} task calls");
    assert_eq!((small.requests, small_tasks), (large.requests, large_tasks));
    for (small, large) in [(small.read_units, large.read_units), (small.write_units, large.write_units)] {
        assert!((large - small).abs() <= small * 0.01, "{small} units among 1,000 people, {large} among 100,000");
    }
    // A test comes with the catalogue and goes into the one mail: it makes files and mails longer, and no request more.
    let (asked, _) = measure(1_000, true).await;
    assert_eq!(asked.requests, small.requests);
    let tasks = Cost { requests: small_tasks, read_units: 0.0, write_units: 0.0 };
    let rows = BTreeMap::from([
        ("reminder run, 500 due".to_owned(), small),
        ("reminder run, 500 due, all asked to take a test".to_owned(), asked),
        ("reminder run, 500 due: task calls".to_owned(), tasks),
    ]);
    check_costs("reminders.json", &rows);
}
