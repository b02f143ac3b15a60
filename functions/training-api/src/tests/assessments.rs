//! The question bank, assessments and attempts over HTTP.

use serde_json::{Value, json};
use store::table::{PK, text};
use web::testing::{Call, Reply, Token};

use super::{House, ada, admin, bob, check, mary};

/// What nothing a learner reads may contain: the codes of right options, accepted texts and names of fields of keys.
const SECRETS: [&str; 8] =
    ["zz-right", "zz-also", "hunter2", "Hunter2", "hunter two", "\"right\":[", "\"accepted\"", "\"seed\""];

#[track_caller]
fn keeps_the_key(reply: &Reply) {
    for secret in SECRETS {
        assert!(!reply.text.contains(secret), "{secret}: {}", reply.text);
    }
}

fn option(id: &str, text: &str) -> Value {
    json!({"id": id, "text": text})
}

fn single() -> Value {
    json!({
        "area": "Risk", "kind": "single", "text": "Which one?\nOf these:", "right": ["zz-right"], "languages": ["en"],
        "options": [option("zz-right", "this"), option("b", "that"), option("c", "neither")],
        "explanation": "Because of this.",
    })
}

/// One question of each kind.
fn bank() -> [Value; 4] {
    let options = json!([option("zz-right", "first"), option("zz-also", "second"), option("c", "third")]);
    [
        single(),
        json!({"area": "risk", "kind": "multiple", "text": "Which ones?", "options": options, "right": ["zz-right", "zz-also"]}),
        json!({
            "area": "risk", "kind": "ordering", "text": "In which order?", "options": options,
            "right": ["zz-right", "zz-also", "c"],
        }),
        json!({"area": "risk", "kind": "short_text", "text": "Which word?", "accepted": ["Hunter2", "hunter two"]}),
    ]
}

fn terms(purpose: &str, questions: u8) -> Value {
    json!({
        "title": "A test", "purpose": purpose, "sections": [{"area": "risk", "questions": questions}],
        "pass_mark": 50, "minutes": 30, "attempts": 2,
    })
}

impl House {
    async fn make(&self, uri: &str, body: &Value) -> Value {
        let reply = self.send(Call::post(uri, body).by(&admin())).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        reply.json()
    }

    /// One question of each kind.
    async fn questions(&self) {
        for question in bank() {
            self.make("/training/questions", &question).await;
        }
    }

    /// An assessment over one question of each kind.
    async fn test(&self, terms: &Value) -> String {
        self.questions().await;
        let made = self.make("/training/assessments", &json!({"code": "risk-test", "terms": terms})).await;
        made["id"].as_str().unwrap().to_owned()
    }

    fn attempts(&self) -> String {
        format!("/training/people/{}/attempts", self.ada)
    }

    async fn start(&self, assessment: &str) -> Reply {
        self.send(Call::post(self.attempts(), &json!({"assessment_id": assessment})).by(&ada())).await
    }
}

/// The answers to a form, right or wrong.
fn answers(form: &Value, right: bool) -> Value {
    let number = |question: &Value, text: &str| {
        let options = question["options"].as_array().unwrap();
        options.iter().find(|option| option["text"] == text).unwrap()["number"].clone()
    };
    let answer = |question: &Value| {
        let id = &question["question_id"];
        let numbers = |texts: &[&str]| texts.iter().map(|text| number(question, text)).collect::<Vec<_>>();
        match (question["kind"].as_str().unwrap(), right) {
            ("single", true) => json!({"question_id": id, "options": numbers(&["this"])}),
            ("single", false) => json!({"question_id": id, "options": numbers(&["that"])}),
            ("multiple", true) => json!({"question_id": id, "options": numbers(&["second", "first"])}),
            ("multiple", false) => json!({"question_id": id, "options": numbers(&["third"])}),
            ("ordering", true) => json!({"question_id": id, "options": numbers(&["first", "second", "third"])}),
            ("ordering", false) => json!({"question_id": id, "options": []}),
            (_, true) => json!({"question_id": id, "text": " HUNTER  two"}),
            (_, false) => json!({"question_id": id, "text": "password"}),
        }
    };
    Value::Array(form.as_array().unwrap().iter().map(answer).collect())
}

