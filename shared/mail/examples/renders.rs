//! Writes every mail and link page in every language into a folder, to be looked at in a browser:
//! `cargo run -p mail --example renders -- /tmp/renders`.

use std::{
    collections::BTreeMap,
    error::Error,
    fs,
    future::Future,
    path::PathBuf,
    pin::pin,
    task::{Context, Poll, Waker},
};

use async_trait::async_trait;
use jiff::{Timestamp, civil::date};
use kernel::{MailDraft, MailId, PersonId, Redacted, StoreError, TeamId};
use mail::{
    Language, LinkBase, Mail, ProgramSettings,
    links::{LinkKey, LinkKeys},
    model::CourseReason,
    pages::{LinkAction, LinkDone, LinkPage, LinkResult, OptOutPage},
    ports::{Contact, Contacts},
    render,
};
use serde_json::{Value, json};

struct Book {
    people: BTreeMap<PersonId, &'static str>,
    teams: BTreeMap<TeamId, &'static str>,
}

#[async_trait]
impl Contacts for Book {
    async fn contact(&self, _: PersonId) -> Result<Option<Contact>, StoreError> {
        Ok(None)
    }

    async fn people(&self, _: &[PersonId]) -> Result<BTreeMap<PersonId, Redacted<String>>, StoreError> {
        Ok(self.people.iter().map(|(id, name)| (*id, Redacted::new((*name).to_owned()))).collect())
    }

    async fn teams(&self, _: &[TeamId]) -> Result<BTreeMap<TeamId, String>, StoreError> {
        Ok(self.teams.iter().map(|(id, name)| (*id, (*name).to_owned())).collect())
    }
}

/// Nothing here ever waits, so one poll is enough.
fn finish<F: Future>(work: F) -> Result<F::Output, &'static str> {
    match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Ok(output),
        Poll::Pending => Err("an address book in memory waited"),
    }
}

