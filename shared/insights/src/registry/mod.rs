//! The figures, one definition each: what a figure is stands here, the figures themselves by topic.

mod delays;
mod learning;
mod machines;
mod mail;
mod relay;
mod reminders;
mod training;

/// What a figure is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A share of a hundred.
    Percent,
    /// A share of one.
    Fraction,
    /// Things.
    Count,
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Milliseconds,
}

impl Unit {
    /// A word for tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Percent => "%",
            Self::Fraction => "share of 1",
            Self::Count => "count",
            Self::Seconds => "s",
            Self::Milliseconds => "ms",
        }
    }
}

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// More is better.
    Up,
    /// Less is better.
    Down,
    /// Neither: it gives the others their scale.
    Neutral,
}

/// Where the number comes from, as CloudWatch names it. Dimension values may hold the template's placeholders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source {
    /// `Guildhall`, or the namespace of an AWS service.
    pub namespace: &'static str,
    /// The metric's name.
    pub metric: &'static str,
    /// Names and values; few and fixed, because every combination is a metric that is paid for.
    pub dimensions: &'static [(&'static str, &'static str)],
    /// How points of a period become one.
    pub stat: &'static str,
    /// Seconds a point stands for.
    pub period: u32,
}

/// The line an alarm draws.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Threshold {
    /// A number.
    Number(f64),
    /// A parameter of the template.
    Parameter(&'static str),
}

/// When someone is told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Alarm {
    /// The alarm's logical id in the template.
    pub id: &'static str,
    /// CloudWatch's name of the comparison.
    pub comparison: &'static str,
    /// The line.
    pub threshold: Threshold,
    /// The topic's logical id in the template.
    pub topic: &'static str,
}

/// One figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Kpi {
    /// How code and settings name it.
    pub key: &'static str,
    /// How people name it.
    pub title: &'static str,
    /// What it is, as text.
    pub formula: &'static str,
    /// What it is measured in.
    pub unit: Unit,
    /// Who answers for it.
    pub owner: &'static str,
    /// What it should be, as text.
    pub target: &'static str,
    /// Which way is better.
    pub direction: Direction,
    /// Where the number comes from.
    pub source: Source,
    /// The chart it is drawn in.
    pub chart: &'static str,
    /// When someone is told.
    pub alarm: Option<Alarm>,
}

/// The figure of a key.
pub fn kpi(key: &str) -> Option<&'static Kpi> {
    KPIS.iter().find(|kpi| kpi.key == key)
}

const LEAD: &str = "program lead";
const OPERATOR: &str = "operator";
const DAY: u32 = 86_400;
const HOUR: u32 = 3_600;
const MINUTES: u32 = 300;

const fn gauge(metric: &'static str, stat: &'static str) -> Source {
    Source { namespace: crate::NAMESPACE, metric, dimensions: &[("Stage", "${Stage}")], stat, period: DAY }
}

const fn counted(metric: &'static str, dimensions: &'static [(&'static str, &'static str)]) -> Source {
    Source { namespace: crate::NAMESPACE, metric, dimensions, stat: "Sum", period: HOUR }
}

const fn executions(
    metric: &'static str,
    dimensions: &'static [(&'static str, &'static str)],
    stat: &'static str,
) -> Source {
    Source { namespace: "AWS/States", metric, dimensions, stat, period: HOUR }
}

/// Executions that should not be: each of them is one that someone is told of.
const fn spoilt(
    key: &'static str,
    title: &'static str,
    formula: &'static str,
    source: Source,
    chart: &'static str,
    alarm: &'static str,
) -> Kpi {
    Kpi {
        key,
        title,
        formula,
        unit: Unit::Count,
        owner: OPERATOR,
        target: "0",
        direction: Direction::Down,
        source,
        chart,
        alarm: over(alarm, 0.0),
    }
}

const fn over(id: &'static str, threshold: f64) -> Option<Alarm> {
    let (comparison, topic) = ("GreaterThanThreshold", "OperationsAlerts");
    Some(Alarm { id, comparison, threshold: Threshold::Number(threshold), topic })
}

/// By topic, in the order of the dashboard.
const TOPICS: &[&[Kpi]] =
    &[training::KPIS, learning::KPIS, reminders::KPIS, mail::KPIS, relay::KPIS, machines::KPIS, delays::KPIS];

const fn count(topics: &[&[Kpi]]) -> usize {
    let (mut count, mut at) = (0, 0);
    while at < topics.len() {
        count += topics[at].len();
        at += 1;
    }
    count
}

/// The figures of all topics in one list; there is at least one.
const fn joined<const N: usize>(topics: &[&[Kpi]]) -> [Kpi; N] {
    let mut all = [topics[0][0]; N];
    let (mut place, mut topic) = (0, 0);
    while topic < topics.len() {
        let mut at = 0;
        while at < topics[topic].len() {
            all[place] = topics[topic][at];
            place += 1;
            at += 1;
        }
        topic += 1;
    }
    all
}

/// Every figure, in the order of the dashboard.
pub const KPIS: &[Kpi] = &joined::<{ count(TOPICS) }>(TOPICS);
