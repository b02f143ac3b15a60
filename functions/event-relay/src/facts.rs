//! What the events that were passed on count in metrics: tests, feedback and seats. Numbers only, of nobody in particular.

use std::collections::BTreeMap;

use kernel::Event;
use training::events::{ATTEMPT_SUBMITTED, PULSE_GIVEN, SEAT_AWAITED, SEAT_BOOKED, SEAT_MOVED_UP};

use crate::{Fact, Record, Relayed};

/// The metrics that a batch adds to, each above zero. A record that is to be delivered again counts then.
pub fn counted(records: &[Record], relayed: &Relayed) -> BTreeMap<&'static str, u64> {
    let mut counts = BTreeMap::new();
    for record in records.iter().filter(|record| !relayed.failed.contains(&record.id)) {
        if let Fact::Event(event) = &record.fact {
            for metric in metrics(event) {
                *counts.entry(*metric).or_default() += 1;
            }
        }
    }
    counts
}

fn metrics(event: &Event) -> &'static [&'static str] {
    match event.kind.as_str() {
        ATTEMPT_SUBMITTED if event.data["passed"] == true => &["AttemptsSubmitted", "AttemptsPassed"],
        ATTEMPT_SUBMITTED => &["AttemptsSubmitted"],
        PULSE_GIVEN => &["PulsesGiven"],
        SEAT_BOOKED | SEAT_MOVED_UP => &["SeatsBooked"],
        SEAT_AWAITED => &["SeatsAwaited"],
        _ => &[],
    }
}
