//! Certificates: evidence that goes past the API into the bucket and back, somebody else's look, what a file remembers, and
//! the certificate of a path.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::harness::{Answer, Call, Person, Stack, Town, day, step_functions, until};

const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n";

/// A certificate that its issuer shows.
pub(super) fn document(tag: &str) -> Value {
    json!({
        "name": format!("Cloud security {tag}"), "issuer": "Example institute", "number": tag, "issued_on": day(-40),
        "expires_on": day(400), "areas": ["cloud-security"],
        "evidence_url": format!("https://certificates.example.com/{tag}"),
    })
}

/// Sends a file where a ticket says; returns what names it.
fn sent(person: &str, token: &str, bytes: &[u8]) -> String {
    let sha256: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let asked = json!({"length": bytes.len(), "sha256": sha256});
    let ticket = Call::post(&format!("/training/people/{person}/evidence"), &asked).by(token).send().is(201);
    let mut put = Call::new("PUT", &ticket.text_at("url"));
    for (name, value) in ticket.json()["headers"].as_object().unwrap() {
        if !["host", "content-length"].contains(&name.as_str()) {
            put = put.header(name, value.as_str().unwrap());
        }
    }
    put.bytes(bytes).send().is(200);
    ticket.text_at("evidence_id")
}

fn with_file(tag: &str, file: &str) -> Value {
    let mut body = document(tag);
    body["evidence_url"] = Value::Null;
    body["evidence_id"] = json!(file);
    body
}

/// A certificate that a file shows.
pub(super) fn recorded_with_file(person: &str, token: &str) -> Answer {
    let body = with_file("a-17", &sent(person, token, PDF));
    Call::post(&format!("/training/people/{person}/certificates"), &body).by(token).send().is(201)
}

fn all(person: &Person) -> String {
    format!("/training/people/{}/certificates", person.id)
}

/// Somebody whose plan is made. It is on its way when a person is new, and lands in the file that holds certificates, too.
fn planned(town: &Town, word: &str) -> Person {
    let person = town.person(word);
    until("the plan is made", || {
        let file = Call::get(&format!("/training/people/{}", person.id)).by_admin().send().is(200);
        (file.etag() != "\"0\"").then_some(())
    });
    person
}

fn state(person: &Person, id: &str) -> Value {
    let list = Call::get(&all(person)).by_admin().send().is(200).json();
    let found = list["certificates"].as_array().unwrap().iter().find(|it| it["id"] == id).cloned();
    found.unwrap()["state"].clone()
}

#[test]
fn evidence_goes_in_by_a_ticket_and_comes_out_by_a_link_that_soon_ends() {
    let town = Town::new();
    let ada = town.person("ada");
    let who = town.sign_in(&ada, &[]);
    let made = recorded_with_file(&ada.id, &who.token);
    let path = format!("{}/{}", all(&ada), made.text_at("id"));
    assert_eq!((&made.json()["state"], &made.json()["evidence_kind"]), (&json!("submitted"), &json!("pdf")));
    for token in [who.token.as_str(), Stack::get().admin()] {
        let shown = Call::get(&format!("{path}/evidence")).by(token).send().is(303);
        let link = shown.header("location").to_owned();
        assert!(
            link.contains("X-Amz-Expires=300") && link.contains("response-content-type=application%2Fpdf"),
            "{link}"
        );
        let file = Call::get(&link).send().is(200);
        assert_eq!(file.text.as_bytes(), PDF);
        // Signed for this file alone.
        let other = link.replacen(&ada.id, "01890a5d-ac96-774b-bcce-b302099a8057", 1);
        assert!([403, 404].contains(&Call::get(&other).send().status));
    }
    let stranger = town.person("stranger");
    let stranger = town.sign_in(&stranger, &[]);
    Call::get(&format!("{path}/evidence")).by(&stranger.token).send().problem(404, "not_found");
    // A certificate that its issuer shows has no file.
    let other = Call::post(&all(&ada), &document("url")).by(&who.token).send().is(201);
    let none = format!("{}/{}/evidence", all(&ada), other.text_at("id"));
    Call::get(&none).by(&who.token).send().problem(404, "not_found");
}

#[test]
fn what_is_no_evidence_is_refused_and_nothing_is_recorded() {
    let town = Town::new();
    let (ada, bob) = (town.person("ada"), town.person("bob"));
    let (who, other) = (town.sign_in(&ada, &[]), town.sign_in(&bob, &[]));
    let upload = format!("/training/people/{}/evidence", ada.id);
    for (length, sha256) in
        [(0, "0f".repeat(32)), (5_242_881, "0f".repeat(32)), (1, "0f".to_owned()), (1, "zz".repeat(32))]
    {
        let asked = json!({"length": length, "sha256": sha256});
        Call::post(&upload, &asked).by(&who.token).send().problem(400, "invalid_body");
    }
    let record = |body: &Value| Call::post(&all(&ada), body).by(&who.token).send();
    let html = sent(&ada.id, &who.token, b"<html><script>alert(1)</script></html>");
    record(&with_file("x", &html)).problem(422, "evidence_kind");
    record(&with_file("x", "01890a5d-ac96-774b-bcce-b302099a8057")).problem(422, "upload_missing");
    // What somebody else uploaded is not there.
    let others = sent(&bob.id, &other.token, PDF);
    record(&with_file("x", &others)).problem(422, "upload_missing");
    let both = {
        let mut body = document("x");
        body["evidence_id"] = json!(others);
        body
    };
    record(&both).problem(422, "one_evidence");
    let changed = |field: &str, value: Value| {
        let mut body = document("x");
        body[field] = value;
        body
    };
    record(&changed("evidence_url", Value::Null)).problem(422, "one_evidence");
    record(&changed("issued_on", json!(day(3)))).problem(422, "certificate_of_the_future");
    record(&changed("expires_on", json!(day(-40)))).problem(422, "certificate_expires_before");
    record(&changed("evidence_url", json!("http://certificates.example.com"))).problem(400, "invalid_body");
    record(&changed("name", json!("=1+1"))).problem(400, "invalid_body");
    record(&changed("renews", json!("01890a5d-ac96-774b-bcce-b302099a8057")))
        .problem(422, "certificate_renews_nothing");
    let list = Call::get(&all(&ada)).by(&who.token).send().is(200).json();
    assert_eq!(list, json!({"certificates": []}));
}

