//! Requests and units of training's operations, through the whole router. Each pays two directory reads for who asks,
//! and one for whom it is about; beyond them stands what the house promises: a read is one request, a change is one read
//! and one transaction. The catalogue, one query, is part of whatever shows or decides on courses. Taking a test reads
//! more: one request for each area it is drawn from, one for its questions, and whatever a passed one is evidence of.

use std::sync::Arc;

use directory::{
    DepartmentCode, DirectoryWriter, IdentitySubject, Person, TeamCode, TeamName,
    people::{self, NewPerson},
    teams::{self, NewTeam},
};
use jiff::civil::date;
use kernel::{Cause, EventId, Principal};
use serde_json::{Value, json};
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
    let call = Call::patch(&path, &json!({"hours": 2.5})).header("if-match", "\"1\"").by(&admin);
    house.cost("change a course", call).await;

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

    let next = json!({
        "code": "secrets", "title": "Secrets", "format": "lab", "provider": "internal", "hours": 4.0,
    });
    let next = Call::post("/training/courses", &next).by(&admin).send(house.router()).await.json()["id"].clone();
    let steps = json!({"steps": [
        {"course_id": course, "requirement": "required"}, {"course_id": next, "requirement": "required"},
    ]});
    let set = Call::put("/training/paths/developer", &steps).header("if-match", "\"0\"").by(&admin);
    assert_eq!(set.send(house.router()).await.status, 200);
    let call = Call::post(format!("{file}/plan"), &json!({})).header("idempotency-key", "p1");
    house.cost("plan for a person", call.by(&admin)).await;
    house.cost("read a person's plan", Call::get(format!("{file}/plan")).by(&own)).await;

    let certificate = json!({
        "name": "Cloud security", "issuer": "Example institute", "issued_on": "2026-01-10", "expires_on": "2028-01-09",
        "evidence_url": "https://certificates.example.com/a-17",
    });
    let call = Call::post(format!("{file}/certificates"), &certificate).header("idempotency-key", "z1");
    let made = house.cost("record a certificate", call.by(&own)).await.json();
    let all = Call::get(format!("{file}/certificates")).by(&own);
    let etag = house.cost("read a person's certificates", all).await.header("etag").to_owned();
    let path = format!("{file}/certificates/{}/check", made["id"].as_str().unwrap());
    let call = Call::post(path, &json!({"verified": true})).header("if-match", &etag).by(&admin);
    house.cost("verify a certificate", call).await;
    let question = |words: &str| {
        json!({
            "area": "risk", "kind": "single", "text": words, "right": ["a"], "options": [
                {"id": "a", "text": "this"}, {"id": "b", "text": "that"},
            ],
        })
    };
    let call = Call::post("/training/questions", &question("Which one?")).header("idempotency-key", "q1");
    house.cost("write a question", call.by(&admin)).await;
    let call = Call::post("/training/questions", &question("And here?")).header("idempotency-key", "q2");
    house.cost("write a question", call.by(&admin)).await;
    house.cost("list questions", Call::get("/training/questions").by(&admin)).await;
    let terms = json!({
        "title": "A test", "purpose": "post_training", "course_id": course, "pass_mark": 1, "minutes": 30, "attempts": 2,
        "sections": [{"area": "risk", "questions": 2}],
    });
    let call = Call::post("/training/assessments", &json!({"code": "risk", "terms": terms}));
    let made = house.cost("write an assessment", call.header("idempotency-key", "t1").by(&admin)).await.json();
    let start = json!({"assessment_id": made["id"]});
    let call = Call::post(format!("{file}/attempts"), &start).header("idempotency-key", "s1").by(&own);
    let started = house.cost("start an attempt", call).await.json();
    let path = format!("{file}/attempts/{}", started["attempt"]["id"].as_str().unwrap());
    house.cost("read an attempt", Call::get(&path).by(&own)).await;
    let answer = |question: &Value| {
        let options = question["options"].as_array().unwrap();
        let right = options.iter().find(|option| option["text"] == "this").unwrap();
        json!({"question_id": question["question_id"], "options": [right["number"]]})
    };
    let answers: Vec<Value> = started["form"].as_array().unwrap().iter().map(answer).collect();
    let call = Call::post(format!("{path}/submission"), &json!({"answers": answers})).header("idempotency-key", "h1");
    let done = house.cost("pass the test of a course", call.by(&own)).await.json();
    assert_eq!(done["attempt"]["result"]["passed"], true, "{done}");
    house.cost("list a person's attempts", Call::get(format!("{file}/attempts")).by(&own)).await;

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
        let roll_up = RollUp { people, clear: people / 2, required: people * 4, valid: people * 3, ..RollUp::ZERO };
        let deltas = vec![(Scope::Team(team), date(2026, 3, 2), roll_up)];
        let count = Count { events: vec![EventId::new(now())], deltas, ..Count::default() };
        RollUps::new(Arc::new(house.engine.table.clone())).count(&count, now()).await.unwrap();
        house.cost("read a team's figures", Call::get(format!("/training/teams/{team}")).by(&admin)).await;
        costs.push(house.costs["read a team's figures"]);
    }
    assert_eq!(costs[0], costs[1]);
    check_costs("figures.json", &house.costs);
}
