//! What functions need beside the table, kept in memory: files, started machines, settings in force.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use kernel::{
    Active, ActiveSettings, EvidenceFiles, GatewayError, ImportFiles, MaterialFiles, StartMachine, StoredFile, Uploads,
};
use serde_json::Value;

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Files and state machines.
#[derive(Debug, Default)]
pub struct Outside {
    files: Mutex<BTreeMap<String, Vec<u8>>>,
    checksums: Mutex<BTreeMap<String, [u8; 32]>>,
    started: Mutex<Vec<(String, Value)>>,
    down: Mutex<bool>,
}

impl Outside {
    /// A stored file, if it is there.
    pub fn file(&self, object: &str) -> Option<Vec<u8>> {
        held(&self.files).get(object).cloned()
    }

    /// Stores a file, as a client does that has a ticket.
    pub fn store(&self, object: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        held(&self.files).insert(object.into(), bytes.into());
    }

    /// Stores a file with a checksum, as a client does whose ticket asks for one.
    pub fn store_checked(&self, object: impl Into<String>, bytes: impl Into<Vec<u8>>, sha256: [u8; 32]) {
        let object = object.into();
        held(&self.checksums).insert(object.clone(), sha256);
        self.store(object, bytes);
    }

    /// The executions that were started: name and input, each name once.
    pub fn started(&self) -> Vec<(String, Value)> {
        held(&self.started).clone()
    }

    /// Lets state machines answer or not.
    pub fn down(&self, down: bool) {
        *held(&self.down) = down;
    }
}

#[async_trait]
impl ImportFiles for Outside {
    async fn get(&self, object: &str, limit: u64) -> Result<Vec<u8>, GatewayError> {
        let file = self.file(object).ok_or(GatewayError::NotFound("S3"))?;
        if u64::try_from(file.len()).is_ok_and(|length| length <= limit) {
            Ok(file)
        } else {
            Err(GatewayError::TooLarge("S3", limit))
        }
    }

    async fn put(&self, object: &str, csv: Vec<u8>) -> Result<(), GatewayError> {
        self.store(object, csv);
        Ok(())
    }
}

#[async_trait]
impl Uploads for Outside {
    async fn ticket(
        &self,
        object: &str,
        length: u64,
        _: &[u8; 32],
    ) -> Result<(String, BTreeMap<String, String>), GatewayError> {
        let headers = BTreeMap::from([("content-length".to_owned(), length.to_string())]);
        Ok((format!("https://bucket.example.com/{object}"), headers))
    }

    async fn length(&self, object: &str) -> Result<u64, GatewayError> {
        let file = self.file(object).ok_or(GatewayError::NotFound("S3"))?;
        Ok(u64::try_from(file.len()).unwrap_or(u64::MAX))
    }
}

#[async_trait]
impl EvidenceFiles for Outside {
    async fn keep(&self, object: &str, bytes: Vec<u8>, _: &str) -> Result<(), GatewayError> {
        self.store(object, bytes);
        Ok(())
    }

    async fn link(&self, object: &str, content_type: &str, file_name: &str) -> Result<String, GatewayError> {
        Ok(format!("https://bucket.example.com/{object}?as={content_type}&name={file_name}"))
    }

    async fn remove(&self, object: &str) -> Result<(), GatewayError> {
        held(&self.files).remove(object);
        Ok(())
    }
}

#[async_trait]
impl MaterialFiles for Outside {
    async fn ticket(
        &self,
        object: &str,
        length: u64,
        sha256: &[u8; 32],
    ) -> Result<(String, BTreeMap<String, String>), GatewayError> {
        Uploads::ticket(self, object, length, sha256).await
    }

    async fn facts(&self, object: &str) -> Result<StoredFile, GatewayError> {
        let length = Uploads::length(self, object).await?;
        Ok(StoredFile { length, sha256: held(&self.checksums).get(object).copied() })
    }

    async fn part(&self, object: &str, from: u64, length: u64) -> Result<Vec<u8>, GatewayError> {
        let file = self.file(object).ok_or(GatewayError::NotFound("S3"))?;
        let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(file.len());
        Ok(file.get(place(from)..place(from.saturating_add(length))).unwrap_or_default().to_vec())
    }

    async fn remove(&self, object: &str) -> Result<(), GatewayError> {
        EvidenceFiles::remove(self, object).await
    }

    async fn link(&self, object: &str, content_type: &str, file_name: &str) -> Result<String, GatewayError> {
        EvidenceFiles::link(self, object, content_type, file_name).await
    }
}

#[async_trait]
impl StartMachine for Outside {
    async fn start(&self, name: &str, input: &Value) -> Result<(), GatewayError> {
        if *held(&self.down) {
            return Err(GatewayError::Unavailable("Step Functions", "down".into()));
        }
        let mut started = held(&self.started);
        if started.iter().all(|(known, _)| known != name) {
            started.push((name.to_owned(), input.clone()));
        }
        Ok(())
    }
}

/// A settings document in force.
#[derive(Debug, Default)]
pub struct InForce<T>(Mutex<(u64, T)>);

impl<T: Clone> InForce<T> {
    /// Version and document.
    pub fn now(&self) -> (u64, T) {
        held(&self.0).clone()
    }

    /// Puts a document in force past the API.
    pub fn set(&self, version: u64, body: T) {
        *held(&self.0) = (version, body);
    }
}

#[async_trait]
impl<T: Clone + Send + Sync> ActiveSettings<T> for InForce<T> {
    async fn active(&self) -> Result<Arc<Active<T>>, GatewayError> {
        let (version, body) = self.now();
        Ok(Arc::new(Active { version, body, edited_by_hand: false }))
    }

    async fn activate(&self, version: u64, body: &T) -> Result<(), GatewayError> {
        self.set(version, body.clone());
        Ok(())
    }
}
