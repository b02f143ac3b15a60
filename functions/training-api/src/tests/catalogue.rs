//! Courses and paths.

use serde_json::json;
use web::testing::Call;

use super::{House, ada, admin, check};

#[tokio::test]
async fn a_course_is_created_once_read_changed_and_retired() {
    let house = House::new().await;
    let body = json!({"code": "SEC-101", "title": "Threats", "format": "lab", "provider": "aws", "hours": 1.5});
    let create = || Call::post("/training/courses", &body).by(&admin()).header("idempotency-key", "k1");
    let created = house.send(create()).await;
    assert_eq!(created.status, 201, "{}", created.text);
    let again = house.send(create()).await;
    assert_eq!((again.status, &again.text), (201, &created.text));
    assert_eq!(again.header("idempotent-replayed"), "true");
    check(&house.send(Call::post("/training/courses", &body).by(&admin())).await, 409, "course_code_taken");

    let uri = created.header("location").trim_start_matches("https://api.example.com").to_owned();
    let read = house.send(Call::get(&uri).by(&ada())).await;
    assert_eq!((read.status, read.header("etag")), (200, "\"1\""));
    let change = |tag: &str, body| Call::patch(&uri, &body).by(&admin()).header("if-match", tag);
    check(&house.send(Call::patch(&uri, &json!({})).by(&admin())).await, 428, "precondition_required");
    check(&house.send(change("\"7\"", json!({"hours": 3}))).await, 412, "version_mismatch");
    let changed = house.send(change("\"1\"", json!({"hours": 3, "validity_months": 12}))).await;
    assert_eq!((changed.status, changed.json()["hours"].as_f64()), (200, Some(3.0)), "{}", changed.text);
    let retired = house.send(change("\"2\"", json!({"retired": true, "validity_months": null}))).await;
    assert_eq!(retired.json()["retired_on"], "2026-03-02");
    assert_eq!(retired.json()["validity_months"], json!(null));
}

#[tokio::test]
async fn wrong_courses_are_refused_and_nothing_is_repeated() {
    let house = House::new().await;
    let good = json!({"code": "sec-101", "title": "T", "format": "lab", "provider": "aws", "hours": 1});
    for (field, value) in [
        ("code", json!("<script>")),
        ("title", json!("")),
        ("format", json!("hunter2")),
        ("hours", json!(1000)),
        ("hours", json!("1")),
        ("url", json!("javascript:alert(1)")),
        ("languages", json!(["<b>"])),
        ("validity_months", json!(0)),
        ("unknown_field", json!(1)),
        ("prerequisites", json!(["not-an-id"])),
    ] {
        let mut body = good.clone();
        body[field] = value;
        let reply = house.send(Call::post("/training/courses", &body).by(&admin())).await;
        check(&reply, 400, "invalid_body");
        assert!(!reply.text.contains("hunter2") && !reply.text.contains("script"), "{}", reply.text);
        let path = reply.json()["errors"][0]["path"].as_str().unwrap_or_default().to_owned();
        assert!(path.starts_with(&format!("$.{field}")), "{field}: {path}");
    }
    let unknown = json!({"code": "a1", "title": "T", "format": "lab", "provider": "aws", "hours": 1,
        "prerequisites": ["01890a5d-ac96-774b-bcce-b302099a8057"]});
    check(&house.send(Call::post("/training/courses", &unknown).by(&admin())).await, 422, "unknown_course");
    let large = Call::new(axum::http::Method::POST, "/training/courses")
        .by(&admin())
        .raw("application/json", format!("{{\"title\":\"{}\"}}", "a".repeat(70_000)));
    check(&house.send(large).await, 413, "body_too_large");
}

