//! Dashboards of people and teams: what is theirs to know, and nobody found in a group.

use serde_json::{Value, json};

use super::harness::{Call, Course, Town, Who, cast::member_of, day, minute, until};

struct Desk {
    town: Town,
    boss: Who,
    ada: Who,
    team: String,
    course: Course,
}

impl Desk {
    fn new() -> Self {
        let town = Town::new();
        let team = town.team("home");
        let boss = town.member("boss", &team);
        let more = json!({"teams": [member_of(&team.id)], "manager_id": boss.id});
        let ada = town.person_with("ada", more);
        let (boss, ada) = (town.sign_in(&boss, &[]), town.sign_in(&ada, &[]));
        let course = town.course("c");
        let ask = json!({"course_id": course.id, "due": day(20)});
        Call::post(&format!("/training/people/{}/assignments", ada.person.id), &ask).by_admin().send().is(200);
        Self { team: format!("/training/teams/{}", team.id), town, boss, ada, course }
    }

    fn dashboard(&self) -> String {
        format!("/training/people/{}/dashboard", self.ada.person.id)
    }
}

fn kinds(dashboard: &Value) -> Vec<&str> {
    dashboard["next"].as_array().into_iter().flatten().filter_map(|step| step["kind"].as_str()).collect()
}

#[test]
fn a_person_sees_what_comes_next_and_nobody_else_what_rests_on_scores() {
    let desk = Desk::new();
    let session = json!({
        "course_id": desk.course.id, "starts": minute(3000), "minutes": 90, "time_zone": "Europe/Berlin", "place": "R",
        "seats": 1,
    });
    let made = Call::post("/training/sessions", &session).by_admin().send().is(201).text_at("id");
    let seat = format!("/training/sessions/{made}/bookings/{}", desk.ada.person.id);
    Call::new("PUT", &seat).by_admin().version("\"0\"").send().is(200);
    // Bookings are listed by an index that takes a moment.
    let own = until("the seat is listed", || {
        let seen = Call::get(&desk.dashboard()).by(&desk.ada.token).send().is(200).json();
        (seen["seats"][0]["state"] == "booked").then_some(seen)
    });
    assert_eq!(own["seats"][0]["session_id"], json!(made), "{own}");
    // What the program asks of whoever begins comes first, then what has a day.
    assert_eq!(kinds(&own)[..2], ["take", "attend"], "{own}");
    assert!(kinds(&own).contains(&"assess"), "{own}");
    assert_eq!(own["competency"]["areas"], json!([]));
    for token in [desk.boss.token.as_str(), super::harness::Stack::get().admin()] {
        let seen = Call::get(&desk.dashboard()).by(token).send().is(200).json();
        assert_eq!((&seen["competency"], kinds(&seen)[0]), (&Value::Null, "attend"), "{seen}");
        assert!(!kinds(&seen).iter().any(|kind| ["assess", "learn", "hand_in", "take"].contains(kind)), "{seen}");
    }
    let stranger = desk.town.person("bob");
    let stranger = desk.town.sign_in(&stranger, &[]);
    Call::get(&desk.dashboard()).by(&stranger.token).send().problem(404, "not_found");
}

#[test]
fn a_small_team_is_told_of_without_its_people() {
    let desk = Desk::new();
    let path = format!("{}/dashboard", desk.team);
    let area = until("the team is counted", || {
        let seen = Call::get(&path).by(&desk.ada.token).send().is(200).json();
        let areas = seen["areas"].as_array().unwrap().clone();
        areas.into_iter().find(|area| area["area"] == "secure-coding")
    });
    assert_eq!((&area["judged"], &area["to_do"]), (&json!(0), &json!("assess")), "{area}");
    assert_eq!(area["spread"], json!({"state": "insufficient_data"}));
    let stranger = desk.town.person("bob");
    let stranger = desk.town.sign_in(&stranger, &[]);
    Call::get(&path).by(&stranger.token).send().problem(403, "forbidden");
}

#[test]
fn a_manager_reads_the_matrix_of_their_reports() {
    let desk = Desk::new();
    let path = format!("{}/matrix", desk.team);
    let rows = Call::get(&path).by(&desk.boss.token).send().is(200).items();
    // Their own training is theirs to read, too.
    let known = [json!(desk.ada.person.id), json!(desk.boss.person.id)];
    assert!(rows.iter().all(|row| known.contains(&row["person_id"])), "{rows:?}");
    let row = rows.iter().find(|row| row["person_id"] == known[0]).unwrap();
    let cells = row["courses"].as_array().unwrap();
    let cell = cells.iter().find(|cell| cell["course_id"] == json!(desk.course.id)).unwrap();
    assert_eq!((&cell["standing"], &cell["due"]), (&json!("open"), &json!(day(20))));
    Call::get(&path).by(&desk.ada.token).send().problem(403, "forbidden");
    Call::get(&format!("{path}?limit=201")).by_admin().send().problem(400, "invalid_query");
    Call::get(&format!("{path}?cursor=x")).by_admin().send().problem(400, "invalid_cursor");
}
