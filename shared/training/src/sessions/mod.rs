//! Live sessions: dated holdings of a course, with seats, a waiting list and a calendar file for each who has a seat.
//!
//! Everybody who asks for a seat gets a ticket; the first tickets, as many as there are seats, have the seats, the rest
//! wait. Nothing else says who has a seat: that there are never more people than seats, that nobody waits while a seat
//! is free, and that the order of asking is kept, follows from it. What somebody was told stands on their booking;
//! whoever stands elsewhere than they were told is told anew, once.
//!
//! A session never records who was there by itself: it hands its roster to the course's.

mod error;
mod mails;
mod model;
pub mod ports;
mod seating;
pub mod usecases;

#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;

pub use error::Error;
pub use mails::{NOTICE_TEMPLATE, Notice};
pub use model::{Booking, Minutes, Seats, Session, SessionFacts, SessionState, Told};
pub use ports::{SessionsReader, Upcoming, Write};
pub use seating::{MOST_WAITING, Seating, Standing};
