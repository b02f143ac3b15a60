//! The document that is checked in is the one that the code generates, and names every operation of these paths.

use std::collections::BTreeSet;

use kernel::Operation;

use crate::document::openapi;

#[test]
fn the_document_is_checked_in() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../infra/openapi/training.json");
    web::testing::assert_checked_in(path.as_ref(), &web::openapi::text(&openapi()));
}

#[test]
fn every_operation_of_training_has_a_route() {
    let document = openapi();
    let routed: BTreeSet<&str> = document["paths"]
        .as_object()
        .into_iter()
        .flat_map(|paths| paths.values())
        .filter_map(serde_json::Value::as_object)
        .flat_map(|item| item.values())
        .filter_map(|operation| operation["operationId"].as_str())
        .collect();
    let training = Operation::ALL.iter().skip_while(|operation| **operation != Operation::ListCourses);
    let missing: Vec<_> = training.map(|operation| operation.id()).filter(|id| !routed.contains(id)).collect();
    assert_eq!(missing, Vec::<&str>::new());
}
