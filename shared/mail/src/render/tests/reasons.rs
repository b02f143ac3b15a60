//! Why a course is asked stands beside it, and nothing else says that it is the role.

use super::*;

const REASONS: [(&str, bool, &str, &str); 8] = [
    ("role_path", true, "Your job role asks for it.", "Deine Rolle verlangt ihn."),
    (
        "prerequisite",
        true,
        "Another course in your plan builds on it.",
        "Ein anderer Kurs in deinem Plan baut darauf auf.",
    ),
    ("recertification", true, "You did it before", "Du hast ihn schon einmal gemacht"),
    ("request", true, "Your manager or the program asked you", "das Programm möchte, dass du ihn machst."),
    ("request", false, "Your manager or the program recommends it", "das Programm empfiehlt ihn dir."),
    ("asked_for", false, "You asked for it, and it was approved.", "Du hast darum gebeten, und es wurde genehmigt."),
    ("recommended", false, "It follows from your job role and your latest results.", "Er folgt aus deiner Rolle"),
    ("recurring_finding", false, "A kind of security finding came back", "Eine Art von Sicherheitsbefund kam"),
];

fn asked(reason: &str, required: bool) -> Value {
    let mut asked = line("Threat modelling", 3, required);
    asked["reason"] = json!(reason);
    asked
}

#[test]
fn each_course_says_why_it_is_asked_in_both_bodies_and_languages() {
    for (reason, required, english, german) in REASONS {
        let model = json!({"date": "2026-03-09", "lines": [asked(reason, required)]});
        for (language, said) in [("en", english), ("de", german)] {
            let mail = rendered("training-digest", model.clone(), language, "Ada");
            for body in [mail.text.expose(), mail.html.expose()] {
                assert_eq!(body.matches(said).count(), 1, "{reason}: {body}");
                let role = [
                    "recommended for your",
                    "for your role",
                    "your job role at",
                    "your job role requires",
                    "für deine Rolle",
                ];
                assert!(!role.iter().any(|role| body.contains(role)), "{reason}: {body}");
                let others = REASONS.iter().filter(|other| (other.0, other.1) != (reason, required));
                for (other, _, english, german) in others {
                    assert!(!body.contains(english) && !body.contains(german), "{reason}, not {other}: {body}");
                }
            }
        }
    }
}

#[test]
fn two_courses_of_one_mail_have_each_their_own_reason() {
    let model = json!({"date": "2026-03-09", "lines": [asked("role_path", true), asked("request", true)]});
    let mail = rendered("training-digest", model, "en", "Ada");
    let text = mail.text.expose();
    assert_eq!(
        (text.matches("Your job role asks for it.").count(), text.matches("asked you to do it.").count()),
        (1, 1)
    );
}

#[test]
fn a_mail_from_before_reasons_were_said_is_still_read() {
    let model = json!({"date": "2026-03-09", "lines": [line("Threat modelling", 3, true)]});
    let mail = rendered("training-digest", model, "en", "Ada");
    assert!(!mail.text.expose().contains("Your job role"), "{}", mail.text.expose());
}