#[tokio::test]
async fn a_question_is_written_read_listed_and_changed_by_its_authors() {
    let house = House::new().await;
    let create = || Call::post("/training/questions", &single()).by(&admin()).header("idempotency-key", "q1");
    let made = house.send(create()).await;
    assert_eq!((made.status, made.json()["area"].as_str()), (201, Some("risk")), "{}", made.text);
    let again = house.send(create()).await;
    assert_eq!((again.header("idempotent-replayed"), &again.text), ("true", &made.text));
    house
        .make("/training/questions", &{
            let mut other = single();
            other["area"] = json!("secure-coding");
            other
        })
        .await;
    let listed = house.send(Call::get("/training/questions?area=RISK").by(&admin())).await;
    assert_eq!(listed.json()["items"], json!([made.json()]));
    let all = house.send(Call::get("/training/questions?limit=1").by(&admin())).await;
    assert_eq!((all.json()["items"].as_array().map(Vec::len), all.json()["next"].is_string()), (Some(1), true));

    let uri = format!("/training/questions/{}", made.json()["id"].as_str().unwrap());
    let put = |tag: &str, body: &Value| Call::put(&uri, body).by(&admin()).header("if-match", tag);
    let mut retired = single();
    retired["retired"] = json!(true);
    check(&house.send(Call::put(&uri, &retired).by(&admin())).await, 428, "precondition_required");
    check(&house.send(put("\"9\"", &retired)).await, 412, "version_mismatch");
    let changed = house.send(put("\"1\"", &retired)).await;
    assert_eq!((changed.status, changed.header("etag"), &changed.json()["retired"]), (200, "\"2\"", &json!(true)));
    let read = house.send(Call::get(&uri).by(&admin())).await;
    assert_eq!((read.header("etag"), read.json()), ("\"2\"", changed.json()));
    let nobody = "/training/questions/01890a5d-ac96-774b-bcce-b302099a8057";
    check(&house.send(Call::get(nobody).by(&admin())).await, 404, "not_found");
    check(&house.send(Call::put(nobody, &retired).by(&admin()).header("if-match", "\"1\"")).await, 404, "not_found");
}

#[tokio::test]
async fn questions_that_cannot_be_asked_are_refused_and_nothing_is_repeated() {
    let house = House::new().await;
    let send = async |body: &Value| house.send(Call::post("/training/questions", body).by(&admin())).await;
    for (field, value, at) in [
        ("right", json!([]), "$.right"),
        ("right", json!(["zz-right", "b", "c"]), "$.right"),
        ("right", json!(["hunter2"]), "$.right"),
        ("options", json!([option("b", "x"), option("b", "y")]), "$.options"),
        ("options", json!([option("a", "x"), option("b", "x")]), "$.options"),
        ("accepted", json!(["x"]), "$.accepted"),
        ("languages", json!(["<b>"]), "$.languages"),
        ("kind", json!("short_text"), "$.options"),
    ] {
        let mut body = single();
        body[field] = value;
        let reply = send(&body).await;
        check(&reply, 422, "invalid_question");
        assert_eq!(reply.json()["errors"][0]["path"], at, "{}", reply.text);
        assert!(!reply.text.contains("hunter2"));
    }
    for (field, value) in [
        ("area", json!("a b")),
        ("kind", json!("essay")),
        ("text", json!("")),
        ("text", json!("x".repeat(2001))),
        ("options", json!([option("a b", "x"), option("b", "y")])),
        ("options", json!([option("a", &"x".repeat(501)), option("b", "y")])),
        ("explanation", json!("a\tb")),
        ("score", json!(1)),
    ] {
        let mut body = single();
        body[field] = value;
        check(&send(&body).await, 400, "invalid_body");
    }
    let none = house.send(Call::get("/training/questions").by(&admin())).await;
    assert_eq!(none.json()["items"], json!([]));
}

