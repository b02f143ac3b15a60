//! What a stream record means to the relay. Only new events and new mails matter; everything else in the table is
//! somebody's own business.

use kernel::Event;
use mail::MailRef;
use store::{
    commit::{EVENT, MAIL},
    item::kind_of,
    mail as mails, outbox,
    table::{Item, key_of},
};

/// One record of the stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Its sequence number, by which a failure is reported.
    pub id: String,
    /// What it says.
    pub fact: Fact,
}

/// What was written.
#[derive(Debug, Clone, PartialEq)]
pub enum Fact {
    /// An event.
    Event(Box<Event>),
    /// A mail that is to be sent.
    Mail(MailRef),
    /// An event or mail that does not parse; its row stays pending. The text names the key.
    Unreadable(String),
    /// Nothing for the relay.
    Other,
}

/// Reads a newly written item.
pub fn fact_of(item: &Item) -> Fact {
    let fact = match kind_of(item) {
        Some(kind) if kind == EVENT.name => outbox::read(item).map(|event| Fact::Event(Box::new(event))),
        Some(kind) if kind == MAIL.name => {
            mails::read(item).map(|mail| if mail.is_open() { Fact::Mail(mail.at) } else { Fact::Other })
        }
        Some(_) | None => Ok(Fact::Other),
    };
    fact.unwrap_or_else(|_| Fact::Unreadable(key_of(item).to_string()))
}
