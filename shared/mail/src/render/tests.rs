use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

use async_trait::async_trait;
use kernel::{AssignmentRound, CourseId, MailDraft, MailId, SessionId};
use serde_json::{Value, json};

use super::*;
use crate::{FailReason, Method, SuppressReason, links::LinkKey};

mod asked;
mod reasons;

const HOSTILE: &str = "<script>alert(1)</script>\"'&{{7777*7777}}\r\nBcc: all@example.com\u{202e}";

/// Nothing here ever waits.
fn finish<F: Future>(work: F) -> F::Output {
    match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("an address book in memory waited"),
    }
}

struct Book(&'static str);

#[async_trait]
impl Contacts for Book {
    async fn contact(&self, _: PersonId) -> Result<Option<Contact>, StoreError> {
        Ok(None)
    }

    async fn people(&self, people: &[PersonId]) -> Result<BTreeMap<PersonId, Redacted<String>>, StoreError> {
        Ok(people.iter().take(1).map(|id| (*id, Redacted::new(self.0.to_owned()))).collect())
    }

    async fn teams(&self, teams: &[TeamId]) -> Result<BTreeMap<TeamId, String>, StoreError> {
        Ok(teams.iter().take(1).map(|id| (*id, self.0.to_owned())).collect())
    }
}

fn at() -> Timestamp {
    Timestamp::from_second(1_773_050_400).unwrap()
}

fn keys() -> LinkKeys {
    LinkKeys::new(LinkKey::new([7; 32]), None)
}

fn mail(template: &str, model: Value) -> Mail {
    let draft = MailDraft {
        id: MailId::new(at()),
        person: PersonId::new(at()),
        template: template.to_owned(),
        model,
        deliver: true,
    };
    Mail::committed(&draft, at())
}

fn line(title: &str, days_left: i32, required: bool) -> Value {
    json!({
        "course_id": CourseId::new(at()), "round": 1, "nonce": "n1", "title": title,
        "url": "https://courses.example.com/x?a=1&b=2", "due": "2026-03-05", "days_left": days_left,
        "required": required, "manager_sees_on": "2026-03-16", "unknown_field": true,
    })
}

#[track_caller]
fn rendered(template: &str, model: Value, language: &str, name: &'static str) -> Rendered {
    let settings = ProgramSettings::default();
    rendered_with(&settings, template, model, language, name).unwrap()
}

fn rendered_with(
    settings: &ProgramSettings,
    template: &str,
    model: Value,
    language: &str,
    name: &'static str,
) -> Result<Rendered, RenderError> {
    let contact = Contact {
        name: Redacted::new(name.to_owned()),
        email: Redacted::new("ada@example.com".to_owned()),
        language: language.to_owned(),
        teams: Vec::new(),
        active: true,
    };
    let keys = keys();
    let links = LinkBase::Signed { api_url: "https://api.example.com/", keys: &keys };
    finish(render(&mail(template, model), &contact, &Book(name), settings, links, at()))
}

fn seat(title: &str, notice: &str) -> Value {
    json!({
        "notice": notice, "session_id": "01890a5d-ac96-774b-bcce-b302099a8057", "title": title, "sequence": 2,
        "starts": "2026-03-10T09:00:00Z", "minutes": 90, "zone": "Europe/Berlin", "place": title,
        "url": "https://meet.example.com/a?b=1&c=2", "unknown_field": true,
    })
}

fn models(title: &str) -> [(&'static str, Value); 5] {
    let (one, two) = (PersonId::new(at()), PersonId::new(at()));
    let course = json!({"title": title, "due": "2026-02-20", "days_overdue": 17});
    let asked = json!({"title": title, "due": "2026-04-20", "days_overdue": 0, "ask": "more_time"});
    [
        ("training-digest", json!({"date": "2026-03-09", "lines": [line(title, -4, true), line(title, 3, false)]})),
        (
            "manager-digest",
            json!({"date": "2026-03-09", "people": [
                {"person_id": one, "courses": [course]}, {"person_id": two, "courses": [asked]}]}),
        ),
        (
            "escalation-digest",
            json!({"date": "2026-03-09", "teams": [
                {"team_id": TeamId::new(at()), "people": 3, "courses": 4, "longest_days_overdue": 30},
                {"team_id": TeamId::new(at()), "people": 1, "courses": 1, "longest_days_overdue": 22}]}),
        ),
        ("session-notice", seat(title, "invited")),
        ("course-request", request(title, "asked", "seat")),
    ]
}

fn request(title: &str, notice: &str, kind: &str) -> Value {
    json!({
        "notice": notice, "request_id": "01890a5d-ac96-774b-bcce-b302099a8057", "person_id": PersonId::new(at()),
        "title": title, "kind": kind, "unknown_field": true,
    })
}

#[test]
fn hostile_names_and_titles_stay_text() {
    for language in ["en", "de"] {
        for (template, model) in models(HOSTILE) {
            let Rendered { subject, text, html, .. } = rendered(template, model, language, HOSTILE);
            let (subject, text, html) = (subject.expose(), text.expose(), html.expose());
            assert!(!subject.chars().any(char::is_control), "{subject:?}");
            assert!(!text.contains("\nBcc:") && !text.contains('\r'), "{text}");
            assert!(!html.contains("<script"), "{html}");
            assert!(!html.contains('\u{202e}') && !text.contains('\u{202e}') && !subject.contains('\u{202e}'));
            assert!(!html.contains("60481729"), "a template inside a name was filled");
        }
    }
}

#[test]
fn every_mail_says_why_it_came_in_both_bodies_and_leaves_no_placeholder() {
    for (language, why, greeting) in [("en", "You get this", "Hello Ada,"), ("de-CH", "Du bekommst", "Hallo Ada,")] {
        for (template, model) in models("Threat modelling") {
            let mail = rendered(template, model, language, "Ada");
            for body in [mail.text.expose(), mail.html.expose()] {
                assert!(body.contains(why), "{body}");
                assert!(body.contains(greeting), "{body}");
                assert!(!body.contains('{') || body.contains("@media"), "{body}");
            }
            assert!(!mail.text.expose().contains('{'), "{}", mail.text.expose());
            assert!(!mail.text.expose().contains("\n\n\n"), "{:?}", mail.text.expose());
        }
    }
}

#[test]
fn a_learners_digest_reads_as_intended() {
    let model = json!({"date": "2026-03-09", "lines": [line("Threat modelling", -4, true)]});
    let Rendered { to, subject, text, html, calendar } = rendered("training-digest", model, "en", "Ada");
    assert_eq!((to.expose().as_str(), calendar), ("ada@example.com", None));
    assert_eq!(subject.expose(), "Overdue: Threat modelling");
    let (before, after) = text.expose().split_once("https://api.example.com/training/links/").unwrap();
    assert_eq!(
        before,
        "Hello Ada,\n\n\
         Some of your security training is past its date. If something stands in the way, tell us with one click.\n\n\
         Required\n\n\
         * Threat modelling\n  \
         Was due 5 March 2026, 4 days ago\n  \
         Still open on 16 March 2026? Then your manager sees it in a weekly digest.\n  \
         Open course: https://courses.example.com/x?a=1&b=2\n  \
         Done, or cannot do it: "
    );
    let token = after.lines().next().unwrap();
    let claims = keys().verify(token, at()).unwrap();
    assert_eq!(claims.assignment().map(|(_, round)| round), Ok(AssignmentRound::FIRST));
    assert_eq!(claims.nonce, "n1");
    assert!(html.expose().contains("https://courses.example.com/x?a=1&#38;b=2"));
}

#[test]
fn certificates_that_end_are_said_beside_courses_and_alone() {
    let end = |name: Option<&str>, days_left: i32| {
        json!({
            "certificate_id": "01890a5d-ac96-774b-bcce-b302099a8057", "name": name, "expires": "2026-04-08",
            "path": name.is_none().then_some("developer"), "days_left": days_left, "rung": -30,
            "next_reminder_on": "2026-04-01",
        })
    };
    let digest =
        |lines: Value, certificates: Value| json!({"date": "2026-03-09", "lines": lines, "certificates": certificates});
    let alone = digest(json!([]), json!([end(Some("Cloud security"), 30)]));
    let Rendered { subject, text, html, .. } = rendered("training-digest", alone, "en", "Ada");
    assert_eq!(subject.expose(), "Your certificate ends on 8 April 2026: Cloud security");
    assert!(html.expose().contains("Valid until 8 April 2026, 30 more days"));
    assert!(
        text.expose().contains(
            "Certificates that end soon\n\n\
             * Cloud security\n  \
             Valid until 8 April 2026, 30 more days\n  \
             When you have the new one, record it with what shows it; until it is looked at, no reminder comes.\n  \
             Next reminder: 1 April 2026.\n"
        ),
        "{}",
        text.expose()
    );
    let both = digest(json!([]), json!([end(Some("Cloud security"), 30), end(None, 1)]));
    let Rendered { subject, text, .. } = rendered("training-digest", both, "de", "Ada");
    assert_eq!(subject.expose(), "2 deiner Zertifikate enden bald, das erste am 8. April 2026");
    assert!(text.expose().contains("* Sicherheitspfad: Entwicklung\n  Gültig bis morgen, 8. April 2026"));
    // A course that is asked for comes first, and nobody opts out of what is theirs.
    let beside = digest(json!([line("Threats", 3, true)]), json!([end(Some(HOSTILE), 0)]));
    let Rendered { subject, text, html, .. } = rendered("training-digest", beside, "en", "Ada");
    assert!(subject.expose().starts_with("Threats: due"), "{}", subject.expose());
    assert!(text.expose().contains("Valid until today, 8 April 2026"), "{}", text.expose());
    assert!(!html.expose().contains("<script") && !text.expose().contains("\nBcc:"));
}

#[test]
fn what_changed_in_a_plan_is_said_with_its_reason() {
    let change = |title: &str, kind: &str, cause: &str, required: bool, due: Option<&str>| {
        json!({
            "title": title, "kind": kind, "cause": cause, "required": required, "due": due,
        })
    };
    let changes = [
        change("TM", "added", "joined", true, Some("2026-03-20")),
        change("Secrets", "added", "competency", false, Some("2026-04-20")),
        change("Old", "removed", "role_changed", true, None),
        change(HOSTILE, "sooner", "recurring_finding", false, Some("2026-04-01")),
    ];
    let model = json!({"date": "2026-03-09", "lines": [], "changes": changes, "more_changes": 2});
    let Rendered { subject, text, html, .. } = rendered("training-digest", model.clone(), "en", "Ada");
    assert_eq!(subject.expose(), "Your security training plan changed");
    for said in [
        "* TM\n  Added, due 20 March 2026\n  You joined",
        "* Secrets\n  Recommended, best done by 20 April 2026\n",
        "* Old\n  No longer in your plan\n  Your job role changed.",
        "  Moved forward, best done by 1 April 2026\n  A kind of security finding",
        "And 2 more",
    ] {
        assert!(text.expose().contains(said), "{said}: {}", text.expose());
    }
    assert!(html.expose().contains("Your plan changed") && !html.expose().contains("<script"));
    let german = rendered("training-digest", model, "de", "Ada");
    assert!(german.text.expose().contains("Neu, fällig am 20. März 2026\n  Du bist neu dabei"));
    // Beside what is due it is a section of its own, under the usual subject.
    let both = json!({
        "date": "2026-03-09", "lines": [line("TM", 7, true)],
        "changes": [change("TM", "added", "joined", true, Some("2026-03-16"))],
    });
    let both = rendered("training-digest", both, "en", "Ada");
    assert!(both.subject.expose().starts_with("TM: due"), "{}", both.subject.expose());
    assert!(both.text.expose().contains("Your plan changed") && both.text.expose().contains("cannot be switched off"));
}

#[test]
fn only_optional_mail_offers_to_stop() {
    let optional = json!({"date": "2026-03-09", "opt_out": "n2", "lines": [line("Game day", 7, false)]});
    let mail = rendered("training-digest", optional, "en", "Ada");
    assert!(mail.text.expose().contains("No more mails about recommended courses: https://"));
    let mixed =
        json!({"date": "2026-03-09", "opt_out": "n2", "lines": [line("Game day", 7, false), line("TM", 7, true)]});
    let mail = rendered("training-digest", mixed, "en", "Ada");
    assert!(!mail.text.expose().contains("No more mails"));
    assert!(mail.text.expose().contains("cannot be switched off"));
}

#[test]
fn a_manager_reads_by_when_a_course_could_be_done() {
    let course =
        json!({"title": "TM", "due": "2026-03-01", "days_overdue": 0, "ask": "more_time", "wished": "2026-04-01"});
    let person = PersonId::new(at());
    let model = json!({"date": "2026-03-09", "people": [{"person_id": person, "courses": [course]}]});
    for (language, expected) in
        [("en", "Asks you for more time, until 1 April 2026"), ("de", "Bittet dich um mehr Zeit, bis 1. April 2026")]
    {
        let contact = Contact {
            name: Redacted::new("Ada".to_owned()),
            email: Redacted::new("ada@example.com".to_owned()),
            language: language.to_owned(),
            teams: Vec::new(),
            active: true,
        };
        let (mail, settings) = (mail("manager-digest", model.clone()), ProgramSettings::default());
        let shown = finish(render(&mail, &contact, &Book("x"), &settings, LinkBase::Inert, at())).unwrap();
        assert!(shown.text.expose().contains(expected) && shown.html.expose().contains(expected), "{language}");
    }
}

#[test]
fn a_seat_is_told_in_the_sessions_own_hours() {
    let mail = rendered("session-notice", seat("Threat modelling", "moved_up"), "de", "Ada");
    assert_eq!(mail.subject.expose(), "Ein Platz für dich: Threat modelling, 10. März 2026");
    let mail = rendered("session-notice", seat("Threat modelling", "invited"), "en", "Ada");
    let (before, _) = mail.text.expose().split_once("\n--\n").unwrap();
    assert_eq!(
        before,
        "Hello Ada,\n\n\
         A seat in this session is yours.\n\n\
         * Threat modelling\n  \
         10 March 2026, 10:00 to 11:30 (Europe/Berlin)\n  \
         Threat modelling\n  \
         Join online: https://meet.example.com/a?b=1&c=2\n\n\
         The attached file puts the session into your calendar or brings it up to date there.\n"
    );
}

#[test]
fn every_notice_carries_the_file_that_fits_it() {
    let cases = [
        ("invited", Some(Method::Request)),
        ("moved_up", Some(Method::Request)),
        ("changed", Some(Method::Request)),
        ("cancelled", Some(Method::Cancel)),
        ("released", Some(Method::Cancel)),
        ("waiting_ended", None),
    ];
    for (notice, method) in cases {
        let mail = rendered("session-notice", seat("Threat modelling", notice), "en", "Ada");
        assert_eq!(mail.calendar.as_ref().map(|calendar| calendar.method), method, "{notice}");
        assert_eq!(mail.text.expose().contains("attached"), method.is_some(), "{notice}");
        assert_eq!(mail.text.expose().contains("Join online"), method == Some(Method::Request), "{notice}");
        if let Some(calendar) = mail.calendar {
            let file = calendar.file(Some("Guildhall <training@example.com>"));
            assert!(file.contains("DTSTART:20260310T090000Z\r\nDTEND:20260310T103000Z\r\n"), "{file}");
            assert!(file.contains("DTSTAMP:20260309T100000Z\r\nSEQUENCE:2\r\n"), "{file}");
            assert!(calendar.uid.starts_with("01890a5d-ac96-774b-bcce-b302099a8057."), "{}", calendar.uid);
        }
    }
}

/// What mail clients get, as an independent parser reads it in `tests/calendar`; `UPDATE=1` writes the files anew.
#[test]
#[expect(clippy::disallowed_methods, reason = "UPDATE is said to the test, not to the program")]
fn the_calendar_files_are_those_that_another_parser_reads() {
    let session: SessionId = "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap();
    for (name, notice, title) in [
        (
            "invitation",
            "invited",
            "Threat modelling: trees, flows; and more \\ 脅威モデリング für alle, die Software bauen",
        ),
        ("update", "changed", "Threat modelling"),
        ("cancellation", "cancelled", "Threat modelling"),
    ] {
        let person: PersonId = "01890a5d-ac96-774b-bcce-b302099a8058".parse().unwrap();
        let mut mail = mail("session-notice", seat(title, notice));
        mail.at.person = person;
        let contact = Contact {
            name: Redacted::new("Zoë \"Countess\" Gräf; Ltd, Inc".to_owned()),
            email: Redacted::new("zoe@example.com".to_owned()),
            language: "en".to_owned(),
            teams: Vec::new(),
            active: true,
        };
        let settings = ProgramSettings::default();
        let shown = finish(render(&mail, &contact, &Book("x"), &settings, LinkBase::Inert, at())).unwrap();
        let calendar = shown.calendar.unwrap();
        assert_eq!(calendar.uid, format!("{session}.{person}@guildhall"));
        let file = calendar.file(Some("Guildhall <training@example.com>"));
        let path = format!("{}/../../tests/calendar/{name}.ics", env!("CARGO_MANIFEST_DIR"));
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, &file).unwrap();
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), file, "{name}; UPDATE=1 rewrites it");
    }
}

