//! The delivery rules over the table in memory: one mail, any number of tries, any way to fail.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use kernel::{Clock, MailDraft, MailId, MailMode, PersonId, Redacted, StoreError, TeamId, Version};
use mail::{
    Attempt, FailReason, MAX_ATTEMPTS, Mail, MailRef, MailState, Outcome, Ports, ProgramSettings, SuppressReason,
    deliver,
    feedback::{Feedback, FeedbackKind, Reconciled, reconcile},
    links::{LinkKey, LinkKeys},
    ports::{Contact, Contacts, Mails, Outgoing, SendError, Sender, Settings, SettingsError},
};
use mailer::{Invocation, LEASE, Message, Pace, Report, handle};
use serde_json::json;
use store::{MemoryTable, Table, commit::mail_item, mail::MailStore, table::Op};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_782_000_000 + second).unwrap()
}

/// Answers as told, then accepts; remembers what left.
#[derive(Default)]
struct Script {
    answers: Mutex<VecDeque<SendError>>,
    sent: Mutex<Vec<MailRef>>,
}

#[async_trait]
impl Sender for Script {
    async fn send(&self, mail: &Outgoing) -> Result<String, SendError> {
        match self.answers.lock().unwrap().pop_front() {
            Some(error) => Err(error),
            None => {
                let mut sent = self.sent.lock().unwrap();
                sent.push(mail.mail);
                Ok(format!("message-{}", sent.len()))
            }
        }
    }
}

struct Book(Mutex<Option<Contact>>);

#[async_trait]
impl Contacts for Book {
    async fn contact(&self, _: PersonId) -> Result<Option<Contact>, StoreError> {
        Ok(self.0.lock().unwrap().clone())
    }

    async fn people(&self, _: &[PersonId]) -> Result<BTreeMap<PersonId, Redacted<String>>, StoreError> {
        Ok(BTreeMap::new())
    }

    async fn teams(&self, _: &[TeamId]) -> Result<BTreeMap<TeamId, String>, StoreError> {
        Ok(BTreeMap::new())
    }
}

struct Fixed(Mutex<ProgramSettings>);

#[async_trait]
impl Settings for Fixed {
    async fn program(&self) -> Result<ProgramSettings, SettingsError> {
        Ok(self.0.lock().unwrap().clone())
    }

    async fn link_keys(&self) -> Result<LinkKeys, SettingsError> {
        Ok(LinkKeys::new(LinkKey::new([1; 32]), None))
    }
}

/// Loses the answers to some writes of the `sent` mark; `happens` says whether the write itself takes place.
struct Losing {
    inner: MailStore,
    lose: Mutex<u8>,
    happens: bool,
}

#[async_trait]
impl Mails for Losing {
    async fn load(&self, mail: MailRef) -> Result<Option<Mail>, StoreError> {
        self.inner.load(mail).await
    }

    async fn save(&self, mail: &Mail, expected: Version) -> Result<(), StoreError> {
        let lost = matches!(mail.state, MailState::Sent { .. }) && {
            let mut left = self.lose.lock().unwrap();
            let lost = *left > 0;
            *left = left.saturating_sub(1);
            lost
        };
        if lost {
            if self.happens {
                self.inner.save(mail, expected).await?;
            }
            return Err(StoreError::Unavailable("the answer was lost".into()));
        }
        self.inner.save(mail, expected).await
    }
}

struct World {
    table: Arc<MemoryTable>,
    mails: MailStore,
    sender: Script,
    book: Book,
    settings: Fixed,
}

impl World {
    fn new() -> Self {
        let table = Arc::new(MemoryTable::new());
        let contact = Contact {
            name: Redacted::new("Ada".to_owned()),
            email: Redacted::new("ada@example.com".to_owned()),
            language: "en".to_owned(),
            teams: Vec::new(),
            active: true,
        };
        let settings = ProgramSettings { mail_mode: MailMode::On, ..ProgramSettings::default() };
        Self {
            mails: MailStore::new(table.clone()),
            table,
            sender: Script::default(),
            book: Book(Mutex::new(Some(contact))),
            settings: Fixed(Mutex::new(settings)),
        }
    }

