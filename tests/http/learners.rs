//! A person's training: what is asked, more time, taking back, reports and their checks, exemptions.

use std::thread;

use serde_json::{Value, json};

use super::harness::{Answer, Call, Course, Person, Town, Who, day, fresh, until};

fn path(person: &Person) -> String {
    format!("/training/people/{}", person.id)
}

fn file(person: &Person) -> Answer {
    Call::get(&path(person)).by_admin().send().is(200)
}

fn assign(person: &Person, course: &Course, due: i32) -> Answer {
    let body = json!({"course_id": course.id, "due": day(due)});
    Call::post(&format!("{}/assignments", path(person)), &body).by_admin().send()
}

fn assignment(file: &Value, course: &Course) -> Value {
    let all = file["assignments"].as_array().unwrap();
    let found = all.iter().rfind(|it| it["course_id"] == json!(course.id));
    found.unwrap_or_else(|| panic!("{} is not assigned: {file}", course.code)).clone()
}

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
        let course = town.course("c");
        Self { town, boss, ada, course }
    }

    fn report(&self, days: i32) -> Answer {
        let body = json!({"course_id": self.course.id, "completed_on": day(days)});
        Call::post(&format!("{}/completions", path(&self.ada.person)), &body).by(&self.ada.token).send()
    }
}

#[test]
fn a_course_is_assigned_extended_and_taken_back() {
    let desk = Desk::new();
    let ada = &desk.ada.person;
    let asked = assign(ada, &desk.course, 10).is(200);
    let found = assignment(&asked.json(), &desk.course);
    assert_eq!(
        (&found["status"], &found["due"], &found["source"]),
        (&json!("open"), &json!(day(10)), &json!("manual"))
    );
    assign(ada, &desk.course, 10).is(200);
    assign(ada, &desk.course, 11).problem(409, "already_assigned");
    let at = format!("{}/assignments/{}", path(ada), desk.course.id);
    let extend = |due: i32, reason: &str, token: &str| {
        let body = json!({"due": day(due), "reason": reason});
        Call::post(&format!("{at}/extension"), &body).by(token).send()
    };
    extend(5, "Earlier", &desk.boss.token).problem(422, "invalid_date");
    extend(20, "", &desk.boss.token).problem(400, "invalid_body").names("$.reason");
    let more = extend(20, "On holiday", &desk.boss.token).is(200).json();
    let found = assignment(&more, &desk.course);
    assert_eq!((&found["due"], &found["extensions"]), (&json!(day(20)), &json!(1)));
    extend(30, "For me", &desk.ada.token).problem(403, "forbidden");

    let stale = Call::delete(&at).by_admin().version(&asked.etag()).send();
    stale.problem(412, "version_mismatch");
    let gone = Call::delete(&at).by_admin().version(&file(ada).etag()).send().is(200).json();
    assert_eq!(assignment(&gone, &desk.course)["status"], "cancelled");
    let again = Call::delete(&at).by_admin().version(&file(ada).etag()).send();
    again.problem(404, "not_assigned");
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let desk = Desk::new();
    let ada = &desk.ada.person;
    assign(ada, &desk.course, -1).problem(422, "invalid_date");
    let nowhere = Course { id: "01890a5d-ac96-774b-bcce-b302099a8057".to_owned(), code: String::new() };
    assign(ada, &nowhere, 9).problem(422, "unknown_course");
    let gone = desk.town.person_with("gone", json!({"leave": "2024-06-30"}));
    assign(&gone, &desk.course, 9).problem(409, "person_left");
}

#[test]
fn a_plan_asks_what_the_role_asks_once() {
    let town = Town::new();
    let ada = town.person("ada");
    let plan = || Call::new("POST", &format!("{}/plan", path(&ada))).by_admin().send().is(200).json();
    let first = plan();
    let steps = Call::get("/training/paths/developer").by_admin().send().is(200).json();
    let required = steps["steps"].as_array().unwrap().iter().filter(|step| step["requirement"] == "required").count();
    let planned = first["assignments"].as_array().unwrap().iter().filter(|it| it["required"] == true).count();
    assert!(planned >= required, "{first}");
    let asked = |file: &Value| {
        let mut all: Vec<String> = file["assignments"].as_array().unwrap().iter().map(ToString::to_string).collect();
        all.sort();
        all
    };
    assert_eq!(asked(&plan()), asked(&first));
}

