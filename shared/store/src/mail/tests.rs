use kernel::{MailId, PersonId};

use super::*;
use crate::{MemoryTable, commit::mail_item};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_782_000_000 + second).unwrap()
}

async fn written(table: &MemoryTable, deliver: bool) -> MailRef {
    let draft = MailDraft {
        id: MailId::new(at(0)),
        person: PersonId::new(at(0)),
        template: "training-digest".to_owned(),
        model: serde_json::json!({"lines": []}),
        deliver,
    };
    table.write(Op::create(mail_item(&draft, at(0)).unwrap())).await.unwrap();
    MailRef { person: draft.person, mail: draft.id }
}

async fn pending(store: &MailStore, before: Timestamp) -> usize {
    let mut found = 0;
    for shard in 0..keys::SHARDS {
        found += store.pending(shard, before, 10).await.unwrap().len();
    }
    found
}

#[tokio::test]
async fn a_committed_mail_reads_as_what_a_draft_becomes() {
    let table = Arc::new(MemoryTable::new());
    let store = MailStore::new(table.clone());
    let at = written(&table, true).await;
    let mail = store.load(at).await.unwrap().unwrap();
    assert_eq!((mail.state.name(), mail.attempts, mail.version), ("pending", 0, Version::FIRST));
    let preview = store.load(written(&table, false).await).await.unwrap().unwrap();
    assert_eq!(preview.state, MailState::Preview);
    let page = store.on_day(at_day(), Limit::default(), None).await.unwrap();
    assert_eq!(page.items.len(), 2);
}

fn at_day() -> Date {
    at(0).to_zoned(jiff::tz::TimeZone::UTC).date()
}

#[tokio::test]
async fn of_two_writers_one_wins() {
    let table = Arc::new(MemoryTable::new());
    let store = MailStore::new(table.clone());
    let mut mail = store.load(written(&table, true).await).await.unwrap().unwrap();
    let read = mail.version;
    mail.version = read.next();
    mail.state = MailState::Leased { until: at(90), worker: "a".into() };
    store.save(&mail, read).await.unwrap();
    assert!(matches!(store.save(&mail, read).await, Err(StoreError::Conflict)));
    assert_eq!(store.load(mail.at).await.unwrap().unwrap(), mail);
}

#[tokio::test]
async fn a_mail_is_pending_until_it_has_ended() {
    let table = Arc::new(MemoryTable::new());
    let store = MailStore::new(table.clone());
    let mut mail = store.load(written(&table, true).await).await.unwrap().unwrap();
    assert_eq!(pending(&store, at(-1)).await, 0);
    assert_eq!(pending(&store, at(1)).await, 1);
    store.postpone(&mail, at(600)).await.unwrap();
    assert_eq!(pending(&store, at(1)).await, 0);
    assert_eq!(pending(&store, at(601)).await, 1);
    let read = mail.version;
    mail.version = read.next();
    mail.state = MailState::Sent { at: at(2), message_id: "m".into() };
    store.save(&mail, read).await.unwrap();
    assert_eq!(pending(&store, at(601)).await, 0);
    store.postpone(&mail, at(5)).await.unwrap();
    assert_eq!(pending(&store, at(601)).await, 0, "an ended mail came back");
}

#[tokio::test]
async fn an_address_is_suppressed_by_its_hash_and_the_first_reason_stays() {
    let table = Arc::new(MemoryTable::new());
    let store = MailStore::new(table.clone());
    let address = AddressHash::of("Ada@Example.com");
    assert_eq!(store.suppressed(&address).await.unwrap(), None);
    store.suppress(&address, SuppressReason::Bounced, at(0)).await.unwrap();
    store.suppress(&address, SuppressReason::Complained, at(1)).await.unwrap();
    assert_eq!(store.suppressed(&AddressHash::of("ada@example.com")).await.unwrap(), Some(SuppressReason::Bounced));
    assert!(!format!("{:?}", table.items()).to_lowercase().contains("ada"));
}