    async fn commit(&self) -> MailRef {
        let draft = MailDraft {
            id: MailId::new(at(0)),
            person: PersonId::new(at(0)),
            template: "training-digest".to_owned(),
            model: json!({"date": "2026-06-21", "lines": []}),
            deliver: true,
        };
        self.table.write(Op::create(mail_item(&draft, at(0)).unwrap())).await.unwrap();
        MailRef { person: draft.person, mail: draft.id }
    }

    fn ports(&self) -> Ports<'_> {
        Ports {
            mails: &self.mails,
            contacts: &self.book,
            suppressions: &self.mails,
            sender: &self.sender,
            settings: &self.settings,
            api_url: "https://api.example.com",
        }
    }

    async fn deliver(&self, mail: MailRef, second: i64) -> Outcome {
        let attempt = Attempt { now: at(second), worker: &format!("w{second}"), lease: LEASE };
        deliver(&self.ports(), mail, &attempt).await.unwrap()
    }

    async fn state(&self, mail: MailRef) -> MailState {
        self.mails.load(mail).await.unwrap().unwrap().state
    }

    fn will(&self, errors: impl IntoIterator<Item = SendError>) {
        self.sender.answers.lock().unwrap().extend(errors);
    }

    fn sent(&self) -> usize {
        self.sender.sent.lock().unwrap().len()
    }
}

#[tokio::test]
async fn a_mail_is_sent_once_however_often_it_is_delivered() {
    let world = World::new();
    let mail = world.commit().await;
    assert_eq!(world.deliver(mail, 0).await, Outcome::Sent);
    for second in 1..5 {
        assert_eq!(world.deliver(mail, second * 1000).await, Outcome::Nothing);
    }
    assert_eq!(world.sent(), 1);
    assert_eq!(world.state(mail).await, MailState::Sent { at: at(0), message_id: "message-1".to_owned() });
}

#[tokio::test]
async fn a_throttled_mail_goes_back_without_losing_an_attempt() {
    let world = World::new();
    let mail = world.commit().await;
    for second in 0..20 {
        world.will([SendError::Throttled("slow down".into())]);
        assert_eq!(world.deliver(mail, second).await, Outcome::Again { throttled: true });
    }
    assert_eq!(world.mails.load(mail).await.unwrap().unwrap().attempts, 0);
    assert_eq!(world.deliver(mail, 30).await, Outcome::Sent);
}

#[tokio::test]
async fn a_mail_that_never_leaves_is_given_up_in_the_end() {
    let world = World::new();
    let mail = world.commit().await;
    for second in 0..i64::from(MAX_ATTEMPTS) {
        world.will([SendError::Transient("unreachable".into())]);
        assert_eq!(world.deliver(mail, second).await, Outcome::Again { throttled: false });
    }
    assert_eq!(world.deliver(mail, 100).await, Outcome::Failed);
    assert!(matches!(world.state(mail).await, MailState::Failed { reason: FailReason::GaveUp, .. }));
    assert_eq!(world.sent(), 0);
}

#[tokio::test]
async fn a_lost_answer_keeps_the_lease_until_it_ends() {
    let world = World::new();
    let mail = world.commit().await;
    world.will([SendError::Ambiguous("timeout".into())]);
    assert_eq!(world.deliver(mail, 0).await, Outcome::Unknown);
    assert_eq!(world.deliver(mail, LEASE.as_secs() - 1).await, Outcome::Busy);
    assert_eq!(world.sent(), 0);
    assert_eq!(world.deliver(mail, LEASE.as_secs()).await, Outcome::Sent);
}

#[tokio::test]
async fn the_senders_event_closes_a_mail_whose_answer_was_lost() {
    let world = World::new();
    let mail = world.commit().await;
    world.will([SendError::Ambiguous("timeout".into())]);
    world.deliver(mail, 0).await;
    let feedback = Feedback { mail: Some(mail), message_id: "m7".to_owned(), kind: FeedbackKind::Sent };
    for expected in [Reconciled::Sent, Reconciled::Nothing] {
        let reconciled = reconcile(&world.mails, &world.mails, &feedback, at(5)).await.unwrap();
        assert_eq!(reconciled, expected);
    }
    assert_eq!(world.deliver(mail, 10_000).await, Outcome::Nothing);
    assert_eq!(world.sent(), 0);
}

