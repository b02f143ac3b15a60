//! The program: settings, the mails that were written, the public pages.

use serde_json::{Value, json};

use super::harness::{Call, Stack, day};

#[test]
fn settings_are_read_and_replaced_whole() {
    for path in ["/program/settings", "/training/settings"] {
        let found = Call::get(path).by_admin().send().is(200);
        let mut odd = found.json();
        odd["surprise"] = json!(1);
        Call::put(path, &odd).by_admin().version(&found.etag()).send().problem(400, "invalid_body");
        Call::put(path, &found.json()).by_admin().version("\"4000000\"").send().problem(412, "version_mismatch");
        // Others may write the same document now; the version still only goes up.
        let version = |etag: &str| etag.trim_matches('"').parse::<u64>().unwrap();
        let written = (0..30)
            .map(|_| {
                let found = Call::get(path).by_admin().send().is(200);
                Call::put(path, &found.json()).by_admin().version(&found.etag()).send()
            })
            .find(|answer| ![409, 412].contains(&answer.status))
            .unwrap()
            .is(200);
        assert!(version(&written.etag()) > version(&found.etag()), "{path}");
        assert_eq!(written.json(), found.json(), "{path}");
    }
}

#[test]
fn settings_that_break_their_rules_are_refused() {
    let refused = |path: &str, field: &str, value: Value| {
        let found = Call::get(path).by_admin().send().is(200);
        let mut body = found.json();
        body[field] = value;
        let answer = Call::put(path, &body).by_admin().version(&found.etag()).send();
        assert!([400, 422].contains(&answer.status), "{path} {field}: {} {}", answer.status, answer.text);
        let code = answer.json()["code"].clone();
        assert!(code == "invalid_settings" || code == "invalid_body", "{}", answer.text);
    };
    for (field, value) in [
        ("mail_mode", json!("loud")),
        ("send_rate", json!(0)),
        ("send_rate", json!(501)),
        ("link_days", json!(0)),
        ("link_days", json!(181)),
        ("language", json!("xx")),
        ("brand", json!({"name": "x".repeat(61)})),
        ("brand", json!({"logo_url": "http://example.com/l.png"})),
        ("brand", json!({"colour": "red;background:url(x)"})),
        ("texts", json!({"en": {"no_such_text": "x"}})),
    ] {
        refused("/program/settings", field, value);
    }
    for (field, value) in [
        ("send_hour", json!(24)),
        ("threshold", json!(101)),
        ("min_team", json!(1)),
        ("sample_percent", json!(101)),
        ("escalation_countries", json!(["Germany"])),
        ("go_live", json!("soon")),
        ("program_admins", json!(["x"])),
        ("competency_targets", json!({"chef": {}})),
        ("competency_targets", json!({"tester": {"risk": 0}})),
    ] {
        refused("/training/settings", field, value);
    }
}

#[test]
fn mails_are_listed_by_day_and_shown_with_dead_links() {
    Call::get("/program/mails").by_admin().send().problem(400, "invalid_query");
    for odd in ["x", "2024-02-30", ""] {
        Call::get(&format!("/program/mails?day={odd}")).by_admin().send().problem(400, "invalid_query").names("day");
    }
    let none = Call::get("/program/mails?day=2001-01-01").by_admin().send().is(200);
    assert!(none.items().is_empty() && none.next_page().is_none());
    let mut next = Some(format!("?limit=5&day={}", day(0)));
    let mut seen = Vec::new();
    while let Some(query) = next {
        let page = Call::get(&format!("/program/mails{query}")).by_admin().send().is(200);
        seen.extend(page.items());
        next = page.next_page().filter(|_| seen.len() < 30);
    }
    for line in seen.iter().take(5) {
        let (person, mail) = (line["person_id"].as_str().unwrap(), line["mail_id"].as_str().unwrap());
        let shown = Call::get(&format!("/program/mails/{person}/{mail}")).by_admin().send();
        if shown.status == 404 {
            continue; // another test's person, who was erased
        }
        let shown = shown.is(200);
        assert!(!shown.text.contains("links/eyJ"), "a shown mail's links do nothing: {}", shown.text);
    }
}

#[test]
fn the_reference_is_public_and_what_is_checked_in() {
    for path in ["/docs", "/docs/directory.json", "/docs/training.json"] {
        let answer = Call::get(path).send().is(200);
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
    }
    for system in ["directory", "training"] {
        let stored = format!("{}/../infra/openapi/{system}.json", env!("CARGO_MANIFEST_DIR"));
        let stored: Value = serde_json::from_str(&std::fs::read_to_string(stored).unwrap()).unwrap();
        assert_eq!(Call::get(&format!("/docs/{system}.json")).send().is(200).json()["paths"], stored["paths"]);
    }
    assert_eq!(Call::get("/docs/nothing").send().status, 404);
    assert!(Stack::get().api_url.starts_with("http://127.0.0.1"), "tests never leave this machine");
}