#[test]
fn a_request_is_told_to_its_approver_by_name_and_to_the_person_without() {
    let mail = rendered("course-request", request("Cloud security", "asked", "voucher"), "en", "Ada");
    assert_eq!(mail.subject.expose(), "A request waits for you: Cloud security");
    let (before, after) = mail.text.expose().split_once("\n--\n").unwrap();
    assert_eq!(
        before,
        "Hello Ada,\n\n\
         Somebody asks for this and waits for your decision. The reason stands in the request.\n\n\
         * Cloud security\n  \
         A voucher\n  \
         Asked for by Ada\n"
    );
    assert!(after.contains("as this person's manager"), "{after}");
    for (notice, subject) in [("approved", "Genehmigt"), ("declined", "Abgelehnt"), ("provided", "Es ist da")] {
        let mail = rendered("course-request", request("Cloud security", notice, "seat"), "de", "Ada");
        assert_eq!(mail.subject.expose().as_str(), format!("{subject}: Cloud security"));
        assert!(mail.text.expose().contains("Ein Platz") && !mail.text.expose().contains("Angefragt von"));
        assert!(mail.html.expose().contains("weil du um einen Platz"), "{notice}");
    }
}

#[test]
fn an_escalation_names_no_person() {
    let (template, model) = models("Threat modelling")[2].clone();
    let mail = rendered(template, model, "en", "Team");
    assert_eq!(mail.subject.expose(), "Long overdue security training (people: 4, teams: 2)");
    assert!(mail.text.expose().contains("A team no longer on record"));
    let small = json!({"date": "2026-03-09", "teams": [{"people": 2, "courses": 2, "longest_days_overdue": 22}]});
    let mail = rendered(template, small, "de", "Team");
    assert!(mail.text.expose().contains("Kleine Teams zusammen"));
}

