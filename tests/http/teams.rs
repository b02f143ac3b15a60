//! Teams and workloads: their records, members, merging, splitting, and who owns what afterwards.

use std::thread;

use serde_json::{Value, json};

use super::harness::{Answer, Call, Team, Town, cast::member_of, fresh};

fn path(team: &Team) -> String {
    format!("/directory/teams/{}", team.id)
}

fn read(team: &Team) -> Answer {
    Call::get(&path(team)).by_admin().send().is(200)
}

fn members(team: &Team) -> Vec<String> {
    let mut found = Vec::new();
    let mut next = Some("?limit=1".to_owned());
    while let Some(query) = next {
        let page = Call::get(&format!("{}/members{query}", path(team))).by_admin().send().is(200);
        found.extend(page.items().iter().map(|item| item["person"]["person_id"].as_str().unwrap().to_owned()));
        next = page.next_page();
    }
    found.sort();
    found
}

fn workload(town: &Town, team: &Team) -> Value {
    json!({
        "code": town.word(&fresh()), "name": "W", "owner_id": team.id, "tier": 1, "kind": "service",
        "repositories": ["https://git.example.com/w"], "tags": ["rust"],
    })
}

#[test]
fn a_team_is_created_read_changed_and_listed() {
    let town = Town::new();
    let lead = town.person("lead");
    let team = town.team_with("t", json!({"lead_ids": [lead.id]}));
    let found = read(&team);
    assert_eq!((&found.json()["lead_ids"], &found.json()["state"]), (&json!([lead.id]), &json!("active")));
    let changed = Call::patch(&path(&team), &json!({"department": "new", "lead_ids": []})).by_admin();
    let changed = changed.version(&found.etag()).send().is(200);
    assert_eq!((&changed.json()["department"], &changed.json()["lead_ids"]), (&json!("new"), &json!([])));
    let late = Call::patch(&path(&team), &json!({"name": "X"})).by_admin().version(&found.etag()).send();
    late.problem(412, "version_mismatch");
    let mut next = Some("?limit=200".to_owned());
    let mut listed = 0;
    while let Some(query) = next {
        let page = Call::get(&format!("/directory/teams{query}")).by_admin().send().is(200);
        listed += page.items().iter().filter(|item| item["team_id"] == json!(team.id)).count();
        next = page.next_page();
    }
    assert_eq!(listed, 1);
}

#[test]
fn a_code_belongs_to_one_team() {
    let town = Town::new();
    let team = town.team("t");
    let mut body = town.team_body("t");
    body["code"] = json!(team.code.to_uppercase());
    Call::post("/directory/teams", &body).by_admin().send().problem(409, "taken");
    let other = town.team("u");
    let change = Call::patch(&path(&other), &json!({"code": team.code})).by_admin().version(&read(&other).etag());
    change.send().problem(409, "taken");
    for code in ["", "a b", "-a", "ä", &"x".repeat(41), "=SUM(A1)"] {
        let mut body = town.team_body("v");
        body["code"] = json!(code);
        Call::post("/directory/teams", &body).by_admin().send().problem(400, "invalid_body");
    }
    let nobody = json!(["01890a5d-ac96-774b-bcce-b302099a8057"]);
    let mut body = town.team_body("w");
    body["lead_ids"] = nobody;
    Call::post("/directory/teams", &body).by_admin().send().problem(422, "unknown_person");
}

