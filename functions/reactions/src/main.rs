//! Lambda function reactions.

use aws_lambda_events::sqs::SqsEvent;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use reactions::{Message, handle, wiring};
use runtime::{
    Clients, FromEnv,
    config::{Aws, Reactions},
    logs, program_clock,
};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logs::start();
    let clients = Clients::new(&Aws::from_env()?);
    let ports = &wiring::ports(&Reactions::from_env()?, &clients, program_clock());
    run(service_fn(async |event: LambdaEvent<SqsEvent>| {
        let messages: Vec<Message> = event
            .payload
            .records
            .into_iter()
            .map(|record| Message { id: record.message_id.unwrap_or_default(), body: record.body.unwrap_or_default() })
            .collect();
        let failed: Vec<Value> =
            handle(ports, &messages).await.into_iter().map(|id| json!({"itemIdentifier": id})).collect();
        Ok::<_, Error>(json!({"batchItemFailures": failed}))
    }))
    .await
}
