//! Starts a state machine. An execution's name is given by the caller, so that starting twice is starting once.

use async_trait::async_trait;
use aws_sdk_sfn::{Client, operation::start_execution::StartExecutionError};
use kernel::{GatewayError, StartMachine};
use serde_json::Value;

/// One state machine.
#[derive(Debug, Clone)]
pub struct Machine {
    client: Client,
    arn: String,
}

impl Machine {
    /// The machine of an ARN.
    pub fn new(client: Client, arn: impl Into<String>) -> Self {
        Self { client, arn: arn.into() }
    }
}

#[async_trait]
impl StartMachine for Machine {
    async fn start(&self, name: &str, input: &Value) -> Result<(), GatewayError> {
        let request = self.client.start_execution().state_machine_arn(&self.arn).name(name).input(input.to_string());
        match request.send().await {
            Ok(_) => Ok(()),
            Err(error) if error.as_service_error().is_some_and(StartExecutionError::is_execution_already_exists) => {
                Ok(())
            }
            Err(error) => Err(crate::error::classify!("Step Functions", aws_sdk_sfn, error)),
        }
    }
}
