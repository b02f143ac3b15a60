//! Requests for seats and vouchers, from the asking to what was provided, with the mails and the assignment on the way.

use serde_json::{Value, json};

use super::harness::{Call, Person, Town, day, until};

pub(super) fn wish(course: &str) -> Value {
    json!({"course_id": course, "kind": "voucher", "reason": "For the examination"})
}

/// A course that the industry gives.
pub(super) fn outside_course(town: &Town, word: &str) -> String {
    let mut body = town.course_body(word);
    body["provider"] = json!("industry");
    Call::post("/training/courses", &body).by_admin().send().is(201).text_at("id")
}

/// What mails about requests tell somebody.
fn told(person: &Person) -> Vec<String> {
    let mails = [day(-1), day(0)].into_iter().flat_map(|day| {
        let mut path = format!("/program/mails?limit=200&day={day}");
        let mut all = Vec::new();
        loop {
            let page = Call::get(&path).by_admin().send().is(200);
            all.extend(page.items());
            match page.json()["next"].as_str() {
                Some(next) => path = format!("/program/mails?limit=200&day={day}&cursor={next}"),
                None => return all,
            }
        }
    });
    let own = mails.filter(|mail| mail["person_id"] == person.id.as_str() && mail["template"] == "course-request");
    own.map(|mail| {
        let path = format!("/program/mails/{}/{}", person.id, mail["mail_id"].as_str().unwrap());
        Call::get(&path).by_admin().send().is(200).text
    })
    .collect()
}

#[test]
fn a_voucher_is_asked_for_approved_and_provided() {
    let town = Town::new();
    let course = outside_course(&town, "cloud");
    let manager = town.person("mary");
    let person = town.person_with("ada", json!({"manager_id": manager.id}));
    let (ada, mary) = (town.sign_in(&person, &[]), town.sign_in(&manager, &[]));
    let path = format!("/training/people/{}/requests", person.id);
    let asked = Call::post(&path, &wish(&course)).by(&ada.token).send().is(201);
    let request = format!("{path}/{}", asked.text_at("id"));
    Call::post(&path, &wish(&course)).by(&ada.token).send().problem(409, "request_open");
    let waiting = Call::get("/training/reports/requests").by(&mary.token).send().is(200);
    assert!(waiting.items().iter().any(|it| it["id"] == asked.json()["id"]), "{}", waiting.text);
    let listed = until("the request is listed", || {
        let mut path = "/training/requests?limit=200".to_owned();
        loop {
            let page = Call::get(&path).by_admin().send().is(200);
            if let Some(found) = page.items().iter().find(|it| it["id"] == asked.json()["id"]) {
                return Some(found.clone());
            }
            path = format!("/training/requests?limit=200&cursor={}", page.json()["next"].as_str()?);
        }
    });
    assert_eq!(listed["state"], "asked");
    let decision = Call::put(&format!("{request}/decision"), &json!({"approved": true}));
    decision.clone().by(&ada.token).version("\"1\"").send().problem(403, "forbidden");
    decision.by(&mary.token).version("\"1\"").send().is(200);
    let file = Call::get(&format!("/training/people/{}", person.id)).by(&ada.token).send().is(200).json();
    let assignment = file["assignments"].as_array().unwrap().iter().find(|it| it["course_id"] == course.as_str());
    let assignment = assignment.unwrap();
    assert_eq!((&assignment["required"], &assignment["reason"]), (&json!(false), &json!("asked_for")));
    Call::put(&format!("{request}/provision"), &json!({}))
        .by_admin()
        .version("\"2\"")
        .send()
        .problem(422, "voucher_missing");
    let provision = Call::put(&format!("{request}/provision"), &json!({"voucher": "AWS-7Q2X-55"}));
    let provided = provision.by_admin().version("\"2\"").send().is(200);
    assert!(provided.json()["voucher"].is_null());
    assert_eq!(Call::get(&request).by(&ada.token).send().is(200).json()["voucher"], "AWS-7Q2X-55");
    assert!(Call::get(&request).by(&mary.token).send().is(200).json()["voucher"].is_null());
    let export = Call::get(&format!("/directory/people/{}/export", person.id)).by_admin().send().is(200);
    assert!(export.text.contains("For the examination") && !export.text.contains("AWS-7Q2X-55"));
    let settings = Call::get("/program/settings").by_admin().send().is(200).json();
    if settings["mail_mode"] != "off" {
        assert_eq!((told(&manager).len(), told(&person).len()), (1, 2));
        assert!(told(&person).iter().chain(&told(&manager)).all(|mail| !mail.contains("AWS-7Q2X-55")));
    }
}

#[test]
fn what_need_not_be_asked_for_is_refused() {
    let town = Town::new();
    let who = town.sign_in(&town.person("ada"), &[]);
    let path = format!("/training/people/{}/requests", who.person.id);
    let ask = |course: &str| Call::post(&path, &wish(course)).by(&who.token).send();
    ask(&town.course("c").id).problem(422, "course_internal");
    ask("01890a5d-ac96-774b-bcce-b302099a8057").problem(422, "unknown_course");
    let course = outside_course(&town, "cloud");
    let request = format!("{path}/{}", ask(&course).is(201).text_at("id"));
    Call::put(&format!("{request}/provision"), &json!({}))
        .by_admin()
        .version("\"1\"")
        .send()
        .problem(409, "request_not_approved");
    Call::put(&format!("{request}/decision"), &json!({"approved": false}))
        .by_admin()
        .version("\"1\"")
        .send()
        .problem(422, "reason_missing");
    Call::delete(&request).by(&who.token).version("\"1\"").send().is(200);
    ask(&course).is(201);
}

#[test]
fn who_is_erased_leaves_no_request() {
    let town = Town::new();
    let person = town.person("gone");
    let who = town.sign_in(&person, &[]);
    let course = outside_course(&town, "cloud");
    let path = format!("/training/people/{}/requests", person.id);
    let id = Call::post(&path, &wish(&course)).by(&who.token).send().is(201).json()["id"].clone();
    let erased = Call::new("POST", &format!("/directory/people/{}/erasure", person.id)).by_admin().send();
    assert!(erased.status < 300, "{}", erased.text);
    until("the request is forgotten", || {
        let mut path = "/training/requests?limit=200".to_owned();
        loop {
            let page = Call::get(&path).by_admin().send().is(200);
            if page.items().iter().any(|it| it["id"] == id) {
                return None;
            }
            match page.json()["next"].as_str() {
                Some(next) => path = format!("/training/requests?limit=200&cursor={next}"),
                None => return Some(()),
            }
        }
    });
}