#[tokio::test]
async fn what_ses_took_was_sent_though_a_later_try_held_it_back() {
    let world = World::new();
    let mail = world.commit().await;
    world.will([SendError::Ambiguous("timeout".into())]);
    world.deliver(mail, 0).await;
    world.settings.0.lock().unwrap().mail_mode = MailMode::Preview;
    assert_eq!(world.deliver(mail, LEASE.as_secs()).await, Outcome::Preview);
    let feedback = Feedback { mail: Some(mail), message_id: "m7".to_owned(), kind: FeedbackKind::Sent };
    assert_eq!(reconcile(&world.mails, &world.mails, &feedback, at(5)).await.unwrap(), Reconciled::Sent);
    assert!(matches!(world.state(mail).await, MailState::Sent { .. }));
}

#[tokio::test]
async fn a_refused_mail_fails_with_its_code() {
    let world = World::new();
    let mail = world.commit().await;
    world.will([SendError::Permanent("MessageRejected".to_owned())]);
    assert_eq!(world.deliver(mail, 0).await, Outcome::Failed);
    let refused = FailReason::Refused("MessageRejected".to_owned());
    assert_eq!(world.state(mail).await, MailState::Failed { at: at(0), reason: refused });
}

#[tokio::test]
async fn whoever_left_is_not_written_to() {
    let world = World::new();
    let (gone, left) = (world.commit().await, world.commit().await);
    world.book.0.lock().unwrap().as_mut().unwrap().active = false;
    assert_eq!(world.deliver(left, 0).await, Outcome::Suppressed);
    *world.book.0.lock().unwrap() = None;
    assert_eq!(world.deliver(gone, 0).await, Outcome::Suppressed);
    assert!(matches!(world.state(gone).await, MailState::Suppressed { reason: SuppressReason::NotActive, .. }));
    assert_eq!(world.sent(), 0);
}

#[tokio::test]
async fn a_mail_mode_that_was_turned_down_holds_back_what_was_committed() {
    let world = World::new();
    let mail = world.commit().await;
    world.settings.0.lock().unwrap().mail_mode = MailMode::Preview;
    assert_eq!(world.deliver(mail, 0).await, Outcome::Preview);
    world.settings.0.lock().unwrap().mail_mode = MailMode::On;
    assert_eq!(world.deliver(mail, 1).await, Outcome::Nothing);
    assert_eq!(world.sent(), 0);
}

#[tokio::test]
async fn a_broken_model_fails_and_does_not_come_back() {
    let world = World::new();
    let draft = MailDraft {
        id: MailId::new(at(0)),
        person: PersonId::new(at(0)),
        template: "training-digest".to_owned(),
        model: json!({"lines": 1}),
        deliver: true,
    };
    world.table.write(Op::create(mail_item(&draft, at(0)).unwrap())).await.unwrap();
    let mail = MailRef { person: draft.person, mail: draft.id };
    assert_eq!(world.deliver(mail, 0).await, Outcome::Failed);
    assert!(matches!(world.state(mail).await, MailState::Failed { reason: FailReason::Unrenderable(_), .. }));
}

#[tokio::test]
async fn a_mark_whose_answer_is_lost_is_tried_again() {
    for (lose, happens, expected) in
        [(1, true, Outcome::Sent), (2, false, Outcome::Sent), (9, false, Outcome::SentUnmarked)]
    {
        let world = World::new();
        let mail = world.commit().await;
        let losing = Losing { inner: world.mails.clone(), lose: Mutex::new(lose), happens };
        let ports = Ports { mails: &losing, ..world.ports() };
        let attempt = Attempt { now: at(0), worker: "w", lease: LEASE };
        assert_eq!(deliver(&ports, mail, &attempt).await.unwrap(), expected);
        assert_eq!(world.sent(), 1);
        let marked = expected == Outcome::Sent;
        assert_eq!(matches!(world.state(mail).await, MailState::Sent { .. }), marked);
    }
}

fn event(kind: &str, mail: MailRef, rest: &str) -> String {
    format!(
        r#"{{"eventType":"{kind}","mail":{{"messageId":"m1","tags":{{"person":["{}"],"mail":["{}"],"ses:from-domain":["example.com"]}}}}{rest}}}"#,
        mail.person, mail.mail
    )
}

