//! Files as imports need them: tickets for uploads, and bounded reads of what was uploaded.

use std::{collections::BTreeMap, time::Duration};

use async_trait::async_trait;
use kernel::{GatewayError, ImportFiles, Uploads};

use crate::Files;

/// How long an upload ticket works.
const TICKET: Duration = Duration::from_secs(5 * 60);

#[async_trait]
impl ImportFiles for Files {
    async fn get(&self, object: &str, limit: u64) -> Result<Vec<u8>, GatewayError> {
        Self::get(self, object, limit).await
    }

    async fn put(&self, object: &str, csv: Vec<u8>) -> Result<(), GatewayError> {
        Self::put(self, object, csv, "text/csv; charset=utf-8").await
    }
}

#[async_trait]
impl Uploads for Files {
    async fn ticket(
        &self,
        object: &str,
        length: u64,
        sha256: &[u8; 32],
    ) -> Result<(String, BTreeMap<String, String>), GatewayError> {
        let ticket = self.upload_ticket(object, length, sha256, TICKET).await?;
        Ok((ticket.url, ticket.headers.into_iter().collect()))
    }

    async fn length(&self, object: &str) -> Result<u64, GatewayError> {
        Self::length(self, object).await
    }
}
