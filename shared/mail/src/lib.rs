//! Mail: what is said, how it looks, which links it carries, and the rules by which one committed mail is delivered
//! once. It decides and renders; sending, storing and looking people up are [`ports`].
//!
//! Nothing here does I/O, reads a clock or holds a person's name longer than one rendering.

mod calendar;
mod deliver;
pub mod feedback;
pub mod links;
mod mail;
pub mod model;
pub mod pages;
pub mod ports;
mod render;
mod settings;
mod texts;
mod views;

pub use calendar::{Calendar, Method};
pub use deliver::{Attempt, DeliverError, Outcome, Ports, deliver};
pub use mail::{AddressHash, FailReason, MAX_ATTEMPTS, Mail, MailRef, MailState, SuppressReason};
pub use render::{LinkBase, RenderError, Rendered, render};
pub use settings::{Brand, Colour, ProgramSettings, SettingsProblem};
pub use texts::{Language, Text, Texts};
