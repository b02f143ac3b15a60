//! What one committed mail and one event cost on their way out: claimed, addressed, sent and marked; counted, published
//! and taken out of the pending index.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use directory::DirectoryWriter;
use kernel::{Commit, Event, EventId, MailDraft, MailId, MailMode, PersonId, Version};
use mail::{
    Attempt, MailRef, Outcome, Ports, ProgramSettings,
    links::LinkKeys,
    ports::{Outgoing, SendError, Sender, Settings, SettingsError},
};
use serde_json::json;
use store::{
    DirectoryStore, Table,
    keys::System,
    mail::{AddressBook, MailStore},
    outbox::Outbox,
    rollup::RollUps,
};
use testkit::Dynoxide;

use super::{
    Cost, check_costs,
    operations::{cause, person},
    outside::{clock, now},
};

struct Accepts;

#[async_trait]
impl Sender for Accepts {
    async fn send(&self, _: &Outgoing) -> Result<String, SendError> {
        Ok("id".to_owned())
    }
}

#[async_trait]
impl Settings for Accepts {
    async fn program(&self) -> Result<ProgramSettings, SettingsError> {
        Ok(ProgramSettings { mail_mode: MailMode::On, ..ProgramSettings::default() })
    }

    async fn link_keys(&self) -> Result<LinkKeys, SettingsError> {
        LinkKeys::parse(&"ab".repeat(32)).map_err(|error| SettingsError::Invalid("key", error.to_string()))
    }
}

#[async_trait]
impl event_relay::ports::Bus for Accepts {
    async fn publish(&self, _: &[Event]) -> Vec<EventId> {
        Vec::new()
    }
}

#[async_trait]
impl mail::ports::MailQueue for Accepts {
    async fn enqueue(&self, _: &[MailRef]) -> Vec<MailRef> {
        Vec::new()
    }
}

fn digest(person: PersonId) -> MailDraft {
    let line = json!({
        "course_id": kernel::CourseId::new(now()), "round": 1, "nonce": "0", "title": "Threat modelling",
        "due": "2026-03-02", "days_left": 0, "rung": 0, "required": true, "reason": "role_path",
    });
    MailDraft {
        id: MailId::new(now()),
        person,
        template: "training-digest".to_owned(),
        model: json!({"date": "2026-03-02", "lines": [line]}),
        deliver: true,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_and_an_event_cost_what_they_did_on_their_way_out() {
    let engine = Dynoxide::start().await.unwrap();
    let table: Arc<dyn Table> = Arc::new(engine.table.clone());
    let directory = DirectoryStore::new(Arc::clone(&table));
    let ada = person(&directory, "ada").await;
    let draft = digest(ada.id);
    let at = MailRef { person: ada.id, mail: draft.id };
    directory.commit(Commit::of(Vec::new()).mail(draft)).await.unwrap();
    let mut costs: BTreeMap<String, Cost> = BTreeMap::new();

    let mails = MailStore::new(Arc::clone(&table));
    let book = AddressBook::new(DirectoryStore::new(Arc::clone(&table)), clock());
    let ports = Ports {
        mails: &mails,
        contacts: &book,
        suppressions: &mails,
        sender: &Accepts,
        settings: &Accepts,
        api_url: "https://api.example.com",
    };
    engine.meter.take();
    let attempt = Attempt { now: now(), worker: "w", lease: mailer::LEASE };
    assert_eq!(mail::deliver(&ports, at, &attempt).await.unwrap(), Outcome::Sent);
    costs.insert("deliver a mail".to_owned(), engine.meter.take().into());

    let placement = json!({"teams": [kernel::TeamId::new(now())], "department": "retail", "counted": true, "clear": true, "required": 3, "valid": 1});
    let event = Event::new("training.standing_changed", ada.id, json!({"from": null, "to": placement}), &cause());
    let item = store::commit::event_item(System::Training, &event).unwrap();
    table.write(store::table::Op::create(item.clone())).await.unwrap();
    let (outbox, roll_ups) = (Outbox::new(Arc::clone(&table)), RollUps::new(Arc::clone(&table)));
    let relay =
        event_relay::Ports { outbox: &outbox, roll_ups: &roll_ups, bus: &Accepts, mails: &mails, queue: &Accepts };
    engine.meter.take();
    let record = event_relay::Record { id: "1".to_owned(), fact: event_relay::fact_of(&item) };
    let relayed = event_relay::handle(&relay, &[record], now()).await;
    assert_eq!((relayed.events, relayed.failed.len()), (1, 0));
    costs.insert("relay and count an event".to_owned(), engine.meter.take().into());

    engine.meter.take();
    event_relay::sweep(&relay, now()).await;
    costs.insert("sweep with nothing to do".to_owned(), engine.meter.take().into());
    check_costs("mailing.json", &costs);

    // The figures are really there.
    let figures = RollUps::new(Arc::clone(&table)).read(&training::model::Scope::Company, None).await.unwrap();
    assert_eq!(figures.map(|figures| (figures.roll_up.people, figures.version)), Some((1, Version::FIRST)));
}