#[test]
fn a_report_closes_an_assignment_once() {
    let desk = Desk::new();
    let ada = &desk.ada.person;
    assign(ada, &desk.course, 9).is(200);
    desk.report(1).problem(422, "invalid_date");
    let made = desk.report(0).is(201);
    let again = desk.report(0).is(201);
    assert_eq!(made.text_at("id"), again.text_at("id"));
    let found = file(ada).json();
    assert_eq!(found["completions"].as_array().unwrap().len(), 1, "{found}");
    let expected = if made.json()["waiting"] == true { "waiting" } else { "completed" };
    assert_eq!(assignment(&found, &desk.course)["status"], expected);
}

#[test]
fn a_sampled_report_waits_for_someone_else() {
    let desk = Desk::new();
    let ada = &desk.ada.person;
    let waiting: Vec<String> = (1..400)
        .filter_map(|days| {
            let made = desk.report(-days).is(201);
            (made.json()["waiting"] == true).then(|| made.text_at("id"))
        })
        .take(2)
        .collect();
    let check = |id: &str, accepted: bool, token: &str| {
        let body = json!({"accepted": accepted});
        Call::post(&format!("{}/completions/{id}/check", path(ada)), &body).by(token).send()
    };
    let listed = || {
        let mut found = Vec::new();
        let mut next = Some("?limit=200".to_owned());
        while let Some(query) = next {
            let page = Call::get(&format!("/training/checks{query}")).by_admin().send().is(200);
            found.extend(page.items().iter().map(|item| item["completion_id"].as_str().unwrap().to_owned()));
            next = page.next_page();
        }
        found
    };
    assert!(waiting.iter().all(|id| listed().contains(id)));
    check(&waiting[0], true, &desk.ada.token).problem(403, "forbidden");
    let accepted = check(&waiting[0], true, &desk.boss.token).is(200).json();
    let refused = check(&waiting[1], false, &desk.boss.token).is(200).json();
    let state = |file: &Value, id: &str| {
        let found = file["completions"].as_array().unwrap().iter().find(|it| it["id"] == id).cloned().unwrap();
        (found["counts"] == true, found["waiting"] == true, found["refused"] == true)
    };
    assert_eq!(state(&accepted, &waiting[0]), (true, false, false));
    assert_eq!(state(&refused, &waiting[1]), (false, false, true));
    check(&waiting[0], true, &desk.boss.token).is(200);
    check(&waiting[0], false, &desk.boss.token).problem(409, "not_waiting");
    assert!(!waiting.iter().any(|id| listed().contains(id)));
    check(&fresh_id(), true, &desk.boss.token).problem(404, "not_found");
}

fn fresh_id() -> String {
    uuid::Uuid::new_v4().to_string()
}

#[test]
fn an_exemption_holds_until_its_end() {
    let desk = Desk::new();
    let ada = &desk.ada.person;
    assign(ada, &desk.course, 9).is(200);
    let grant = |until: i32, reason: &str| {
        let body = json!({"course_id": desk.course.id, "reason": reason, "until": day(until)});
        Call::post(&format!("{}/exemptions", path(ada)), &body).by_admin().send()
    };
    grant(-1, "Too late").problem(422, "invalid_date");
    grant(9, "").problem(400, "invalid_body").names("$.reason");
    let granted = grant(30, "Teaches it").is(201);
    assert_eq!(granted.json()["active"], true);
    assert_eq!(assignment(&file(ada).json(), &desk.course)["status"], "exempt");
    let at = format!("{}/exemptions/{}", path(ada), granted.text_at("id"));
    let ended = Call::delete(&at).by_admin().version(&file(ada).etag()).send().is(200).json();
    assert_eq!(assignment(&ended, &desk.course)["status"], "open");
    let odd = Call::delete(&format!("{}/exemptions/{}", path(ada), fresh_id())).by_admin();
    odd.version(&file(ada).etag()).send().problem(404, "not_found");
}

#[test]
fn a_repeated_request_takes_effect_once() {
    let desk = Desk::new();
    let ada = &desk.ada.person;
    let key = fresh();
    let at = format!("{}/exemptions", path(ada));
    let body = json!({"course_id": desk.course.id, "reason": "Teaches it", "until": day(30)});
    let send = || Call::post(&at, &body).by_admin().key(&key).send();
    let (first, again) = (send().is(201), send().is(201));
    assert_eq!((again.header("idempotent-replayed"), &again.text), ("true", &first.text));
    let other = json!({"course_id": desk.course.id, "reason": "Another", "until": day(30)});
    Call::post(&at, &other).by_admin().key(&key).send().problem(422, "idempotency_key_reused");
    assert_eq!(file(ada).json()["exemptions"].as_array().unwrap().len(), 1);
    // No reason is kept with a key: a repetition shows the exemption of the first request as it is by then.
    let end = format!("{at}/{}", first.text_at("id"));
    Call::delete(&end).by_admin().version(&file(ada).etag()).send().is(200);
    let later = send().is(201).json();
    assert_eq!((&later["id"], &later["active"]), (&first.json()["id"], &json!(false)));
    assert_eq!(file(ada).json()["exemptions"].as_array().unwrap().len(), 1);
}

