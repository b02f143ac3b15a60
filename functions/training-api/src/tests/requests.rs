//! Requests for seats and vouchers: asking, deciding, providing, taking back, who sees what, and where a code never shows.

use kernel::{CourseId, PersonId, Principal};
use serde_json::{Value, json};
use store::{keys, table::Query};
use testkit::Company;
use web::testing::{Call, ISSUER, Reply, Token};

use super::{House, ada, admin, bob, check, mary, now};

const NOBODY: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
const CODE: &str = "AWS-7Q2X-55";

impl House {
    /// A course that the industry gives.
    async fn outside_course(&self, code: &str) -> CourseId {
        let body = json!({"code": code, "title": code, "format": "course", "provider": "industry", "hours": 8});
        let reply = self.send(Call::post("/training/courses", &body).by(&admin())).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        reply.json()["id"].as_str().unwrap().parse().unwrap()
    }

    fn requests(&self) -> String {
        format!("/training/people/{}/requests", self.ada)
    }

    async fn ask(&self, course: CourseId) -> Reply {
        self.send(Call::post(self.requests(), &wish(course)).by(&ada())).await
    }

    /// Where a request of Ada's is.
    async fn asked(&self, course: CourseId) -> String {
        let reply = self.ask(course).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        format!("{}/{}", self.requests(), reply.json()["id"].as_str().unwrap())
    }

    async fn decide(&self, request: &str, tag: &str, body: Value, by: &Token) -> Reply {
        self.send(Call::put(format!("{request}/decision"), &body).by(by).header("if-match", tag)).await
    }

    async fn provide(&self, request: &str, tag: &str, body: Value, by: &Token) -> Reply {
        self.send(Call::put(format!("{request}/provision"), &body).by(by).header("if-match", tag)).await
    }

    async fn listed(&self, uri: &str, by: &Token) -> Vec<Value> {
        let reply = self.send(Call::get(uri).by(by)).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.json()["items"].as_array().unwrap().iter().map(|it| it["state"].clone()).collect()
    }
}

fn wish(course: CourseId) -> Value {
    json!({"course_id": course, "kind": "voucher", "reason": "For the examination"})
}

#[tokio::test]
async fn a_request_is_made_approved_provided_and_its_code_read_by_the_person_alone() {
    let house = House::new().await;
    let course = house.outside_course("cloud").await;
    let asked = house.ask(course).await;
    assert_eq!((asked.status, asked.header("etag")), (201, "\"1\""), "{}", asked.text);
    let request = asked.header("location").trim_start_matches("https://api.example.com").to_owned();
    assert_eq!(asked.json()["state"], "asked");
    for (uri, by) in [("/training/requests", admin()), ("/training/reports/requests", mary())] {
        assert_eq!(house.listed(uri, &by).await, ["asked"], "{uri}");
    }
    check(&house.ask(course).await, 409, "request_open");

    check(&house.decide(&request, "\"1\"", json!({"approved": true}), &ada()).await, 403, "forbidden");
    check(&house.decide(&request, "\"7\"", json!({"approved": true}), &mary()).await, 412, "version_mismatch");
    check(&house.decide(&request, "\"1\"", json!({"approved": false}), &mary()).await, 422, "reason_missing");
    let approved = house.decide(&request, "\"1\"", json!({"approved": true, "reason": "She needs it"}), &mary()).await;
    assert_eq!((approved.status, approved.header("etag")), (200, "\"2\""), "{}", approved.text);
    assert_eq!(
        (&approved.json()["state"], &approved.json()["decision_reason"]),
        (&json!("approved"), &json!("She needs it"))
    );
    assert_eq!(house.listed("/training/reports/requests", &mary()).await, Vec::<Value>::new());
    assert_eq!(house.listed("/training/requests", &admin()).await, ["approved"]);
    let file = house.send(Call::get(format!("/training/people/{}", house.ada)).by(&ada())).await.json();
    let assignment = &file["assignments"][0];
    assert_eq!(
        (&assignment["course_id"], &assignment["required"], &assignment["reason"]),
        (&json!(course), &json!(false), &json!("asked_for"))
    );

    check(&house.provide(&request, "\"2\"", json!({"voucher": CODE}), &mary()).await, 403, "forbidden");
    let provided = house.provide(&request, "\"2\"", json!({"voucher": CODE}), &admin()).await;
    assert_eq!((provided.status, &provided.json()["state"]), (200, &json!("provided")), "{}", provided.text);
    for (by, seen) in [(ada(), json!(CODE)), (mary(), json!(null)), (admin(), json!(null))] {
        assert_eq!(house.send(Call::get(&request).by(&by)).await.json()["voucher"], seen);
        let all = house.send(Call::get(house.requests()).by(&by)).await.json();
        assert_eq!(all["items"][0]["voucher"], seen);
    }
    assert!(!provided.text.contains(CODE) && house.listed("/training/requests", &admin()).await.is_empty());
    // It stands in one item of the table: no event, no mail and no kept answer knows it.
    let person = house.ada.to_string();
    let partitions =
        [keys::history(keys::System::Training, &person), keys::mails_of(house.ada), keys::requests_of(house.ada)];
    let mut holders = 0;
    for partition in partitions {
        let found = house.table.query(&Query::partition(partition)).await.unwrap().items;
        holders += found.iter().filter(|item| format!("{item:?}").contains(CODE)).count();
    }
    assert_eq!(holders, 1);
}

