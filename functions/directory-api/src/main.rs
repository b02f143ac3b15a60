//! Lambda function directory-api.
fn main() {}
