//! Requests and units of training's operations, through the whole router. Each pays two directory reads for who asks,
//! and one for whom it is about; beyond them stands what the house promises: a read is one request, a change is one read
//! and one transaction. The catalogue, one query, is part of whatever shows or decides on courses.

use std::sync::Arc;

use directory::{
    DepartmentCode, DirectoryWriter, IdentitySubject, Person, TeamCode, TeamName,
    people::{self, NewPerson},
    teams::{self, NewTeam},
};
use jiff::civil::date;
use kernel::{Cause, EventId, Principal};
use serde_json::json;
use store::{
    DirectoryStore,
    rollup::{Count, RollUps},
};
use testkit::newcomer;
use training::model::{RollUp, Scope};
use web::testing::{Call, ISSUER, Token};

use super::{check_costs, house::House, outside::now};

pub(super) fn cause() -> Cause {
    Cause { by: Principal::Program, at: now(), correlation_id: "costs".into(), causation_id: None }
}

pub(super) async fn person(store: &DirectoryStore, name: &str) -> Person {
    let subject = Some(IdentitySubject::new(ISSUER, name).unwrap());
    let new = NewPerson { subject, ..newcomer(&format!("{name}@example.com"), &format!("{name} Example")) };
    let (person, commit) = people::create(store, new, &cause()).await.unwrap();
    store.commit(commit).await.unwrap();
    person
}

#[tokio::test(flavor = "multi_thread")]
async fn operations_cost_what_they_did() {
    let mut house = House::training().await;
    let directory = DirectoryStore::new(Arc::new(house.engine.table.clone()));
    let lead = person(&directory, "lead").await;
    let ada = person(&directory, "ada").await;
    let (admin, own) = (Token::person("lead", &["program-admin"]), Token::person("ada", &[]));
    assert_ne!(lead.id, ada.id);

    let course = json!({
        "code": "threat-modelling", "title": "Threat modelling", "format": "workshop", "provider": "internal", "hours": 2.0,
    });
    let call = Call::post("/training/courses", &course).header("idempotency-key", "c1").by(&admin);
    let course = house.cost("create a course", call).await.json();
    let course = course["id"].as_str().unwrap().to_owned();
    let path = format!("/training/courses/{course}");
    house.cost("read a course", Call::get(&path).by(&own)).await;

    let file = format!("/training/people/{}", ada.id);
    let call = Call::post(format!("{file}/assignments"), &json!({"course_id": course})).header("idempotency-key", "a1");
    house.cost("assign a course", call.by(&admin)).await;
    house.cost("read a person's training", Call::get(&file).by(&own)).await;
    house.cost("read a person's competency", Call::get(format!("{file}/competencies")).by(&own)).await;
    house.cost("read a person's gaps", Call::get(format!("{file}/gaps")).by(&own)).await;
    house.cost("read what a course does", Call::get(format!("{path}/effectiveness")).by(&admin)).await;
    house.cost("rank the courses", Call::get("/training/effectiveness").by(&admin)).await;
    let call = Call::post(
        format!("{file}/assignments/{course}/extension"),
        &json!({"due": "2026-06-01", "reason": "away for a project"}),
    );
    house.cost("extend an assignment", call.header("idempotency-key", "e1").by(&admin)).await;
    let call = Call::post(format!("{file}/completions"), &json!({"course_id": course, "completed_on": "2026-03-01"}));
    house.cost("report a completion", call.header("idempotency-key", "r1").by(&own)).await;

    let article = json!({
        "code": "secrets", "title": "Secrets", "summary": "Where they live", "body": "# How\n\nLike this.",
        "area": "cloud-security", "requirement": "No secret is in code", "language": "en", "course_ids": [course],
    });
    let call = Call::post("/training/guidance", &article).header("idempotency-key", "g1").by(&admin);
    let id = house.cost("create an article", call).await.json()["id"].as_str().unwrap().to_owned();
    let path = format!("/training/guidance/{id}");
    let state = |state: &str| Call::put(format!("{path}/state"), &json!({"state": state})).by(&admin);
    house.cost("publish an article", state("published").header("if-match", "\"1\"")).await;
    house.cost("read an article", Call::get(&path).by(&own)).await;
    house.cost("find articles", Call::get("/training/guidance?q=secret").by(&own)).await;
    let feedback = json!({"helpful": true, "comment": "Good"});
    let call = Call::put(format!("{path}/feedback"), &feedback).header("if-match", "\"2\"");
    house.cost("say that an article helped", call.by(&own)).await;
    let changed = json!({
        "code": "secrets", "title": "Secrets", "summary": "Where they live", "body": "# How\n\nLike that.",
        "area": "cloud-security", "requirement": "No secret is in code", "language": "en",
    });
    house.cost("rewrite an article", Call::put(&path, &changed).header("if-match", "\"2\"").by(&admin)).await;
    house.cost("read an article beside its draft", Call::get(&path).by(&own)).await;

    check_costs("operations.json", &house.costs);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_teams_figures_cost_the_same_for_ten_and_for_ten_thousand_members() {
    let mut house = House::training().await;
    let directory = DirectoryStore::new(Arc::new(house.engine.table.clone()));
    person(&directory, "lead").await;
    let admin = Token::person("lead", &["program-admin"]);
    let new = NewTeam {
        code: TeamCode::parse("payments").unwrap(),
        name: TeamName::parse("Payments").unwrap(),
        department: DepartmentCode::parse("retail").unwrap(),
        leads: Vec::new(),
    };
    let (team, commit) = teams::create(&directory, new, &cause()).await.unwrap();
    directory.commit(commit).await.unwrap();
    let team = team.id;
    let mut costs = Vec::new();
    for people in [10, 9_990] {
        let roll_up = RollUp { people, clear: people / 2, required: people * 4, valid: people * 3 };
        let deltas = vec![(Scope::Team(team), date(2026, 3, 2), roll_up)];
        let count = Count { events: vec![EventId::new(now())], deltas, ..Count::default() };
        RollUps::new(Arc::new(house.engine.table.clone())).count(&count, now()).await.unwrap();
        house.cost("read a team's figures", Call::get(format!("/training/teams/{team}")).by(&admin)).await;
        costs.push(house.costs["read a team's figures"]);
    }
    assert_eq!(costs[0], costs[1]);
    check_costs("figures.json", &house.costs);
}
