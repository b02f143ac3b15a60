//! What operations cost on a real engine: requests and units, which are the same on every run. They are kept in
//! `costs.json` beside this file; a rise of more than 5 % fails, `UPDATE=1` writes them anew. `make bench` turns them
//! into dollars.

mod dashboards;
mod directory;
mod expiry;
mod house;
mod mailing;
mod operations;
mod outside;
mod reminders;

use std::{collections::BTreeMap, fs, path::PathBuf};

use serde::{Deserialize, Serialize};
use store::table::Usage;

/// How much dearer an operation may become before it is noticed.
const TOLERANCE: f64 = 1.05;

/// One operation's requests and units.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Cost {
    requests: u64,
    read_units: f64,
    write_units: f64,
}

impl From<Usage> for Cost {
    fn from(usage: Usage) -> Self {
        Self { requests: usage.requests, read_units: usage.read_units, write_units: usage.write_units }
    }
}

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("costs").join(name)
}

/// Holds what was measured against what is kept.
#[track_caller]
#[expect(clippy::disallowed_methods, reason = "UPDATE is said to the test, not to the program")]
fn check_costs(name: &str, measured: &BTreeMap<String, Cost>) {
    let path = file(name);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, serde_json::to_string_pretty(measured).unwrap() + "\n").unwrap();
    }
    let kept: BTreeMap<String, Cost> =
        serde_json::from_str(&fs::read_to_string(&path).unwrap_or_default()).unwrap_or_default();
    let mut wrong = Vec::new();
    for (operation, now) in measured {
        let Some(then) = kept.get(operation) else {
            wrong.push(format!("{operation} is new: {now:?}"));
            continue;
        };
        let risen = |now: f64, then: f64| now > then * TOLERANCE + f64::EPSILON;
        if now.requests > then.requests
            || risen(now.read_units, then.read_units)
            || risen(now.write_units, then.write_units)
        {
            wrong.push(format!("{operation} costs {now:?}, was {then:?}"));
        }
    }
    let gone = kept.keys().filter(|operation| !measured.contains_key(*operation));
    wrong.extend(gone.map(|operation| format!("{operation} is not measured any more")));
    assert!(wrong.is_empty(), "UPDATE=1 writes {name} anew:\n{}", wrong.join("\n"));
}