const BOUNCE: &str = r#","bounce":{"bounceType":"Permanent","bouncedRecipients":[{"emailAddress":"Ada@example.com"}]}"#;

#[tokio::test]
async fn a_bounce_fails_the_mail_and_suppresses_the_address() {
    let world = World::new();
    let (mail, next) = (world.commit().await, world.commit().await);
    world.deliver(mail, 0).await;
    let bare = event("Bounce", mail, BOUNCE);
    let wrapped = json!({"Type": "Notification", "Message": bare}).to_string();
    let delivered = event("Delivery", mail, r#","delivery":{}"#);
    let report = run(&world, &[&wrapped, &bare, &delivered], 600).await;
    assert_eq!((report.bounces, report.failed.len()), (1, 0));
    assert!(matches!(world.state(mail).await, MailState::Failed { reason: FailReason::Bounced, .. }));
    assert_eq!(world.deliver(next, 10).await, Outcome::Suppressed);
}

/// An event as a configuration set's destination publishes it and SNS hands it to the queue, raw delivery off.
fn published(mail: MailRef, kind: &str, detail: (&str, serde_json::Value)) -> String {
    let mut event = json!({
        "eventType": kind,
        "mail": {
            "timestamp": "2026-03-02T08:00:01.000Z",
            "source": "guildhall@example.com",
            "sourceArn": "arn:aws:ses:eu-west-1:111122223333:identity/example.com",
            "sendingAccountId": "111122223333",
            "messageId": "0102018f00000000-0a0b0c0d-0000-4000-8000-000000000000-000000",
            "destination": ["ada@example.com"],
            "headersTruncated": false,
            "headers": [{"name": "From", "value": "guildhall@example.com"}],
            "commonHeaders": {"from": ["guildhall@example.com"], "to": ["ada@example.com"], "subject": "Training"},
            "tags": {
                "ses:operation": ["SendEmail"],
                "ses:configuration-set": ["guildhall"],
                "ses:source-ip": ["192.0.2.1"],
                "ses:from-domain": ["example.com"],
                "ses:caller-identity": ["mailer"],
                "person": [mail.person],
                "mail": [mail.mail],
            },
        },
    });
    event[detail.0] = detail.1;
    notified(&format!("{event}\n"))
}

fn notified(message: &str) -> String {
    json!({
        "Type": "Notification",
        "MessageId": "5a9a0f0e-0000-5000-8000-000000000000",
        "TopicArn": "arn:aws:sns:eu-west-1:111122223333:guildhall-mail-feedback",
        "Subject": "Amazon SES Email Event Notification",
        "Message": message,
        "Timestamp": "2026-03-02T08:00:02.000Z",
        "SignatureVersion": "1",
        "Signature": "c2lnbmF0dXJl",
        "SigningCertURL": "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem",
        "UnsubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe",
    })
    .to_string()
}

#[tokio::test]
async fn events_are_read_as_the_topic_hands_them_to_the_queue() {
    let world = World::new();
    let (mail, next) = (world.commit().await, world.commit().await);
    world.deliver(mail, 0).await;
    let send = published(mail, "Send", ("send", json!({})));
    let delivery = ("delivery", json!({"timestamp": "2026-03-02T08:00:02.000Z", "recipients": ["ada@example.com"]}));
    let delayed = ("deliveryDelay", json!({"delayType": "MailboxFull", "delayedRecipients": []}));
    let bounce = json!({
        "feedbackId": "0102-b",
        "bounceType": "Permanent",
        "bounceSubType": "General",
        "bouncedRecipients": [{
            "emailAddress": "ada@example.com", "action": "failed", "status": "5.1.1", "diagnosticCode": "smtp; 550 5.1.1",
        }],
        "timestamp": "2026-03-02T08:00:03.000Z",
        "reportingMTA": "dsn; a1.smtp.example.com",
    });
    let greeting = notified("Successfully validated SNS topic for Amazon SES event publishing.");
    let events = [send, published(mail, "Delivery", delivery), published(mail, "DeliveryDelay", delayed), greeting];
    let bodies: Vec<&str> = events.iter().map(String::as_str).collect();
    assert_eq!(run(&world, &bodies, 600).await, Report::default());
    assert!(matches!(world.state(mail).await, MailState::Sent { .. }));
    let report = run(&world, &[&published(mail, "Bounce", ("bounce", bounce))], 600).await;
    assert_eq!((report.bounces, report.failed.len(), report.unreadable), (1, 0, 0));
    assert!(matches!(world.state(mail).await, MailState::Failed { reason: FailReason::Bounced, .. }));
    assert_eq!(world.deliver(next, 10).await, Outcome::Suppressed);
}

#[tokio::test]
async fn a_complaint_as_the_topic_hands_it_over_suppresses_the_address() {
    let world = World::new();
    let (mail, next) = (world.commit().await, world.commit().await);
    world.deliver(mail, 0).await;
    let complaint = json!({
        "feedbackId": "0102-c",
        "complaintSubType": null,
        "complainedRecipients": [{"emailAddress": "ada@example.com"}],
        "timestamp": "2026-03-02T08:00:03.000Z",
        "userAgent": "Feedback loop",
        "complaintFeedbackType": "abuse",
        "arrivalDate": "2026-03-02T08:00:02.000Z",
    });
    let report = run(&world, &[&published(mail, "Complaint", ("complaint", complaint))], 600).await;
    assert_eq!((report.complaints, report.failed.len()), (1, 0));
    assert_eq!(world.deliver(next, 10).await, Outcome::Suppressed);
}

#[tokio::test]
async fn a_soft_bounce_changes_nothing() {
    let world = World::new();
    let mail = world.commit().await;
    world.deliver(mail, 0).await;
    let soft = event("Bounce", mail, &BOUNCE.replace("Permanent", "Transient"));
    assert_eq!(run(&world, &[&soft], 600).await, Report::default());
    assert!(matches!(world.state(mail).await, MailState::Sent { .. }));
}

struct Still(Timestamp);

impl Clock for Still {
    fn now(&self) -> Timestamp {
        self.0
    }
}

struct NoPace;

#[async_trait]
impl Pace for NoPace {
    async fn turn(&self) {}
}

async fn run(world: &World, bodies: &[&str], seconds_left: i64) -> Report {
    let messages: Vec<Message> = bodies
        .iter()
        .enumerate()
        .map(|(number, body)| Message { id: number.to_string(), body: (*body).to_owned() })
        .collect();
    let invocation = Invocation { id: "i1", deadline: at(100 + seconds_left) };
    handle(&world.ports(), &messages, &invocation, &NoPace, &Still(at(100))).await
}

fn body(mail: MailRef) -> String {
    serde_json::to_string(&mail).unwrap()
}

#[tokio::test]
async fn a_batch_reports_exactly_what_is_worth_another_delivery() {
    let world = World::new();
    let mails = [world.commit().await, world.commit().await, world.commit().await];
    world.will([SendError::Transient("unreachable".into())]);
    let [one, two, three] = mails.map(body);
    let report = run(&world, &[&one, "nonsense", &two, &three], 60).await;
    assert_eq!(report.failed, ["0", "1"]);
    assert_eq!((report.sent, report.unreadable), (2, 1));
    assert_eq!(run(&world, &[&one, &two], 60).await.sent, 1);
}

#[tokio::test]
async fn a_throttled_batch_stops_and_comes_back() {
    let world = World::new();
    let [one, two] = [world.commit().await, world.commit().await].map(body);
    world.will([SendError::Throttled("slow down".into())]);
    let report = run(&world, &[&one, &two], 60).await;
    assert_eq!((report.failed.len(), report.sent, report.throttled), (2, 0, 1));
}

#[tokio::test]
async fn no_mail_is_started_shortly_before_the_end() {
    let world = World::new();
    let one = body(world.commit().await);
    assert_eq!(run(&world, &[&one], 14).await.failed, ["0"]);
    assert_eq!(run(&world, &[&one], 15).await.sent, 1);
}

#[test]
fn the_lease_outlasts_the_function() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/template.yaml");
    let template = std::fs::read_to_string(path).unwrap();
    let (_, mailer) = template.split_once("\n  Mailer:\n").unwrap();
    let timeout = mailer.lines().find_map(|line| line.trim().strip_prefix("Timeout: ")).unwrap();
    assert!(LEASE >= SignedDuration::from_secs(timeout.parse().unwrap()), "a lease of {LEASE:?} under {timeout} s");
}
