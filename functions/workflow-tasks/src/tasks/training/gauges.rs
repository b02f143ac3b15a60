//! The day's gauges of training, from the company's roll-up: a handful of reads whatever the head count. What cannot be
//! measured is left out; a gauge of zero would be a lie.

use jiff::Timestamp;
use runtime::TaskError;
use serde_json::{Value, json};
use training::{
    model::{RollUp, Scope},
    rules::standing::{Share, judge},
};

use super::{Ports, Rules, unreachable};

/// What a gauge measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Things.
    Count,
    /// A share of a hundred.
    Percent,
}

/// One number.
#[derive(Debug, Clone, PartialEq)]
pub struct Gauge {
    /// The metric's name.
    pub name: &'static str,
    /// What it measures.
    pub unit: Unit,
    /// The number.
    pub value: f64,
}

pub(super) async fn publish(ports: &Ports) -> Result<Value, TaskError> {
    let at: Timestamp = ports.clock.now();
    let rules = Rules::read(ports).await?;
    let stored = ports.reader.roll_up(&Scope::Company, None).await?;
    let figures = stored.map_or(RollUp::ZERO, |stored| stored.roll_up);
    let judged = judge(figures, &rules.settings);
    let percent = |name, share: Share| match share {
        Share::Measured { percent, .. } => Some(Gauge { name, unit: Unit::Percent, value: percent }),
        Share::InsufficientData => None,
    };
    let count = |name, value: i64| {
        #[expect(clippy::cast_precision_loss, reason = "head counts are far below 2^52")]
        Gauge { name, unit: Unit::Count, value: value as f64 }
    };
    let gauges: Vec<Gauge> = [
        percent("TrainingCompliance", judged.compliance),
        percent("TrainingCompletion", judged.completion),
        (figures.people > 0).then(|| count("PeopleCounted", figures.people)),
        (figures.people > 0).then(|| count("PeopleOverdue", figures.people - figures.clear)),
    ]
    .into_iter()
    .flatten()
    .collect();
    if !gauges.is_empty() {
        ports.gauges.put(&gauges, at).await.map_err(|error| unreachable(&error))?;
    }
    Ok(json!({"gauges": gauges.len()}))
}
