//! How people and groups are getting on in training.

use super::{Alarm, Direction, Kpi, LEAD, Threshold, Unit, gauge};

const TRAINING: &str = "Training compliance and completion (%)";
const OVERDUE: &str = "People with something overdue";

/// In the order of the dashboard.
pub(super) const KPIS: &[Kpi] = &[
    Kpi {
        key: "training_compliance",
        title: "Training compliance",
        formula: "people with nothing required overdue ÷ active, present people with requirements · 100",
        unit: Unit::Percent,
        owner: LEAD,
        target: "≥ 80 % (parameter ComplianceThreshold)",
        direction: Direction::Up,
        source: gauge("TrainingCompliance", "Minimum"),
        chart: TRAINING,
        alarm: Some(Alarm {
            id: "ComplianceAlarm",
            comparison: "LessThanThreshold",
            threshold: Threshold::Parameter("ComplianceThreshold"),
            topic: "TrainingAlerts",
        }),
    },
    Kpi {
        key: "training_completion",
        title: "Training completion",
        formula: "required courses validly completed ÷ required courses · 100",
        unit: Unit::Percent,
        owner: LEAD,
        target: "≥ 90 %",
        direction: Direction::Up,
        source: gauge("TrainingCompletion", "Minimum"),
        chart: TRAINING,
        alarm: None,
    },
    Kpi {
        key: "overdue_people",
        title: "People with something overdue",
        formula: "people who count − people with nothing required overdue",
        unit: Unit::Count,
        owner: LEAD,
        target: "falling",
        direction: Direction::Down,
        source: gauge("OverduePeople", "Maximum"),
        chart: OVERDUE,
        alarm: None,
    },
];
