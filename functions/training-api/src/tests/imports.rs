//! Imports: dry runs, jobs, uploads.

use serde_json::json;
use web::testing::Call;

use super::{House, ada, admin, check};

const COURSES: &str = "code,title,format,provider,hours\nsec-101,Threats,course,internal,2\n";

#[tokio::test]
async fn a_dry_run_names_every_bad_row_and_changes_nothing() {
    let house = House::new().await;
    let csv = format!("{COURSES},nameless,course,internal,2\nx1,=cmd,course,internal,two\n");
    let body = json!({"kind": "courses", "dry_run": true, "csv": csv});
    let reply = house.send(Call::post("/training/imports", &body).by(&admin())).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let found = reply.json();
    let lines: Vec<_> = found["problems"].as_array().unwrap().iter().map(|p| p["line"].as_u64().unwrap()).collect();
    assert!(lines.contains(&3) && lines.contains(&4) && !lines.contains(&2), "{}", reply.text);
    assert!(!reply.text.contains("=cmd"));
    assert!(house.outside.started().is_empty());
}

#[tokio::test]
async fn an_import_is_written_down_and_started_once() {
    let house = House::new().await;
    let body = json!({"kind": "courses", "csv": COURSES});
    let start = || Call::post("/training/imports", &body).by(&admin()).header("idempotency-key", "i1");
    let first = house.send(start()).await;
    assert_eq!(first.status, 202, "{}", first.text);
    assert_eq!(house.send(start()).await.text, first.text);
    assert_eq!(house.outside.started().len(), 1);
    let uri = first.header("location").trim_start_matches("https://api.example.com").to_owned();
    let read = house.send(Call::get(&uri).by(&admin())).await;
    assert_eq!((read.json()["state"].as_str(), read.json()["total"].as_u64()), (Some("running"), None));
    check(&house.send(Call::get(&uri).by(&ada())).await, 404, "not_found");
}

#[tokio::test]
async fn an_upload_is_named_by_its_ticket() {
    let house = House::new().await;
    let ticket = json!({"length": COURSES.len(), "sha256": "0f".repeat(32)});
    let ticket = house.send(Call::post("/training/uploads", &ticket).by(&admin())).await;
    assert_eq!(ticket.status, 201, "{}", ticket.text);
    let upload = ticket.json()["upload_id"].as_str().unwrap().to_owned();
    let body = json!({"kind": "courses", "upload_id": upload});
    check(&house.send(Call::post("/training/imports", &body).by(&admin())).await, 422, "upload_missing");
    house.outside.store(format!("uploads/training/{upload}.csv"), COURSES);
    assert_eq!(house.send(Call::post("/training/imports", &body).by(&admin())).await.status, 202);
    let both = json!({"kind": "courses", "upload_id": upload, "csv": COURSES});
    check(&house.send(Call::post("/training/imports", &both).by(&admin())).await, 422, "one_source");
    let huge = json!({"length": 1_000_000_000, "sha256": "0f".repeat(32)});
    check(&house.send(Call::post("/training/uploads", &huge).by(&admin())).await, 400, "invalid_body");
}

#[tokio::test]
async fn a_ticket_is_given_once_for_a_key() {
    let house = House::new().await;
    let ticket = |length: u64| {
        let body = json!({"length": length, "sha256": "0f".repeat(32)});
        Call::post("/training/uploads", &body).by(&admin()).header("idempotency-key", "u1").send(&house.router)
    };
    let first = ticket(10).await;
    let again = ticket(10).await;
    assert_eq!((first.status, again.status, &again.text), (201, 201, &first.text));
    check(&ticket(11).await, 422, "idempotency_key_reused");
}
