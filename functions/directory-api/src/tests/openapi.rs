//! The document that is checked in is the one that the code generates, and names every operation of these paths.

use std::{env::current_dir, fs, path::PathBuf};

use kernel::Operation;
use serde_json::Value;

fn file() -> PathBuf {
    current_dir().unwrap().join("../../infra/openapi/directory.json")
}

#[test]
#[expect(clippy::disallowed_methods, reason = "UPDATE is for whoever runs the tests, not for the program")]
fn the_checked_in_document_is_the_generated_one() {
    let generated = web::openapi::text(&crate::openapi());
    if std::env::var("UPDATE").is_ok() {
        fs::write(file(), &generated).unwrap();
    }
    let checked_in = fs::read_to_string(file()).unwrap();
    assert!(checked_in == generated, "infra/openapi/directory.json is old: run this test with UPDATE=1");
}

#[test]
fn every_operation_of_the_directory_is_documented_once() {
    let document = crate::openapi();
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
    let document = crate::openapi();
    let mut all = Vec::new();
    references(&document, &mut all);
    for target in all {
        assert!(document.pointer(&target).is_some(), "{target} leads nowhere");
    }
}
