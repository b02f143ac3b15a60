//! The reminder cycle.

use super::{Alarm, Direction, Kpi, OPERATOR, Source, Threshold, Unit, executions, over, spoilt};

const RUNS: &str = "Reminder runs";
const TIME: &str = "Reminder run duration (ms)";

const fn runs(metric: &'static str, stat: &'static str) -> Source {
    executions(metric, &[("StateMachineArn", "${TrainingReminders}")], stat)
}

/// In the order of the dashboard.
pub(super) const KPIS: &[Kpi] = &[
    Kpi {
        key: "reminder_runs",
        title: "Reminder runs that ended well",
        formula: "executions of training-reminders that succeeded",
        unit: Unit::Count,
        owner: OPERATOR,
        target: "24 a day",
        direction: Direction::Up,
        source: runs("ExecutionsSucceeded", "Sum"),
        chart: RUNS,
        alarm: None,
    },
    Kpi {
        key: "reminder_runs_failed",
        title: "Reminder runs that failed",
        formula: "executions of training-reminders that failed",
        unit: Unit::Count,
        owner: OPERATOR,
        target: "0",
        direction: Direction::Down,
        source: runs("ExecutionsFailed", "Sum"),
        chart: RUNS,
        alarm: over("ReminderFailedAlarm", 0.0),
    },
    spoilt(
        "reminder_runs_timed_out",
        "Reminder runs that took too long",
        "executions of training-reminders that timed out",
        runs("ExecutionsTimedOut", "Sum"),
        RUNS,
        "ReminderTimedOutAlarm",
    ),
    Kpi {
        key: "reminder_runs_started",
        title: "Reminder runs that began",
        formula: "executions of training-reminders that were started",
        unit: Unit::Count,
        owner: OPERATOR,
        target: "24 a day",
        direction: Direction::Up,
        source: runs("ExecutionsStarted", "Sum"),
        chart: RUNS,
        alarm: Some(Alarm {
            id: "ReminderMissingAlarm",
            comparison: "LessThanThreshold",
            threshold: Threshold::Number(1.0),
            topic: "OperationsAlerts",
        }),
    },
    Kpi {
        key: "reminder_duration",
        title: "Duration of a reminder run",
        formula: "time from start to end of an execution",
        unit: Unit::Milliseconds,
        owner: OPERATOR,
        target: "under 45 minutes",
        direction: Direction::Down,
        source: runs("ExecutionTime", "Maximum"),
        chart: TIME,
        alarm: None,
    },
];
