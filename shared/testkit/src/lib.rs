//! What tests share: a clock that is set by hand, a table that fails by seed, a scheduler that interleaves workers by
//! seed, a stream of what was written, a small company, the services beside the table, and a real DynamoDB engine in
//! process. Never a production dependency.

mod clock;
mod company;
mod dynoxide;
mod faulty;
mod interleave;
mod outside;
mod stream;

pub use clock::FixedClock;
pub use company::{Company, newcomer};
pub use dynoxide::{Dynoxide, DynoxideError, create_table};
pub use faulty::{Faults, Faulty};
pub use interleave::{Outcome, Worker, interleave, pause};
pub use outside::{InForce, Outside};
pub use stream::Streaming;
