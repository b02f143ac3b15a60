use std::{collections::BTreeSet, fs, path::Path};

use super::*;

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The lines of one resource of the template.
fn resource<'a>(template: &'a str, id: &str) -> &'a str {
    let start = template.find(&format!("\n  {id}:\n")).unwrap_or_else(|| panic!("the template has no {id}"));
    let body = &template[start + 1..];
    let end = body.match_indices("\n  ").find(|(at, _)| body[at + 3..].starts_with(|c: char| c.is_ascii_alphabetic()));
    end.map_or(body, |(at, _)| &body[..at])
}

#[test]
fn keys_are_unique_and_every_figure_is_defined() {
    let keys: BTreeSet<_> = KPIS.iter().map(|kpi| kpi.key).collect();
    assert_eq!(keys.len(), KPIS.len());
    for kpi in KPIS {
        for text in [kpi.title, kpi.formula, kpi.owner, kpi.target, kpi.chart, kpi.source.metric] {
            assert!(!text.is_empty() && !text.contains('|'), "{}", kpi.key);
        }
        assert!(kpi.source.dimensions.len() <= 1, "{}", kpi.key);
    }
}

#[test]
fn the_page_is_what_the_registry_says() {
    assert_eq!(read("docs/kpis.md"), markdown(), "run `cargo run -p insights --example kpis`");
}

#[test]
fn the_template_draws_every_figure() {
    let template = read("infra/template.yaml");
    let dashboard: String = resource(&template, "Dashboard").split_whitespace().collect();
    for kpi in KPIS {
        let metric = serde_json::to_string(&output::metric(kpi)).unwrap();
        let open = metric.trim_end_matches(']').replace(' ', "");
        assert!(dashboard.contains(&open), "the dashboard lacks {metric}");
    }
}

#[test]
fn the_template_holds_every_alarm() {
    let template = read("infra/template.yaml");
    for alarm in alarms() {
        let text = resource(&template, alarm.id);
        let threshold = match alarm.threshold {
            Threshold::Number(number) => format!("Threshold: {number}"),
            Threshold::Parameter(name) => format!("Threshold: !Ref {name}"),
        };
        let expected = [
            format!("MetricName: {}", alarm.kpi.source.metric),
            format!("Namespace: {}", alarm.kpi.source.namespace),
            format!("ComparisonOperator: {}", alarm.comparison),
            threshold,
        ];
        for line in expected {
            assert!(text.lines().any(|held| held.trim() == line), "{} lacks {line:?} in\n{text}", alarm.id);
        }
    }
}

#[test]
fn no_alarm_of_the_template_is_missing_in_the_registry() {
    let template = read("infra/template.yaml");
    let resources = template.split("\n  ").filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()));
    let ids = resources.filter_map(|line| line.trim_end().strip_suffix(':')).filter(|id| id.ends_with("Alarm"));
    let held: BTreeSet<_> = ids.map(str::to_owned).collect();
    let registered: BTreeSet<_> = alarms().iter().map(|alarm| alarm.id.to_owned()).collect();
    assert_eq!(held, registered);
}

#[test]
fn the_dashboard_has_a_place_for_each_chart() {
    let body = dashboard();
    let widgets = body["widgets"].as_array().unwrap();
    let places: BTreeSet<_> = widgets.iter().map(|widget| (widget["x"].as_u64(), widget["y"].as_u64())).collect();
    assert_eq!(places.len(), widgets.len());
}

#[test]
fn a_share_of_nothing_is_no_number() {
    let keys = |readings: Vec<Reading>| readings.iter().map(|reading| reading.kpi.key).collect::<Vec<_>>();
    assert_eq!(keys(training_gauges(0, 0, 0, 0)), ["overdue_people"]);
    let readings = training_gauges(8, 6, 20, 15);
    let values: Vec<f64> = readings.iter().map(|reading| reading.value).collect();
    assert_eq!(values, [75.0, 75.0, 2.0]);
}

#[test]
fn what_was_never_measured_of_learning_is_left_out() {
    let keys = |readings: Vec<Reading>| readings.iter().map(|reading| reading.kpi.key).collect::<Vec<_>>();
    assert_eq!(keys(learning_gauges(&Learnt::default())), [""; 0]);
    assert_eq!(keys(learning_gauges(&Learnt { asked: 10, ..Learnt::default() })), ["competency_coverage"]);
    let all = Learnt { asked: 10, judged: 5, told: 4, at_target: 3, due: 8, met: 6, gain: Some(0.42) };
    let values: Vec<f64> = learning_gauges(&all).iter().map(|reading| reading.value).collect();
    assert_eq!(values, [50.0, 75.0, 75.0, 42.0]);
}
