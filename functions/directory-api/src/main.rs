//! The Lambda function of the directory's API: configuration, wiring, and the HTTP runtime.

use runtime::{
    Clients, FromEnv,
    config::{Aws, DirectoryApi},
    logs,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    logs::start();
    let clients = Clients::new(&Aws::from_env()?);
    lambda_http::run(directory_api::wiring::app(&DirectoryApi::from_env()?, &clients)).await
}