#[tokio::test]
async fn an_assessment_is_written_once_read_and_changed() {
    let house = House::new().await;
    let new = json!({"code": "Risk-Test", "terms": terms("annual", 4)});
    check(&house.send(Call::post("/training/assessments", &new).by(&admin())).await, 409, "too_few_questions");
    house.questions().await;
    let made = house.make("/training/assessments", &new).await;
    assert_eq!(
        (&made["code"], &made["grace_seconds"], &made["days_between"]),
        (&json!("risk-test"), &json!(30), &json!(0))
    );
    check(&house.send(Call::post("/training/assessments", &new).by(&admin())).await, 409, "assessment_code_taken");
    let uri = format!("/training/assessments/{}", made["id"].as_str().unwrap());
    let read = house.send(Call::get(&uri).by(&ada())).await;
    assert_eq!((read.header("etag"), read.json()), ("\"1\"", made.clone()));
    let put = |tag: &str, body: &Value| Call::put(&uri, body).by(&admin()).header("if-match", tag);
    let shorter = {
        let mut terms = terms("annual", 4);
        terms["minutes"] = json!(5);
        terms
    };
    check(&house.send(put("\"3\"", &shorter)).await, 412, "version_mismatch");
    let changed = house.send(put("\"1\"", &shorter)).await;
    assert_eq!((changed.header("etag"), &changed.json()["minutes"]), ("\"2\"", &json!(5)), "{}", changed.text);
    let listed = house.send(Call::get("/training/assessments").by(&bob())).await;
    assert_eq!(listed.json()["items"], json!([changed.json()]));
    for (field, value) in [
        ("course_id", json!("01890a5d-ac96-774b-bcce-b302099a8057")),
        ("purpose", json!("pre")),
        ("minutes", json!(4)),
        ("attempts", json!(11)),
        ("sections", json!([])),
        ("pass_mark", json!(0)),
        ("days_between", json!(366)),
    ] {
        let mut bad = shorter.clone();
        bad[field] = value;
        check(&house.send(put("\"2\"", &bad)).await, 422, "invalid_assessment");
    }
    let unknown = json!({"code": "post", "terms": {
        "title": "T", "purpose": "post_training", "course_id": "01890a5d-ac96-774b-bcce-b302099a8057",
        "sections": [{"area": "risk", "questions": 1}], "pass_mark": 50, "minutes": 30, "attempts": 1,
    }});
    check(&house.send(Call::post("/training/assessments", &unknown).by(&admin())).await, 422, "unknown_course");
    let nobody = "/training/assessments/01890a5d-ac96-774b-bcce-b302099a8057";
    check(&house.send(Call::get(nobody).by(&ada())).await, 404, "not_found");
    check(&house.send(Call::put(nobody, &shorter).by(&admin()).header("if-match", "\"1\"")).await, 404, "not_found");
}

#[tokio::test]
async fn a_test_after_a_course_is_taken_passed_and_proves_it() {
    let house = House::new().await;
    let course = house.assigned("threats").await;
    let mut terms = terms("post_training", 4);
    terms["course_id"] = json!(course);
    let assessment = house.test(&terms).await;

    let started = house.start(&assessment).await;
    assert_eq!((started.status, started.header("etag")), (201, "\"1\""), "{}", started.text);
    keeps_the_key(&started);
    let attempt = &started.json()["attempt"];
    assert_eq!((&attempt["state"], &attempt["deadline"]), (&json!("open"), &json!("2026-03-02T10:30:00Z")));
    assert_eq!((&attempt["result"], &started.json()["answered"]), (&json!(null), &json!(null)));
    let form = started.json()["form"].clone();
    let kinds: std::collections::BTreeSet<&str> =
        form.as_array().unwrap().iter().filter_map(|question| question["kind"].as_str()).collect();
    assert_eq!(kinds.len(), 4);
    assert!(!started.text.contains("Because"), "no explanation before it is handed in");

    let uri = started.header("location").trim_start_matches("https://api.example.com").to_owned();
    let read = house.send(Call::get(&uri).by(&ada())).await;
    assert_eq!(read.json(), started.json());
    keeps_the_key(&read);

    let submission = json!({"answers": answers(&form, true)});
    let submit = || Call::post(format!("{uri}/submission"), &submission).by(&ada()).header("idempotency-key", "s1");
    let done = house.send(submit()).await;
    assert_eq!((done.status, done.header("etag")), (200, "\"2\""), "{}", done.text);
    keeps_the_key(&done);
    let result = &done.json()["attempt"]["result"];
    assert_eq!((&result["score"], &result["passed"]), (&json!(100.0), &json!(true)));
    assert_eq!(result["areas"], json!([{"area": "risk", "questions": 4, "score": 100.0}]));
    assert_eq!(done.json()["form"], json!(null));
    // The round is over: explanations are told, keys never.
    assert!(done.text.contains("Because of this."));
    let again = house.send(submit()).await;
    assert_eq!((again.status, again.header("idempotent-replayed"), again.json()), (200, "true", done.json()));
    let read = house.send(Call::get(&uri).by(&ada())).await;
    assert_eq!(read.json(), done.json());
    keeps_the_key(&read);
    let listed = house.send(Call::get(house.attempts()).by(&ada())).await;
    assert_eq!(listed.json()["items"], json!([done.json()["attempt"]]));

    let file = house.send(Call::get(format!("/training/people/{}", house.ada)).by(&ada())).await;
    assert_eq!(file.json()["assignments"][0]["status"], "completed", "{}", file.text);
    assert_eq!(file.json()["completions"][0]["source"], "test");
    let competency = house.send(Call::get(format!("/training/people/{}/competencies", house.ada)).by(&ada())).await;
    assert!(competency.text.contains(attempt["id"].as_str().unwrap()), "{}", competency.text);
    check(&house.start(&assessment).await, 409, "assessment_passed");
}