fn line(title: &str, due: &str, days_left: i32, required: bool) -> Value {
    json!({
        "course_id": "01890a5d-ac96-774b-bcce-b302099a8057", "round": 1, "nonce": "n", "title": title,
        "url": "https://courses.example.com/threat-modelling", "due": due, "days_left": days_left,
        "required": required, "reason": if required { "role_path" } else { "recommended" },
        "manager_sees_on": (required && days_left < 7).then_some("2026-03-16"),
        "next_reminder_on": "2026-03-12",
    })
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("which folder?")?);
    fs::create_dir_all(&folder)?;
    let now = Timestamp::from_second(1_773_050_400)?;
    let names = ["Ada Lovelace", "Zoë Gräf-Wintermantel", "Nikolaos Papadopoulos-Konstantinidis"];
    let people: BTreeMap<_, _> = names.into_iter().map(|name| (PersonId::new(now), name)).collect();
    let teams = ["Payments", "Platform engineering and developer experience", "Web shop"];
    let teams: BTreeMap<_, _> = teams.into_iter().map(|name| (TeamId::new(now), name)).collect();
    let threat = "Threat modelling for developers";
    let long = "Secure software supply chains: dependencies, builds, provenance and what to do when one of them fails";
    let asks = [json!(null), json!("more_time"), json!("not_my_role")];
    let models = [
        (
            "training-digest",
            json!({"date": "2026-03-09", "lines": [
                line(threat, "2026-03-05", -4, true), line(long, "2026-03-10", 1, true),
                line("Code review with security in mind", "2026-04-08", 30, true),
                line("Capture the flag: web", "2026-04-08", 30, false),
            ], "certificates": [
                {"certificate_id": "01890a5d-ac96-774b-bcce-b302099a8057", "name": "Cloud security specialist",
                 "expires": "2026-04-08", "days_left": 30, "next_reminder_on": "2026-04-01"},
                {"certificate_id": "01890a5d-ac96-774b-bcce-b302099a8058", "path": "developer",
                 "expires": "2026-06-07", "days_left": 90, "next_reminder_on": "2026-04-08"},
            ], "changes": [
                {"title": threat, "kind": "added", "cause": "joined", "required": true, "due": "2026-03-25"},
                {"title": long, "kind": "added", "cause": "competency", "required": false, "due": "2026-05-08"},
                {"title": "Secure design", "kind": "removed", "cause": "role_changed", "required": true},
            ], "more_changes": 3}),
        ),
        (
            "training-digest",
            json!({"date": "2026-03-09", "opt_out": "n", "lines": [line("Game day", "2026-03-16", 7, false)]}),
        ),
        (
            "manager-digest",
            json!({"date": "2026-03-09", "people": people.keys().zip(asks).map(|(id, ask)| json!({
                "person_id": id,
                "courses": [{"title": threat, "due": "2026-02-20", "days_overdue": 17, "ask": ask},
                            {"title": long, "due": "2026-02-27", "days_overdue": 10}],
            })).collect::<Vec<_>>()}),
        ),
        (
            "escalation-digest",
            json!({"date": "2026-03-09", "teams": teams.keys().enumerate().map(|(n, id)| json!({
                "team_id": id, "people": 3 + n, "courses": 5 + n, "longest_days_overdue": 44 + n,
            })).collect::<Vec<_>>()}),
        ),
    ];
    let seats = ["invited", "cancelled"].map(|notice| {
        let model = json!({
            "notice": notice, "session_id": "01890a5d-ac96-774b-bcce-b302099a8057", "title": long, "sequence": 0,
            "starts": "2026-03-10T09:00:00Z", "minutes": 90, "zone": "Europe/Berlin",
            "place": "Room 4.2, second floor", "url": "https://meet.example.com/threat-modelling",
        });
        ("session-notice", model)
    });
    let requests = ["asked", "provided"].map(|notice| {
        let model = json!({
            "notice": notice, "request_id": "01890a5d-ac96-774b-bcce-b302099a8057", "title": long, "kind": "voucher",
            "person_id": people.keys().next(),
        });
        ("course-request", model)
    });
    let models: Vec<_> = models.into_iter().chain(seats).chain(requests).collect();
    let keys = LinkKeys::new(LinkKey::new([7; 32]), None);
    let mut settings = ProgramSettings::default();
    settings.brand.footer =
        "Questions: security-program@example.com · Example Ltd, 1 High Street, Springfield".to_owned();
    let reader = people.keys().next().copied().ok_or("nobody")?;
    let book = Book { people, teams };
    for language in Language::ALL {
        let code = language.code();
        for (number, (template, model)) in models.iter().enumerate() {
            let (id, template, model) = (MailId::new(now), (*template).to_owned(), model.clone());
            let mail = Mail::committed(&MailDraft { id, person: reader, template, model, deliver: true }, now);
            let contact = Contact {
                name: Redacted::new("Ada Lovelace".to_owned()),
                email: Redacted::new("ada@example.com".to_owned()),
                language: code.to_owned(),
                teams: Vec::new(),
                active: true,
            };
            let signed = LinkBase::Signed { api_url: "https://api.example.com", keys: &keys };
            let links = if number == 3 { LinkBase::Inert } else { signed };
            let rendered = finish(render(&mail, &contact, &book, &settings, links, now))??;
            let name = format!("{number}-{}-{code}", mail.template);
            let text = format!("{}\n\n{}", rendered.subject.expose(), rendered.text.expose());
            fs::write(folder.join(format!("{name}.txt")), text)?;
            fs::write(folder.join(format!("{name}.html")), rendered.html.expose())?;
        }
        let (due, why, today) = (date(2026, 3, 5), (CourseReason::Request, true), date(2026, 3, 9));
        let page = LinkPage { settings: &settings, language: code, course: long, due, why, today }.render()?;
        fs::write(folder.join(format!("page-{code}.html")), page)?;
        fs::write(
            folder.join(format!("page-opt-out-{code}.html")),
            OptOutPage { settings: &settings, language: code, declined: false }.render()?,
        )?;
        for (name, result) in [("done", LinkResult::Recorded(LinkAction::Done)), ("used", LinkResult::Used)] {
            let page = LinkDone { settings: &settings, language: code, result }.render()?;
            fs::write(folder.join(format!("page-{name}-{code}.html")), page)?;
        }
    }
    Ok(())
}
