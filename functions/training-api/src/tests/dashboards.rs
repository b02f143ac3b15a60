//! Dashboards: each told what is theirs to know, and nobody found in a group.

use jiff::civil::date;
use kernel::{CourseId, EventId, PersonId};
use serde_json::{Value, json};
use store::{
    keys::System,
    outbox::Outbox,
    rollup::{Count, RollUps},
};
use testkit::Company;
use training::{
    Settings,
    competency::{Area, Spread},
    events::{STANDING_CHANGED, StandingData},
    model::{RollUp, Scope},
    rules::rollups::deltas,
};
use web::testing::{Call, ISSUER, Token};

use super::{House, ada, admin, bob, check, competency::judge, mary, now};

impl House {
    async fn read(&self, uri: &str, by: &Token) -> Value {
        let reply = self.send(Call::get(uri).by(by)).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.json()
    }

    async fn made(&self, uri: &str, body: &Value) -> Value {
        let reply = self.send(Call::post(uri, body).by(&admin())).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        reply.json()
    }

    /// A seat of Ada's in a session of a course, next week.
    async fn seat(&self, course: CourseId) -> String {
        let body = json!({
            "course_id": course, "starts": "2026-03-10T09:00:00Z", "minutes": 90, "time_zone": "Europe/Berlin",
            "place": "Room 4.2", "seats": 1,
        });
        let session = self.made("/training/sessions", &body).await["id"].as_str().unwrap().to_owned();
        let seat = Call::put(format!("/training/sessions/{session}/bookings/{}", self.ada), &json!({}));
        assert_eq!(self.send(seat.by(&ada()).header("if-match", "\"0\"")).await.status, 200);
        session
    }

    /// Counts what waits in the outbox, as the relay does.
    async fn count(&self) {
        let (outbox, roll_ups) = (Outbox::new(self.table.clone()), RollUps::new(self.table.clone()));
        for shard in 0..16 {
            for event in outbox.pending(System::Training, shard, now(), 250).await.unwrap() {
                if event.kind == STANDING_CHANGED {
                    let data: StandingData = serde_json::from_value(event.data.clone()).unwrap();
                    let day = date(2026, 3, 2);
                    let deltas = deltas(&data).into_iter().map(|(scope, delta)| (scope, day, delta)).collect();
                    let count = Count { events: vec![event.id], deltas, ..Count::default() };
                    roll_ups.count(&count, now()).await.unwrap();
                }
                outbox.relayed(&event).await.unwrap();
            }
        }
    }

    /// People of the team who stand in an area as said.
    async fn members(&self, code: &str, spread: Spread) {
        let areas = [(Area::parse(code).unwrap(), spread)].into_iter().collect();
        let people = RollUp { people: spread.asked, clear: spread.asked, required: 1, valid: 1, areas };
        let deltas = vec![(Scope::Team(self.payments), date(2026, 3, 2), people)];
        let count = Count { events: vec![EventId::new(now())], deltas, ..Count::default() };
        RollUps::new(self.table.clone()).count(&count, now()).await.unwrap();
    }
}

#[tokio::test]
async fn a_person_sees_where_they_stand_and_what_comes_next() {
    let house = House::new().await;
    let uri = format!("/training/people/{}/dashboard", house.ada);
    let asked = house.assigned("aa").await;
    let taught = house.course("bb").await;
    let teaches = Call::patch(format!("/training/courses/{taught}"), &json!({"competencies": ["secure-coding"]}));
    assert_eq!(house.send(teaches.by(&admin()).header("if-match", "\"1\"")).await.status, 200);
    let roster = json!({"date": "2026-01-15", "people": [house.ada]});
    let held = house.course("cc").await;
    let done = Call::post(format!("/training/courses/{held}/roster"), &roster).by(&admin());
    assert_eq!(house.send(done).await.status, 200);
    judge(&house, "secure-coding", 300, 3).await;
    let session = house.seat(held).await;

    let seen = house.read(&uri, &ada()).await;
    assert_eq!((&seen["job_role"], &seen["open"], &seen["overdue"]), (&json!("developer"), &json!(1), &json!(0)));
    assert_eq!(seen["hours"], json!({"year": 2026, "done": 2.0, "asked": 20}));
    let seat = json!({"session_id": session, "course_id": held, "starts": "2026-03-10T09:00:00Z", "state": "booked"});
    assert_eq!(seen["seats"], json!([seat]));
    assert_eq!(seen["competency"]["areas"][0]["latest"]["level"], "novice");
    assert_eq!(seen["competency"]["gaps"][0]["area"], "secure-coding");
    assert_eq!(
        seen["next"],
        json!([
            {"kind": "attend", "session_id": session, "course_id": held, "starts": "2026-03-10T09:00:00Z"},
            {"kind": "do", "course_id": asked, "due": "2026-04-01", "overdue": false},
            {"kind": "learn", "area": "secure-coding", "course_id": taught, "priority": "high"},
            {"kind": "assess", "area": "threat-modelling"},
        ])
    );

    // Nobody else hears of scores, nor of what follows from them.
    for other in [mary(), admin(), Token::person("bob", &["security"]), Token::machine()] {
        let seen = house.read(&uri, &other).await;
        assert_eq!(seen["competency"], json!(null));
        let kinds: Vec<&Value> = seen["next"].as_array().unwrap().iter().map(|step| &step["kind"]).collect();
        assert_eq!(kinds, ["attend", "do"]);
        assert!(!seen.to_string().contains("secure-coding"), "{seen}");
    }
    check(&house.send(Call::get(&uri).by(&bob())).await, 404, "not_found");
}

