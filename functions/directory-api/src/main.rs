//! Lambda function directory-api.

use directory_api::{router, wiring};
use lambda_http::{Error, run};
use runtime::{
    Clients, FromEnv,
    config::{Aws, DirectoryApi},
    logs, program_clock,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logs::start();
    let config = DirectoryApi::from_env()?;
    let clients = Clients::new(&Aws::from_env()?);
    let (app, edge) = wiring::app(&config, &clients, program_clock());
    run(router(app, edge)).await
}
