//! What every function needs from its surroundings: typed configuration, the clock, structured logs, metric lines, SDK
//! clients with stated limits, and task errors that state machines understand.
//!
//! It never knows a system's rules, and it is the only room that reads the environment.

pub mod clients;
pub mod clock;
pub mod config;
pub mod logs;
pub mod metrics;
mod task;

pub use clients::Clients;
pub use clock::{SystemClock, program_clock};
pub use config::{ConfigError, FromEnv};
pub use task::{TaskError, TaskErrorKind};