#[tokio::test]
async fn a_request_is_declined_with_a_reason_or_taken_back() {
    let house = House::new().await;
    let course = house.outside_course("cloud").await;
    let first = house.asked(course).await;
    let declined = house.decide(&first, "\"1\"", json!({"approved": false, "reason": "No budget"}), &admin()).await;
    assert_eq!((declined.status, &declined.json()["state"]), (200, &json!("declined")), "{}", declined.text);
    check(&house.decide(&first, "\"2\"", json!({"approved": true}), &admin()).await, 409, "request_not_waiting");
    house.clock.set("2026-03-02T11:00:00Z".parse().unwrap());
    let second = house.asked(course).await;
    let withdraw = |tag: &str| Call::delete(&second).by(&ada()).header("if-match", tag);
    check(&house.send(Call::delete(&second).by(&ada())).await, 428, "precondition_required");
    check(&house.send(withdraw("\"3\"")).await, 412, "version_mismatch");
    let over = house.send(withdraw("\"1\"")).await;
    assert_eq!((over.status, &over.json()["state"]), (200, &json!("withdrawn")), "{}", over.text);
    check(&house.send(withdraw("\"2\"")).await, 409, "request_ended");
    check(&house.provide(&second, "\"2\"", json!({}), &admin()).await, 409, "request_not_approved");
    assert_eq!(house.listed(&house.requests(), &ada()).await, ["declined", "withdrawn"]);
    let file = house.send(Call::get(format!("/training/people/{}", house.ada)).by(&ada())).await.json();
    assert_eq!(file["assignments"], json!([]));
}

#[tokio::test]
async fn a_voucher_is_provided_with_its_code_and_a_seat_without() {
    let house = House::new().await;
    let course = house.outside_course("cloud").await;
    let voucher = house.asked(course).await;
    house.decide(&voucher, "\"1\"", json!({"approved": true}), &mary()).await;
    for nothing in [json!({}), json!({"voucher": null})] {
        check(&house.provide(&voucher, "\"2\"", nothing, &admin()).await, 422, "voucher_missing");
    }
    let read = house.send(Call::get(&voucher).by(&ada())).await;
    assert_eq!((&read.json()["state"], read.header("etag")), (&json!("approved"), "\"2\""));
    let provided = house.provide(&voucher, "\"2\"", json!({"voucher": CODE}), &admin()).await;
    assert_eq!((provided.status, &provided.json()["state"]), (200, &json!("provided")), "{}", provided.text);
    let mut wish = wish(house.outside_course("lab").await);
    wish["kind"] = json!("seat");
    let asked = house.send(Call::post(house.requests(), &wish).by(&ada())).await;
    let seat = format!("{}/{}", house.requests(), asked.json()["id"].as_str().unwrap());
    house.decide(&seat, "\"1\"", json!({"approved": true}), &mary()).await;
    let provided = house.provide(&seat, "\"2\"", json!({}), &admin()).await;
    assert_eq!((provided.status, &provided.json()["state"]), (200, &json!("provided")), "{}", provided.text);
}

#[tokio::test]
async fn asking_twice_with_a_key_asks_once_and_the_record_keeps_no_words() {
    let house = House::new().await;
    let course = house.outside_course("cloud").await;
    let ask = || Call::post(house.requests(), &wish(course)).by(&ada()).header("idempotency-key", "r1");
    let first = house.send(ask()).await;
    let again = house.send(ask()).await;
    assert_eq!((first.status, again.status, &again.text), (201, 201, &first.text), "{}", again.text);
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(house.listed(&house.requests(), &ada()).await, ["asked"]);
    let by = Principal::Person(house.ada);
    let key = keys::idempotency(keys::System::Training, &by, &format!("{by}#r1"));
    let kept = house.table.get(&key, true).await.unwrap().unwrap();
    assert!(!format!("{kept:?}").contains("examination"));
    let mut other = wish(course);
    other["kind"] = json!("seat");
    let reused = Call::post(house.requests(), &other).by(&ada()).header("idempotency-key", "r1");
    check(&house.send(reused).await, 422, "idempotency_key_reused");
}

