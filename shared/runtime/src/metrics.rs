//! Metric lines in CloudWatch's embedded metric format. Dimensions are fixed and few: the system, and nothing that names
//! a person, a team or a course, because every distinct combination is a metric that is paid for.

use std::io::{self, Write};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// The namespace of every metric of the program.
pub const NAMESPACE: &str = "Guildhall";

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Things.
    Count,
    /// Milliseconds.
    Milliseconds,
    /// A share of a hundred.
    Percent,
}

impl Unit {
    const fn name(self) -> &'static str {
        match self {
            Self::Count => "Count",
            Self::Milliseconds => "Milliseconds",
            Self::Percent => "Percent",
        }
    }
}

/// One number with its name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Metric {
    /// The metric's name, such as `MailsSent`.
    pub name: &'static str,
    /// What it counts.
    pub unit: Unit,
    /// The number.
    pub value: f64,
}

impl Metric {
    /// A count.
    pub fn count(name: &'static str, value: u64) -> Self {
        // Counts stay far below 2^53, where every integer has its own floating-point number.
        #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
        let value = value as f64;
        Self { name, unit: Unit::Count, value }
    }

    /// A percentage.
    pub const fn percent(name: &'static str, value: f64) -> Self {
        Self { name, unit: Unit::Percent, value }
    }
}

/// The log line that CloudWatch turns into metrics, without its line break.
pub fn line(system: &'static str, at: Timestamp, metrics: &[Metric]) -> String {
    let definitions: Vec<Value> =
        metrics.iter().map(|metric| json!({"Name": metric.name, "Unit": metric.unit.name()})).collect();
    let mut fields = Map::new();
    fields.insert(
        "_aws".to_owned(),
        json!({
            "Timestamp": at.as_millisecond(),
            "CloudWatchMetrics": [{"Namespace": NAMESPACE, "Dimensions": [["System"]], "Metrics": definitions}],
        }),
    );
    fields.insert("System".to_owned(), json!(system));
    for metric in metrics {
        fields.insert(metric.name.to_owned(), json!(metric.value));
    }
    Value::Object(fields).to_string()
}

/// Writes metrics of a system to standard output, where CloudWatch picks them up. Nothing to say writes nothing; a
/// failed write loses the numbers and nothing else.
pub fn emit(system: &'static str, at: Timestamp, metrics: &[Metric]) {
    if !metrics.is_empty() {
        writeln!(io::stdout().lock(), "{}", line(system, at, metrics)).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_what_cloudwatch_reads() {
        let line = line("training", Timestamp::UNIX_EPOCH, &[Metric::count("MailsWritten", 3)]);
        let expected = concat!(
            r#"{"MailsWritten":3.0,"System":"training","_aws":{"CloudWatchMetrics":[{"Dimensions":[["System"]],"#,
            r#""Metrics":[{"Name":"MailsWritten","Unit":"Count"}],"Namespace":"Guildhall"}],"Timestamp":0}}"#
        );
        assert_eq!(line, expected);
    }
}
