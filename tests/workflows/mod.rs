//! Walks of one datum through the whole program.

mod forgetting;
mod reminders;
