//! A person's training, end to end.

use serde_json::json;
use web::testing::Call;

use super::{House, ada, admin, check, mary};

#[tokio::test]
async fn what_is_assigned_is_reported_once_and_read() {
    let house = House::new().await;
    let course = house.assigned("aa").await;
    let person = format!("/training/people/{}", house.ada);
    let read = house.send(Call::get(&person).by(&ada())).await;
    assert_eq!(read.json()["assignments"][0]["status"], "open", "{}", read.text);
    let body = json!({"course_id": course, "completed_on": "2026-03-01"});
    let report = || Call::post(format!("{person}/completions"), &body).by(&ada()).header("idempotency-key", "r1");
    let first = house.send(report()).await;
    assert_eq!(first.status, 201, "{}", first.text);
    let again = house.send(report()).await;
    assert_eq!((again.status, again.json()), (201, first.json()));
    let future = json!({"course_id": course, "completed_on": "2027-01-01"});
    check(&house.send(Call::post(format!("{person}/completions"), &future).by(&ada())).await, 422, "invalid_date");
    let other = json!({"course_id": course, "completed_on": "2026-02-01"});
    let reused = Call::post(format!("{person}/completions"), &other).by(&ada()).header("idempotency-key", "r1");
    check(&house.send(reused).await, 422, "idempotency_key_reused");
}

#[tokio::test]
async fn a_course_can_be_recommended() {
    let house = House::new().await;
    let course = house.course("aa").await;
    let uri = format!("/training/people/{}/assignments", house.ada);
    let body = json!({"course_id": course, "due": "2026-05-01", "required": false});
    let given = house.send(Call::post(&uri, &body).by(&mary())).await;
    assert_eq!((given.status, &given.json()["assignments"][0]["required"]), (200, &json!(false)), "{}", given.text);
}

#[tokio::test]
async fn a_manager_gives_more_time_and_nobody_to_themselves() {
    let house = House::new().await;
    let course = house.assigned("aa").await;
    let uri = format!("/training/people/{}/assignments/{course}/extension", house.ada);
    let body = json!({"due": "2026-05-01", "reason": "a release"});
    let given = house.send(Call::post(&uri, &body).by(&mary())).await;
    assert_eq!(given.status, 200, "{}", given.text);
    assert_eq!(given.json()["assignments"][0]["due"], "2026-05-01");
    check(&house.send(Call::post(&uri, &body).by(&ada())).await, 403, "forbidden");
    let own = format!("/training/people/{}/exemptions", house.admin);
    let body = json!({"course_id": course, "reason": "me", "until": "2026-12-31"});
    check(&house.send(Call::post(own, &body).by(&admin())).await, 403, "forbidden");
}

#[tokio::test]
async fn taking_back_and_ending_name_the_version_of_the_file() {
    let house = House::new().await;
    let course = house.assigned("aa").await;
    let person = format!("/training/people/{}", house.ada);
    let granted = json!({"course_id": course, "reason": "knows it", "until": "2026-12-31"});
    let granted = house.send(Call::post(format!("{person}/exemptions"), &granted).by(&admin())).await;
    assert_eq!(granted.status, 201, "{}", granted.text);
    let exemption = granted.header("location").trim_start_matches("https://api.example.com").to_owned();
    check(&house.send(Call::delete(&exemption).by(&admin())).await, 428, "precondition_required");
    let stale = Call::delete(&exemption).by(&admin()).header("if-match", "\"1\"");
    check(&house.send(stale).await, 412, "version_mismatch");
    let ended = Call::delete(&exemption).by(&admin()).header("if-match", granted.header("etag"));
    let ended = house.send(ended).await;
    assert_eq!((ended.status, ended.json()["exemptions"][0]["active"].as_bool()), (200, Some(false)), "{}", ended.text);
    let cancel = Call::delete(format!("{person}/assignments/{course}")).by(&admin());
    let cancelled = house.send(cancel.header("if-match", ended.header("etag"))).await;
    assert_eq!(cancelled.json()["assignments"][0]["status"], "cancelled", "{}", cancelled.text);
}

#[tokio::test]
async fn reports_are_the_callers_own() {
    let house = House::new().await;
    house.assigned("aa").await;
    let reports = house.send(Call::get("/training/reports").by(&mary())).await;
    assert_eq!(reports.json()["items"][0]["person_id"], json!(house.ada), "{}", reports.text);
    assert_eq!(reports.json()["items"][0]["open"], 1);
    let none = house.send(Call::get("/training/reports").by(&ada())).await;
    assert_eq!(none.json()["items"], json!([]));
}

#[tokio::test]
async fn no_record_of_an_answer_keeps_what_was_said_of_a_person() {
    let house = House::new().await;
    let course = house.assigned("aa").await;
    let person = format!("/training/people/{}", house.ada);
    let body = json!({"course_id": course, "reason": "Quirina knows it", "until": "2026-12-31"});
    let send = |path: &str, body: serde_json::Value| {
        Call::post(format!("{person}/{path}"), &body).by(&admin()).header("idempotency-key", path).send(&house.router)
    };
    let first = send("exemptions", body.clone()).await;
    let planned = send("plan", json!({})).await;
    assert!(planned.text.contains("Quirina"), "{}", planned.text);
    let by = kernel::Principal::Person(house.admin);
    for key in ["exemptions", "plan"] {
        let kept = store::answers::AnswerStore::new(house.table.clone(), store::keys::System::Training);
        let kept = kernel::Answers::answered(&kept, &by, &format!("{by}#{key}")).await.unwrap();
        assert_eq!(kept.map(|(_, answer)| answer.body), Some(String::new()));
    }
    // A repetition shows what holds now.
    let again = send("exemptions", body).await;
    assert_eq!((again.status, again.json()), (201, first.json()));
    assert_eq!(again.header("location"), first.header("location"));
    assert_eq!(send("plan", json!({})).await.json()["exemptions"], planned.json()["exemptions"]);
}
