//! Lambda function event-relay.
fn main() {}
