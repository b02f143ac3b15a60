//! Who may do what: every operation of both OpenAPI documents, asked by every kind of caller about every kind of object.
//! The expected answers stand in `table`; they are held against the permission table in the kernel and against the
//! statuses that a running stack answers. What is made or destroyed belongs to the test alone.

mod attempt;
mod cast;
mod table;

use std::{collections::BTreeSet, fs};

use kernel::{Decision, Operation, access::decide};
use serde_json::Value;

use self::{
    attempt::Attempt,
    cast::{Caller, Company, Kind},
    table::TABLE,
};
use super::harness::{Call, Town};

/// Operations that need no token, because the link is the authority.
const PUBLIC: [&str; 2] = ["answerLink", "openLink"];

/// Every operation of the documents: id, method and path.
fn documented() -> Vec<(String, &'static str, String)> {
    let mut all = Vec::new();
    for system in ["directory", "training"] {
        let path = format!("{}/../infra/openapi/{system}.json", env!("CARGO_MANIFEST_DIR"));
        let document: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (name, operation) in item.as_object().unwrap() {
                let method = ["GET", "POST", "PUT", "PATCH", "DELETE"];
                let Some(method) = method.into_iter().find(|method| method.eq_ignore_ascii_case(name)) else {
                    continue;
                };
                all.push((operation["operationId"].as_str().unwrap().to_owned(), method, path.clone()));
            }
        }
    }
    all
}

fn operation(id: &str) -> Operation {
    *Operation::ALL.iter().find(|known| known.id() == id).unwrap_or_else(|| panic!("{id} is no operation"))
}

#[test]
fn every_documented_operation_has_a_row_and_every_row_an_operation() {
    let documented: BTreeSet<String> = documented().into_iter().map(|(id, ..)| id).collect();
    let rows: BTreeSet<String> =
        TABLE.iter().map(|row| row.0.to_owned()).chain(PUBLIC.map(ToOwned::to_owned)).collect();
    assert_eq!(rows, documented);
    assert_eq!(TABLE.len() + PUBLIC.len(), rows.len(), "an operation has two rows");
}

#[test]
fn the_rows_say_what_the_kernel_decides() {
    let company = Company::on_paper();
    let mut wrong = Vec::new();
    for (id, thing, cells) in TABLE {
        let decided: Vec<String> = Kind::ALL
            .into_iter()
            .map(|kind| {
                let decide = |relation| {
                    let (actor, subject) = company.decision(kind, *thing, relation);
                    match decide(operation(id), &actor, &subject) {
                        Decision::Allow => '+',
                        Decision::Forbid => 'x',
                        Decision::Hide => '-',
                    }
                };
                kind.relations(*thing).iter().copied().map(decide).collect()
            })
            .collect();
        let decided = decided.join(" ");
        if decided != *cells {
            wrong.push(format!("(\"{id}\", {thing:?}, \"{decided}\"),"));
        }
    }
    assert!(wrong.is_empty(), "the kernel decides otherwise:\n{}", wrong.join("\n"));
}

/// Asks everything as one kind of caller.
fn ask(kind: Kind) {
    let town = Town::new();
    let caller = Caller::new(&town, kind);
    let attempt = Attempt::new(&town, &caller);
    let place = Kind::ALL.into_iter().position(|other| other == kind).unwrap();
    let mut wrong = Vec::new();
    for (id, thing, cells) in TABLE {
        let cells = cells.split(' ').nth(place).unwrap();
        for (relation, cell) in kind.relations(*thing).iter().zip(cells.chars()) {
            let answer = attempt.make(operation(id), *thing, *relation, cell == '+');
            let as_expected = match cell {
                '+' => (200..400).contains(&answer.status),
                'x' => answer.status == 403 && answer.json()["code"] == "forbidden",
                _ => answer.status == 404 && answer.json()["code"] == "not_found",
            };
            if !as_expected {
                wrong.push(format!("{id}, {relation:?}, expected {cell}: {} {}", answer.status, answer.text));
            }
        }
    }
    assert!(wrong.is_empty(), "{kind:?} is answered otherwise:\n{}", wrong.join("\n"));
}

#[test]
fn a_builder_is_answered_by_the_table() {
    ask(Kind::Builder);
}

#[test]
fn a_manager_is_answered_by_the_table() {
    ask(Kind::Manager);
}

#[test]
fn a_team_lead_is_answered_by_the_table() {
    ask(Kind::Lead);
}

#[test]
fn security_is_answered_by_the_table() {
    ask(Kind::Security);
}

#[test]
fn a_program_lead_is_answered_by_the_table() {
    ask(Kind::Admin);
}

#[test]
fn a_machine_is_answered_by_the_table() {
    ask(Kind::Service);
}

#[test]
fn without_a_good_token_the_gateway_refuses_every_operation() {
    const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
    for (id, method, path) in documented() {
        if PUBLIC.contains(&id.as_str()) {
            continue;
        }
        let path: Vec<&str> = path.split('/').map(|part| if part.starts_with('{') { ID } else { part }).collect();
        let call = Call::new(method, &path.join("/"));
        let broken = super::harness::Stack::get().admin().to_owned() + "x";
        let (head, _) = broken.rsplit_once('.').unwrap();
        for call in [
            call.clone(),
            call.clone().by("not-a-token"),
            call.clone().by(&broken),
            call.clone().by(&format!("{head}.")),
            call.header("authorization", "Basic dXNlcjpwYXNz"),
        ] {
            let answer = call.send();
            assert_eq!(answer.status, 401, "{id}: {}", answer.text);
            assert!(!answer.text.contains("Traceback"), "{id}: {}", answer.text);
        }
    }
}

#[test]
fn someone_the_directory_does_not_know_is_refused_everything() {
    let stranger = super::harness::Stack::get().token("stranger");
    for path in ["/directory/me", "/directory/people", "/training/courses", "/training/company", "/program/settings"] {
        Call::get(path).by(stranger).send().problem(403, "not_bound");
    }
}

#[test]
fn who_left_is_refused_everything() {
    let town = Town::new();
    let gone = town.person("gone");
    let who = town.sign_in(&gone, &[]);
    Call::get("/directory/me").by(&who.token).send().is(200);
    let leave = serde_json::json!({"date": "2024-06-30"});
    Call::post(&format!("/directory/people/{}/leave", gone.id), &leave).by_admin().send().is(200);
    Call::get("/directory/me").by(&who.token).send().problem(403, "not_bound");
    Call::get("/training/company").by(&who.token).send().problem(403, "not_bound");
}

#[test]
fn a_thing_that_is_not_there_is_answered_like_one_that_may_not_be_seen() {
    let town = Town::new();
    let caller = Caller::new(&town, Kind::Builder);
    let there = town.person("there");
    let hidden =
        Call::get(&format!("/training/people/{}", there.id)).by(&caller.token).send().problem(404, "not_found");
    let absent = "/training/people/01890a5d-ac96-774b-bcce-b302099a8057";
    let absent = Call::get(absent).by(&caller.token).send().problem(404, "not_found");
    let told = |answer: &super::harness::Answer| {
        let mut body = answer.json();
        body["request_id"] = Value::Null;
        body
    };
    assert_eq!(told(&hidden), told(&absent));
}