#[test]
fn a_mail_for_other_eyes_says_what_became_of_it_and_carries_no_working_link() {
    let model = json!({"date": "2026-03-09", "lines": [line("Threat modelling", 0, true)]});
    let contact = Contact {
        name: Redacted::new("Ada".to_owned()),
        email: Redacted::new("ada@example.com".to_owned()),
        language: "en".to_owned(),
        teams: Vec::new(),
        active: true,
    };
    let settings = ProgramSettings::default();
    let mail = mail("training-digest", model);
    let states = [
        (MailState::Preview, "*** Preview: this mail was not sent"),
        (MailState::Pending, "*** This mail waits"),
        (MailState::Leased { until: at(), worker: "w".to_owned() }, "*** This mail waits"),
        (MailState::Sent { at: at(), message_id: "1".to_owned() }, "*** This mail was sent."),
        (MailState::Failed { at: at(), reason: FailReason::Bounced }, "*** This mail did not reach"),
        (MailState::Suppressed { at: at(), reason: SuppressReason::Bounced }, "*** This mail did not reach"),
    ];
    for (state, note) in states {
        let mail = Mail { state, ..mail.clone() };
        let shown = finish(render(&mail, &contact, &Book("x"), &settings, LinkBase::Inert, at())).unwrap();
        assert!(!shown.html.expose().contains("/training/links/"));
        assert!(shown.text.expose().starts_with(note), "{note}: {}", shown.text.expose());
    }
}

