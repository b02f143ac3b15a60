//! What people learn: how they stand in what their roles are asked for, and what courses do.

use super::{Alarm, DAY, Direction, Kpi, LEAD, OPERATOR, Source, Threshold, Unit, counted, gauge};

const COMPETENCY: &str = "Competency, completion in time and gain (%)";
const HAPPENED: &str = "Tests, feedback and seats";
const FIGURES: &str = "The day's figures";

const fn share(
    key: &'static str,
    title: &'static str,
    formula: &'static str,
    target: &'static str,
    metric: &'static str,
) -> Kpi {
    Kpi {
        key,
        title,
        formula,
        unit: Unit::Percent,
        owner: LEAD,
        target,
        direction: Direction::Up,
        source: gauge(metric, "Minimum"),
        chart: COMPETENCY,
        alarm: None,
    }
}

const fn training(metric: &'static str) -> Source {
    counted(metric, &[("System", "training")])
}

const fn happened(
    key: &'static str,
    title: &'static str,
    formula: &'static str,
    direction: Direction,
    metric: &'static str,
) -> Kpi {
    let (unit, owner, target, source) = (Unit::Count, LEAD, "—", training(metric));
    Kpi { key, title, formula, unit, owner, target, direction, source, chart: HAPPENED, alarm: None }
}

/// In the order of the dashboard.
pub(super) const KPIS: &[Kpi] = &[
    share(
        "competency_coverage",
        "Competency coverage",
        "areas judged ÷ areas asked for, of all people who count · 100",
        "rising",
        "CompetencyCoverage",
    ),
    share(
        "competency_at_target",
        "Competency at target",
        "areas judged at or above what the role is asked for ÷ areas judged · 100, over areas in which at least `min_team` people were judged",
        "≥ 70 %",
        "CompetencyAtTarget",
    ),
    share(
        "completed_in_time",
        "Completed in time",
        "due dates met ÷ due dates met or passed · 100, over all courses, imported ones included",
        "≥ 80 %",
        "CompletedInTime",
    ),
    share(
        "learning_gain",
        "Learning gain",
        "(mean score after − mean score before) ÷ (100 − mean score before) · 100, over all pairs of scores, from 10 on",
        "≥ 30 %",
        "LearningGain",
    ),
    happened(
        "attempts_submitted",
        "Tests handed in",
        "attempts at assessments that were scored",
        Direction::Neutral,
        "AttemptsSubmitted",
    ),
    happened(
        "attempts_passed",
        "Tests passed",
        "of them passed; divided by tests handed in, the pass rate",
        Direction::Up,
        "AttemptsPassed",
    ),
    happened(
        "pulses_given",
        "Feedback on courses",
        "completions that somebody said something of",
        Direction::Up,
        "PulsesGiven",
    ),
    happened("seats_booked", "Seats booked", "seats in sessions that were taken", Direction::Up, "SeatsBooked"),
    Kpi {
        target: "under 10 a day",
        source: Source { period: DAY, ..training("SeatsAwaited") },
        alarm: Some(Alarm {
            id: "SeatsAwaitedAlarm",
            comparison: "GreaterThanThreshold",
            threshold: Threshold::Number(10.0),
            topic: "TrainingAlerts",
        }),
        ..happened(
            "seats_awaited",
            "Seats awaited",
            "people who asked for a seat and have to wait for one",
            Direction::Down,
            "SeatsAwaited",
        )
    },
    Kpi {
        key: "gauge_runs",
        title: "Days whose figures were published",
        formula: "runs of publish-gauges that ended well",
        unit: Unit::Count,
        owner: OPERATOR,
        target: "1 a day",
        direction: Direction::Up,
        source: Source { period: DAY, ..training("GaugeRuns") },
        chart: FIGURES,
        alarm: Some(Alarm {
            id: "FiguresMissingAlarm",
            comparison: "LessThanThreshold",
            threshold: Threshold::Number(1.0),
            topic: "OperationsAlerts",
        }),
    },
];