#[test]
fn somebody_else_verifies_and_a_change_waits_again() {
    let town = Town::new();
    let ada = planned(&town, "ada");
    let who = town.sign_in(&ada, &[]);
    let record = || Call::post(&all(&ada), &document("a")).by(&who.token).key("once").send().is(201);
    let (made, again) = (record(), record());
    assert_eq!(made.json(), again.json());
    let id = made.text_at("id");
    let path = format!("{}/{id}", all(&ada));
    let check = |body: &Value, etag: &str| Call::post(&format!("{path}/check"), body).by_admin().version(etag).send();
    check(&json!({"verified": false}), &made.etag()).problem(422, "reason_of_declining");
    check(&json!({"verified": true}), "\"99\"").problem(412, "version_mismatch");
    let verified = check(&json!({"verified": true}), &made.etag()).is(200);
    assert_eq!((&verified.json()["state"], &verified.json()["counts"]), (&json!("verified"), &json!(true)));
    check(&json!({"verified": true}), &verified.etag()).problem(409, "certificate_not_waiting");
    let changed = Call::put(&path, &document("b")).by(&who.token).version(&verified.etag()).send().is(200);
    assert_eq!(
        (&changed.json()["state"], changed.json()["versions"].as_array().map(Vec::len)),
        (&json!("submitted"), Some(3))
    );
    let reason = json!({"verified": false, "reason": "The page does not name you"});
    let declined = check(&reason, &changed.etag()).is(200);
    assert_eq!(declined.json()["reason"], "The page does not name you");
    let withdraw = |etag: &str| Call::new("POST", &format!("{path}/withdrawal")).by(&who.token).version(etag).send();
    let withdrawn = withdraw(&declined.etag()).is(200);
    withdraw(&withdrawn.etag()).is(200);
    Call::put(&path, &document("c"))
        .by(&who.token)
        .version(&withdrawn.etag())
        .send()
        .problem(409, "certificate_closed");
    assert_eq!(state(&ada, &id), "withdrawn");
    // Before it was recorded there was none.
    let before = Call::get(&format!("{}?as_of={}", all(&ada), day(-2))).by(&who.token).send().is(200).json();
    assert_eq!(before, json!({"certificates": []}));
    Call::get(&format!("{}?as_of=yesterday", all(&ada))).by(&who.token).send().problem(400, "invalid_query");
}

#[test]
fn what_ends_soon_is_looked_after_by_one_execution() {
    let town = Town::new();
    let ada = planned(&town, "ada");
    let who = town.sign_in(&ada, &[]);
    let mut body = document("soon");
    body["expires_on"] = json!(day(60));
    let made = Call::post(&all(&ada), &body).by(&who.token).send().is(201);
    let check = format!("{}/{}/check", all(&ada), made.text_at("id"));
    Call::post(&check, &json!({"verified": true})).by_admin().version(&made.etag()).send().is(200);
    let machine = Stack::get().output("RecertificationMachineArn");
    let bare = |id: &str| id.replace('-', "");
    let name = format!("{}-{}-{}", bare(&ada.id), bare(&made.text_at("id")), bare(&day(60)));
    // It has asked once, and waits for the next check-in day.
    until("the recertification waits", || {
        let all = step_functions("ListExecutions", &json!({"stateMachineArn": machine, "maxResults": 1000}));
        let found = all["executions"].as_array()?.iter().find(|it| it["name"] == name.as_str())?.clone();
        assert_eq!(found["status"], "RUNNING", "{found}");
        let asked = json!({"executionArn": found["executionArn"], "maxResults": 100});
        let history = step_functions("GetExecutionHistory", &asked);
        let waits = history["events"].as_array()?.iter().any(|event| event["type"] == "WaitStateEntered");
        waits.then_some(())
    });
}

#[test]
fn erasure_takes_the_evidence_along() {
    let town = Town::new();
    let ada = town.person("ada");
    let who = town.sign_in(&ada, &[]);
    let made = recorded_with_file(&ada.id, &who.token);
    let path = format!("{}/{}/evidence", all(&ada), made.text_at("id"));
    let link = Call::get(&path).by(&who.token).send().is(303).header("location").to_owned();
    Call::get(&link).send().is(200);
    Call::new("POST", &format!("/directory/people/{}/erasure", ada.id)).by_admin().send().is(204);
    until("the file is gone", || (Call::get(&link).send().status == 404).then_some(()));
}