#[tokio::test]
async fn the_catalogue_is_paged_by_code() {
    let house = House::new().await;
    for code in ["bb", "aa", "cc"] {
        house.course(code).await;
    }
    let first = house.send(Call::get("/training/courses?limit=2").by(&ada())).await;
    let codes = |reply: &web::testing::Reply| {
        let json = reply.json();
        let items = json["items"].as_array().cloned().unwrap_or_default();
        items.iter().map(|item| item["code"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(codes(&first), ["aa", "bb"]);
    let next = first.json()["next"].as_str().unwrap_or_default().to_owned();
    assert_eq!(first.header("link"), format!("<?limit=2&cursor={next}>; rel=\"next\""));
    let second = house.send(Call::get(format!("/training/courses?limit=2&cursor={next}")).by(&ada())).await;
    assert_eq!((codes(&second), second.json()["next"].clone()), (vec!["cc".to_owned()], json!(null)));
    check(&house.send(Call::get("/training/courses?cursor=***").by(&ada())).await, 400, "invalid_cursor");
}

#[tokio::test]
async fn a_path_is_set_under_its_version() {
    let house = House::new().await;
    let course = house.course("aa").await;
    let uri = "/training/paths/developer";
    let empty = house.send(Call::get(uri).by(&ada())).await;
    assert_eq!((empty.status, empty.header("etag")), (200, "\"0\""));
    let body = json!({"steps": [{"course_id": course, "requirement": "required"}]});
    let set = |tag| Call::put(uri, &body).by(&admin()).header("if-match", tag);
    let done = house.send(set("\"0\"")).await;
    assert_eq!((done.status, done.header("etag")), (200, "\"1\""), "{}", done.text);
    check(&house.send(set("\"0\"")).await, 412, "version_mismatch");
    check(&house.send(Call::get("/training/paths/astronaut").by(&ada())).await, 404, "not_found");
    let all = house.send(Call::get("/training/paths").by(&ada())).await;
    assert_eq!(all.json()["items"].as_array().map(Vec::len), Some(6));
}

#[tokio::test]
async fn a_roster_is_taken_once_for_a_key() {
    let house = House::new().await;
    let course = house.course("aa").await;
    let roster = |date: &str| {
        let body = json!({"date": date, "people": [house.ada]});
        let call = Call::post(format!("/training/courses/{course}/roster"), &body).by(&admin());
        call.header("idempotency-key", "r1").send(&house.router)
    };
    let first = roster("2026-03-01").await;
    assert_eq!((first.status, &first.json()["recorded"]), (200, &json!([house.ada])), "{}", first.text);
    let again = roster("2026-03-01").await;
    assert_eq!((again.status, &again.text), (200, &first.text));
    assert_eq!(again.header("idempotent-replayed"), "true");
    check(&roster("2026-02-28").await, 422, "idempotency_key_reused");
    let odd = json!({"date": "20260301", "people": [house.ada]});
    let odd = house.send(Call::post(format!("/training/courses/{course}/roster"), &odd).by(&admin())).await;
    check(&odd, 400, "invalid_body");
    assert_eq!(odd.json()["errors"], json!([{"path": "$.date", "message": "a date as YYYY-MM-DD"}]));
    let figures = house.send(Call::get("/training/company?as_of=20260301").by(&admin())).await;
    check(&figures, 400, "invalid_query");
}

#[tokio::test]
async fn a_roster_with_somebody_unknown_or_twice_records_nobody() {
    let house = House::new().await;
    let course = house.course("aa").await;
    let nobody = "01890a5d-ac96-774b-bcce-b302099a8057";
    let send = async |date: &str, people: serde_json::Value| {
        let body = json!({"date": date, "people": people});
        house.send(Call::post(format!("/training/courses/{course}/roster"), &body).by(&admin())).await
    };
    let completions = async || {
        let file = house.send(Call::get(format!("/training/people/{}", house.ada)).by(&ada())).await.json();
        file["completions"].as_array().unwrap().len()
    };
    let strangers = send("2026-03-01", json!([house.ada, nobody])).await;
    check(&strangers, 422, "unknown_people");
    assert_eq!(
        strangers.json()["errors"],
        json!([{"path": "$.people[1]", "message": "somebody in the directory"}]),
        "{}",
        strangers.text
    );
    let twice = send("2026-03-01", json!([house.ada, house.ada])).await;
    check(&twice, 400, "invalid_body");
    assert_eq!(twice.json()["errors"], json!([{"path": "$.people[1]", "message": "each person once"}]));
    // The day is looked at before anybody is recorded, too.
    check(&send("2026-03-09", json!([house.ada])).await, 422, "invalid_date");
    assert_eq!(completions().await, 0);
    for _ in 0..2 {
        let taken = send("2026-03-01", json!([house.ada])).await;
        assert_eq!((taken.status, taken.json()), (200, json!({"recorded": [house.ada]})), "{}", taken.text);
    }
    assert_eq!(completions().await, 1);
}