#[test]
fn of_two_writers_of_one_file_both_or_one_is_right() {
    let desk = Desk::new();
    let ada = &desk.ada.person;
    let courses: Vec<Course> = ["x", "y", "z"].map(|word| desk.town.course(word)).into();
    let answers: Vec<Answer> = thread::scope(|scope| {
        let racing: Vec<_> = courses.iter().map(|course| scope.spawn(move || assign(ada, course, 9))).collect();
        racing.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let found = file(ada).json();
    let open =
        |course: &Course| found["assignments"].as_array().unwrap().iter().any(|it| it["course_id"] == json!(course.id));
    for (course, answer) in courses.iter().zip(&answers) {
        assert!([200, 409].contains(&answer.status), "{}", answer.text);
        assert_eq!(open(course), answer.status == 200, "{found}");
    }
}

#[test]
fn a_manager_sees_reports_in_figures() {
    let desk = Desk::new();
    assign(&desk.ada.person, &desk.course, 9).is(200);
    let page = Call::get("/training/reports").by(&desk.boss.token).send().is(200);
    assert_eq!(page.items().len(), 1, "{}", page.text);
    assert_eq!(page.items()[0]["person_id"], json!(desk.ada.person.id));
    assert!(page.items()[0]["open"].as_u64().unwrap() >= 1);
    assert!(Call::get("/training/reports").by(&desk.ada.token).send().is(200).items().is_empty());
}

#[test]
fn a_team_has_figures_once_its_people_are_counted() {
    let town = Town::new();
    let team = town.team("t");
    let course = town.course("c");
    let people: Vec<Person> = (0..6).map(|number| town.member(&format!("p{number}"), &team)).collect();
    for person in &people {
        assign(person, &course, 9).is(200);
    }
    let figures = || Call::get(&format!("/training/teams/{}", team.id)).by_admin().send().is(200).json();
    let counted = until("all six count", || Some(figures()).filter(|found| found["people"] == 6));
    assert_eq!(counted["judged_by"], "own");
    assert_eq!(counted["compliance"]["percent"], 100.0, "{counted}");
    let department = format!("/training/departments/{}", team.department);
    let whole = until("the department counts them", || {
        Some(Call::get(&department).by_admin().send().is(200).json()).filter(|found| found["people"] == 6)
    });
    assert_eq!(whole["compliance"], counted["compliance"]);
    let past = Call::get(&format!("/training/teams/{}?as_of={}", team.id, day(-30))).by_admin().send().is(200).json();
    assert_eq!((&past["people"], &past["as_of"]), (&json!(0), &json!(day(-30))));
    for odd in ["as_of=x", "as_of=2024-02-30", "surprise=1", "as_of=2024-01-01&as_of=2024-01-02"] {
        Call::get(&format!("/training/company?{odd}")).by_admin().send().problem(400, "invalid_query");
    }
    let small = town.team_with("small", json!({"department": town.word("empty")}));
    let told = Call::get(&format!("/training/teams/{}", small.id)).by_admin().send().is(200).json();
    assert_eq!(told["judged_by"], "department");
    assert_eq!(told["compliance"]["state"], "insufficient_data", "no data is not a nought: {told}");
    // The group's figures are the sum of its people's, before and after everyone is done.
    let open = |share: &Value, whole: &str, part: &str| Some(share[whole].as_i64()? - share[part].as_i64()?);
    let of_people = || -> i64 {
        let file = |person: &Person| Call::get(&format!("/training/people/{}", person.id)).by_admin().send().is(200);
        people.iter().map(|person| open(&file(person).json()["standing"], "required", "valid").unwrap()).sum()
    };
    let of_team = || open(&figures()["completion"], "whole", "part");
    let before = of_people();
    until("what is asked is counted", || (of_team() == Some(before)).then_some(()));
    // What was asked beside the path is asked no more.
    let done = json!({"date": day(0), "people": people.iter().map(|person| &person.id).collect::<Vec<_>>()});
    Call::post(&format!("/training/courses/{}/roster", course.id), &done).by_admin().send().is(200);
    assert_eq!(of_people(), before - 6);
    until("the completions are counted", || (of_team() == Some(before - 6)).then_some(()));
}
