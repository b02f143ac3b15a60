//! What people say of courses and what is counted for them, and the competency that nobody but the person reads.

use serde_json::{Value, json};

use super::harness::{Call, Course, Town, Who, day, until};

struct Desk {
    town: Town,
    boss: Who,
    ada: Who,
    course: Course,
}

impl Desk {
    fn new() -> Self {
        let town = Town::new();
        let boss = town.person("boss");
        let ada = town.person_with("ada", json!({"manager_id": boss.id}));
        let (boss, ada) = (town.sign_in(&boss, &[]), town.sign_in(&ada, &[]));
        let course = town.course_with("c", json!({"competencies": ["Secure-Coding"]}));
        Self { town, boss, ada, course }
    }

    fn training(&self) -> String {
        format!("/training/people/{}", self.ada.person.id)
    }

    fn feedback(&self) -> String {
        format!("/training/courses/{}/feedback", self.course.id)
    }

    /// Ada takes the course by its due date.
    fn completed(&self) -> String {
        let ask = json!({"course_id": self.course.id, "due": day(9)});
        Call::post(&format!("{}/assignments", self.training()), &ask).by_admin().send().is(200);
        let roster = json!({"date": day(-1), "people": [self.ada.person.id]});
        Call::post(&format!("/training/courses/{}/roster", self.course.id), &roster).by_admin().send().is(200);
        let file = Call::get(&self.training()).by(&self.ada.token).send().is(200).json();
        file["completions"][0]["id"].as_str().unwrap().to_owned()
    }

    fn effect(&self) -> Value {
        let path = format!("/training/courses/{}/effectiveness", self.course.id);
        Call::get(&path).by_admin().send().is(200).json()
    }
}

#[test]
fn what_is_said_of_a_course_is_answered_and_counted() {
    let desk = Desk::new();
    let completion = desk.completed();
    let body = json!({
        "completion_id": completion, "relevance": 5, "quality": 4, "confidence": 3, "comment": "Halcyon labs, please",
    });
    let give = |key: &str| Call::post(&desk.feedback(), &body).by(&desk.ada.token).key(key).send();
    let given = give("once").is(201);
    let again = give("once").is(201);
    assert_eq!((given.json(), again.header("idempotent-replayed")), (again.json(), "true"));
    give("twice").problem(409, "feedback_given");
    Call::post(&desk.feedback(), &body).by(&desk.boss.token).send().problem(422, "not_completed");
    for (field, value) in [("relevance", json!(0)), ("quality", json!(6)), ("comment", json!("x".repeat(1001)))] {
        let mut wrong = body.clone();
        wrong[field] = value;
        let answer = Call::post(&desk.feedback(), &wrong).by(&desk.ada.token).send();
        answer.problem(400, "invalid_body").names(&format!("$.{field}"));
    }
    let note = json!({"text": "There is a lab now"});
    let notes = format!("{}/notes", desk.feedback());
    Call::post(&notes, &note).by(&desk.boss.token).send().problem(403, "forbidden");
    Call::post(&notes, &note).by_admin().send().is(201);
    let read = Call::get(&desk.feedback()).by(&desk.ada.token).send().is(200).json();
    assert_eq!((&read["own"][0]["comment"], &read["notes"][0]["text"]), (&body["comment"], &note["text"]));
    let others = Call::get(&desk.feedback()).by(&desk.boss.token).send().is(200);
    assert!(!others.text.contains("Halcyon") && others.text.contains("lab now"), "{}", others.text);

    let effect = until("the due date that was met is counted", || {
        Some(desk.effect()).filter(|effect| effect["figures"]["on_time"]["whole"] == 1)
    });
    assert_eq!(effect["figures"]["on_time"]["percent"], 100.0, "{effect}");
    assert_eq!(effect["figures"]["reaction"], json!({"state": "insufficient_data", "answers": 1}));
    assert_eq!(effect["comments"], json!([]));
    let ranked = Call::get("/training/effectiveness").by_admin().send().is(200);
    let found = ranked.items().into_iter().find(|it| it["course_id"] == json!(desk.course.id)).unwrap();
    assert_eq!((&found["learning"]["state"], &found["on_time"]["part"]), (&json!("insufficient_data"), &json!(1)));

    let export = Call::get(&format!("/directory/people/{}/export", desk.ada.person.id)).by(&desk.ada.token).send();
    assert!(export.is(200).text.contains("Halcyon"), "what somebody wrote is theirs");
}

#[test]
fn competency_is_read_by_the_person_alone() {
    let desk = Desk::new();
    let stranger = desk.town.person("bob");
    let stranger = desk.town.sign_in(&stranger, &[]);
    for part in ["competencies", "gaps"] {
        let path = format!("{}/{part}", desk.training());
        let ask = |token: &str| Call::get(&path).by(token).send();
        ask(&desk.ada.token).is(200);
        ask(&desk.boss.token).problem(403, "forbidden");
        Call::get(&path).by_admin().send().problem(403, "forbidden");
        ask(&stranger.token).problem(404, "not_found");
    }
    let competencies = format!("{}/competencies", desk.training());
    let none = Call::get(&format!("{competencies}?as_of={}", day(-3))).by(&desk.ada.token).send().is(200);
    assert_eq!((none.etag(), &none.json()["areas"]), ("\"0\"".to_owned(), &json!([])));
    Call::get(&format!("{competencies}?as_of=20260101")).by(&desk.ada.token).send().problem(400, "invalid_query");
    let gaps = Call::get(&format!("{}/gaps", desk.training())).by(&desk.ada.token).send().is(200).json();
    let coding = gaps["gaps"].as_array().into_iter().flatten().find(|gap| gap["area"] == "secure-coding").unwrap();
    assert_eq!(coding["standing"]["state"], "insufficient_data", "{gaps}");
    let courses = coding["course_ids"].as_array().unwrap();
    assert!(courses.contains(&json!(desk.course.id)), "{gaps}");
}
