//! Every version of a settings document: written once, conditionally, and never changed. Which of two writers gives a
//! version its number is decided here; what is in force lies in Parameter Store.

use std::{marker::PhantomData, sync::Arc};

use jiff::Timestamp;
use kernel::{Commit, StoreError, Version};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    Table,
    commit::{Guard, Transaction, unavailable},
    item::{ItemBuilder, Kind, body, version},
    keys::{self, System},
    table::{Op, Query},
};

const SETTINGS: Kind = Kind::first("settings");

/// The versions of one document.
#[derive(Clone)]
pub struct SettingsHistory<T> {
    table: Arc<dyn Table>,
    system: System,
    document: &'static str,
    body: PhantomData<fn() -> T>,
}

impl<T: Serialize + DeserializeOwned> SettingsHistory<T> {
    /// The document of a system.
    pub fn new(table: Arc<dyn Table>, system: System, document: &'static str) -> Self {
        Self { table, system, document, body: PhantomData }
    }

    /// The latest version; absent while nothing was ever written.
    ///
    /// # Errors
    /// [`StoreError`] when it could not be read.
    pub async fn latest(&self) -> Result<Option<(Version, T)>, StoreError> {
        let partition = keys::settings_history(self.system, self.document);
        let query = Query::partition(partition).descending().limit(1).consistent();
        let slice = self.table.query(&query).await.map_err(unavailable)?;
        slice.items.first().map(|item| Ok((version(item), body(item, SETTINGS)?))).transpose()
    }

    /// Writes the next version with its event.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when that version was written before.
    pub async fn append(
        &self,
        next: Version,
        settings: &T,
        rest: &Commit<()>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let key = keys::settings(self.system, self.document, next.get());
        let item = ItemBuilder::new(&key, SETTINGS, settings)?.version(next).build();
        let mut transaction = Transaction::new(self.system);
        transaction.push(Op::create(item), Guard::Version);
        transaction.push_rest(rest, at)?;
        transaction.run(self.table.as_ref()).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MemoryTable;

    #[tokio::test]
    async fn a_version_is_written_once() {
        let history: SettingsHistory<String> =
            SettingsHistory::new(Arc::new(MemoryTable::new()), System::Directory, "program");
        assert_eq!(history.latest().await.unwrap(), None);
        let rest = Commit::of(Vec::new());
        let append = |version: u64, text: &'static str| {
            let (history, rest) = (history.clone(), rest.clone());
            async move { history.append(Version::new(version), &text.to_owned(), &rest, Timestamp::UNIX_EPOCH).await }
        };
        append(1, "one").await.unwrap();
        append(2, "two").await.unwrap();
        assert!(matches!(append(2, "other").await, Err(StoreError::Conflict)));
        assert_eq!(history.latest().await.unwrap(), Some((Version::new(2), "two".to_owned())));
    }
}
