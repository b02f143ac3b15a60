//! Certificates over HTTP: evidence, somebody else's look, and who may do what.

use kernel::PersonId;
use serde_json::{Value, json};
use training::certificates::{kept_object, uploaded_object};
use web::testing::{Call, Reply, Token};

use super::{House, ada, admin, bob, check, mary};

const PDF: &[u8] = b"%PDF-1.7\n%%EOF\n";

fn document() -> Value {
    json!({
        "name": "Cloud security", "issuer": "Example institute", "number": "A-17", "issued_on": "2026-01-10",
        "expires_on": "2028-01-09", "areas": ["Cloud-Security"],
        "evidence_url": "https://certificates.example.com/a-17",
    })
}

fn all(person: PersonId) -> String {
    format!("/training/people/{person}/certificates")
}

async fn recorded(house: &House) -> Reply {
    let made = house.send(Call::post(all(house.ada), &document()).by(&ada())).await;
    assert_eq!(made.status, 201, "{}", made.text);
    made
}

fn path(house: &House, made: &Reply) -> String {
    format!("{}/{}", all(house.ada), made.json()["id"].as_str().unwrap())
}

/// A ticket for a file, which is then there.
async fn uploaded(house: &House, bytes: &[u8]) -> String {
    let asked = json!({"length": bytes.len(), "sha256": "0F".repeat(32)});
    let ticket = house.send(Call::post(format!("/training/people/{}/evidence", house.ada), &asked).by(&ada())).await;
    assert_eq!(ticket.status, 201, "{}", ticket.text);
    let file = ticket.json()["evidence_id"].as_str().unwrap().to_owned();
    let object = uploaded_object(house.ada, file.parse().unwrap());
    assert!(ticket.json()["url"].as_str().unwrap().ends_with(&object), "{}", ticket.text);
    house.outside.store(object, bytes);
    file
}

fn shown_by(file: &str) -> Value {
    let mut body = document();
    body["evidence_url"] = Value::Null;
    body["evidence_id"] = json!(file);
    body
}

#[tokio::test]
async fn a_file_is_looked_into_kept_and_shown_by_a_link() {
    let house = House::new().await;
    let file = uploaded(&house, PDF).await;
    let made = house.send(Call::post(all(house.ada), &shown_by(&file)).by(&ada())).await;
    assert_eq!((made.status, &made.json()["evidence_kind"]), (201, &json!("pdf")), "{}", made.text);
    let kept = kept_object(house.ada, file.parse().unwrap());
    assert_eq!(house.outside.file(&kept), Some(PDF.to_vec()));
    let link = house.send(Call::get(format!("{}/evidence", path(&house, &made))).by(&mary())).await;
    assert_eq!((link.status, link.text.as_str()), (303, ""));
    let address = format!("https://bucket.example.com/{kept}?as=application/pdf&name=certificate.pdf");
    assert_eq!((link.header("location"), link.header("cache-control")), (address.as_str(), "no-store"));
    // A change may keep the file without sending it again, also when the upload is long gone.
    let upload = uploaded_object(house.ada, file.parse().unwrap());
    kernel::EvidenceFiles::remove(house.outside.as_ref(), &upload).await.unwrap();
    let mut again = shown_by(&file);
    again["number"] = Value::Null;
    let etag = made.header("etag");
    let changed = house.send(Call::put(path(&house, &made), &again).by(&ada()).header("if-match", etag)).await;
    assert_eq!((changed.status, &changed.json()["evidence_id"]), (200, &json!(file)), "{}", changed.text);
}

#[tokio::test]
async fn what_is_no_evidence_is_refused() {
    let house = House::new().await;
    let html = uploaded(&house, b"<html>").await;
    let record = async |body: &Value| house.send(Call::post(all(house.ada), body).by(&ada())).await;
    check(&record(&shown_by(&html)).await, 422, "evidence_kind");
    check(&record(&shown_by("01890a5d-ac96-774b-bcce-b302099a8057")).await, 422, "upload_missing");
    let mut both = shown_by(&html);
    both["evidence_url"] = json!("https://certificates.example.com/a");
    check(&record(&both).await, 422, "one_evidence");
    let changed = |field: &str, value: Value| {
        let mut body = document();
        body[field] = value;
        body
    };
    check(&record(&changed("evidence_url", Value::Null)).await, 422, "one_evidence");
    check(&record(&changed("issued_on", json!("2026-03-03"))).await, 422, "certificate_of_the_future");
    check(&record(&changed("expires_on", json!("2026-01-10"))).await, 422, "certificate_expires_before");
    check(
        &record(&changed("renews", json!("01890a5d-ac96-774b-bcce-b302099a8057"))).await,
        422,
        "certificate_renews_nothing",
    );
    let eleven: Vec<String> = (0..11).map(|n| format!("a{n}")).collect();
    check(&record(&changed("areas", json!(eleven))).await, 422, "certificate_areas");
    check(&record(&changed("surprise", json!(1))).await, 400, "invalid_body");
    for (length, sha256) in
        [(0, "0f".repeat(32)), (5_242_881, "0f".repeat(32)), (1, "0f".to_owned()), (1, "é".repeat(32))]
    {
        let asked = json!({"length": length, "sha256": sha256});
        let reply = house.send(Call::post(format!("/training/people/{}/evidence", house.ada), &asked).by(&ada())).await;
        check(&reply, 400, "invalid_body");
    }
    let list = house.send(Call::get(all(house.ada)).by(&ada())).await;
    assert_eq!(list.json(), json!({"certificates": []}));
}

