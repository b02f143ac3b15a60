//! The program's key figures: one registry, from which gauges, the dashboard, the alarms' thresholds and the
//! documentation page come. A figure is defined here or it does not exist.
//!
//! Pure: it knows names, formulas and targets. Sums come from the roll-ups, numbers go to CloudWatch elsewhere.

mod output;
mod registry;

pub use output::{AlarmSpec, alarms, dashboard, markdown};
pub use registry::{Alarm, Direction, KPIS, Kpi, Source, Threshold, Unit, kpi};

/// The namespace of the program's own metrics.
pub const NAMESPACE: &str = "Guildhall";

/// One gauge to be written: which figure, and its number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// The figure.
    pub kpi: &'static Kpi,
    /// Its number.
    pub value: f64,
}

/// Training's gauges from the company's sums: people who count, those with nothing overdue, required courses, and those
/// validly completed. A share of nothing is no number, so it is left out rather than shown as zero.
pub fn training_gauges(people: i64, clear: i64, required: i64, valid: i64) -> Vec<Reading> {
    readings([
        ("training_compliance", share(clear, people)),
        ("training_completion", share(valid, required)),
        ("overdue_people", Some(number(people - clear))),
    ])
}

/// What is known of the company's competency and of what courses do. Counts; nothing where there is nothing to measure.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Learnt {
    /// Areas that people's roles ask for, over all people who count.
    pub asked: i64,
    /// Of them judged.
    pub judged: i64,
    /// Areas judged where enough people were judged in the area to tell of it.
    pub told: i64,
    /// Of them at or above target.
    pub at_target: i64,
    /// Due dates met or passed.
    pub due: i64,
    /// Of them met.
    pub met: i64,
    /// The gain of the means over all pairs of scores, at most 1; absent below ten pairs.
    pub gain: Option<f64>,
}

/// The gauges of what people learn. A share of nothing is left out.
pub fn learning_gauges(learnt: &Learnt) -> Vec<Reading> {
    let Learnt { asked, judged, told, at_target, due, met, gain } = *learnt;
    readings([
        ("competency_coverage", share(judged, asked)),
        ("competency_at_target", share(at_target, told)),
        ("completed_in_time", share(met, due)),
        ("learning_gain", gain.map(|gain| 100.0 * gain)),
    ])
}

fn share(part: i64, whole: i64) -> Option<f64> {
    (whole > 0).then(|| 100.0 * number(part) / number(whole))
}

fn readings<const N: usize>(values: [(&str, Option<f64>); N]) -> Vec<Reading> {
    let reading = |(key, value): (&str, Option<f64>)| Some(Reading { kpi: kpi(key)?, value: value? });
    values.into_iter().filter_map(reading).collect()
}

#[expect(clippy::cast_precision_loss, reason = "counts of people and courses stay far below 2^53")]
const fn number(count: i64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests;
