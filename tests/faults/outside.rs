//! The world outside the table, as unreliable as it is: queue, bus, sender, address book, settings.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use event_relay::ports::Bus;
use fastrand::Rng;
use jiff::Timestamp;
use kernel::{
    Clock, Event, EventId, Limit, MailMode, Page, PersonId, Position, Redacted, StoreError, TeamId, ZoneName,
};
use mail::{
    MailRef, ProgramSettings,
    links::LinkKeys,
    ports::{Contact, Contacts, MailQueue, Outgoing, SendError, Sender, Settings, SettingsError},
};
use testkit::{FixedClock, pause};
use training::{Roster, model::Facts};

/// Everything outside, with one source of chance for all of it.
pub(super) struct Outside {
    state: Mutex<State>,
    facts: BTreeMap<PersonId, Facts>,
    clock: FixedClock,
}

struct State {
    rng: Rng,
    healed: bool,
    faults: u64,
    /// Messages of the mail queue.
    queue: Vec<MailRef>,
    /// Every acceptance by the sender, in order, with its instant.
    accepted: Vec<(MailRef, Timestamp)>,
    /// Sending events not yet brought back.
    feedback: Vec<MailRef>,
}

impl Outside {
    pub(super) fn new(facts: BTreeMap<PersonId, Facts>, clock: FixedClock, seed: u64) -> Self {
        let state = State {
            rng: Rng::with_seed(seed),
            healed: false,
            faults: 0,
            queue: vec![],
            accepted: vec![],
            feedback: vec![],
        };
        Self { state: Mutex::new(state), facts, clock }
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// From here on nothing goes wrong outside.
    pub(super) fn heal(&self) {
        self.with(|state| state.healed = true);
    }

    /// Takes some messages in any order, some of them twice; while faults go on, some stay behind.
    pub(super) fn receive(&self) -> Vec<MailRef> {
        self.with(|state| {
            let mut batch = std::mem::take(&mut state.queue);
            state.rng.shuffle(&mut batch);
            if !state.healed {
                let keep = state.rng.usize(0..=batch.len());
                state.queue = batch.split_off(keep);
                for at in 0..batch.len() {
                    if state.rng.u8(0..100) < 15 {
                        state.faults += 1;
                        let again = batch[at];
                        batch.push(again);
                    }
                }
            }
            batch
        })
    }

    /// Puts messages back that were not done with.
    pub(super) fn give_back(&self, mails: Vec<MailRef>) {
        self.with(|state| state.queue.extend(mails));
    }

    /// Takes some sending events; while faults go on, some come late, twice or never.
    pub(super) fn feedback(&self) -> Vec<MailRef> {
        self.with(|state| {
            let all = std::mem::take(&mut state.feedback);
            if state.healed {
                return all;
            }
            let mut now = Vec::new();
            for event in all {
                match state.rng.u8(0..100) {
                    0..60 => now.push(event),
                    60..70 => now.extend([event, event]),
                    70..90 => state.feedback.push(event),
                    _ => state.faults += 1,
                }
            }
            now
        })
    }

    pub(super) fn accepted(&self) -> Vec<(MailRef, Timestamp)> {
        self.with(|state| state.accepted.clone())
    }

    pub(super) fn faults(&self) -> u64 {
        self.with(|state| state.faults)
    }
}

#[async_trait]
impl MailQueue for Outside {
    async fn enqueue(&self, mails: &[MailRef]) -> Vec<MailRef> {
        pause().await;
        self.with(|state| {
            if !state.healed && state.rng.u8(0..100) < 10 {
                state.faults += 1;
                return mails.to_vec();
            }
            state.queue.extend(mails);
            Vec::new()
        })
    }
}

#[async_trait]
impl Bus for Outside {
    async fn publish(&self, events: &[Event]) -> Vec<EventId> {
        pause().await;
        self.with(|state| {
            let failed = !state.healed && state.rng.u8(0..100) < 10;
            state.faults += u64::from(failed);
            if failed { events.iter().map(|event| event.id).collect() } else { Vec::new() }
        })
    }
}

fn lost(why: &'static str) -> Box<dyn std::error::Error + Send + Sync> {
    why.into()
}

#[async_trait]
impl Sender for Outside {
    async fn send(&self, mail: &Outgoing) -> Result<String, SendError> {
        pause().await;
        let now = self.clock.now();
        let answer = self.with(|state| {
            let roll = if state.healed { 99 } else { state.rng.u8(0..100) };
            state.faults += u64::from(roll < 24);
            match roll {
                0..8 => return Err(SendError::Throttled(lost("throttled"))),
                8..16 => return Err(SendError::Transient(lost("refused"))),
                16..20 => return Err(SendError::Ambiguous(lost("nothing happened"))),
                _ => {}
            }
            // Accepted: from here on the mail is out, whatever the worker learns of it.
            state.accepted.push((mail.mail, now));
            state.feedback.push(mail.mail);
            if roll < 24 { Err(SendError::Ambiguous(lost("the answer was lost"))) } else { Ok("id".to_owned()) }
        });
        pause().await;
        answer
    }
}

#[async_trait]
impl Contacts for Outside {
    async fn contact(&self, person: PersonId) -> Result<Option<Contact>, StoreError> {
        pause().await;
        Ok(Some(Contact {
            name: Redacted::new("Somebody".to_owned()),
            email: Redacted::new(format!("{person}@example.com")),
            language: "en".to_owned(),
            teams: Vec::new(),
            active: true,
        }))
    }

    async fn people(&self, _people: &[PersonId]) -> Result<BTreeMap<PersonId, Redacted<String>>, StoreError> {
        Ok(BTreeMap::new())
    }

    async fn teams(&self, _teams: &[TeamId]) -> Result<BTreeMap<TeamId, String>, StoreError> {
        Ok(BTreeMap::new())
    }
}

#[async_trait]
impl Settings for Outside {
    async fn program(&self) -> Result<ProgramSettings, SettingsError> {
        Ok(ProgramSettings { mail_mode: MailMode::On, ..ProgramSettings::default() })
    }

    async fn link_keys(&self) -> Result<LinkKeys, SettingsError> {
        LinkKeys::parse(&"ab".repeat(32)).map_err(|error| SettingsError::Invalid("key", error.to_string()))
    }
}

#[async_trait]
impl Roster for Outside {
    async fn facts(&self, person: PersonId) -> Result<Option<Facts>, StoreError> {
        Ok(self.facts.get(&person).cloned())
    }

    async fn zones(&self, people: &[PersonId]) -> Result<BTreeMap<PersonId, ZoneName>, StoreError> {
        let known = people.iter().filter_map(|person| self.facts.get(person));
        Ok(known.map(|facts| (facts.person, facts.zone.clone())).collect())
    }

    async fn by_email(&self, emails: &[&str]) -> Result<Vec<Option<PersonId>>, StoreError> {
        Ok(vec![None; emails.len()])
    }

    async fn reports(
        &self,
        _manager: PersonId,
        _limit: Limit,
        _after: Option<&Position>,
    ) -> Result<Page<PersonId>, StoreError> {
        Ok(Page { items: Vec::new(), next: None })
    }
}
