//! Requests and units of dashboards: the same for a team of ten and of ten thousand, and for a person with much and with
//! little behind them; and of grading a test.

use std::{collections::HashMap, ops::Range, sync::Arc};

use jiff::civil::date;
use kernel::{EventId, PersonId, TeamId};
use serde_json::json;
use store::{
    Table,
    item::kind_of,
    keys,
    rollup::{Count, RollUps},
    table::{Item, Query},
};
use testkit::Company;
use training::{
    competency::{Area, Spread, Spreads},
    model::{RollUp, Scope},
};
use uuid::Uuid;
use web::testing::{Call, ISSUER, Token};

use super::{Cost, check_costs, house::House, outside::now, reminders::renamed};

/// A program lead, and one member of a team.
async fn house() -> (House, TeamId, PersonId) {
    let house = House::training().await;
    let table: Arc<dyn Table> = Arc::new(house.engine.table.clone());
    let company = Company::over(&table, ISSUER, now());
    company.person("lead", None, None).await;
    let team = company.team("payments").await;
    let member = company.person("ada", None, Some(team)).await;
    (house, team, member)
}

fn lead() -> Token {
    Token::person("lead", &["program-admin"])
}

async fn course(house: &mut House, code: &str) -> String {
    let body = json!({"code": code, "title": code, "format": "course", "provider": "internal", "hours": 2});
    house.cost("", Call::post("/training/courses", &body).by(&lead())).await.json()["id"].as_str().unwrap().to_owned()
}

/// Some questions of an area.
async fn questions(house: &mut House, area: &str, count: usize) {
    for number in 0..count {
        let question = json!({
            "area": area, "kind": "single", "text": format!("Question {number}"), "right": ["a"],
            "options": [{"id": "a", "text": "this"}, {"id": "b", "text": "that"}],
        });
        house.cost("", Call::post("/training/questions", &question).by(&lead())).await;
    }
}

