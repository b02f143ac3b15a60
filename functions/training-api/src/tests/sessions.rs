//! Sessions: planning, seats, the waiting list, and who was there.

use jiff::Timestamp;
use kernel::{Cause, CourseId, PersonId, Principal};
use serde_json::{Value, json};
use store::TrainingStore;
use testkit::Company;
use training::{
    MailSwitch, Settings,
    sessions::usecases::{SessionDesk, hold, tell},
    usecases::Desk,
};
use web::testing::{Call, ISSUER, Reply, Token};

use super::{House, ada, admin, bob, check, mary, now};

const NOBODY: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

fn body(course: CourseId) -> Value {
    json!({
        "course_id": course, "starts": "2026-03-10T09:00:00Z", "minutes": 90, "time_zone": "Europe/Berlin",
        "place": "Room 4.2", "join_url": "https://meet.example.com/tm", "seats": 1, "language": "de",
    })
}

impl House {
    async fn session(&self) -> String {
        let course = self.course("aa").await;
        let reply = self.send(Call::post("/training/sessions", &body(course)).by(&admin())).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        format!("/training/sessions/{}", reply.json()["id"].as_str().unwrap())
    }

    /// Somebody more, who signs in by their name.
    async fn newcomer(&self, name: &str) -> PersonId {
        Company::over(&self.table, ISSUER, now()).person(name, None, None).await
    }

    async fn book(&self, session: &str, person: PersonId, by: &Token) -> Reply {
        let call = Call::put(format!("{session}/bookings/{person}"), &json!({})).by(by).header("if-match", "\"0\"");
        self.send(call).await
    }

    async fn at(&self, session: &str, person: PersonId, by: &Token) -> Value {
        self.send(Call::get(format!("{session}/bookings/{person}")).by(by)).await.json()
    }
}

#[tokio::test]
async fn a_session_is_planned_once_read_listed_changed_and_called_off() {
    let house = House::new().await;
    let (course, other) = (house.course("aa").await, house.course("bb").await);
    let plan = || Call::post("/training/sessions", &body(course)).by(&admin()).header("idempotency-key", "s1");
    let planned = house.send(plan()).await;
    assert_eq!((planned.status, planned.header("etag")), (201, "\"1\""), "{}", planned.text);
    let again = house.send(plan()).await;
    assert_eq!((&again.text, again.header("idempotent-replayed")), (&planned.text, "true"));
    let uri = planned.header("location").trim_start_matches("https://api.example.com").to_owned();
    let read = house.send(Call::get(&uri).by(&ada())).await;
    let mut hidden = planned.json();
    hidden["join_url"] = json!(null);
    assert_eq!((read.json(), &hidden["online"]), (hidden.clone(), &json!(true)), "all but the address");
    assert_eq!(read.json()["ends"], "2026-03-10T10:30:00Z");

    let listed = async |query: &str| {
        let reply = house.send(Call::get(format!("/training/sessions{query}")).by(&ada())).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.json()["items"].as_array().map_or(0, Vec::len)
    };
    assert_eq!(listed("").await, 1);
    assert_eq!(listed(&format!("?course_id={course}")).await, 1);
    assert_eq!(listed(&format!("?course_id={other}")).await, 0);
    assert_eq!(listed("?from=2026-03-10").await, 1);
    assert_eq!(listed("?from=2026-03-11").await, 0);

    let change = |tag: &str, body| Call::patch(&uri, &body).by(&admin()).header("if-match", tag);
    check(&house.send(Call::patch(&uri, &json!({})).by(&admin())).await, 428, "precondition_required");
    check(&house.send(change("\"7\"", json!({"seats": 3}))).await, 412, "version_mismatch");
    check(&house.send(change("\"1\"", json!({"place": null, "join_url": null}))).await, 422, "session_nowhere");
    let changed = house.send(change("\"1\"", json!({"seats": 3, "place": null, "host_id": house.ada}))).await;
    assert_eq!((changed.status, &changed.json()["place"]), (200, &json!(null)), "{}", changed.text);
    assert_eq!((changed.header("etag"), &changed.json()["host_id"]), ("\"2\"", &json!(house.ada)));

    let cancel = || Call::post(format!("{uri}/cancellation"), &json!({})).by(&admin());
    for _ in 0..2 {
        let cancelled = house.send(cancel()).await;
        assert_eq!((cancelled.status, &cancelled.json()["state"]), (200, &json!("cancelled")), "{}", cancelled.text);
    }
    check(&house.send(change("\"3\"", json!({"seats": 4}))).await, 409, "session_cancelled");
    check(&house.book(&uri, house.ada, &ada()).await, 409, "session_cancelled");
}

