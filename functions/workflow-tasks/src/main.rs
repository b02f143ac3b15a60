//! The Lambda function of the state machines' tasks: configuration, wiring, and the system it works for.

use lambda_runtime::{Diagnostic, Error, LambdaEvent, run, service_fn};
use runtime::{
    Clients, FromEnv,
    config::{Aws, SystemName, WorkflowTasks},
    logs, program_clock,
};
use serde_json::Value;
use workflow_tasks::{tasks, wiring};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logs::start();
    let clients = Clients::new(&Aws::from_env()?);
    let config = WorkflowTasks::from_env()?;
    let clock = program_clock();
    match config.system {
        SystemName::Directory => {
            let ports = &wiring::directory(&config, &clients, clock);
            run(service_fn(|event: LambdaEvent<Value>| async move {
                tasks::directory::run(ports, event.payload).await.map_err(Diagnostic::from)
            }))
            .await
        }
        SystemName::Training => {
            let ports = &wiring::training(&config, &clients, clock);
            run(service_fn(|event: LambdaEvent<Value>| async move {
                tasks::training::run(ports, event.payload).await.map_err(Diagnostic::from)
            }))
            .await
        }
    }
}