#[tokio::test]
async fn the_same_certificate_is_recorded_once_while_it_is_open() {
    let house = House::new().await;
    let record = async |body: &Value| house.send(Call::post(all(house.ada), body).by(&ada())).await;
    let made = recorded(&house).await;
    // The very same again is found; the same with other evidence, or spelled otherwise, is no second one.
    assert_eq!(record(&document()).await.json()["id"], made.json()["id"]);
    let file = uploaded(&house, PDF).await;
    check(&record(&shown_by(&file)).await, 409, "certificate_recorded");
    let mut spelled = document();
    spelled["name"] = json!("CLOUD  security");
    spelled["areas"] = json!([]);
    check(&record(&spelled).await, 409, "certificate_recorded");
    for (field, value) in [("number", json!("A-18")), ("number", Value::Null), ("issued_on", json!("2026-01-11"))] {
        let mut other = document();
        other[field] = value;
        assert_eq!(record(&other).await.status, 201);
    }
    // What was taken back may be recorded anew.
    let etag = house.send(Call::get(all(house.ada)).by(&ada())).await.header("etag").to_owned();
    let back = Call::post(format!("{}/withdrawal", path(&house, &made)), &json!({})).by(&ada());
    assert_eq!(house.send(back.header("if-match", &etag)).await.status, 200);
    assert_eq!(record(&shown_by(&file)).await.status, 201);
}

#[tokio::test]
async fn a_ticket_that_is_asked_for_again_is_for_the_same_file() {
    let house = House::new().await;
    let asked = json!({"length": 5, "sha256": "0f".repeat(32)});
    let ticket = || {
        let call = Call::post(format!("/training/people/{}/evidence", house.ada), &asked).by(&ada());
        house.send(call.header("idempotency-key", "t1"))
    };
    let (first, again) = (ticket().await, ticket().await);
    assert_eq!((first.status, first.json()), (again.status, again.json()), "{}", again.text);
    assert_eq!(again.header("idempotent-replayed"), "true");
    let by = kernel::Principal::Person(house.ada);
    let kept = store::answers::AnswerStore::new(house.table.clone(), store::keys::System::Training);
    let kept = kernel::Answers::answered(&kept, &by, &format!("{by}#t1")).await.unwrap();
    assert!(kept.is_some_and(|(_, answer)| !answer.body.contains("bucket")), "no record keeps an address");
}

