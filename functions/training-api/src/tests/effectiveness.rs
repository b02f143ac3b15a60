//! What courses do: a pulse that is given once, what was done about it, and figures for those who run the program.

use jiff::civil::date;
use kernel::{Cause, Commit, CompletionId, CourseId, PersonId, Principal, Version};
use serde_json::{Value, json};
use store::TrainingStore;
use training::{
    TrainingWriter, Write,
    competency::Score,
    effectiveness::{
        self, Comment, Feedback, Rating, Ratings, Sums,
        usecases::{forget, paired},
    },
};
use web::testing::{Call, Token};

use super::{House, ada, admin, bob, check, mary, now};

impl House {
    /// Ada's completion of a course.
    async fn completion(&self, course: CourseId) -> String {
        let roster = json!({"date": "2026-03-01", "people": [self.ada]});
        let taken = Call::post(format!("/training/courses/{course}/roster"), &roster).by(&admin());
        assert_eq!(self.send(taken).await.status, 200);
        let file = self.send(Call::get(format!("/training/people/{}", self.ada)).by(&ada())).await.json();
        let mut completions = file["completions"].as_array().into_iter().flatten();
        let found = completions.find(|it| it["course_id"] == json!(course)).unwrap();
        found["id"].as_str().unwrap().to_owned()
    }

    /// What is counted for a course beside what people say, written as it is with a score.
    async fn pairs(&self, course: CourseId, pairs: &[(u16, u16)]) {
        let store = TrainingStore::new(self.table.clone());
        let cause = Cause { by: Principal::Program, at: now(), correlation_id: "c".into(), causation_id: None };
        let score = |tenths| Score::from_tenths(tenths).unwrap();
        for (pre, post) in pairs {
            let write = Write::Effectiveness(paired(course, score(*pre), score(*post)));
            store.commit(Commit::of(vec![write]), &cause).await.unwrap();
        }
    }
}

/// What somebody said of a course, written as it is with its count.
async fn said(store: &TrainingStore, course: CourseId, comment: &str) -> PersonId {
    let at = now();
    let cause = Cause { by: Principal::Program, at, correlation_id: "c".into(), causation_id: None };
    let rating = Rating::new(3).unwrap();
    let ratings = Ratings { relevance: rating, quality: rating, confidence: rating };
    let feedback = Feedback {
        person: PersonId::new(at),
        course,
        completion: CompletionId::new(at),
        on: date(2026, 3, 2),
        ratings,
        comment: Comment::parse(comment).ok(),
    };
    let person = feedback.person;
    let count = effectiveness::Write::Count { course, sums: Sums::feedback(ratings) };
    let said = effectiveness::Write::Feedback { file: Version::ABSENT, feedback: Box::new(feedback) };
    let writes = [said, count].map(Write::Effectiveness);
    store.commit(Commit::of(writes.into()), &cause).await.unwrap();
    person
}

fn pulse(completion: &str, comment: &str) -> Value {
    json!({"completion_id": completion, "relevance": 5, "quality": 4, "confidence": 1, "comment": comment})
}

#[tokio::test]
async fn feedback_is_given_once_and_what_was_done_is_reported_back() {
    let house = House::new().await;
    let course = house.course("aa").await;
    let uri = format!("/training/courses/{course}/feedback");
    let completion = house.completion(course).await;
    let give = |key: &'static str, body: &Value| Call::post(&uri, body).by(&ada()).header("idempotency-key", key);
    let body = pulse(&completion, "Quirina's labs");
    let given = house.send(give("k1", &body)).await;
    assert_eq!((given.status, &given.json()["comment"]), (201, &json!("Quirina's labs")), "{}", given.text);
    let again = house.send(give("k1", &body)).await;
    assert_eq!((again.status, again.json()), (201, given.json()));
    assert_eq!(again.header("idempotent-replayed"), "true");
    check(&house.send(give("k2", &body)).await, 409, "feedback_given");
    check(&house.send(give("k1", &pulse(&completion, "Other"))).await, 422, "idempotency_key_reused");
    // The record of the answer keeps nothing of what was written.
    let by = Principal::Person(house.ada);
    let kept = store::answers::AnswerStore::new(house.table.clone(), store::keys::System::Training);
    let kept = kernel::Answers::answered(&kept, &by, &format!("{by}#k1")).await.unwrap();
    assert_eq!(kept.map(|(_, answer)| answer.body), Some(String::new()));

    let notes = format!("{uri}/notes");
    let note = json!({"text": "There is a lab now"});
    check(&house.send(Call::post(&notes, &note).by(&mary())).await, 403, "forbidden");
    let write = || Call::post(&notes, &note).by(&admin()).header("idempotency-key", "n1");
    let noted = house.send(write()).await;
    assert_eq!((noted.status, &noted.json()["notes"][0]["text"]), (201, &note["text"]), "{}", noted.text);
    assert_eq!(house.send(write()).await.text, noted.text);
    let read = house.send(Call::get(&uri).by(&ada())).await.json();
    assert_eq!((read["own"][0]["relevance"].as_i64(), read["notes"].as_array().map(Vec::len)), (Some(5), Some(1)));
    let other = house.send(Call::get(&uri).by(&bob())).await.json();
    assert_eq!((&other["own"], &other["notes"][0]["on"]), (&json!([]), &json!("2026-03-02")));
    check(&house.send(Call::get(&uri).by(&Token::machine())).await, 403, "forbidden");
}

