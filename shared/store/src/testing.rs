//! What tests of imports share: files in memory.

use std::{collections::BTreeMap, sync::Mutex};

use async_trait::async_trait;
use kernel::{GatewayError, ImportFiles};

/// Files in memory.
pub(crate) struct MemoryFiles(Mutex<BTreeMap<String, Vec<u8>>>);

impl MemoryFiles {
    pub(crate) fn of(object: &str, file: &str) -> Self {
        Self(Mutex::new(BTreeMap::from([(object.to_owned(), file.as_bytes().to_vec())])))
    }
}

#[async_trait]
impl ImportFiles for MemoryFiles {
    async fn get(&self, object: &str, _: u64) -> Result<Vec<u8>, GatewayError> {
        self.0.lock().unwrap().get(object).cloned().ok_or(GatewayError::NotFound("S3"))
    }

    async fn put(&self, object: &str, csv: Vec<u8>) -> Result<(), GatewayError> {
        self.0.lock().unwrap().insert(object.to_owned(), csv);
        Ok(())
    }
}
