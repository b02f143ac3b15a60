//! Tests: written by authors, taken by a person, scored by the service, and read by that person alone.

use serde_json::{Value, json};

use super::harness::{
    Answer, Call, Course, Town, Who,
    cast::{join, token_of},
    day, until,
};

struct Desk {
    boss: Who,
    ada: Who,
    course: Course,
    area: String,
}

/// What nothing a learner is shown may hold: the codes of right options, and the word that is accepted.
const SECRETS: [&str; 3] = ["zz-right", "zz-also", "halcyon"];

#[track_caller]
fn keeps_the_key(answer: Answer) -> Answer {
    assert!(SECRETS.iter().all(|secret| !answer.text.contains(secret)), "{}", answer.text);
    answer
}

impl Desk {
    /// Ada, of whom a course is asked, and a bank of one question of each kind.
    fn new() -> Self {
        let town = Town::new();
        let boss = town.person("boss");
        let ada = town.person_with("ada", json!({"manager_id": boss.id}));
        let (boss, ada) = (town.sign_in(&boss, &[]), town.sign_in(&ada, &[]));
        let area = town.word("area");
        let course = town.course_with("c", json!({"competencies": [area]}));
        let desk = Self { boss, ada, course, area };
        let ask = json!({"course_id": desk.course.id, "due": day(9)});
        Call::post(&format!("{}/assignments", desk.training()), &ask).by_admin().send().is(200);
        for question in desk.bank() {
            Call::post("/training/questions", &question).by_admin().send().is(201);
        }
        desk
    }

    fn bank(&self) -> [Value; 4] {
        let options = json!([
            {"id": "zz-right", "text": "first"}, {"id": "zz-also", "text": "second"}, {"id": "c", "text": "third"},
        ]);
        let question = |kind: &str, right: Value| json!({"area": self.area, "kind": kind, "text": "Which?", "options": options, "right": right});
        [
            question("single", json!(["zz-right"])),
            question("multiple", json!(["zz-right", "zz-also"])),
            question("ordering", json!(["zz-right", "zz-also", "c"])),
            json!({"area": self.area, "kind": "short_text", "text": "Which word?", "accepted": ["halcyon"]}),
        ]
    }

    /// The id of an assessment over the whole bank, passed with 60.
    fn assessment(&self, purpose: &str) -> String {
        let terms = json!({
            "title": "A test", "purpose": purpose, "course_id": self.course.id, "pass_mark": 60, "minutes": 30,
            "attempts": 2, "sections": [{"area": self.area, "questions": 4}],
        });
        let new = json!({"code": format!("{purpose}-{}", self.course.code), "terms": terms});
        Call::post("/training/assessments", &new).by_admin().send().is(201).text_at("id")
    }

    fn training(&self) -> String {
        format!("/training/people/{}", self.ada.person.id)
    }

    fn attempts(&self) -> String {
        format!("{}/attempts", self.training())
    }

    fn start(&self, assessment: &str, key: &str) -> Answer {
        let body = json!({"assessment_id": assessment});
        keeps_the_key(Call::post(&self.attempts(), &body).by(&self.ada.token).key(key).send())
    }

    fn hand_in(&self, started: &Answer, right: bool, key: &str) -> Answer {
        let started = started.json();
        let attempt = started["attempt"]["id"].as_str().unwrap();
        let answers: Vec<Value> =
            started["form"].as_array().unwrap().iter().map(|question| answer(question, right)).collect();
        let path = format!("{}/{attempt}/submission", self.attempts());
        keeps_the_key(Call::post(&path, &json!({"answers": answers})).by(&self.ada.token).key(key).send())
    }
}

fn answer(question: &Value, right: bool) -> Value {
    let id = &question["question_id"];
    let numbers = |texts: &[&str]| {
        let options = question["options"].as_array().unwrap();
        let number = |text: &&str| options.iter().find(|option| option["text"] == **text).unwrap()["number"].clone();
        texts.iter().map(number).collect::<Vec<_>>()
    };
    match (question["kind"].as_str().unwrap(), right) {
        ("single", true) => json!({"question_id": id, "options": numbers(&["first"])}),
        ("multiple", true) => json!({"question_id": id, "options": numbers(&["second", "first"])}),
        ("ordering", true) => json!({"question_id": id, "options": numbers(&["first", "second", "third"])}),
        ("short_text", true) => json!({"question_id": id, "text": " HALCYON "}),
        ("short_text", false) => json!({"question_id": id, "text": "no idea"}),
        _ => json!({"question_id": id, "options": []}),
    }
}

