//! The cloud around the stack: its services' own APIs, and the mails that left the house.

use serde_json::{Value, json};

use super::{Call, Stack};

/// Calls an operation of a service that speaks JSON.
#[track_caller]
pub(crate) fn aws(service: &str, target: &str, body: &Value) -> Value {
    let scope = format!("Credential=test/20260101/us-east-1/{service}/aws4_request");
    let answer = Call::new("POST", &format!("{}/", Stack::get().endpoint))
        .header("authorization", &format!("AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0"))
        .header("x-amz-target", target)
        .raw("application/x-amz-json-1.1", body.to_string())
        .send()
        .is(200);
    if answer.text.is_empty() { Value::Null } else { answer.json() }
}

/// Calls an operation of Step Functions.
#[track_caller]
pub(crate) fn step_functions(operation: &str, body: &Value) -> Value {
    aws("states", &format!("AWSStepFunctions.{operation}"), body)
}

/// Every mail that left the house for an address, oldest first.
#[track_caller]
pub(crate) fn mails_to(address: &str) -> Vec<Value> {
    let answer = Call::get(&format!("{}/_ministack/ses/messages", Stack::get().endpoint)).send().is(200).json();
    let accounts = answer["messages"].as_object().cloned().unwrap_or_default();
    let all = accounts.values().filter_map(Value::as_array).flatten();
    all.filter(|mail| mail["To"] == json!([address])).cloned().collect()
}
