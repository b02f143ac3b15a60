//! What any table must do, asked of the one in memory and of a real DynamoDB engine alike.

mod contract;
mod directory;
mod sessions;
mod units;
