//! Starts a state machine. An execution's name is given by the caller, so that starting twice is starting once.

use aws_sdk_sfn::{Client, operation::start_execution::StartExecutionError};
use serde::Serialize;

use crate::GatewayError;

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

    /// Starts an execution under a name (80 characters at most, letters, digits, `-` and `_`); one that exists under
    /// that name is left alone.
    ///
    /// # Errors
    /// [`GatewayError`] when it was not started, or that is unknown.
    pub async fn start<T: Serialize + Sync>(&self, name: &str, input: &T) -> Result<(), GatewayError> {
        let input = serde_json::to_string(input)
            .map_err(|error| GatewayError::Unreadable("the input of a state machine", error.to_string()))?;
        let request = self.client.start_execution().state_machine_arn(&self.arn).name(name).input(input);
        match request.send().await {
            Ok(_) => Ok(()),
            Err(error) if error.as_service_error().is_some_and(StartExecutionError::is_execution_already_exists) => {
                Ok(())
            }
            Err(error) => Err(crate::error::classify!("Step Functions", aws_sdk_sfn, error)),
        }
    }
}
