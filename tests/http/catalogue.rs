//! The catalogue: courses, prerequisites, role paths, rosters.

use std::thread;

use serde_json::{Value, json};

use super::harness::{Answer, Call, Course, Town, day};

fn path(course: &Course) -> String {
    format!("/training/courses/{}", course.id)
}

/// The catalogue is one thing that every test changes: whoever lost a race reads and tries again.
fn change(path: &str, body: &Value) -> Answer {
    for _ in 0..50 {
        let etag = Call::get(path).by_admin().send().is(200).etag();
        let answer = Call::patch(path, body).by_admin().version(&etag).send();
        if answer.status != 409 {
            return answer;
        }
    }
    panic!("{path} was in conflict again and again")
}

fn create(body: &Value) -> Answer {
    let send = || Call::post("/training/courses", body).by_admin().send();
    let taken = |answer: &Answer| answer.status == 409 && answer.json()["code"] == "conflict";
    (0..50).map(|_| send()).find(|answer| !taken(answer)).unwrap()
}

#[test]
fn a_course_is_published_read_changed_and_retired() {
    let town = Town::new();
    let before = town.course("before");
    let mut body = town.course_body("c");
    body["prerequisites"] = json!([before.id]);
    body["validity_months"] = json!(12);
    body["url"] = json!("https://learn.example.com/c");
    let made = create(&body).is(201);
    let at = format!("/training/courses/{}", made.text_at("id"));
    assert!(made.header("location").ends_with(&at));
    let found = Call::get(&at).by_admin().send().is(200);
    assert_eq!((found.json(), found.etag()), (made.json(), made.etag()));
    let changed = change(&at, &json!({"validity_months": null, "url": null, "hours": 2.5})).is(200).json();
    assert_eq!((&changed["validity_months"], &changed["hours"]), (&Value::Null, &json!(2.5)));
    assert_eq!(changed["title"], found.json()["title"]);
    let stale = Call::patch(&at, &json!({"title": "X"})).by_admin().version(&found.etag()).send();
    stale.problem(412, "version_mismatch");
    assert!(!change(&at, &json!({"retired": true})).is(200).json()["retired_on"].is_null());
    let ada = town.person("ada");
    let ask = json!({"course_id": made.text_at("id")});
    let refused = Call::post(&format!("/training/people/{}/assignments", ada.id), &ask).by_admin().send();
    refused.problem(409, "course_retired");
    assert!(change(&at, &json!({"retired": false})).is(200).json()["retired_on"].is_null());
}

#[test]
fn what_cannot_be_a_course_is_refused() {
    let town = Town::new();
    for (field, value) in [
        ("code", json!("")),
        ("code", json!("a b")),
        ("title", json!("")),
        ("title", json!("x".repeat(201))),
        ("format", json!("dance")),
        ("provider", json!("nobody")),
        ("hours", json!(0)),
        ("hours", json!(-1)),
        ("hours", json!(1e9)),
        ("hours", json!("1")),
        ("validity_months", json!(0)),
        ("validity_months", json!(121)),
        ("languages", json!(["a b"])),
        ("competencies", json!(vec!["x"; 21])),
        ("url", json!("http://learn.example.com")),
        ("url", json!("javascript:alert(1)")),
        ("prerequisites", json!(["x"])),
    ] {
        let mut body = town.course_body("c");
        body[field] = value;
        let answer = create(&body).problem(400, "invalid_body");
        assert!(answer.text.contains(&format!("$.{field}")), "{field}: {}", answer.text);
    }
    let mut body = town.course_body("c");
    body["prerequisites"] = json!(["01890a5d-ac96-774b-bcce-b302099a8057"]);
    create(&body).problem(422, "unknown_course");
}

#[test]
fn a_code_belongs_to_one_course() {
    let town = Town::new();
    let course = town.course("c");
    let mut body = town.course_body("c");
    body["code"] = json!(course.code.to_lowercase());
    let answer = create(&body).is(409);
    assert_eq!(answer.json()["code"], "course_code_taken", "{}", answer.text);
}