#[tokio::test]
async fn wrong_sessions_are_refused() {
    let house = House::new().await;
    let course = house.course("aa").await;
    for (field, value) in [
        ("starts", json!("2026-03-10")),
        ("starts", json!("2026-03-10T10:00:00+01:00")),
        ("starts", json!("20260310T090000Z")),
        ("starts", json!("hunter2")),
        ("starts", json!(7)),
        ("minutes", json!(14)),
        ("minutes", json!(100_000)),
        ("seats", json!(0)),
        ("seats", json!(501)),
        ("time_zone", json!("Mars/Olympus")),
        ("place", json!("=cmd")),
        ("place", json!("x".repeat(201))),
        ("join_url", json!("http://meet.example.com")),
        ("language", json!("<b>")),
        ("host_id", json!("me")),
        ("unknown_field", json!(1)),
    ] {
        let mut wrong = body(course);
        wrong[field] = value;
        let reply = house.send(Call::post("/training/sessions", &wrong).by(&admin())).await;
        check(&reply, 400, "invalid_body");
        assert!(!reply.text.contains("hunter2"), "{}", reply.text);
        assert_eq!(reply.json()["errors"][0]["path"], format!("$.{field}"));
    }
    for (field, value, status, code) in [
        ("starts", json!("2026-03-02T09:59:00Z"), 422, "session_begins"),
        ("starts", json!("2026-03-10T09:00:01Z"), 422, "session_begins"),
        ("course_id", json!(NOBODY), 422, "unknown_course"),
        ("host_id", json!(NOBODY), 422, "unknown_host"),
    ] {
        let mut wrong = body(course);
        wrong[field] = value;
        check(&house.send(Call::post("/training/sessions", &wrong).by(&admin())).await, status, code);
    }
    check(&house.send(Call::get(format!("/training/sessions/{NOBODY}")).by(&ada())).await, 404, "not_found");
    check(&house.send(Call::get("/training/sessions?course_id=x").by(&ada())).await, 400, "invalid_query");
}

#[tokio::test]
async fn the_list_goes_by_time_and_in_pages() {
    let house = House::new().await;
    let (one, two) = (house.course("aa").await, house.course("bb").await);
    for (course, day) in [(one, 12), (two, 11), (one, 10), (two, 13), (one, 14)] {
        let mut new = body(course);
        new["starts"] = json!(format!("2026-03-{day}T09:00:00Z"));
        assert_eq!(house.send(Call::post("/training/sessions", &new).by(&admin())).await.status, 201);
    }
    let days = async |query: &str| {
        let (mut found, mut uri) = (Vec::new(), format!("/training/sessions?limit=1{query}"));
        loop {
            let reply = house.send(Call::get(&uri).by(&ada())).await;
            assert_eq!(reply.status, 200, "{}", reply.text);
            let json = reply.json();
            let items = json["items"].as_array().unwrap();
            found.extend(items.iter().map(|it| it["starts"].as_str().unwrap()[8..10].to_owned()));
            let Some(next) = json["next"].as_str() else { return found };
            uri = format!("/training/sessions?limit=1{query}&cursor={next}");
        }
    };
    assert_eq!(days("").await, ["10", "11", "12", "13", "14"]);
    assert_eq!(days(&format!("&course_id={one}")).await, ["10", "12", "14"]);
    assert_eq!(days(&format!("&course_id={two}&from=2026-03-12")).await, ["13"]);
}

