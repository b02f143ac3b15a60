//! Workloads over HTTP.

use serde_json::{Value, json};
use web::testing::{Call, Token};

use super::{House, check};

fn workload(owner: &str) -> Value {
    json!({
        "code": "ledger", "name": "Ledger", "owner_id": owner, "tier": 1, "kind": "service",
        "repositories": ["https://git.example.com/payments/ledger"], "tags": ["rust"],
    })
}

#[tokio::test]
async fn a_lead_keeps_the_workloads_of_their_own_team() {
    let house = House::new().await;
    let (lead, token) = house.linked("ada", json!({}), &[]).await;
    let (_, other) = house.linked("eve", json!({}), &[]).await;
    let lead_of = json!({"code": "payments", "name": "Payments", "department": "retail", "lead_ids": [lead]});
    let team = house.make("/directory/teams", lead_of).await["team_id"].as_str().unwrap().to_owned();
    let foreign = house.team("platform").await;
    let post = |token: &Token, owner: &str| Call::post("/directory/workloads", &workload(owner)).by(token);
    check(&house.send(post(&other, &team)).await, 403, "forbidden");
    check(&house.send(post(&token, &foreign)).await, 403, "forbidden");
    let made = house.send(post(&token, &team)).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let path = format!("/directory/workloads/{}", made.json()["workload_id"].as_str().unwrap());
    let patch = |token: &Token, body: Value| {
        Call::patch(path.clone(), &body).by(token).header("if-match", "\"1\"").send(&house.router)
    };
    check(&patch(&other, json!({"tier": 2})).await, 403, "forbidden");
    check(&patch(&token, json!({"owner_id": foreign})).await, 403, "forbidden");
    check(&patch(&token, json!({"tier": 4})).await, 400, "invalid_body");
    assert_eq!(patch(&token, json!({"tier": 2})).await.json()["tier"], 2);
    check(&patch(&token, json!({"tier": 3})).await, 412, "version_mismatch");
    assert_eq!(house.get("/directory/workloads").await.json()["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_owner_must_exist_and_repositories_be_addresses() {
    let house = House::new().await;
    let post = |body: Value| Call::post("/directory/workloads", &body).by(&house.admin).send(&house.router);
    check(&post(workload("01890a5d-ac96-774b-bcce-b302099a8057")).await, 422, "unknown_team");
    let team = house.team("payments").await;
    let mut bad = workload(&team);
    bad["repositories"] = json!(["git@example.com:ledger"]);
    check(&post(bad).await, 400, "invalid_body");
}
