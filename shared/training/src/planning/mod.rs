//! What a person is offered beside what the role requires, and their plan as it is seen. Offers are ordinary assignments
//! that are not required: they are reminded of, declined, done and taken back like any other, and nobody is overdue for
//! the figures because of one.
//!
//! Courses are offered for gaps to the role's targets and for a kind of finding that comes back. They are laid out after
//! the hours of everything that is asked, at no more than the weekly hours, in phases of 30, 60 and 90 days, every course
//! after its prerequisites. What was done, declined or taken back by somebody is not offered again. Planning again
//! without new facts changes nothing.
//!
//! The plan is computed from the file whenever it is looked at; nothing of it is stored a second time. What changes it
//! notes the change on the head of the file, and the next digest tells it, once.

mod finding;
mod hours;
mod offers;
pub mod onboarding;
mod seen;
#[cfg(test)]
mod tests;
pub mod usecases;

pub use finding::Finding;
pub use offers::{Offers, Sooner, by_finding, by_gaps};
pub use seen::{Entry, GOAL_DAYS, Goal, Seen, Why, see};