#[tokio::test]
async fn feedback_that_is_no_feedback_is_refused() {
    let house = House::new().await;
    let (course, other) = (house.course("aa").await, house.course("bb").await);
    let completion = house.completion(course).await;
    let good = pulse(&completion, "x");
    let uri = format!("/training/courses/{course}/feedback");
    check(&house.send(Call::post(&uri, &good).by(&bob())).await, 422, "not_completed");
    let elsewhere = Call::post(format!("/training/courses/{other}/feedback"), &good);
    check(&house.send(elsewhere.by(&ada())).await, 422, "not_completed");
    for (field, value) in [
        ("relevance", json!(0)),
        ("relevance", json!(6)),
        ("quality", json!(2.5)),
        ("confidence", json!("5")),
        ("confidence", json!(null)),
        ("comment", json!("=cmd")),
        ("comment", json!("x".repeat(1001))),
        ("completion_id", json!("x")),
        ("person_id", json!(house.ada)),
    ] {
        let mut body = good.clone();
        body[field] = value;
        check(&house.send(Call::post(&uri, &body).by(&ada())).await, 400, "invalid_body");
    }
    let nowhere = "/training/courses/01890a5d-ac96-774b-bcce-b302099a8057";
    for part in ["feedback", "effectiveness"] {
        check(&house.send(Call::get(format!("{nowhere}/{part}")).by(&admin())).await, 404, "not_found");
    }
    let note = Call::post(format!("{nowhere}/feedback/notes"), &json!({"text": "x"})).by(&admin());
    check(&house.send(note).await, 404, "not_found");
    let own = house.send(Call::get(&uri).by(&ada())).await.json();
    assert_eq!(own["own"], json!([]));
}

#[tokio::test]
async fn figures_say_when_they_rest_on_too_little() {
    let house = House::new().await;
    let (course, better) = (house.course("aa").await, house.course("bb").await);
    let completion = house.completion(course).await;
    let given = Call::post(format!("/training/courses/{course}/feedback"), &pulse(&completion, "Quirina's labs"));
    assert_eq!(house.send(given.by(&ada())).await.status, 201);
    house.pairs(course, &[(200, 600), (400, 700), (950, 850), (900, 950)]).await;
    let uri = format!("/training/courses/{course}/effectiveness");
    check(&house.send(Call::get(&uri).by(&ada())).await, 404, "not_found");
    check(&house.send(Call::get("/training/effectiveness").by(&mary())).await, 404, "not_found");
    let read = house.send(Call::get(&uri).by(&admin())).await;
    let figures = &read.json()["figures"];
    assert_eq!(figures["learning"], json!({"state": "insufficient_data", "pairs": 4}), "{}", read.text);
    assert_eq!(figures["reaction"], json!({"state": "insufficient_data", "answers": 1}));
    assert_eq!(figures["on_time"], json!({"state": "insufficient_data"}));
    assert_eq!(read.json()["comments"], json!([]), "one answer has an author");
    house.pairs(course, &[(200, 600); 6]).await;
    house.pairs(better, &[(0, 900); 10]).await;
    let read = house.send(Call::get(&uri).by(&admin())).await;
    let learning = &read.json()["figures"]["learning"];
    let (gain, low, high) = (learning["gain"].as_f64(), learning["low"].as_f64(), learning["high"].as_f64());
    assert!(low < gain && gain < high && learning["pairs"] == 10, "{}", read.text);
    let ranked = house.send(Call::get("/training/effectiveness").by(&admin())).await;
    let items = ranked.json()["items"].as_array().cloned().unwrap();
    assert_eq!([&items[0]["course_id"], &items[1]["course_id"]], [&json!(better), &json!(course)], "{}", ranked.text);
    assert_eq!(items[0]["learning"]["gain"], json!(0.9));
}

#[tokio::test]
async fn comments_are_read_without_names_while_ten_who_answered_are_there() {
    let house = House::new().await;
    let course = house.course("aa").await;
    let store = TrainingStore::new(house.table.clone());
    let uri = format!("/training/courses/{course}/effectiveness");
    let read = async || house.send(Call::get(&uri).by(&admin())).await;
    let mut people = Vec::new();
    for number in (0..10).rev() {
        assert_eq!(read().await.json()["comments"], json!([]), "{number}");
        people.push(said(&store, course, &format!("Comment {number}")).await);
    }
    let shown = read().await;
    let expected: Vec<String> = (0..10).map(|number| format!("Comment {number}")).collect();
    assert_eq!(shown.json()["comments"], json!(expected), "in no order of time");
    assert!(people.iter().all(|person| !shown.text.contains(&person.to_string())), "{}", shown.text);
    let cause = Cause { by: Principal::Program, at: now(), correlation_id: "c".into(), causation_id: None };
    forget(&store, &store, people[3], &cause).await.unwrap();
    let shown = read().await.json();
    assert_eq!((&shown["comments"], &shown["figures"]["reaction"]["answers"]), (&json!([]), &json!(10)));
}
