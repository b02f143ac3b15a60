//! What tests share: a clock that is set by hand, a table that fails by seed, a scheduler that interleaves workers by
//! seed, a stream of what was written, and a real DynamoDB engine in process. Never a production dependency.

mod clock;
mod dynoxide;
mod faulty;
mod interleave;
mod stream;

pub use clock::FixedClock;
pub use dynoxide::{Dynoxide, DynoxideError};
pub use faulty::{Faults, Faulty};
pub use interleave::{Outcome, Worker, interleave, pause};
pub use stream::Streaming;