#[test]
fn the_programs_own_words_and_brand_are_used_and_escaped() {
    let mut settings = ProgramSettings::default();
    settings.brand.name = "Guild & Co".to_owned();
    let own = BTreeMap::from([("learner.open".to_owned(), "Go <now>".to_owned())]);
    settings.texts.insert(crate::Language::En, own);
    let model = json!({"date": "2026-03-09", "lines": [line("TM", 0, true)]});
    let mail = rendered_with(&settings, "training-digest", model, "en", "Ada").unwrap();
    assert!(mail.html.expose().contains("Go &#60;now&#62;"));
    assert!(mail.html.expose().contains("Guild &#38; Co"));
    assert!(mail.text.expose().contains("Go <now>: https://"));
}

#[test]
fn a_link_that_is_not_https_is_left_out() {
    let mut bad = line("TM", 0, true);
    bad["url"] = json!("javascript:alert(1)");
    let mail = rendered("training-digest", json!({"date": "2026-03-09", "lines": [bad]}), "en", "Ada");
    assert!(!mail.html.expose().contains("javascript") && !mail.text.expose().contains("javascript"));
}

#[test]
fn a_long_subject_is_cut() {
    let mail = rendered(
        "training-digest",
        json!({"date": "2026-03-09", "lines": [line(&"x".repeat(400), 3, true)]}),
        "en",
        "Ada",
    );
    assert_eq!(mail.subject.expose().chars().count(), MAX_SUBJECT);
}

#[test]
fn a_broken_model_and_an_unknown_template_are_told_apart() {
    let settings = ProgramSettings::default();
    let broken = rendered_with(&settings, "training-digest", json!({}), "en", "Ada");
    assert!(matches!(broken, Err(RenderError::Model(_))));
    let unknown = rendered_with(&settings, "nothing", json!({}), "en", "Ada").unwrap_err();
    assert!(matches!(unknown, RenderError::UnknownTemplate));
}

#[test]
fn every_template_has_its_folder() {
    for name in template::ALL {
        for file in ["subject.txt", "text.txt", "html.html"] {
            let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("templates").join(name).join(file);
            assert!(path.is_file(), "{}", path.display());
        }
    }
}
