//! What the registry becomes: the body of the dashboard, the list of alarms, and the page for people.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::{Direction, KPIS, Kpi, Threshold};

/// Charts in a row.
const COLUMNS: usize = 3;
const WIDTH: usize = 8;
const HEIGHT: usize = 6;

/// An alarm as the template must hold it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AlarmSpec {
    /// The figure it watches.
    pub kpi: &'static Kpi,
    /// Its logical id in the template.
    pub id: &'static str,
    /// CloudWatch's name of the comparison.
    pub comparison: &'static str,
    /// The line.
    pub threshold: Threshold,
}

/// Every alarm.
pub fn alarms() -> Vec<AlarmSpec> {
    let spec = |kpi: &'static Kpi| {
        let alarm = kpi.alarm?;
        Some(AlarmSpec { kpi, id: alarm.id, comparison: alarm.comparison, threshold: alarm.threshold })
    };
    KPIS.iter().filter_map(spec).collect()
}

/// The metric as a dashboard names it: namespace, name, and each dimension's name and value.
pub(crate) fn metric(kpi: &Kpi) -> Vec<String> {
    let source = kpi.source;
    let dimensions = source.dimensions.iter().flat_map(|(name, value)| [*name, *value]);
    [source.namespace, source.metric].into_iter().chain(dimensions).map(str::to_owned).collect()
}

/// The charts in order, each with its figures.
fn charts() -> Vec<(&'static str, Vec<&'static Kpi>)> {
    let mut charts: Vec<(&'static str, Vec<&'static Kpi>)> = Vec::new();
    for kpi in KPIS {
        match charts.iter_mut().find(|(title, _)| *title == kpi.chart) {
            Some((_, figures)) => figures.push(kpi),
            None => charts.push((kpi.chart, vec![kpi])),
        }
    }
    charts
}

/// The body of the dashboard: one chart for each group of figures, three in a row. Values in `${…}` are filled in by
/// CloudFormation's `Fn::Sub`.
pub fn dashboard() -> Value {
    let widget = |(place, (title, figures)): (usize, (&str, Vec<&Kpi>))| {
        let metrics: Vec<Vec<String>> = figures.iter().map(|kpi| metric(kpi)).collect();
        let (stat, period) = figures.first().map_or(("Sum", 300), |kpi| (kpi.source.stat, kpi.source.period));
        json!({
            "type": "metric",
            "x": place % COLUMNS * WIDTH, "y": place / COLUMNS * HEIGHT, "width": WIDTH, "height": HEIGHT,
            "properties": {
                "title": title, "region": "${AWS::Region}", "period": period, "stat": stat, "metrics": metrics,
            },
        })
    };
    json!({"widgets": charts().into_iter().enumerate().map(widget).collect::<Vec<_>>()})
}

/// The page for people.
pub fn markdown() -> String {
    let mut page = String::from(
        "# Key figures\n\n\
         Generated from the registry in `shared/insights` by `cargo run -p insights --example kpis`; a test fails when it\n\
         drifts. Figures of people are counted from groups, never shown for one person; a figure without data says so\n\
         instead of showing 0.\n",
    );
    for (title, figures) in charts() {
        // Writing into a string cannot fail.
        let _ = write!(
            page,
            "\n## {title}\n\n| figure | is | unit | target | better | owner | metric | alarm |\n|---|---|---|---|---|---|---|---|\n"
        );
        for kpi in figures {
            let _ = writeln!(page, "{}", row(kpi));
        }
    }
    page
}

fn row(kpi: &Kpi) -> String {
    let better = match kpi.direction {
        Direction::Up => "more",
        Direction::Down => "less",
        Direction::Neutral => "—",
    };
    let alarm = kpi.alarm.map_or_else(
        || "—".to_owned(),
        |alarm| {
            let side = if alarm.comparison.starts_with("Less") { "<" } else { ">" };
            match alarm.threshold {
                Threshold::Number(number) => format!("`{}`: {side} {number}", alarm.id),
                Threshold::Parameter(name) => format!("`{}`: {side} parameter `{name}`", alarm.id),
            }
        },
    );
    let source = kpi.source;
    let dimensions: Vec<&str> = source.dimensions.iter().map(|(name, _)| *name).collect();
    let by = if dimensions.is_empty() { String::new() } else { format!(" by {}", dimensions.join(", ")) };
    let metric = format!("`{} {}`{by}, {}", source.namespace, source.metric, source.stat);
    let Kpi { title, formula, target, owner, .. } = kpi;
    format!("| {title} | {formula} | {} | {target} | {better} | {owner} | {metric} | {alarm} |", kpi.unit.name())
}
