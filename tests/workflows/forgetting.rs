//! What erasure leaves: true figures, and nothing that says who it was.

use serde_json::{Value, json};

use crate::http::harness::{Call, Person, Town, day, until};

#[test]
fn an_erased_person_leaves_true_figures_and_no_trace() {
    let town = Town::new();
    let team = town.team("t");
    let course = town.course("c");
    let people: Vec<Person> = (0..7).map(|number| town.member(&format!("p{number}"), &team)).collect();
    for person in &people {
        let body = json!({"course_id": course.id, "due": day(9)});
        Call::post(&format!("/training/people/{}/assignments", person.id), &body).by_admin().send().is(200);
    }
    let figures = || Call::get(&format!("/training/teams/{}", team.id)).by_admin().send().is(200).json();
    let counts = |number: i64| move |found: &Value| found["people"] == number;
    until("all seven count", || Some(figures()).filter(counts(7)));
    let gone = &people[3];
    Call::new("POST", &format!("/directory/people/{}/erasure", gone.id)).by_admin().send().is(204);
    let after = until("six are left", || Some(figures()).filter(counts(6)));
    assert_eq!(after["compliance"]["whole"], 6, "{after}");
    until("training has forgotten", || {
        let answer = Call::get(&format!("/training/people/{}", gone.id)).by_admin().send();
        (answer.status == 404).then_some(())
    });
    let members = Call::get(&format!("/directory/teams/{}/members", team.id)).by_admin().send().is(200);
    assert!(!members.text.contains(&gone.id), "{}", members.text);
    Call::get(&format!("/directory/people/{}/export", gone.id)).by_admin().send().problem(404, "not_found");
}

#[test]
fn who_moves_is_counted_in_the_new_team() {
    let town = Town::new();
    let (old, new) = (town.team("old"), town.team("new"));
    let course = town.course("c");
    let people: Vec<Person> = (0..6).map(|number| town.member(&format!("p{number}"), &old)).collect();
    for person in &people {
        let body = json!({"course_id": course.id, "due": day(9)});
        Call::post(&format!("/training/people/{}/assignments", person.id), &body).by_admin().send().is(200);
    }
    let own = |team: &str| Call::get(&format!("/training/teams/{team}")).by_admin().send().is(200).json();
    until("all six count", || (own(&old.id)["people"] == 6).then_some(()));
    let merge = json!({"into": new.id});
    Call::post(&format!("/directory/teams/{}/merge", old.id), &merge).by_admin().send().is(200);
    until("all six count in the new team", || (own(&new.id)["people"] == 6).then_some(()));
}
