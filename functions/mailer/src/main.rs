//! Lambda function mailer.
fn main() {}