async fn assign(house: &mut House, person: PersonId, course: &str) {
    let body = json!({"course_id": course, "due": "2026-05-01"});
    house.cost("", Call::post(format!("/training/people/{person}/assignments"), &body).by(&lead())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_teams_dashboard_costs_the_same_for_ten_and_for_ten_thousand_members() {
    let (mut house, team, _) = house().await;
    let mut costs = Vec::new();
    for people in [10, 9_990] {
        let half = people / 2;
        let one = Spread { asked: people, novice: half, expert: people - half, below: half, ..Spread::default() };
        let of = |code: &str| (Area::parse(code).unwrap(), one);
        let areas: Spreads = [of("threat-modelling"), of("secure-coding")].into_iter().collect();
        let roll_up = RollUp { people, clear: people / 2, required: people * 4, valid: people * 3, areas };
        let deltas = vec![(Scope::Team(team), date(2026, 3, 2), roll_up)];
        let count = Count { events: vec![EventId::new(now())], deltas, ..Count::default() };
        RollUps::new(Arc::new(house.engine.table.clone())).count(&count, now()).await.unwrap();
        let name = "read a team's dashboard";
        let seen = house.cost(name, Call::get(format!("/training/teams/{team}/dashboard")).by(&lead())).await;
        assert_eq!(seen.json()["areas"][0]["spread"]["state"], "measured", "{}", seen.text);
        costs.push(house.costs[name]);
    }
    assert_eq!(costs[0], costs[1]);
    check_costs("team_dashboard.json", &house.costs);
}

/// More members with files, each like the first one.
fn more(house: &House, model: &[Item], first: PersonId, members: Range<u64>) {
    let copied = |number: u64| {
        let other = PersonId::from_uuid(Uuid::from_u64_pair(0x0190_0000_0000_7000, 0x8000_0000_0000_0000 | number));
        let (from, to) = (first.to_string(), other.to_string());
        let copy = |item: &Item| {
            let all = item.iter().map(|(name, value)| (name.clone(), renamed(value, &from, &to)));
            Item::from(all.collect::<HashMap<_, _>>())
        };
        model.iter().map(copy).collect::<Vec<_>>()
    };
    house.engine.fill(members.flat_map(copied).collect()).unwrap();
}

/// What a page of the matrix costs, and how many members are on it.
async fn matrix(house: &mut House, team: TeamId, name: &str) -> (usize, Cost) {
    let uri = format!("/training/teams/{team}/matrix");
    let seen = house.cost(name, Call::get(uri).by(&lead())).await.json();
    assert_eq!(seen["items"][0]["courses"][0]["standing"], "open", "{seen}");
    (seen["items"].as_array().unwrap().len(), house.costs[name])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_a_teams_matrix_costs_the_same_in_a_team_of_ten_thousand() {
    let (mut house, team, member) = house().await;
    let course = course(&mut house, "threats").await;
    assign(&mut house, member, &course).await;
    let mut model = Vec::new();
    for (partition, kind) in [(keys::team_partition(team), "member"), (keys::learner_file(member), "learner")] {
        let found = house.engine.table.query(&Query::partition(partition)).await.unwrap().items;
        model.extend(found.into_iter().find(|item| kind_of(item) == Some(kind)));
    }
    assert_eq!(model.len(), 2);
    house.costs.clear();
    more(&house, &model, member, 1..10);
    let (ten, small) = matrix(&mut house, team, "read a team's matrix, 10 members").await;
    more(&house, &model, member, 10..60);
    let (page, of_sixty) = matrix(&mut house, team, "of 60").await;
    more(&house, &model, member, 60..10_000);
    let (again, of_many) = matrix(&mut house, team, "read a team's matrix, a page of 50 of 10,000 members").await;
    assert_eq!((ten, page, again), (10, 50, 50));
    assert_eq!(of_sixty, of_many);
    assert_eq!(small.requests, of_many.requests);
    house.costs.remove("of 60");
    check_costs("team_matrix.json", &house.costs);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_persons_dashboard_takes_the_same_requests_whatever_there_is_to_tell() {
    let (mut house, _, ada) = house().await;
    let mut courses = Vec::new();
    for number in 0..12 {
        courses.push(course(&mut house, &format!("course-{number}")).await);
    }
    // What the person is asked to take comes with the catalogue.
    questions(&mut house, "threat-modelling", 2).await;
    let terms = json!({
        "title": "A test", "purpose": "quarterly", "sections": [{"area": "threat-modelling", "questions": 2}],
        "pass_mark": 50, "minutes": 30, "attempts": 2,
    });
    house.cost("", Call::post("/training/assessments", &json!({"code": "quarter", "terms": terms})).by(&lead())).await;
    house.costs.clear();
    let (own, uri) = (Token::person("ada", &[]), format!("/training/people/{ada}/dashboard"));
    assign(&mut house, ada, &courses[0]).await;
    session(&mut house, ada, &courses[0]).await;
    let seen = house.cost("read a person's own dashboard", Call::get(&uri).by(&own)).await.json();
    assert!(seen["next"].as_array().is_some_and(|steps| steps.iter().any(|it| it["kind"] == "take")), "{seen}");
    let first = house.costs["read a person's own dashboard"].requests;
    for course in &courses[1..] {
        assign(&mut house, ada, course).await;
        session(&mut house, ada, course).await;
    }
    let seen = house.cost("read a person's own dashboard", Call::get(&uri).by(&own)).await.json();
    assert_eq!((seen["open"].as_u64(), seen["seats"].as_array().map(Vec::len)), (Some(12), Some(12)), "{seen}");
    assert_eq!(house.costs["read a person's own dashboard"].requests, first);
    house.cost("read another's dashboard", Call::get(&uri).by(&lead())).await;
    house.costs.remove("");
    check_costs("person_dashboard.json", &house.costs);
}

/// A seat in a session of a course.
async fn session(house: &mut House, person: PersonId, course: &str) {
    let body = json!({
        "course_id": course, "starts": "2026-03-10T09:00:00Z", "minutes": 90, "time_zone": "Europe/Berlin",
        "place": "Room 4.2", "seats": 5,
    });
    let made = house.cost("", Call::post("/training/sessions", &body).by(&lead())).await.json();
    let session = made["id"].as_str().unwrap().to_owned();
    let seat = Call::put(format!("/training/sessions/{session}/bookings/{person}"), &json!({}));
    house.cost("", seat.by(&lead()).header("if-match", "\"0\"")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn grading_a_test_costs_what_it_did() {
    let (mut house, _, ada) = house().await;
    questions(&mut house, "secure-coding", 20).await;
    let terms = json!({
        "title": "A test", "purpose": "quarterly", "sections": [{"area": "secure-coding", "questions": 20}],
        "pass_mark": 50, "minutes": 30, "attempts": 2,
    });
    let new = json!({"code": "coding-test", "terms": terms});
    let test = house.cost("", Call::post("/training/assessments", &new).by(&lead())).await.json();
    house.costs.clear();
    let own = Token::person("ada", &[]);
    let attempts = format!("/training/people/{ada}/attempts");
    let start = Call::post(&attempts, &json!({"assessment_id": test["id"]})).header("idempotency-key", "s1").by(&own);
    let started = house.cost("start an attempt of 20 questions", start).await.json();
    let attempt = started["attempt"]["id"].as_str().unwrap().to_owned();
    let empty = Call::post(format!("{attempts}/{attempt}/submission"), &json!({"answers": []}));
    house.cost("grade an attempt of 20 questions", empty.header("idempotency-key", "s2").by(&own)).await;
    check_costs("assessments.json", &house.costs);
}