#[tokio::test]
async fn the_last_seat_the_waiting_list_and_who_sees_what() {
    let house = House::new().await;
    let session = house.session().await;
    let (zoe, max) = (house.newcomer("zoe").await, house.newcomer("max").await);
    let (zoe_signed, max_signed) = (Token::person("zoe", &[]), Token::person("max", &[]));
    assert_eq!(house.at(&session, house.ada, &ada()).await["state"], "none");
    // Her manager books for Ada; that she asks again changes nothing.
    let booked = house.book(&session, house.ada, &mary()).await;
    assert_eq!((booked.status, &booked.json()["state"], booked.header("etag")), (200, &json!("booked"), "\"1\""));
    assert_eq!(house.book(&session, house.ada, &ada()).await.json(), booked.json());
    let waits = house.book(&session, zoe, &zoe_signed).await;
    assert_eq!((&waits.json()["state"], &waits.json()["position"]), (&json!("waiting"), &json!(1)));
    // How far behind somebody waits is theirs to know.
    let waits = house.book(&session, max, &admin()).await;
    assert_eq!((&waits.json()["state"], &waits.json()["position"]), (&json!("waiting"), &json!(null)));
    assert_eq!(house.at(&session, max, &max_signed).await["position"], 2);
    let read = house.send(Call::get(&session).by(&bob())).await.json();
    assert_eq!((&read["booked"], &read["waiting"]), (&json!(1), &json!(2)));

    let all = house.send(Call::get(format!("{session}/bookings?limit=2")).by(&admin())).await;
    let next = all.json()["next"].as_str().unwrap().to_owned();
    assert_eq!(all.json()["items"][0]["person_id"], json!(house.ada));
    let rest = house.send(Call::get(format!("{session}/bookings?limit=2&cursor={next}")).by(&admin())).await.json();
    assert_eq!((&rest["items"][0]["person_id"], &rest["next"]), (&json!(max), &json!(null)));

    let give_back =
        |tag: &str| Call::delete(format!("{session}/bookings/{}", house.ada)).by(&ada()).header("if-match", tag);
    check(&house.send(give_back("\"9\"")).await, 412, "version_mismatch");
    for _ in 0..2 {
        let gone = house.send(give_back("\"1\"")).await;
        assert_eq!((gone.status, &gone.json()["state"], gone.header("etag")), (200, &json!("none"), "\"0\""));
    }
    assert_eq!(house.at(&session, zoe, &zoe_signed).await["state"], "booked");
    assert_eq!(house.at(&session, max, &max_signed).await["position"], 1);
    let stale = Call::put(format!("{session}/bookings/{}", house.ada), &json!({})).by(&ada());
    check(&house.send(stale.header("if-match", "\"3\"")).await, 412, "version_mismatch");
    let change = Call::patch(&session, &json!({"seats": 2})).by(&admin());
    let version = house.send(Call::get(&session).by(&admin())).await.header("etag").to_owned();
    assert_eq!(house.send(change.header("if-match", &version)).await.status, 200);
    assert_eq!(house.at(&session, max, &max_signed).await["state"], "booked");
    let fewer = Call::patch(&session, &json!({"seats": 1})).by(&admin());
    let version = house.send(Call::get(&session).by(&admin())).await.header("etag").to_owned();
    check(&house.send(fewer.header("if-match", &version)).await, 409, "seats_taken");
}

