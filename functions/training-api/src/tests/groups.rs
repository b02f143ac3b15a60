//! Figures, runs and settings.

use serde_json::json;
use store::rollup::{Count, RollUps};
use training::model::{RollUp, Scope};
use web::testing::Call;

use super::{House, ada, admin, bob, check};

#[tokio::test]
async fn nothing_measured_is_not_nought() {
    let house = House::new().await;
    for uri in ["/training/company".to_owned(), format!("/training/teams/{}?as_of=2026-01-01", house.payments)] {
        let reply = house.send(Call::get(&uri).by(&ada())).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        assert_eq!(reply.json()["compliance"], json!({"state": "insufficient_data"}));
        assert_eq!(reply.json()["compliant"], json!(null));
    }
    check(&house.send(Call::get(format!("/training/teams/{}", house.payments)).by(&bob())).await, 403, "forbidden");
    check(&house.send(Call::get("/training/company?as_of=soon").by(&ada())).await, 400, "invalid_query");
    let gone = format!("/training/teams/{}", house.ada);
    check(&house.send(Call::get(gone).by(&admin())).await, 404, "not_found");
}

#[tokio::test]
async fn a_team_whose_department_is_hardly_larger_is_shown_to_those_who_may_read_of_each() {
    let house = House::new().await;
    let sums = |people| RollUp { people, clear: people, required: people, valid: people };
    let team = Call::get(format!("/training/teams/{}", house.payments)).by(&admin());
    let day = "2026-03-01".parse().unwrap();
    let deltas = vec![
        (Scope::Team(house.payments), day, sums(12)),
        (Scope::Department("engineering".to_owned()), day, sums(15)),
    ];
    RollUps::new(house.table.clone()).count(&Count { deltas, ..Count::default() }, super::now()).await.unwrap();
    assert_eq!(house.send(team).await.json()["judged_by"], "own");
    let seen = house.send(Call::get(format!("/training/teams/{}", house.payments)).by(&ada())).await;
    assert_eq!((seen.json()["judged_by"].as_str(), seen.json()["people"].as_i64()), (Some("department"), Some(15)));
}

#[tokio::test]
async fn a_run_is_started_once_however_often_it_is_asked_for() {
    let house = House::new().await;
    let start = || {
        Call::post("/training/runs", &json!({"ignore_send_hour": true})).by(&admin()).header("idempotency-key", "run")
    };
    let first = house.send(start()).await;
    assert_eq!(first.status, 202, "{}", first.text);
    let again = house.send(start()).await;
    assert_eq!((again.status, again.text), (202, first.text.clone()));
    let started = house.outside.started();
    assert_eq!(started.len(), 1);
    assert_eq!(started[0].1["ignore_send_hour"], true);
    let uri = first.header("location").trim_start_matches("https://api.example.com").to_owned();
    let read = house.send(Call::get(&uri).by(&admin())).await;
    assert_eq!((read.status, read.json()["state"].as_str()), (200, Some("running")));
    check(&house.send(Call::get(&uri).by(&ada())).await, 404, "not_found");
}

#[tokio::test]
async fn settings_are_versioned_and_put_in_force() {
    let house = House::new().await;
    let read = house.send(Call::get("/training/settings").by(&admin())).await;
    assert_eq!((read.status, read.header("etag")), (200, "\"0\""), "{}", read.text);
    let put = |tag, body| Call::put("/training/settings", &body).by(&admin()).header("if-match", tag);
    let done = house.send(put("\"0\"", json!({"send_hour": 9}))).await;
    assert_eq!((done.status, done.header("etag")), (200, "\"1\""), "{}", done.text);
    assert_eq!(house.settings.now().1.send_hour, 9);
    // The same again, as after a lost answer, succeeds; another document under an old version does not.
    assert_eq!(house.send(put("\"0\"", json!({"send_hour": 9}))).await.status, 200);
    check(&house.send(put("\"0\"", json!({"send_hour": 7}))).await, 412, "version_mismatch");
    let broken = house.send(put("\"1\"", json!({"send_hour": 25}))).await;
    check(&broken, 422, "invalid_settings");
    assert_eq!(broken.json()["errors"], json!([{"path": "$.send_hour", "message": "0 to 23"}]));
    check(&house.send(put("\"1\"", json!({"send_our": 5}))).await, 400, "invalid_body");
    check(&house.send(Call::get("/training/settings").by(&ada())).await, 404, "not_found");
}
