//! What holds for every operation: a token is needed, roles are obeyed, and what is not there is not found.

use axum::http::Method;
use kernel::{Operation, access::Grant};
use serde_json::{Value, json};
use web::testing::{Call, Token};

use super::{House, check};

const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// Every operation of the document as a call that reaches its handler.
fn operations() -> Vec<(Operation, Method, String)> {
    let document = crate::document::openapi();
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap();
            let known = *Operation::ALL.iter().find(|known| known.id() == id).unwrap();
            let path = path.split('/').map(|part| if part.starts_with('{') { ID } else { part }).collect::<Vec<_>>();
            let mut path = path.join("/");
            if known == Operation::ListMails {
                path.push_str("?day=2026-03-02");
            }
            all.push((known, method.to_uppercase().parse().unwrap(), path));
        }
    }
    all
}

fn body(operation: Operation) -> Option<Value> {
    let part = |code: &str| json!({"code": code, "name": code, "department": "d"});
    Some(match operation {
        Operation::CreatePerson => super::person("new"),
        Operation::ChangePerson | Operation::ChangeTeam | Operation::ChangeWorkload => json!({}),
        Operation::ChangeProgramSettings => json!({}),
        Operation::ChangeAbsences => json!({"absences": []}),
        Operation::LinkSubject => json!({"issuer": "https://issuer.example.com", "subject": "s"}),
        Operation::RecordLeave => json!({"date": "2027-01-01"}),
        Operation::CreateTeam => part("new"),
        Operation::MergeTeam => json!({"into": ID}),
        Operation::SplitTeam => json!({"parts": [part("a"), part("b")]}),
        Operation::CreateWorkload => json!({"code": "w", "name": "W", "owner_id": ID, "tier": 1, "kind": "service"}),
        Operation::CreateDirectoryUpload => json!({"length": 1, "sha256": "0".repeat(64)}),
        Operation::StartDirectoryImport => json!({"kind": "teams", "dry_run": true, "csv": "code,name,department\n"}),
        _ => return None,
    })
}

fn call(operation: Operation, method: Method, path: &str) -> Call {
    let call = Call::new(method, path).header("if-match", "\"1\"");
    match body(operation) {
        Some(body) => call.json(&body),
        None => call,
    }
}

#[tokio::test]
async fn every_operation_needs_a_token() {
    let house = House::new().await;
    for (operation, method, path) in operations() {
        check(&house.send(call(operation, method, &path)).await, 401, "unauthenticated");
    }
}

#[tokio::test]
async fn whoever_may_not_see_gets_404_and_whoever_may_not_do_gets_403() {
    let house = House::new().await;
    let builder = house.linked("builder", json!({}), &[]).await.1;
    let security = house.linked("security", json!({}), &["security"]).await.1;
    for (operation, method, path) in operations() {
        for (token, groups) in [(&builder, vec![]), (&security, vec![Grant::Role(kernel::Role::Security)])] {
            let grants: Vec<Grant> = [vec![Grant::Everyone], groups].concat();
            let has = |list: &[Grant]| list.iter().any(|grant| grants.contains(grant));
            let reply = house.send(call(operation, method.clone(), &path).by(token)).await;
            let id = operation.id();
            if has(operation.done_by()) {
                assert!(reply.status < 500 && ![401, 403].contains(&reply.status), "{id}: {}", reply.text);
            } else if !has(operation.seen_by()) {
                check(&reply, 404, "not_found");
            } else {
                // A thing that does not exist is not found before it is forbidden.
                assert!([403, 404].contains(&reply.status), "{id}: {}", reply.text);
            }
        }
    }
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    let house = House::new().await;
    for (operation, method, path) in operations() {
        if path.contains(ID) {
            check(&house.send(call(operation, method.clone(), &path).by(&house.admin)).await, 404, "not_found");
            let odd = path.replace(ID, "not-an-id");
            check(&house.send(call(operation, method, &odd).by(&house.admin)).await, 404, "not_found");
        }
    }
}

#[tokio::test]
async fn every_body_is_strict() {
    let house = House::new().await;
    for (operation, method, path) in operations() {
        let Some(mut strange) = body(operation) else { continue };
        if path.contains(ID) {
            continue; // the thing would have to exist first
        }
        strange["surprise"] = json!(true);
        let send = |call: Call| call.header("if-match", "\"1\"").by(&house.admin).send(&house.router);
        check(&send(Call::new(method.clone(), &path).json(&strange)).await, 400, "invalid_body");
        check(&send(Call::new(method.clone(), &path).json(&json!([1]))).await, 400, "invalid_body");
        check(&send(Call::new(method.clone(), &path).raw("application/json", "{")).await, 400, "invalid_body");
        check(&send(Call::new(method, &path).raw("text/csv", "a,b")).await, 415, "unsupported_media_type");
    }
}

#[tokio::test]
async fn a_machine_does_what_machines_may() {
    let house = House::new().await;
    let made = house.send(Call::post("/directory/people", &super::person("ada")).by(&Token::machine())).await;
    assert_eq!(made.status, 201);
    check(&house.send(Call::get("/program/settings").by(&Token::machine())).await, 404, "not_found");
}

#[tokio::test]
async fn the_reference_is_public() {
    let house = House::new().await;
    for path in ["/docs", "/docs/directory.json", "/docs/training.json", "/docs/reference.css"] {
        assert_eq!(house.send(Call::get(path)).await.status, 200, "{path}");
    }
}