#[test]
fn of_two_with_one_code_one_is_made() {
    let town = Town::new();
    let body = town.team_body("t");
    let answers: Vec<Answer> = thread::scope(|scope| {
        let send = || Call::post("/directory/teams", &body).by_admin().send();
        let racing: Vec<_> = (0..6).map(|_| scope.spawn(send)).collect();
        racing.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1, "{answers:?}");
    assert!(answers.iter().all(|answer| [201, 409].contains(&answer.status)), "{answers:?}");
}

#[test]
fn a_merged_team_hands_over_everyone_and_everything() {
    let town = Town::new();
    let (old, new) = (town.team("old"), town.team("new"));
    let mut people: Vec<String> = (0..3).map(|number| town.member(&format!("p{number}"), &old).id).collect();
    let made = Call::post("/directory/workloads", &workload(&town, &old)).by_admin().send().is(201);
    let merge = || Call::post(&format!("{}/merge", path(&old)), &json!({"into": new.id})).by_admin().send();
    let merged = merge().is(200).json();
    assert_eq!((&merged["state"], &merged["successor_ids"]), (&json!("merged"), &json!([new.id])));
    people.sort();
    assert_eq!(members(&new), people);
    assert!(members(&old).is_empty());
    let work = Call::get(&format!("/directory/workloads/{}", made.text_at("workload_id"))).by_admin().send().is(200);
    assert_eq!(work.json()["owner_id"], json!(new.id));
    merge().is(200);
    // Nobody joins what has ended, and it does not end twice in different ways.
    let mut late = town.person_body("late");
    late["teams"] = json!([member_of(&old.id)]);
    Call::post("/directory/people", &late).by_admin().send().problem(409, "team_ended");
    let other = town.team("other");
    let again = Call::post(&format!("{}/merge", path(&old)), &json!({"into": other.id})).by_admin().send();
    again.problem(409, "team_ended");
    let own = Call::post(&format!("{}/merge", path(&other)), &json!({"into": other.id})).by_admin().send();
    own.problem(422, "own_successor");
}

#[test]
fn a_split_team_sends_everyone_where_they_are_named() {
    let town = Town::new();
    let old = town.team("old");
    let people: Vec<String> = (0..3).map(|number| town.member(&format!("p{number}"), &old).id).collect();
    let part = |word: &str, members: &[String]| json!({"code": town.word(word), "name": word, "department": "d", "members": members});
    let split = |parts: Value, key: &str| {
        Call::post(&format!("{}/split", path(&old)), &json!({"parts": parts})).by_admin().key(key).send()
    };
    split(json!([part("a", &[])]), &fresh()).problem(422, "invalid_parts");
    split(json!([part("a", &people[..1]), part("b", &people[..1])]), &fresh()).problem(422, "invalid_parts");
    split(json!([part("a", &[]), part("a", &[])]), &fresh());
    assert_eq!(read(&old).json()["state"], "active", "a refused split leaves nothing behind");
    let key = fresh();
    let done = split(json!([part("a", &people[..1]), part("b", &people[1..2])]), &key).is(200).json();
    assert_eq!(done["state"], "split");
    let into: Vec<Team> = done["successor_ids"]
        .as_array()
        .unwrap()
        .iter()
        .map(|id| Team { id: id.as_str().unwrap().to_owned(), ..old.clone() })
        .collect();
    let mut first = vec![people[0].clone(), people[2].clone()];
    first.sort();
    assert_eq!((members(&into[0]), members(&into[1])), (first, vec![people[1].clone()]));
    let again = split(json!([part("a", &people[..1]), part("b", &people[1..2])]), &key).is(200).json();
    assert_eq!(again["successor_ids"], done["successor_ids"]);
}

#[test]
fn a_workload_is_its_owners() {
    let town = Town::new();
    let (home, elsewhere) = (town.team("home"), town.team("elsewhere"));
    let lead = town.member("lead", &home);
    town.make_lead(&home, &lead);
    let who = town.sign_in(&lead, &[]);
    let made = Call::post("/directory/workloads", &workload(&town, &home)).by(&who.token).send().is(201);
    let at = format!("/directory/workloads/{}", made.text_at("workload_id"));
    assert!(made.header("location").ends_with(&at));
    let changed = Call::patch(&at, &json!({"tier": 3, "tags": []})).by(&who.token).version(&made.etag()).send().is(200);
    assert_eq!((&changed.json()["tier"], &changed.json()["tags"]), (&json!(3), &json!([])));
    let given = Call::patch(&at, &json!({"owner_id": elsewhere.id})).by(&who.token).version(&changed.etag()).send();
    given.problem(403, "forbidden");
    for (field, value) in [("tier", json!(0)), ("tier", json!(4)), ("kind", json!("castle")), ("code", json!("a b"))] {
        let mut body = workload(&town, &home);
        body[field] = value;
        let answer = Call::post("/directory/workloads", &body).by_admin().send().problem(400, "invalid_body");
        assert!(answer.text.contains(&format!("$.{field}")), "{}", answer.text);
    }
    let mut body = workload(&town, &home);
    body["owner_id"] = json!("01890a5d-ac96-774b-bcce-b302099a8057");
    Call::post("/directory/workloads", &body).by_admin().send().problem(422, "unknown_team");
    body["owner_id"] = json!(home.id);
    body["code"] = made.json()["code"].clone();
    Call::post("/directory/workloads", &body).by_admin().send().problem(409, "taken");
}
