//! Teams over HTTP.

use serde_json::json;
use web::testing::Call;

use super::{House, check};

#[tokio::test]
async fn a_team_is_created_read_changed_and_listed() {
    let house = House::new().await;
    let (lead, token) = house.linked("ada", json!({}), &[]).await;
    let team = house.team("payments").await;
    let path = format!("/directory/teams/{team}");
    let change = Call::patch(path.clone(), &json!({"lead_ids": [lead]})).by(&house.admin).header("if-match", "\"1\"");
    assert_eq!(house.send(change).await.json()["lead_ids"], json!([lead]));
    assert_eq!(house.get(&path).await.header("etag"), "\"2\"");
    let me = house.send(Call::get("/directory/me").by(&token)).await;
    assert_eq!(me.json()["roles"], json!(["builder", "team-lead"]));
    assert_eq!(house.get("/directory/teams").await.json()["items"][0]["code"], "payments");
    let again = Call::post("/directory/teams", &json!({"code": "PAYMENTS", "name": "x", "department": "y"}));
    check(&house.send(again.by(&house.admin)).await, 409, "taken");
    let bad = Call::post("/directory/teams", &json!({"code": "pay ments", "name": "x", "department": "y"}));
    check(&house.send(bad.by(&house.admin)).await, 400, "invalid_body");
    check(&house.get("/directory/teams/01890a5d-ac96-774b-bcce-b302099a8057").await, 404, "not_found");
}

async fn with_members(house: &House, team: &str, number: usize) -> Vec<String> {
    let mut members = Vec::new();
    for at in 0..number {
        let stay = json!({"teams": [{"team_id": team, "from": "2025-01-01", "primary": true}]});
        members.push(house.linked(&format!("p{at}"), stay, &[]).await.0);
    }
    members
}

#[tokio::test]
async fn a_merge_is_answered_again_and_moves_everyone() {
    let house = House::new().await;
    let (old, heir) = (house.team("old").await, house.team("heir").await);
    with_members(&house, &old, 3).await;
    house
        .make("/directory/workloads", json!({"code": "w", "name": "W", "owner_id": old, "tier": 1, "kind": "service"}))
        .await;
    let merge = || {
        let call = Call::post(format!("/directory/teams/{old}/merge"), &json!({"into": heir})).by(&house.admin);
        call.header("idempotency-key", "m").send(&house.router)
    };
    let merged = merge().await;
    assert_eq!((merged.status, &merged.json()["state"]), (200, &json!("merged")));
    assert_eq!(merge().await.status, 200);
    let members = house.get(&format!("/directory/teams/{heir}/members")).await;
    assert_eq!(members.json()["items"].as_array().unwrap().len(), 3);
    assert_eq!(house.get("/directory/workloads").await.json()["items"][0]["owner_id"], json!(heir));
    // Nothing is left to do; the key still stands for its own request alone.
    let done = |key: &str| {
        let call = Call::post(format!("/directory/teams/{old}/merge"), &json!({"into": heir})).by(&house.admin);
        call.header("idempotency-key", key).send(&house.router)
    };
    assert_eq!(done("n").await.status, 200);
    let reused = Call::post("/directory/teams", &json!({"code": "t", "name": "t", "department": "d"})).by(&house.admin);
    check(&house.send(reused.header("idempotency-key", "n")).await, 422, "idempotency_key_reused");
    let back = Call::post(format!("/directory/teams/{heir}/merge"), &json!({"into": old})).by(&house.admin);
    check(&house.send(back).await, 409, "team_ended");
    let own = Call::post(format!("/directory/teams/{heir}/merge"), &json!({"into": heir})).by(&house.admin);
    check(&house.send(own).await, 422, "own_successor");
}

#[tokio::test]
async fn a_split_moves_people_where_they_are_named() {
    let house = House::new().await;
    let old = house.team("old").await;
    let members = with_members(&house, &old, 3).await;
    let part =
        |code: &str, members: &[&String]| json!({"code": code, "name": code, "department": "tech", "members": members});
    let split = |parts: serde_json::Value| {
        let call = Call::post(format!("/directory/teams/{old}/split"), &json!({"parts": parts})).by(&house.admin);
        call.header("idempotency-key", "s").send(&house.router)
    };
    check(&split(json!([part("a", &[])])).await, 422, "invalid_parts");
    check(&split(json!([part("a", &[]), part("a", &[])])).await, 422, "invalid_parts");
    check(&split(json!([part("a", &[&members[0]]), part("b", &[&members[0]])])).await, 422, "invalid_parts");
    let parts = json!([part("a", &[]), part("b", &[&members[1]])]);
    let done = split(parts.clone()).await;
    assert_eq!((done.status, &done.json()["state"]), (200, &json!("split")));
    assert_eq!(split(parts).await.status, 200);
    let second = done.json()["successor_ids"][1].as_str().unwrap().to_owned();
    let there = house.get(&format!("/directory/teams/{second}/members")).await;
    assert_eq!(there.json()["items"][0]["person"]["person_id"], json!(members[1]));
}