/// Callers: somebody else, the person, their manager, security, program lead, a machine.
#[tokio::test]
async fn every_cell_of_sessions_answers_as_the_table_says() {
    let house = House::new().await;
    let session = house.session().await;
    let seat = format!("{session}/bookings/{}", house.ada);
    let callers = [bob(), ada(), mary(), Token::person("bob", &["security"]), admin(), Token::machine()];
    let cells = || -> Vec<(&str, Call, [u16; 6])> {
        let roster = json!({"people": [NOBODY], "walk_ins": true});
        vec![
            ("list", Call::get("/training/sessions"), [200; 6]),
            ("read", Call::get(&session), [200; 6]),
            ("plan", Call::post("/training/sessions", &body(NOBODY.parse().unwrap())), [403, 403, 403, 422, 422, 403]),
            ("change", Call::patch(&session, &json!({})), [403, 403, 403, 428, 428, 403]),
            ("bookings", Call::get(format!("{session}/bookings")), [403, 403, 403, 200, 200, 403]),
            ("roster", Call::post(format!("{session}/roster"), &roster), [403, 403, 403, 409, 409, 403]),
            ("booking", Call::get(&seat), [404, 200, 200, 200, 200, 200]),
            ("book", Call::put(&seat, &json!({})).header("if-match", "\"0\""), [404, 200, 200, 200, 200, 403]),
            ("give back", Call::delete(&seat).header("if-match", "\"9\""), [404, 412, 412, 412, 412, 403]),
        ]
    };
    // Ada has a seat from the start, so that nobody's answer rests on whose turn it is.
    house.book(&session, house.ada, &ada()).await;
    for (column, caller) in callers.iter().enumerate() {
        for (name, call, expected) in cells() {
            let reply = house.send(call.by(caller)).await;
            assert_eq!(reply.status, expected[column], "{name}, caller {column}: {}", reply.text);
        }
    }
    let cancel = || Call::post(format!("{session}/cancellation"), &json!({}));
    for (caller, expected) in callers.iter().zip([403, 403, 403, 200, 200, 403]) {
        assert_eq!(house.send(cancel().by(caller)).await.status, expected);
    }
}

/// Where it is joined, for: somebody else, the person, their manager, security, program lead, a machine, the host, and who
/// has the seat.
#[tokio::test]
async fn every_cell_of_the_address_is_told_to_who_has_a_seat_or_runs_the_session() {
    let house = House::new().await;
    let course = house.course("aa").await;
    let (zoe, max) = (house.newcomer("zoe").await, house.newcomer("max").await);
    let mut hosted = body(course);
    hosted["host_id"] = json!(zoe);
    let planned = house.send(Call::post("/training/sessions", &hosted).by(&admin())).await;
    let session = format!("/training/sessions/{}", planned.json()["id"].as_str().unwrap());
    let seated = Token::person("max", &[]);
    let callers = [
        bob(),
        ada(),
        mary(),
        Token::person("bob", &["security"]),
        admin(),
        Token::machine(),
        Token::person("zoe", &[]),
        seated.clone(),
    ];
    let cells = async |expected: [bool; 8], listed: [bool; 8]| {
        for (column, caller) in callers.iter().enumerate() {
            let one = house.send(Call::get(&session).by(caller)).await;
            let all = house.send(Call::get("/training/sessions").by(caller)).await;
            for (reply, view, told) in
                [(&one, one.json(), expected[column]), (&all, all.json()["items"][0].clone(), listed[column])]
            {
                assert_eq!((reply.status, &view["online"]), (200, &json!(true)), "{}", reply.text);
                let address = if told { json!("https://meet.example.com/tm") } else { json!(null) };
                assert_eq!(view["join_url"], address, "caller {column}");
                assert_eq!(reply.text.contains("meet.example.com"), told, "caller {column}: {}", reply.text);
            }
        }
    };
    let runs = [false, false, false, true, true, false, true, false];
    cells(runs, runs).await;
    // One seat: Max has it, Ada waits. Her manager, who asked for it, knows no more than she does.
    house.book(&session, max, &seated).await;
    assert_eq!(house.book(&session, house.ada, &mary()).await.json()["state"], "waiting");
    cells([false, false, false, true, true, false, true, true], runs).await;
    let give_back = Call::delete(format!("{session}/bookings/{max}")).by(&seated).header("if-match", "\"1\"");
    assert_eq!(house.send(give_back).await.status, 200);
    cells([false, true, false, true, true, false, true, false], runs).await;
}

#[tokio::test]
async fn the_host_sees_the_bookings_and_takes_the_roster() {
    let house = House::new().await;
    let course = house.course("aa").await;
    let host = house.newcomer("zoe").await;
    let mut hosted = body(course);
    hosted["host_id"] = json!(host);
    let planned = house.send(Call::post("/training/sessions", &hosted).by(&admin())).await;
    let session = format!("/training/sessions/{}", planned.json()["id"].as_str().unwrap());
    let signed = Token::person("zoe", &[]);
    assert_eq!(house.send(Call::get(format!("{session}/bookings")).by(&signed)).await.status, 200);
    let roster = |people: Value| Call::post(format!("{session}/roster"), &json!({"people": people})).by(&signed);
    check(&house.send(roster(json!([house.ada]))).await, 409, "session_not_begun");
    check(&house.send(roster(json!([]))).await, 400, "invalid_body");
}