#[test]
fn of_many_at_once_one_publishes_a_code() {
    let town = Town::new();
    let body = town.course_body("c");
    let answers: Vec<Answer> = thread::scope(|scope| {
        let racing: Vec<_> = (0..6).map(|_| scope.spawn(|| create(&body))).collect();
        racing.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1, "{answers:?}");
    assert!(answers.iter().all(|answer| [201, 409].contains(&answer.status)), "{answers:?}");
}

#[test]
fn prerequisites_form_no_circle() {
    let town = Town::new();
    let a = town.course("a");
    let b = town.course_with("b", json!({"prerequisites": [a.id]}));
    let c = town.course_with("c", json!({"prerequisites": [b.id]}));
    change(&path(&a), &json!({"prerequisites": [c.id]})).problem(422, "prerequisite_cycle");
    change(&path(&a), &json!({"prerequisites": [a.id]})).problem(422, "prerequisite_cycle");
}

#[test]
fn courses_are_listed_page_by_page() {
    let town = Town::new();
    let made = ["a", "b", "c"].map(|word| town.course(word).id);
    let mut seen = Vec::new();
    let mut next = Some("?limit=7".to_owned());
    while let Some(query) = next {
        let page = Call::get(&format!("/training/courses{query}")).by_admin().send().is(200);
        seen.extend(page.items().iter().map(|item| item["code"].as_str().unwrap().to_owned()));
        next = page.next_page();
    }
    let mut sorted = seen.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(seen.len(), sorted.len());
    assert!(made.len() < seen.len());
}

#[test]
fn a_path_is_a_whole() {
    let town = Town::new();
    let course = town.course("c");
    let put = |steps: Value| {
        for _ in 0..50 {
            let etag = Call::get("/training/paths/product").by_admin().send().is(200).etag();
            let call = Call::put("/training/paths/product", &json!({"steps": steps})).by_admin().version(&etag);
            let answer = call.send();
            if ![409, 412].contains(&answer.status) || answer.json()["code"] == "course_twice" {
                return answer;
            }
        }
        panic!("the path was in conflict again and again")
    };
    let before = Call::get("/training/paths/product").by_admin().send().is(200).json()["steps"].clone();
    let step = json!({"course_id": course.id, "requirement": "recommended"});
    assert_eq!(put(json!([step])).is(200).json()["steps"], json!([step]));
    put(json!([step, step])).problem(422, "course_twice");
    put(json!([{"course_id": "01890a5d-ac96-774b-bcce-b302099a8057", "requirement": "required"}]))
        .problem(422, "unknown_course");
    put(json!([{"course_id": course.id, "requirement": "desired"}])).problem(400, "invalid_body");
    put(before).is(200);
    let all = Call::get("/training/paths").by_admin().send().is(200);
    assert_eq!(all.items().len(), 6, "a path for each job role");
}

#[test]
fn a_roster_records_who_was_there_once() {
    let town = Town::new();
    let course = town.course("c");
    let people = [town.person("a").id, town.person("b").id];
    let nobody = "01890a5d-ac96-774b-bcce-b302099a8057";
    let take = |people: &Value| {
        let body = json!({"date": day(-1), "people": people});
        Call::post(&format!("{}/roster", path(&course)), &body).by_admin().send()
    };
    let strangers = take(&json!([people[0], nobody, people[1]]));
    strangers.problem(422, "unknown_people");
    for person in &people {
        let file = Call::get(&format!("/training/people/{person}")).by_admin().send().is(200).json();
        assert_eq!(file["completions"], json!([]), "nobody is recorded beside a stranger");
    }
    for _ in 0..2 {
        assert_eq!(take(&json!(people)).is(200).json(), json!({"recorded": people}));
    }
    for person in &people {
        let file = Call::get(&format!("/training/people/{person}")).by_admin().send().is(200).json();
        assert_eq!(file["completions"].as_array().unwrap().len(), 1, "{file}");
        assert_eq!(
            (&file["completions"][0]["source"], &file["completions"][0]["counts"]),
            (&json!("roster"), &json!(true))
        );
    }
    let late = json!({"date": day(9), "people": people});
    Call::post(&format!("{}/roster", path(&course)), &late).by_admin().send().problem(422, "invalid_date");
    for people in [json!([]), json!(vec![people[0].clone(); 81]), json!([people[0], people[0]]), json!(["x"])] {
        let body = json!({"date": day(-1), "people": people});
        Call::post(&format!("{}/roster", path(&course)), &body).by_admin().send().problem(400, "invalid_body");
    }
}
