//! The program's settings and mails over HTTP.

use mail::ProgramSettings;
use serde_json::{Value, json};
use web::testing::Call;

use super::{House, check};

#[tokio::test]
async fn settings_are_versioned_checked_and_put_in_force() {
    let house = House::new().await;
    let first = house.get("/program/settings").await;
    assert_eq!((first.header("etag"), &first.json()["mail_mode"]), ("\"0\"", &json!("off")));
    let put = |tag: &'static str, body: Value| {
        Call::put("/program/settings", &body).by(&house.admin).header("if-match", tag).send(&house.router)
    };
    let changed = put("\"0\"", json!({"mail_mode": "preview"})).await;
    assert_eq!((changed.status, changed.header("etag")), (200, "\"1\""));
    assert_eq!(house.settings.now().0, 1);
    assert_eq!(put("\"0\"", json!({"mail_mode": "preview"})).await.header("etag"), "\"1\"");
    check(&put("\"0\"", json!({"mail_mode": "on"})).await, 412, "version_mismatch");
    check(&put("\"1\"", json!({"mailmode": "on"})).await, 400, "invalid_body");
    let broken = put("\"1\"", json!({"send_rate": 0})).await;
    check(&broken, 422, "invalid_settings");
    assert_eq!(broken.json()["errors"][0]["path"], "$.send_rate");
    assert_eq!(house.get("/program/settings").await.json()["mail_mode"], "preview");
    // A change that died before it took effect takes effect when it is next read.
    house.settings.set(0, ProgramSettings::default());
    house.get("/program/settings").await;
    assert_eq!(house.settings.now().0, 1);
}

#[tokio::test]
async fn mails_are_listed_by_day_for_those_who_run_the_program() {
    let house = House::new().await;
    assert_eq!(house.get("/program/mails?day=2026-03-02").await.json()["items"], json!([]));
    check(&house.get("/program/mails").await, 400, "invalid_query");
    check(&house.get("/program/mails?day=today").await, 400, "invalid_query");
    let (ada, builder) = house.linked("ada", json!({}), &[]).await;
    check(&house.send(Call::get("/program/mails?day=2026-03-02").by(&builder)).await, 404, "not_found");
    check(&house.send(Call::get("/program/settings").by(&builder)).await, 404, "not_found");
    let none = house.get(&format!("/program/mails/{ada}/01890a5d-ac96-774b-bcce-b302099a8057")).await;
    check(&none, 404, "not_found");
}
