//! What tests share: a clock that is set by hand, a table that fails by seed, a scheduler that interleaves workers by
//! seed, and a real DynamoDB engine in process. Never a production dependency.

mod clock;
mod dynoxide;
mod faulty;
mod interleave;

pub use clock::FixedClock;
pub use dynoxide::{Dynoxide, DynoxideError};
pub use faulty::{Faults, Faulty};
pub use interleave::{Outcome, interleave, pause};