#[tokio::test]
async fn a_test_moves_the_team_and_a_small_team_stays_hidden() {
    let house = House::new().await;
    house.settings.set(1, Settings::parse(r#"{"competency_targets": {"developer": {"risk": 71}}}"#).unwrap());
    let question = json!({
        "area": "risk", "kind": "single", "text": "Which one?", "right": ["a"],
        "options": [{"id": "a", "text": "this"}, {"id": "b", "text": "that"}],
    });
    house.made("/training/questions", &question).await;
    let terms = json!({
        "title": "A test", "purpose": "quarterly", "sections": [{"area": "risk", "questions": 1}], "pass_mark": 50,
        "minutes": 30, "attempts": 2,
    });
    let test = house.made("/training/assessments", &json!({"code": "risk-test", "terms": terms})).await;
    let attempts = format!("/training/people/{}/attempts", house.ada);
    let start = Call::post(&attempts, &json!({"assessment_id": test["id"]})).by(&ada());
    let started = house.send(start).await.json();
    let attempt = started["attempt"]["id"].as_str().unwrap_or_else(|| panic!("{started}")).to_owned();
    let dashboard = format!("/training/people/{}/dashboard", house.ada);
    assert_eq!(house.read(&dashboard, &ada()).await["next"][0]["kind"], "hand_in");
    required(&house).await;
    let empty = Call::post(format!("{attempts}/{attempt}/submission"), &json!({"answers": []})).by(&ada());
    assert_eq!(house.send(empty).await.status, 200);
    house.count().await;

    let uri = format!("/training/teams/{}/dashboard", house.payments);
    let area = |seen: &Value| seen["areas"][0].clone();
    let hidden = json!({
        "area": "risk", "asked": 1, "judged": 1, "spread": {"state": "insufficient_data"}, "to_do": "assess",
        "course_ids": [],
    });
    assert_eq!(area(&house.read(&uri, &ada()).await), hidden);
    assert_eq!(area(&house.read(&uri, &admin()).await), hidden, "not even to those who may read of each");
    check(&house.send(Call::get(&uri).by(&bob())).await, 403, "forbidden");

    house.members("risk", Spread { asked: 5, competent: 2, expert: 2, below: 2, ..Spread::default() }).await;
    let seen = area(&house.read(&uri, &ada()).await);
    let range = |from: u8, to: u8| json!({"from": from, "to": to});
    let spread = json!({
        "state": "measured", "novice": range(0, 50), "competent": range(0, 50), "proficient": range(0, 50),
        "expert": range(0, 50), "below_target": range(50, 100),
    });
    assert_eq!((&seen["asked"], &seen["judged"], &seen["spread"]), (&json!(6), &json!(5), &spread));
    assert_eq!(seen["to_do"], "train");
}

/// A required course, so that Ada counts in figures.
async fn required(house: &House) {
    let course = house.course("threat-modelling").await;
    let uri = "/training/paths/developer";
    let etag = house.send(Call::get(uri).by(&admin())).await.header("etag").to_owned();
    let steps = json!({"steps": [{"course_id": course, "requirement": "required"}]});
    let put = house.send(Call::put(uri, &steps).by(&admin()).header("if-match", &etag)).await;
    assert_eq!(put.status, 200, "{}", put.text);
}

#[tokio::test]
async fn a_team_is_read_by_what_is_required_of_each_member() {
    let house = House::new().await;
    let uri = format!("/training/teams/{}/matrix", house.payments);
    let course = house.assigned("aa").await;
    let company = Company::over(&house.table, ISSUER, now());
    let mut others: Vec<PersonId> = Vec::new();
    for name in ["carl", "dora", "emil"] {
        others.push(company.person(name, None, Some(house.payments)).await);
    }
    for other in &others {
        let body = json!({"course_id": course, "due": "2026-04-01"});
        let ask = Call::post(format!("/training/people/{other}/assignments"), &body).by(&admin());
        assert_eq!(house.send(ask).await.status, 200);
    }
    let row = |person: PersonId| {
        let cell = json!({"course_id": course, "standing": "open", "due": "2026-04-01"});
        json!({"person_id": person, "job_role": "developer", "courses": [cell]})
    };
    // A manager reads of their reports, those who run the program of everybody.
    assert_eq!(house.read(&uri, &mary()).await["items"], json!([row(house.ada)]));
    let everybody: Vec<Value> = [house.ada].iter().chain(&others).map(|person| row(*person)).collect();
    let mut found = Vec::new();
    let mut next = Some(format!("{uri}?limit=2"));
    while let Some(page) = next {
        let seen = house.read(&page, &admin()).await;
        found.extend(seen["items"].as_array().unwrap().clone());
        next = seen["next"].as_str().map(|cursor| format!("{uri}?limit=2&cursor={cursor}"));
    }
    assert_eq!(found.len(), 4);
    assert!(everybody.iter().all(|row| found.contains(row)), "{found:?}");
    for refused in [ada(), bob(), Token::machine()] {
        check(&house.send(Call::get(&uri).by(&refused)).await, 403, "forbidden");
    }
    let gone = format!("/training/teams/{}/matrix", house.ada);
    check(&house.send(Call::get(gone).by(&admin())).await, 404, "not_found");
    check(&house.send(Call::get(format!("{uri}?limit=201")).by(&admin())).await, 400, "invalid_query");
}

#[tokio::test]
async fn a_test_that_is_asked_for_comes_next_with_where_to_start_it() {
    let house = House::new().await;
    let question = json!({
        "area": "secure-coding", "kind": "single", "text": "Which one?", "right": ["a"],
        "options": [{"id": "a", "text": "this"}, {"id": "b", "text": "that"}],
    });
    house.made("/training/questions", &question).await;
    let mut made = Vec::new();
    for (purpose, attempts) in [("quarterly", 2), ("annual", 2), ("initial", 1)] {
        let terms = json!({
            "title": purpose, "purpose": purpose, "sections": [{"area": "secure-coding", "questions": 1}],
            "pass_mark": 50, "minutes": 30, "attempts": attempts,
        });
        let test = house.made("/training/assessments", &json!({"code": purpose, "terms": terms})).await;
        made.push(test["id"].as_str().unwrap().to_owned());
    }
    let (uri, start) =
        (format!("/training/people/{}/dashboard", house.ada), format!("/training/people/{}/attempts", house.ada));
    let step = |place: usize, purpose: &str, until: Value| {
        json!({
            "kind": "take", "assessment_id": made[place], "title": purpose, "purpose": purpose, "until": until,
            "start": start,
        })
    };
    let taken = |seen: &Value| -> Vec<Value> {
        seen["next"].as_array().unwrap().iter().filter(|step| step["kind"] == "take").cloned().collect()
    };
    let seen = house.read(&uri, &ada()).await;
    let (quarter, year) = (step(0, "quarterly", json!("2026-03-31")), step(1, "annual", json!("2026-12-31")));
    assert_eq!(taken(&seen), [step(2, "initial", json!(null)), quarter, year.clone()], "{seen}");

    // It is started there; handed in, it is done for this quarter.
    let started = house.send(Call::post(&start, &json!({"assessment_id": made[0]})).by(&ada())).await;
    assert_eq!(started.status, 201, "{}", started.text);
    let seen = house.read(&uri, &ada()).await;
    assert_eq!((&seen["next"][0]["kind"], taken(&seen).len()), (&json!("hand_in"), 2));
    let attempt = started.json()["attempt"]["id"].as_str().unwrap().to_owned();
    let empty = Call::post(format!("{start}/{attempt}/submission"), &json!({"answers": []})).by(&ada());
    assert_eq!(house.send(empty).await.status, 200);
    assert_eq!(taken(&house.read(&uri, &ada()).await), [step(2, "initial", json!(null)), year]);

    // Nobody else is told, and whoever may read the keys is asked nothing.
    for other in [mary(), admin(), Token::person("ada", &["security"])] {
        assert_eq!(taken(&house.read(&uri, &other).await), Vec::<Value>::new());
    }
}