#[test]
fn a_test_is_taken_passed_and_proves_the_course() {
    let desk = Desk::new();
    let (pre, post) = (desk.assessment("pre"), desk.assessment("post_training"));
    let before = desk.start(&pre, "pre").is(201);
    let failed = desk.hand_in(&before, false, "pre-in").is(200).json();
    // One is left, in which it would help to know what was right.
    assert_eq!((&failed["attempts_left"], &failed["answered"]), (&json!(1), &json!(null)), "{failed}");
    assert_eq!(failed["attempt"]["result"]["areas"][0]["area"], json!(desk.area.to_lowercase()), "{failed}");

    let started = desk.start(&post, "post").is(201);
    let again = desk.start(&post, "post").is(201);
    assert_eq!((again.json(), again.header("idempotent-replayed")), (started.json(), "true"));
    desk.start(&post, "other").problem(409, "attempt_open");
    let done = desk.hand_in(&started, true, "post-in").is(200);
    let result = &done.json()["attempt"]["result"];
    assert_eq!((&result["score"], &result["passed"]), (&json!(100.0), &json!(true)), "{}", done.text);
    assert_eq!(done.json()["answered"].as_array().map(Vec::len), Some(4), "{}", done.text);
    let again = desk.hand_in(&started, true, "post-in").is(200);
    assert_eq!((again.json(), again.header("idempotent-replayed")), (done.json(), "true"));
    desk.hand_in(&started, true, "twice").problem(409, "attempt_submitted");
    desk.start(&post, "more").problem(409, "assessment_passed");

    let file = Call::get(&desk.training()).by(&desk.ada.token).send().is(200).json();
    assert_eq!(file["completions"][0]["source"], "test", "{file}");
    let mut asked = file["assignments"].as_array().into_iter().flatten();
    let asked = asked.find(|it| it["course_id"] == json!(desk.course.id)).unwrap();
    assert_eq!(asked["status"], "completed", "{file}");
    let known = Call::get(&format!("{}/competencies", desk.training())).by(&desk.ada.token).send().is(200).json();
    let latest = &known["areas"][0]["latest"];
    assert_eq!((&latest["score"], &latest["level"]), (&json!(100.0), &json!("expert")), "{known}");
    let listed = Call::get(&desk.attempts()).by(&desk.ada.token).send().is(200);
    assert_eq!(listed.items().len(), 2);
    let effect = format!("/training/courses/{}/effectiveness", desk.course.id);
    let counted = until("the due date that was met is counted", || {
        let effect = Call::get(&effect).by_admin().send().is(200).json();
        Some(effect).filter(|effect| effect["figures"]["on_time"]["whole"] == 1)
    });
    assert_eq!(counted["figures"]["learning"], json!({"state": "insufficient_data", "pairs": 1}), "{counted}");
}

#[test]
fn what_was_reached_is_read_by_the_person_alone() {
    let desk = Desk::new();
    let started = desk.start(&desk.assessment("post_training"), "a").is(201);
    let attempt = started.json()["attempt"]["id"].as_str().unwrap().to_owned();
    desk.hand_in(&started, true, "b").is(200);
    let one = format!("{}/{attempt}", desk.attempts());
    for path in [&desk.attempts(), &one] {
        Call::get(path).by(&desk.ada.token).send().is(200);
        Call::get(path).by(&desk.boss.token).send().problem(403, "forbidden");
        Call::get(path).by_admin().send().problem(403, "forbidden");
    }
    // The manager sees that the course is done.
    let file = Call::get(&desk.training()).by(&desk.boss.token).send().is(200);
    assert!(file.text.contains("\"completed\"") && !file.text.contains("score"), "{}", file.text);
    // Of another's path an attempt is not there.
    let elsewhere = format!("/training/people/{}/attempts/{attempt}", desk.boss.person.id);
    Call::get(&elsewhere).by(&desk.boss.token).send().problem(404, "not_found");
    let export = format!("/directory/people/{}/export", desk.ada.person.id);
    let export = keeps_the_key(Call::get(&export).by(&desk.ada.token).send().is(200));
    assert!(export.text.contains(&attempt) && !export.text.contains("\"seed\""), "{}", export.text);
}

#[test]
fn what_cannot_be_answered_or_asked_changes_nothing() {
    let desk = Desk::new();
    let question = &desk.bank()[0];
    for (field, value) in [("right", json!([])), ("right", json!(["zz-right", "zz-also", "c"])), ("options", json!([]))]
    {
        let mut bad = question.clone();
        bad[field] = value;
        let answer = Call::post("/training/questions", &bad).by_admin().send();
        answer.problem(422, "invalid_question").names(&format!("$.{field}"));
    }
    Call::get("/training/questions").by(&desk.ada.token).send().problem(404, "not_found");
    let started = desk.start(&desk.assessment("pre"), "a").is(201);
    let path = format!("{}/{}", desk.attempts(), started.json()["attempt"]["id"].as_str().unwrap());
    let send = |answers: Value| {
        Call::post(&format!("{path}/submission"), &json!({"answers": answers})).by(&desk.ada.token).send()
    };
    let foreign = json!({"question_id": desk.course.id, "options": [1]});
    send(json!([foreign])).problem(422, "foreign_answer");
    let first = &started.json()["form"][0]["question_id"];
    send(json!([{"question_id": first, "options": [1, 1]}])).problem(422, "invalid_answer");
    send(json!([{"question_id": first, "options": [1], "text": "x"}])).problem(400, "invalid_body");
    let read = Call::get(&path).by(&desk.ada.token).send().is(200);
    assert_eq!(read.json(), started.json());
}

#[test]
fn whoever_may_read_the_keys_takes_no_test() {
    let desk = Desk::new();
    let test = desk.assessment("post_training");
    let started = desk.start(&test, "a").is(201);
    let attempt = started.json()["attempt"]["id"].as_str().unwrap().to_owned();
    join(&desk.ada.person.email, &["security"]);
    let token = token_of(&desk.ada.person.email);
    let one = format!("{}/{attempt}", desk.attempts());
    let empty = json!({"answers": []});
    Call::post(&desk.attempts(), &json!({"assessment_id": test})).by(&token).send().problem(403, "forbidden");
    Call::post(&format!("{one}/submission"), &empty).by(&token).send().problem(403, "forbidden");
    // What they took before stays theirs to read.
    let read = Call::get(&one).by(&token).send().is(200);
    assert_eq!(read.json()["attempt"]["state"], "open", "{}", read.text);
}
