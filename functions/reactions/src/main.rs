//! Lambda function reactions.
fn main() {}
