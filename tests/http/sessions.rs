//! Live sessions: seats, the waiting list, and the calendar files that go out with mails.

use serde_json::{Value, json};

use super::harness::{Call, Person, Town, day, minute, until};

fn planned(town: &Town, seats: u16) -> String {
    let body = json!({
        "course_id": town.course("c").id, "starts": minute(3000), "minutes": 90, "time_zone": "Europe/Berlin",
        "place": "Room 4.2; second floor", "join_url": "https://meet.example.com/tm", "seats": seats,
    });
    let made = Call::post("/training/sessions", &body).by_admin().send().is(201);
    format!("/training/sessions/{}", made.text_at("id"))
}

fn seat(session: &str, person: &Person) -> String {
    format!("{session}/bookings/{}", person.id)
}

fn book(session: &str, person: &Person) -> Value {
    Call::new("PUT", &seat(session, person)).by_admin().version("\"0\"").send().is(200).json()
}

/// The calendar files of a person's mails, oldest first, with each mail's state.
fn files(person: &Person) -> Vec<String> {
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
    let own = mails.filter(|mail| mail["person_id"] == person.id.as_str() && mail["template"] == "session-notice");
    own.filter_map(|mail| {
        let path = format!("/program/mails/{}/{}", person.id, mail["mail_id"].as_str().unwrap());
        Call::get(&path).by_admin().send().is(200).json()["calendar"].as_str().map(str::to_owned)
    })
    .collect()
}

#[test]
fn the_last_seat_goes_once_and_comes_back_to_the_next_in_line() {
    let town = Town::new();
    let session = planned(&town, 1);
    let (ada, bob) = (town.person("ada"), town.person("bob"));
    assert_eq!(book(&session, &ada)["state"], "booked");
    assert_eq!(book(&session, &bob)["state"], "waiting");
    assert_eq!(book(&session, &ada)["state"], "booked");
    let who = town.sign_in(&bob, &[]);
    let own = Call::get(&seat(&session, &bob)).by(&who.token).send().is(200);
    assert_eq!((own.etag().as_str(), &own.json()["position"]), ("\"1\"", &json!(1)));
    // Where it is joined is for those with a seat.
    let join_url = |token: &str| {
        let read = Call::get(&session).by(token).send().is(200).json();
        assert_eq!(read["online"], true);
        read["join_url"].clone()
    };
    assert_eq!(join_url(&who.token), Value::Null);
    Call::delete(&seat(&session, &ada)).by_admin().version("\"7\"").send().problem(412, "version_mismatch");
    Call::delete(&seat(&session, &ada)).by_admin().version("\"1\"").send().is(200);
    assert_eq!(Call::get(&seat(&session, &bob)).by_admin().send().is(200).json()["state"], "booked");
    assert_eq!(join_url(&who.token), "https://meet.example.com/tm");
    let fewer = Call::patch(&session, &json!({"seats": 0})).by_admin().version("\"1\"").send();
    fewer.problem(400, "invalid_body");
    let roster = json!({"people": [bob.id]});
    Call::post(&format!("{session}/roster"), &roster).by_admin().send().problem(409, "session_not_begun");
}

#[test]
fn invitation_update_and_cancellation_reach_the_calendar() {
    let town = Town::new();
    let session = planned(&town, 5);
    let ada = town.person("ada");
    book(&session, &ada);
    let settings = Call::get("/program/settings").by_admin().send().is(200).json();
    if settings["mail_mode"] == "off" {
        // Nothing is written where no mail is wanted; the waiting list works all the same.
        assert!(files(&ada).is_empty());
        return;
    }
    let etag = Call::get(&session).by_admin().send().is(200).etag();
    Call::patch(&session, &json!({"place": "Room 5"})).by_admin().version(&etag).send().is(200);
    until("the update is written", || (files(&ada).len() == 2).then_some(()));
    Call::new("POST", &format!("{session}/cancellation")).by_admin().send().is(200);
    until("the cancellation is written", || (files(&ada).len() == 3).then_some(()));
    let files = files(&ada);
    let said = |file: &str, line: &str| file.split("\r\n").any(|it| it == line);
    for (file, method, sequence) in [(&files[0], "REQUEST", 0), (&files[1], "REQUEST", 1), (&files[2], "CANCEL", 2)] {
        assert!(said(file, &format!("METHOD:{method}")) && said(file, &format!("SEQUENCE:{sequence}")), "{file}");
    }
    assert!(said(&files[0], "LOCATION:Room 4.2\\; second floor") && said(&files[1], "LOCATION:Room 5"));
}

#[test]
fn what_cannot_be_a_session_is_refused() {
    let town = Town::new();
    let course = town.course("c").id;
    let body = |starts: &str| json!({"course_id": course, "starts": starts, "minutes": 30, "time_zone": "Etc/UTC", "seats": 2, "place": "P"});
    let plan = |body: &Value| Call::post("/training/sessions", body).by_admin().send();
    plan(&body(&minute(-1))).problem(422, "session_begins");
    plan(&body("tomorrow")).problem(400, "invalid_body");
    let mut nowhere = body(&minute(60));
    nowhere["place"] = Value::Null;
    plan(&nowhere).problem(422, "session_nowhere");
}
