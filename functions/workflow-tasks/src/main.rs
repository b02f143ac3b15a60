//! Lambda function workflow-tasks.
fn main() {}
