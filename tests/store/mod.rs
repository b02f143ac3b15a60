//! What any table must do, asked of the one in memory and of a real DynamoDB engine alike.

mod contract;
mod directory;
mod sessions;
mod units;

use std::sync::Arc;

use store::{MemoryTable, Table};
use testkit::Dynoxide;

/// Both, with their names.
async fn sides() -> Vec<(&'static str, Arc<dyn Table>)> {
    let real = Dynoxide::start().await.unwrap();
    vec![("memory", Arc::new(MemoryTable::new())), ("dynoxide", Arc::new(real.table))]
}