#[tokio::test]
async fn while_attempts_are_left_nothing_is_told_of_questions() {
    let house = House::new().await;
    let assessment = house.test(&terms("annual", 4)).await;
    let mut first = String::new();
    for left in [1, 0] {
        let started = house.start(&assessment).await;
        let attempt = started.json()["attempt"]["id"].as_str().unwrap().to_owned();
        check(&house.start(&assessment).await, 409, "attempt_open");
        let submission = json!({"answers": answers(&started.json()["form"], false)});
        let call = Call::post(format!("{}/{attempt}/submission", house.attempts()), &submission).by(&ada());
        let done = house.send(call).await;
        let told = done.json();
        assert_eq!((done.status, &told["attempt"]["result"]["score"]), (200, &json!(0.0)), "{}", done.text);
        assert_eq!(told["attempt"]["result"]["areas"], json!([{"area": "risk", "questions": 4, "score": 0.0}]));
        keeps_the_key(&done);
        assert_eq!((&started.json()["attempts_left"], &told["attempts_left"]), (&json!(left), &json!(left)));
        let look = house.send(Call::get(format!("{}/{attempt}", house.attempts())).by(&ada())).await;
        assert_eq!(look.json(), told);
        if left > 0 {
            assert!(!done.text.contains("right") && !done.text.contains("Because"), "{}", done.text);
            assert_eq!(told["answered"], json!(null));
            first = attempt;
            continue;
        }
        let answered = told["answered"].as_array().unwrap();
        assert!(answered.len() == 4 && answered.iter().all(|answered| answered["right"] == false));
        assert!(done.text.contains("Because of this."));
    }
    // With the round the earlier attempt is told, too.
    let look = house.send(Call::get(format!("{}/{first}", house.attempts())).by(&ada())).await;
    assert_eq!(look.json()["answered"].as_array().map(Vec::len), Some(4), "{}", look.text);
    keeps_the_key(&look);
    check(&house.start(&assessment).await, 409, "no_attempt_left");
}

#[tokio::test]
async fn a_start_is_repeated_with_the_same_form() {
    let house = House::new().await;
    let assessment = house.test(&terms("annual", 3)).await;
    let body = json!({"assessment_id": assessment});
    let start = || Call::post(house.attempts(), &body).by(&ada()).header("idempotency-key", "a1");
    let first = house.send(start()).await;
    let again = house.send(start()).await;
    assert_eq!((again.status, again.header("idempotent-replayed"), again.json()), (201, "true", first.json()));
    assert_eq!(again.header("location"), first.header("location"));
}

