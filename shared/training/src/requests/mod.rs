//! Requests: somebody asks for a seat in a course that others give, or for a voucher. Their manager or the program lead
//! approves or declines with a reason, never they themselves; the program lead then says that it was provided.
//!
//! A person has at most one open request a course. What is approved becomes an assignment in the same transaction, a
//! recommended one, unless the course is asked of the person already; what is taken back takes that along. The approver is told once when it is asked for, the
//! person once of each decision. A voucher's code stands in the request and nowhere else: no event, no mail, no record of
//! an answer holds it, and only the person reads it.

mod error;
mod mails;
mod model;
pub mod ports;
pub mod usecases;

#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;

pub use error::Error;
pub use mails::{NOTICE_TEMPLATE, RequestNotice};
pub use model::{Open, OpenRequest, Request, RequestKind, RequestState, Ruling, VoucherCode};
pub use ports::{RequestsReader, Write};

/// How many open requests a person has.
pub const MOST_OPEN: usize = 5;
