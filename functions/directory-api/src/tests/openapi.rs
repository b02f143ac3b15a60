//! The document that is checked in is the one that the code generates, and names every operation of these paths.

use kernel::Operation;
use serde_json::Value;

use crate::document::openapi;

#[test]
fn the_document_is_checked_in() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../infra/openapi/directory.json");
    web::testing::assert_checked_in(path.as_ref(), &web::openapi::text(&openapi()));
}

#[test]
fn every_operation_of_the_directory_is_documented_once() {
    let document = openapi();
    let mut found: Vec<String> = document["paths"]
        .as_object()
        .unwrap()
        .values()
        .flat_map(|item| item.as_object().unwrap().values())
        .map(|operation| operation["operationId"].as_str().unwrap().to_owned())
        .collect();
    let first_of_training = Operation::ALL.iter().position(|it| *it == Operation::ListCourses).unwrap();
    let mut expected: Vec<String> =
        Operation::ALL[..first_of_training].iter().map(|operation| operation.id().to_owned()).collect();
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn every_reference_leads_somewhere() {
    fn references(value: &Value, all: &mut Vec<String>) {
        match value {
            Value::Object(map) => {
                for (name, value) in map {
                    match (name.as_str(), value.as_str()) {
                        ("$ref", Some(target)) => all.push(target.trim_start_matches('#').to_owned()),
                        _ => references(value, all),
                    }
                }
            }
            Value::Array(list) => list.iter().for_each(|value| references(value, all)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let document = openapi();
    let mut all = Vec::new();
    references(&document, &mut all);
    for target in all {
        assert!(document.pointer(&target).is_some(), "{target} leads nowhere");
    }
}
