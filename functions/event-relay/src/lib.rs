//! The relay: what the table's stream says was written goes on to the roll-ups, the event bus and the mail queue; and
//! the sweep, which finds what a stream lost. The core works on ports, so that it can be run against faults without
//! AWS; `main.rs` wires it.
//!
//! Everything here may happen twice: an event is counted once by its mark, consumers know events by their ids, a mail
//! is sent once by its lease. Nothing is forgotten: a row leaves the pending index only after it was passed on.

mod counting;
mod facts;
pub mod ports;
mod records;
mod relay;

pub use counting::plan;
pub use facts::counted;
pub use records::{Fact, Record, fact_of};
pub use relay::{Ports, Relayed, SWEEP_AFTER, SWEEP_AGAIN, Swept, handle, sweep};
