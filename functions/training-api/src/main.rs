//! Lambda function training-api.

use lambda_http::{Error, run};
use runtime::{
    Clients, FromEnv,
    config::{Aws, TrainingApi},
    logs, program_clock,
};
use training_api::{router, wiring};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logs::start();
    let config = TrainingApi::from_env()?;
    let clients = Clients::new(&Aws::from_env()?);
    let (app, edge) = wiring::app(&config, &clients, program_clock());
    run(router(app, edge)).await
}
