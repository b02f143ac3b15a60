//! Tests that a learner is asked to take, in their digest.

use super::*;

fn test(title: &str, purpose: &str, until: Option<&str>) -> Value {
    json!({
        "assessment_id": "01890a5d-ac96-774b-bcce-b302099a8057", "title": title, "purpose": purpose, "questions": 10,
        "minutes": 20, "until": until,
    })
}

fn digest(lines: &Value, tests: &Value) -> Value {
    json!({"date": "2026-03-09", "lines": lines, "tests": tests})
}

#[test]
fn a_test_alone_is_a_mail_that_says_what_it_is_and_how_long() {
    let model = digest(&json!([]), &json!([test("Ten questions", "quarterly", Some("2026-03-31"))]));
    let Rendered { subject, text, html, .. } = rendered("training-digest", model.clone(), "en", "Ada");
    assert_eq!(subject.expose(), "A test for you: Ten questions");
    assert!(
        text.expose().contains(
            "Tests to take\n\n\
             * Ten questions\n  \
             This quarter's test, until 31 March 2026\n  \
             10 questions, 20 minutes from when you start.\n\n\
             You start each of them on your own page, under what comes next."
        ),
        "{}",
        text.expose()
    );
    for body in [text.expose(), html.expose()] {
        assert!(body.contains("your manager does not see it") && body.contains("You get this mail because"), "{body}");
        assert!(!body.contains("No more mails"), "{body}");
    }
    assert!(html.expose().contains("10 questions, 20 minutes") && html.expose().contains("until 31 March 2026"));
    let german = rendered("training-digest", model, "de", "Ada");
    assert_eq!(german.subject.expose(), "Ein Test für dich: Ten questions");
    assert!(german.text.expose().contains("Der Test für dieses Quartal, bis 31. März 2026\n  10 Fragen, 20 Minuten"));
}

#[test]
fn tests_are_a_section_beside_what_is_due_and_their_titles_stay_text() {
    let tests = json!([test(HOSTILE, "initial", None), test("Once a year", "annual", Some("2026-12-31"))]);
    for (language, year) in [("en", "This year's test, until 31 December 2026"), ("de", "Jahr, bis 31. Dezember 2026")]
    {
        let model = digest(&json!([line("Threats", 3, true)]), &tests);
        let Rendered { subject, text, html, .. } = rendered("training-digest", model, language, "Ada");
        assert!(subject.expose().starts_with("Threats"), "{}", subject.expose());
        assert!(text.expose().contains(year) && !text.expose().contains("\n\n\n"), "{}", text.expose());
        assert!(!text.expose().contains("\nBcc:") && !text.expose().contains('\u{202e}'), "{}", text.expose());
        assert!(!html.expose().contains("<script") && !html.expose().contains("60481729"));
        let alone = rendered("training-digest", digest(&json!([]), &tests), language, "Ada");
        assert!(alone.subject.expose().starts_with("2 "), "{}", alone.subject.expose());
    }
}