#[tokio::test]
async fn a_record_is_verified_by_somebody_else_and_remembers() {
    let house = House::new().await;
    let made = recorded(&house).await;
    let path = path(&house, &made);
    let look = |by: Token, body: Value, etag: &str| {
        house.send(Call::post(format!("{path}/check"), &body).by(&by).header("if-match", etag))
    };
    let (yes, etag) = (json!({"verified": true}), made.header("etag"));
    check(&look(mary(), json!({"verified": true, "reason": "x"}), etag).await, 422, "reason_of_declining");
    check(&look(mary(), json!({"verified": false}), etag).await, 422, "reason_of_declining");
    check(&look(ada(), yes.clone(), etag).await, 403, "forbidden");
    let verified = look(mary(), yes.clone(), etag).await;
    assert_eq!((verified.status, &verified.json()["state"]), (200, &json!("verified")), "{}", verified.text);
    check(&look(mary(), yes, verified.header("etag")).await, 409, "certificate_not_waiting");
    house.clock.set("2026-03-05T10:00:00Z".parse().unwrap());
    let withdraw = Call::post(format!("{path}/withdrawal"), &json!({})).by(&ada());
    let withdrawn = house.send(withdraw.header("if-match", verified.header("etag"))).await;
    assert_eq!((withdrawn.status, &withdrawn.json()["state"]), (200, &json!("withdrawn")), "{}", withdrawn.text);
    let closed = Call::put(&path, &document()).by(&ada()).header("if-match", withdrawn.header("etag"));
    check(&house.send(closed).await, 409, "certificate_closed");
    let on = async |day: &str| {
        let read = house.send(Call::get(format!("{}?as_of={day}", all(house.ada))).by(&mary())).await;
        read.json()["certificates"].as_array().unwrap().iter().map(|it| it["state"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(on("2026-03-01").await, Vec::<Value>::new());
    assert_eq!((on("2026-03-04").await, on("2026-03-05").await), (vec![json!("verified")], vec![json!("withdrawn")]));
}

#[tokio::test]
async fn the_program_lead_records_and_somebody_else_verifies() {
    let house = House::new().await;
    let made = house.send(Call::post(all(house.ada), &document()).by(&admin())).await;
    let look = |by: Token| {
        let call = Call::post(format!("{}/check", path(&house, &made)), &json!({"verified": true})).by(&by);
        house.send(call.header("if-match", made.header("etag")))
    };
    check(&look(admin()).await, 403, "own_submission");
    assert_eq!(look(mary()).await.status, 200);
}

#[tokio::test]
async fn no_record_of_an_answer_keeps_a_certificate() {
    let house = House::new().await;
    let record = || {
        let call = Call::post(all(house.ada), &document()).by(&ada());
        house.send(call.header("idempotency-key", "c1"))
    };
    let (first, again) = (record().await, record().await);
    assert_eq!((again.status, again.json(), again.header("location")), (201, first.json(), first.header("location")));
    let by = kernel::Principal::Person(house.ada);
    let kept = store::answers::AnswerStore::new(house.table.clone(), store::keys::System::Training);
    let kept = kernel::Answers::answered(&kept, &by, &format!("{by}#c1")).await.unwrap();
    assert_eq!(kept.map(|(_, answer)| answer.body), Some(String::new()));
}

/// Each operation on Ada's certificates, with what a stranger, the person, their manager, security, program lead and
/// service get.
#[tokio::test]
async fn every_cell_answers_as_the_table_says() {
    let house = House::new().await;
    let made = recorded(&house).await;
    let path = path(&house, &made);
    let stale = |call: Call| call.header("if-match", "\"99\"");
    let cells = || {
        [
            ("list", Call::get(all(house.ada)), [404, 200, 200, 200, 200, 403]),
            (
                "ticket",
                Call::post(
                    format!("/training/people/{}/evidence", house.ada),
                    &json!({"length": 1, "sha256": "0f".repeat(32)}),
                ),
                [404, 201, 403, 403, 201, 403],
            ),
            ("record", Call::post(all(house.ada), &document()), [404, 201, 403, 403, 201, 403]),
            ("change", stale(Call::put(&path, &document())), [404, 412, 403, 403, 412, 403]),
            (
                "check",
                stale(Call::post(format!("{path}/check"), &json!({"verified": true}))),
                [404, 403, 412, 412, 412, 403],
            ),
            ("withdraw", stale(Call::post(format!("{path}/withdrawal"), &json!({}))), [404, 412, 403, 403, 412, 403]),
            ("evidence", Call::get(format!("{path}/evidence")), [404, 404, 404, 404, 404, 403]),
        ]
    };
    let callers = [bob(), ada(), mary(), Token::person("bob", &["security"]), admin(), Token::machine()];
    for (column, caller) in callers.iter().enumerate() {
        for (name, call, expected) in cells() {
            let reply = house.send(call.by(caller)).await;
            assert_eq!(reply.status, expected[column], "{name}, caller {column}: {}", reply.text);
        }
    }
}

#[tokio::test]
async fn a_path_that_is_done_is_certified_at_once() {
    let house = House::new().await;
    let course = house.course("aa").await;
    let steps = json!({"steps": [{"course_id": course, "requirement": "required"}]});
    let file = house.send(Call::get(format!("/training/people/{}", house.ada)).by(&ada())).await;
    assert_eq!(file.status, 200, "{}", file.text);
    for role in kernel::JobRole::ALL {
        let set = Call::put(format!("/training/paths/{role}"), &steps).by(&admin()).header("if-match", "\"0\"");
        let set = house.send(set).await;
        assert_eq!(set.status, 200, "{}", set.text);
    }
    let done = json!({"date": "2026-03-01", "people": [house.ada]});
    let roster = house.send(Call::post(format!("/training/courses/{course}/roster"), &done).by(&admin())).await;
    assert_eq!(roster.status, 200, "{}", roster.text);
    let list = house.send(Call::get(all(house.ada)).by(&ada())).await.json();
    let [award] = &list["certificates"].as_array().unwrap()[..] else { panic!("{list}") };
    assert_eq!((&award["kind"], &award["state"], &award["counts"]), (&json!("path"), &json!("awarded"), &json!(true)));
    assert!(award["name"].is_null() && award["expires_on"].is_null() && award["job_role"].is_string(), "{award}");
    // What the program awards, nobody withdraws.
    let etag = house.send(Call::get(all(house.ada)).by(&ada())).await.header("etag").to_owned();
    let path = format!("{}/{}", all(house.ada), award["id"].as_str().unwrap());
    let withdraw = Call::post(format!("{path}/withdrawal"), &json!({})).by(&ada()).header("if-match", &etag);
    check(&house.send(withdraw).await, 409, "certificate_closed");
}
