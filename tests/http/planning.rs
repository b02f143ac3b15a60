//! A person's plan, and what delivery says that changes it.

use serde_json::{Value, json};

use super::harness::{Call, Stack, Town, aws, day, fresh, step_functions, until};

#[test]
fn a_finding_that_came_back_is_in_the_plan_and_says_nothing_of_gaps() {
    let town = Town::new();
    let boss = town.person("boss");
    let ada = town.person_with("ada", json!({"manager_id": boss.id}));
    let (boss, ada) = (town.sign_in(&boss, &[]), town.sign_in(&ada, &[]));
    let area = format!("area-{}", fresh());
    let before = town.course("before");
    let course = town.course_with("c", json!({"competencies": [area], "prerequisites": [before.id]}));
    let uri = format!("/training/people/{}/plan", ada.person.id);

    let id = uuid::Uuid::now_v7();
    let now = format!("{}T00:00:00Z", day(0));
    let event = json!({
        "id": id, "kind": "delivery.finding_recurred", "version": 1, "occurred_at": now, "recorded_at": now,
        "actor": "program", "subject": uuid::Uuid::now_v7(), "correlation_id": id.to_string(),
        "data": {"people": [ada.person.id], "area": area},
    });
    let entry = json!({
        "EventBusName": Stack::get().output("EventBusName"), "Source": "guildhall.delivery",
        "DetailType": "delivery.finding_recurred", "Detail": event.to_string(),
    });
    // Twice, as buses do.
    for _ in 0..2 {
        aws("events", "AWSEvents.PutEvents", &json!({"Entries": [entry]}));
    }
    let plan = until("the course is in the plan", || {
        let plan = Call::get(&uri).by(&ada.token).send().is(200).json();
        (!plan["entries"].as_array().unwrap().is_empty()).then_some(plan)
    });
    let entries: Vec<(&Value, &Value, &Value)> = plan["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (&it["course_id"], &it["why"]["reason"], &it["required"]))
        .collect();
    let no = json!(false);
    let (first, then) = (json!(before.id), json!(course.id));
    let reasons = [json!("prerequisite"), json!("recurring_finding")];
    assert_eq!(entries, [(&first, &reasons[0], &no), (&then, &reasons[1], &no)]);
    assert_eq!(plan["entries"][1]["after"], json!([before.id]));
    assert!(plan["goals"].is_array());
    let read = Call::get(&uri).by(&boss.token).send().is(200).json();
    assert_eq!((&read["goals"], read["entries"].as_array().map(Vec::len)), (&Value::Null, Some(2)));
}

#[test]
fn whoever_joins_is_accompanied_and_waits_for_the_first_check_in() {
    let town = Town::new();
    let ada = town.person_with("ada", json!({"start": day(-1)}));
    let name = format!("onboarding-{}-{}", ada.id.replace('-', ""), day(-1));
    let machine = Stack::get().output("OnboardingMachineArn");
    let found = until("the onboarding runs", || {
        let all = step_functions("ListExecutions", &json!({"stateMachineArn": machine, "maxResults": 1000}));
        let executions = all["executions"].as_array().cloned().unwrap_or_default();
        executions.into_iter().find(|it| it["name"] == name.as_str())
    });
    let history = until("it waits", || {
        let asked = json!({"executionArn": found["executionArn"], "maxResults": 100});
        let history = step_functions("GetExecutionHistory", &asked);
        let events = history["events"].as_array().cloned().unwrap_or_default();
        events.iter().any(|it| it["type"] == "WaitStateEntered").then_some(events)
    });
    assert!(history.iter().all(|it| it["type"] != "ExecutionFailed" && it["type"] != "TaskFailed"), "{history:?}");
}
