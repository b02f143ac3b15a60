//! Everything held on a person, for the person: what each part of the program knows, without keys, indexes, leases and
//! whatever would let its reader act as a mail link does.

use directory::{DirectoryReader, Exported};
use kernel::{PersonId, StoreError};
use mail::AddressHash;
use serde_json::{Map, Value, json};

use super::DirectoryStore;
use crate::{
    commit::unavailable,
    item::kind_of,
    keys::{self, System},
    table::{Index, Item, Query},
};

/// What is told of an item beside its type and body.
const TOLD: &[&str] = &["created_at", "state", "delivery", "attempts", "leads", "version"];
/// What a link is bound to, what in a mail becomes one, and what the form of a test follows from: with an attempt's seed
/// its answers would tell which option of the bank is which.
const SECRET: &[&str] = &["nonce", "opt_out", "opt_out_nonce", "seed"];

impl DirectoryStore {
    pub(super) async fn export(&self, person: PersonId) -> Result<Vec<Exported>, StoreError> {
        let history = |system| keys::history(system, &person.to_string());
        let directory = [keys::person(person).pk, keys::access(person).pk, history(System::Directory)];
        // Lines in others' boxes are about this person; each stands with the assignment it is about, too.
        let training = [
            keys::learner_file(person),
            keys::competency(person).pk,
            keys::pulses_of(person),
            keys::feedback_of(person),
            keys::attempts_of(person),
            history(System::Training),
        ];
        let mut training = self.partitions(&training).await?;
        training.extend(self.everything(Query::index(Index::List, keys::bookings_of(person))).await?);
        let mails = [keys::mails_of(person), history(System::Mail)];
        let mut mail = self.partitions(&mails).await?;
        mail.extend(self.suppression(person).await?);
        Ok(vec![
            Exported { system: "directory", items: self.partitions(&directory).await? },
            Exported { system: "training", items: training },
            Exported { system: "mail", items: mail },
        ])
    }

    async fn partitions(&self, partitions: &[String]) -> Result<Vec<Value>, StoreError> {
        let mut items = Vec::new();
        for partition in partitions {
            items.extend(self.everything(Query::partition(partition)).await?);
        }
        Ok(items)
    }

    async fn everything(&self, mut query: Query) -> Result<Vec<Value>, StoreError> {
        let mut items = Vec::new();
        loop {
            let slice = self.table.query(&query).await.map_err(unavailable)?;
            for item in slice.items {
                items.push(told(item)?);
            }
            match slice.next {
                Some(next) => query = query.after(Some(next)),
                None => return Ok(items),
            }
        }
    }

    /// Why the person's address gets no mail, if that is so.
    async fn suppression(&self, person: PersonId) -> Result<Option<Value>, StoreError> {
        let Some(person) = self.person(person).await? else { return Ok(None) };
        let key = keys::suppressed(&AddressHash::of(person.email.expose()));
        self.get(&key).await?.map(told).transpose()
    }
}

fn told(item: Item) -> Result<Value, StoreError> {
    let kind = kind_of(&item).unwrap_or_default().to_owned();
    let item: Map<String, Value> = serde_dynamo::from_item(item)
        .map_err(|error| StoreError::Unreadable(format!("a {kind} of an export: {error}")))?;
    let mut all = Map::from_iter([("type".to_owned(), json!(kind))]);
    for (name, mut value) in item {
        if name == "body" || TOLD.contains(&name.as_str()) {
            keep_secrets(&mut value);
            all.insert(name, value);
        }
    }
    Ok(Value::Object(all))
}

/// Takes secrets out, wherever they stand.
fn keep_secrets(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| !SECRET.contains(&name.as_str()));
            fields.values_mut().for_each(keep_secrets);
        }
        Value::Array(values) => values.iter_mut().for_each(keep_secrets),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