#[tokio::test]
async fn answers_that_do_not_fit_are_refused_and_the_attempt_stays_open() {
    let house = House::new().await;
    let assessment = house.test(&terms("annual", 4)).await;
    let started = house.start(&assessment).await.json();
    let uri = format!("{}/{}", house.attempts(), started["attempt"]["id"].as_str().unwrap());
    let submit = async |answers: Value| {
        house.send(Call::post(format!("{uri}/submission"), &json!({"answers": answers})).by(&ada())).await
    };
    let form = started["form"].as_array().unwrap();
    let of = |kind: &str| form.iter().find(|question| question["kind"] == kind).unwrap()["question_id"].clone();
    let foreign = json!({"question_id": "01890a5d-ac96-774b-bcce-b302099a8057", "options": [1]});
    check(&submit(json!([foreign])).await, 422, "foreign_answer");
    let one = json!({"question_id": of("single"), "options": [1]});
    check(&submit(json!([one, one])).await, 422, "answered_twice");
    for options in [json!([1, 2]), json!([4]), json!([0]), json!([1, 1])] {
        check(&submit(json!([{"question_id": of("single"), "options": options}])).await, 422, "invalid_answer");
    }
    check(&submit(json!([{"question_id": of("single"), "text": "x"}])).await, 422, "invalid_answer");
    check(&submit(json!([{"question_id": of("short_text"), "options": [1]}])).await, 422, "invalid_answer");
    for bad in [
        json!([{"question_id": of("single")}]),
        json!([{"question_id": of("single"), "options": [1], "text": "x"}]),
        json!([{"question_id": of("single"), "options": [256]}]),
        json!([{"question_id": of("single"), "options": [1], "right": true}]),
        json!([{"question_id": of("short_text"), "text": "x".repeat(201)}]),
        json!({}),
    ] {
        check(&submit(bad).await, 400, "invalid_body");
    }
    let read = house.send(Call::get(&uri).by(&ada())).await;
    assert_eq!((read.header("etag"), read.json()), ("\"1\"", started.clone()));
    // What is not answered is wrong.
    let done = submit(json!([])).await;
    assert_eq!((done.status, &done.json()["attempt"]["result"]["score"]), (200, &json!(0.0)), "{}", done.text);
    check(&submit(json!([])).await, 409, "attempt_submitted");
}

#[tokio::test]
async fn of_two_submissions_at_once_one_is_taken() {
    let house = House::new().await;
    let assessment = house.test(&terms("annual", 4)).await;
    let started = house.start(&assessment).await.json();
    let uri = format!("{}/{}/submission", house.attempts(), started["attempt"]["id"].as_str().unwrap());
    let body = |right| json!({"answers": answers(&started["form"], right)});
    let (right, wrong) = (body(true), body(false));
    let (first, second) =
        tokio::join!(house.send(Call::post(&uri, &right).by(&ada())), house.send(Call::post(&uri, &wrong).by(&ada())),);
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{} {}", first.text, second.text);
}

#[tokio::test]
async fn what_cannot_be_started_is_refused() {
    let house = House::new().await;
    check(&house.start("01890a5d-ac96-774b-bcce-b302099a8057").await, 422, "unknown_assessment");
    // What a course brings may be written before its bank, and what is asked of everybody may not.
    let course = json!({"code": "risk-101", "title": "Risk", "format": "course", "provider": "internal", "hours": 1});
    let course = house.make("/training/courses", &course).await;
    let mut terms = terms("pre", 5);
    terms["course_id"] = course["id"].clone();
    let assessment = house.test(&terms).await;
    check(&house.start(&assessment).await, 409, "too_few_questions");
    let attempt = format!("{}/01890a5d-ac96-774b-bcce-b302099a8057", house.attempts());
    check(&house.send(Call::get(&attempt).by(&ada())).await, 404, "not_found");
    let submission = Call::post(format!("{attempt}/submission"), &json!({"answers": []})).by(&ada());
    check(&house.send(submission).await, 404, "not_found");
}

#[tokio::test]
async fn attempts_are_the_persons_alone_and_keys_are_their_authors() {
    let house = House::new().await;
    let assessment = house.test(&terms("annual", 4)).await;
    let attempt = house.start(&assessment).await.json()["attempt"]["id"].as_str().unwrap().to_owned();
    let one = format!("{}/{attempt}", house.attempts());
    let start = json!({"assessment_id": assessment});
    for (caller, status) in [(bob(), 404), (mary(), 403), (admin(), 403), (Token::machine(), 403)] {
        for call in [
            Call::get(house.attempts()),
            Call::get(&one),
            Call::post(house.attempts(), &start),
            Call::post(format!("{one}/submission"), &json!({"answers": []})),
        ] {
            let reply = house.send(call.by(&caller)).await;
            assert_eq!(reply.status, status, "{}", reply.text);
            keeps_the_key(&reply);
        }
    }
    for caller in [ada(), mary(), Token::machine()] {
        for call in [Call::get("/training/questions"), Call::post("/training/questions", &single())] {
            check(&house.send(call.by(&caller)).await, 404, "not_found");
        }
        let assessments = house.send(Call::get("/training/assessments").by(&caller)).await;
        assert_eq!(assessments.status, 200);
        keeps_the_key(&assessments);
        let new = json!({"code": "other", "terms": terms("annual", 1)});
        check(&house.send(Call::post("/training/assessments", &new).by(&caller)).await, 403, "forbidden");
    }
}

