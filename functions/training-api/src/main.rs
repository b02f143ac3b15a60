//! Lambda function training-api.
fn main() {}