fn cause(at: &str) -> Cause {
    let at: Timestamp = at.parse().unwrap();
    Cause { by: Principal::Program, at, correlation_id: "c".to_owned(), causation_id: None }
}

#[tokio::test]
async fn the_roster_of_a_session_that_has_begun_makes_completions() {
    let house = House::new().await;
    let session = house.session().await;
    house.book(&session, house.ada, &ada()).await;
    house.clock.set("2026-03-10T09:30:00Z".parse().unwrap());
    let max = house.newcomer("max").await;
    let roster = |people: Value, walk_ins: bool| {
        let body = json!({"people": people, "walk_ins": walk_ins});
        Call::post(format!("{session}/roster"), &body).by(&admin()).header("idempotency-key", "r1")
    };
    let strangers = house.send(roster(json!([house.ada, max, NOBODY]), false)).await;
    check(&strangers, 422, "strangers");
    let version = house.send(Call::get(&session).by(&admin())).await.header("etag").to_owned();
    let moved = Call::patch(&session, &json!({"starts": "2026-03-09T09:00:00Z"})).by(&admin());
    check(&house.send(moved.header("if-match", &version)).await, 409, "session_begun");
    let cancel = || Call::post(format!("{session}/cancellation"), &json!({})).by(&admin());
    check(&house.send(cancel()).await, 409, "session_begun");
    let message = "somebody with a seat, or walk_ins";
    assert_eq!(
        strangers.json()["errors"],
        json!([{"path": "$.people[1]", "message": message}, {"path": "$.people[2]", "message": message}])
    );
    let unknown = house.send(roster(json!([house.ada, max, NOBODY]), true)).await;
    check(&unknown, 422, "unknown_people");
    let expected = json!([{"path": "$.people[2]", "message": "somebody in the directory"}]);
    assert_eq!(unknown.json()["errors"], expected, "{}", unknown.text);
    check(&house.send(roster(json!([max, max]), true)).await, 400, "invalid_body");
    // Nothing was written: the session is not held either.
    assert_eq!(house.send(Call::get(&session).by(&ada())).await.json()["state"], "open");
    let taken = || house.send(roster(json!([house.ada, max]), true));
    let first = taken().await;
    assert_eq!(first.json(), json!({"recorded": [house.ada, max]}), "{}", first.text);
    let again = taken().await;
    assert_eq!((&again.text, again.header("idempotent-replayed")), (&first.text, "true"));
    let file = house.send(Call::get(format!("/training/people/{}", house.ada)).by(&ada())).await.json();
    assert_eq!(file["completions"][0]["completed_on"], "2026-03-10");
    assert_eq!(house.send(Call::get(&session).by(&ada())).await.json()["state"], "held");
    check(&house.send(cancel()).await, 409, "session_held");
}

#[tokio::test]
async fn what_is_told_afterwards_is_told_from_the_table() {
    let house = House::new().await;
    let session = house.session().await;
    house.book(&session, house.ada, &ada()).await;
    let id = session.rsplit('/').next().unwrap().parse().unwrap();
    let store = TrainingStore::new(house.table.clone());
    let (settings, mail) = (Settings::default(), MailSwitch::on());
    let desk = Desk { reader: &store, writer: &store, roster: &store, settings: &settings, mail: &mail };
    let desk = SessionDesk { desk, reader: &store };
    house.send(Call::post(format!("{session}/cancellation"), &json!({})).by(&admin())).await;
    assert_eq!(tell(&desk, id, &cause("2026-03-03T10:00:00Z")).await.unwrap(), 1);
    assert_eq!(tell(&desk, id, &cause("2026-03-03T10:00:00Z")).await.unwrap(), 0);
    let held = hold(&desk, id, &[house.ada], false, &cause("2026-03-10T12:00:00Z")).await;
    assert_eq!(held.map(|_| ()).unwrap_err().code(), "session_cancelled");
}
