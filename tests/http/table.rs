//! The contract of the table seam, asked of the local cloud's DynamoDB: the seam is what the program writes through, so
//! what the stack's tests see rests on it.

#[path = "../store/contract.rs"]
mod contract;

use std::sync::Arc;

use aws_sdk_dynamodb::{
    Client,
    config::{BehaviorVersion, Credentials, Region},
};
use store::{DynamoTable, Table};
use uuid::Uuid;

use super::harness::Stack;

/// A table of its own, beside the program's.
async fn sides() -> Vec<(&'static str, Arc<dyn Table>)> {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("us-east-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "tests"))
        .endpoint_url(Stack::get().endpoint.clone())
        .build();
    let client = Client::from_conf(config);
    let name = format!("contract-{}", Uuid::new_v4());
    testkit::create_table(&client, &name).await.unwrap();
    vec![("local cloud", Arc::new(DynamoTable::new(client, &name)))]
}