#[tokio::test]
async fn wrong_requests_are_refused() {
    let house = House::new().await;
    let (course, internal) = (house.outside_course("cloud").await, house.course("aa").await);
    for (field, value) in [
        ("kind", json!("money")),
        ("reason", json!("")),
        ("reason", json!("x".repeat(501))),
        ("reason", json!("=hunter2")),
        ("course_id", json!("cloud")),
        ("voucher", json!(CODE)),
    ] {
        let mut wrong = wish(course);
        wrong[field] = value;
        let reply = house.send(Call::post(house.requests(), &wrong).by(&ada())).await;
        check(&reply, 400, "invalid_body");
        assert_eq!(reply.json()["errors"][0]["path"], format!("$.{field}"));
        assert!(!reply.text.contains("hunter2"), "{}", reply.text);
    }
    check(&house.ask(internal).await, 422, "course_internal");
    check(&house.ask(NOBODY.parse().unwrap()).await, 422, "unknown_course");
    let request = house.asked(course).await;
    for code in [json!("abc"), json!("has space"), json!("x".repeat(101)), json!(7)] {
        let reply = house.provide(&request, "\"1\"", json!({"voucher": code}), &admin()).await;
        check(&reply, 400, "invalid_body");
        assert!(!reply.text.contains("has space"));
    }
    let strange = format!("{}/{NOBODY}", house.requests());
    check(&house.send(Call::get(&strange).by(&ada())).await, 404, "not_found");
    check(&house.decide(&strange, "\"1\"", json!({"approved": true}), &mary()).await, 404, "not_found");
    // Another person's path does not lead to Ada's request.
    let foreign = request.replace(&house.ada.to_string(), &house.admin.to_string());
    check(&house.send(Call::get(&foreign).by(&admin())).await, 404, "not_found");
}

#[tokio::test]
async fn lists_go_in_pages_and_by_who_reports_to_whom_now() {
    let house = House::new().await;
    let mut asked = Vec::new();
    for code in ["c1", "c2", "c3", "c4", "c5"] {
        asked.push(house.outside_course(code).await);
        house.asked(asked[asked.len() - 1]).await;
    }
    let one_more = house.outside_course("c6").await;
    check(&house.ask(one_more).await, 409, "too_many_requests");
    for (uri, by) in [("/training/requests".to_owned(), admin()), (house.requests(), ada())] {
        let (mut found, mut next) = (Vec::new(), format!("{uri}?limit=2"));
        loop {
            let reply = house.send(Call::get(&next).by(&by)).await.json();
            let items = reply["items"].as_array().unwrap();
            assert!(items.len() <= 2);
            found.extend(items.iter().map(|it| it["course_id"].clone()));
            let Some(cursor) = reply["next"].as_str() else { break };
            next = format!("{uri}?limit=2&cursor={cursor}");
        }
        found.sort_by_key(ToString::to_string);
        let mut expected: Vec<Value> = asked.iter().map(|course| json!(course)).collect();
        expected.sort_by_key(ToString::to_string);
        assert_eq!(found, expected);
    }
    assert_eq!(house.listed("/training/reports/requests", &mary()).await.len(), 5);
    assert!(house.listed("/training/reports/requests", &bob()).await.is_empty());
    assert!(house.listed("/training/reports/requests", &Token::machine()).await.is_empty());
}

/// Somebody more, who signs in by their name.
async fn newcomer(house: &House, name: &str) -> PersonId {
    Company::over(&house.table, ISSUER, now()).person(name, None, None).await
}

/// Callers: somebody else, the person, their manager, security, program lead, a machine.
#[tokio::test]
async fn every_cell_of_requests_answers_as_the_table_says() {
    let house = House::new().await;
    let course = house.outside_course("cloud").await;
    let request = house.asked(course).await;
    newcomer(&house, "sam").await;
    let callers = [bob(), ada(), mary(), Token::person("sam", &["security"]), admin(), Token::machine()];
    let cells = || -> Vec<(&str, Call, [u16; 6])> {
        let stale = |call: Call| call.header("if-match", "\"9\"");
        let decision = json!({"approved": true});
        vec![
            ("open", Call::get("/training/requests"), [404, 404, 404, 404, 200, 404]),
            ("of reports", Call::get("/training/reports/requests"), [200; 6]),
            ("list", Call::get(house.requests()), [404, 200, 200, 200, 200, 403]),
            ("read", Call::get(&request), [404, 200, 200, 200, 200, 403]),
            ("ask", Call::post(house.requests(), &wish(course)), [404, 409, 403, 403, 403, 403]),
            ("decide", stale(Call::put(format!("{request}/decision"), &decision)), [404, 403, 412, 403, 412, 403]),
            ("provide", stale(Call::put(format!("{request}/provision"), &json!({}))), [404, 403, 403, 403, 412, 403]),
            ("withdraw", stale(Call::delete(&request)), [404, 412, 403, 403, 403, 403]),
        ]
    };
    for (column, caller) in callers.iter().enumerate() {
        for (name, call, expected) in cells() {
            let reply = house.send(call.by(caller)).await;
            assert_eq!(reply.status, expected[column], "{name}, caller {column}: {}", reply.text);
        }
    }
}

#[tokio::test]
async fn a_program_lead_decides_on_others_requests_and_not_on_their_own() {
    let house = House::new().await;
    let course = house.outside_course("cloud").await;
    let own = format!("/training/people/{}/requests", house.admin);
    let asked = house.send(Call::post(&own, &wish(course)).by(&admin())).await;
    assert_eq!(asked.status, 201, "{}", asked.text);
    let request = format!("{own}/{}", asked.json()["id"].as_str().unwrap());
    check(&house.decide(&request, "\"1\"", json!({"approved": true}), &admin()).await, 403, "forbidden");
    check(&house.provide(&request, "\"1\"", json!({}), &admin()).await, 403, "forbidden");
}