/// Neither what is held on a person, nor events, nor the answers that are kept for repetitions.
#[tokio::test]
async fn nothing_but_a_question_has_a_key() {
    let house = House::new().await;
    for (number, question) in bank().iter().enumerate() {
        let key = format!("q{number}");
        let create = || Call::post("/training/questions", question).by(&admin()).header("idempotency-key", &key);
        let made = house.send(create()).await;
        let again = house.send(create()).await;
        assert_eq!((again.status, again.header("idempotent-replayed"), &again.text), (201, "true", &made.text));
        assert_eq!(again.header("etag"), made.header("etag"));
    }
    let new = json!({"code": "risk-test", "terms": terms("annual", 4)});
    let assessment = house.make("/training/assessments", &new).await["id"].clone();
    let keyed = |call: Call, key: &str| call.by(&ada()).header("idempotency-key", key);
    let start = Call::post(house.attempts(), &json!({"assessment_id": assessment}));
    let started = house.send(keyed(start, "a1")).await.json();
    let uri = format!("{}/{}/submission", house.attempts(), started["attempt"]["id"].as_str().unwrap());
    let submission = json!({"answers": answers(&started["form"], false)});
    assert_eq!(house.send(keyed(Call::post(uri, &submission), "s1")).await.status, 200);

    let items = house.memory.items();
    for item in &items {
        let shown = format!("{item:?}");
        let has_key = ["zz-right", "zz-also", "hunter2", "Hunter2", "hunter two"].iter().any(|it| shown.contains(it));
        let partition = text(item, PK).unwrap();
        assert_eq!(has_key, partition.starts_with("TRAIN#QUESTION#"), "{shown}");
    }
    for kind in ["TRAIN#IDEMPOTENCY#", "TRAIN#HISTORY#", "TRAIN#ATTEMPTS#", "TRAIN#COMPETENCY#"] {
        assert!(items.iter().any(|item| text(item, PK).is_some_and(|it| it.starts_with(kind))), "{kind}");
    }
}

#[tokio::test]
async fn a_question_that_was_made_before_is_shown_as_it_is_now() {
    let house = House::new().await;
    let create = || Call::post("/training/questions", &single()).by(&admin()).header("idempotency-key", "q1");
    let made = house.send(create()).await;
    let uri = made.header("location").trim_start_matches("https://api.example.com").to_owned();
    let mut changed = single();
    changed["right"] = json!(["b"]);
    let changed = house.send(Call::put(&uri, &changed).by(&admin()).header("if-match", "\"1\"")).await;
    let again = house.send(create()).await;
    assert_eq!((again.status, again.json(), again.header("etag")), (201, changed.json(), "\"2\""));
    assert_eq!(again.header("location"), made.header("location"));
}

#[tokio::test]
async fn whoever_may_read_the_keys_neither_starts_nor_hands_in() {
    let house = House::new().await;
    let assessment = house.test(&terms("annual", 4)).await;
    let started = house.start(&assessment).await.json();
    let uri = format!("{}/{}", house.attempts(), started["attempt"]["id"].as_str().unwrap());
    for role in ["security", "program-admin"] {
        let both = Token::person("ada", &[role]);
        let calls = [
            Call::post(house.attempts(), &json!({"assessment_id": assessment})),
            Call::post(format!("{uri}/submission"), &json!({"answers": answers(&started["form"], true)})),
        ];
        for call in calls {
            let refused = house.send(call.by(&both)).await;
            check(&refused, 403, "forbidden");
            assert_eq!(refused.json()["detail"], "Whoever may read what is right takes no test.");
        }
        // What they took before stays theirs to read.
        assert_eq!(house.send(Call::get(&uri).by(&both)).await.json(), started);
    }
    let competency = Call::get(format!("/training/people/{}/competencies", house.ada)).by(&ada());
    assert_eq!(house.send(competency).await.json()["areas"], json!([]));
}
