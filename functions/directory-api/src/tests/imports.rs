//! Uploads and imports over HTTP; the steps of a job are driven as the state machine drives them.

use directory::{DirectoryReader, import::Importer};
use kernel::import::step;
use serde_json::{Value, json};
use store::DirectoryStore;
use web::testing::Call;

use super::{House, check, now};

const TEAMS: &str = "code,name,department\npayments,Payments,retail\n";

async fn run(house: &House, job: &str) {
    let store = DirectoryStore::new(house.table.clone());
    let job = store.job(job.parse().unwrap()).await.unwrap().unwrap();
    step(&Importer::new(&store, &store), house.outside.as_ref(), job, now(), 100).await.unwrap();
}

#[expect(clippy::needless_pass_by_value, reason = "bodies are written where they are sent")]
fn import(house: &House, body: Value) -> Call {
    Call::post("/directory/imports", &body).by(&house.admin)
}

#[tokio::test]
async fn a_dry_run_names_every_problem_and_writes_nothing() {
    let house = House::new().await;
    let before = house.table.items().len();
    let csv = "\u{feff}code,name,department\npay ments,=SUM(A1),retail\nok,Fine,tech\nok,Twice,tech\n";
    let reply = house.send(import(&house, json!({"kind": "teams", "dry_run": true, "csv": csv}))).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let places: Vec<_> = reply.json()["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["line"].as_u64().unwrap(), it["column"].as_str().unwrap().to_owned()))
        .collect();
    assert_eq!(places, [(2, "code".to_owned()), (2, "name".to_owned()), (4, "code".to_owned())]);
    assert!(!reply.text.contains("SUM"), "{}", reply.text);
    assert_eq!(house.table.items().len(), before);
}

#[tokio::test]
async fn a_file_is_taken_on_once_and_applied_by_its_job() {
    let house = House::new().await;
    let call = || import(&house, json!({"kind": "teams", "csv": TEAMS})).header("idempotency-key", "i1");
    house.outside.down(true);
    check(&house.send(call()).await, 503, "unavailable");
    house.outside.down(false);
    let taken = house.send(call()).await;
    assert_eq!(taken.status, 202, "{}", taken.text);
    let job = taken.json()["job_id"].as_str().unwrap().to_owned();
    assert_eq!(taken.header("location"), format!("https://api.example.com/directory/imports/{job}"));
    assert_eq!(house.outside.started(), [(job.clone(), json!({"job": job}))]);
    let status = house.get(&format!("/directory/imports/{job}")).await;
    assert_eq!(status.json()["state"], "running");
    run(&house, &job).await;
    let status = house.get(&format!("/directory/imports/{job}")).await;
    assert_eq!((&status.json()["state"], &status.json()["counts"]["created"]), (&json!("finished"), &json!(1)));
}

#[tokio::test]
async fn a_bad_file_is_rejected_by_its_job() {
    let house = House::new().await;
    let taken = house.send(import(&house, json!({"kind": "teams", "csv": "code\nx\n"}))).await;
    let job = taken.json()["job_id"].as_str().unwrap().to_owned();
    run(&house, &job).await;
    let status = house.get(&format!("/directory/imports/{job}")).await.json();
    assert_eq!((&status["state"], &status["problem_count"]), (&json!("rejected"), &json!(2)));
}

#[tokio::test]
async fn a_large_file_is_uploaded_first() {
    let house = House::new().await;
    let ticket = |length: u64, sha: &str| {
        Call::post("/directory/uploads", &json!({"length": length, "sha256": sha})).by(&house.admin).send(&house.router)
    };
    check(&ticket(0, &"0".repeat(64)).await, 400, "invalid_body");
    check(&ticket(40_000_000, &"0".repeat(64)).await, 400, "invalid_body");
    check(&ticket(10, "zz").await, 400, "invalid_body");
    check(&ticket(10, &"+0".repeat(32)).await, 400, "invalid_body");
    let made = ticket(10, &"0f".repeat(32)).await;
    assert_eq!(made.status, 201);
    let upload = made.json()["upload_id"].as_str().unwrap().to_owned();
    let body = json!({"kind": "teams", "upload_id": upload});
    check(&house.send(import(&house, body.clone())).await, 422, "upload_missing");
    let object = format!("uploads/directory/{upload}.csv");
    house.outside.store(object, TEAMS);
    assert_eq!(house.send(import(&house, body)).await.status, 202);
    let dry = json!({"kind": "teams", "upload_id": upload, "dry_run": true});
    assert_eq!(house.send(import(&house, dry)).await.json()["problem_count"], 0);
}

#[tokio::test]
async fn a_request_names_one_file_of_a_known_kind() {
    let house = House::new().await;
    check(&house.send(import(&house, json!({"kind": "teams"}))).await, 422, "one_source");
    check(&house.send(import(&house, json!({"kind": "courses", "csv": ""}))).await, 400, "invalid_body");
    let (_, builder) = house.linked("ada", json!({}), &[]).await;
    let call = Call::post("/directory/imports", &json!({"kind": "teams", "csv": TEAMS})).by(&builder);
    check(&house.send(call).await, 404, "not_found");
}

#[tokio::test]
async fn a_ticket_is_given_once_for_a_key() {
    let house = House::new().await;
    let ticket = |length: u64| {
        let body = json!({"length": length, "sha256": "0f".repeat(32)});
        Call::post("/directory/uploads", &body).by(&house.admin).header("idempotency-key", "u1").send(&house.router)
    };
    let first = ticket(10).await;
    let again = ticket(10).await;
    assert_eq!((first.status, again.status, &again.text), (201, 201, &first.text));
    assert_eq!(again.header("idempotent-replayed"), "true");
    check(&ticket(11).await, 422, "idempotency_key_reused");
}
