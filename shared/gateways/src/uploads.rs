//! Files as imports and records need them: tickets for uploads, bounded reads of what was uploaded, and links to what is
//! kept.

use std::{collections::BTreeMap, time::Duration};

use async_trait::async_trait;
use kernel::{EvidenceFiles, GatewayError, ImportFiles, MaterialFiles, StoredFile, Uploads};

use crate::Files;

/// How long an upload ticket works.
const TICKET: Duration = Duration::from_secs(5 * 60);
/// How long a link to a kept file works.
const LINK: Duration = Duration::from_secs(5 * 60);

/// Where a file is sent to, and with which headers.
type Ticket = (String, BTreeMap<String, String>);

#[async_trait]
impl ImportFiles for Files {
    async fn get(&self, object: &str, limit: u64) -> Result<Vec<u8>, GatewayError> {
        Self::get(self, object, limit).await
    }

    async fn put(&self, object: &str, csv: Vec<u8>) -> Result<(), GatewayError> {
        Self::put(self, object, csv, "text/csv; charset=utf-8").await
    }
}

async fn ticket(files: &Files, object: &str, length: u64, sha256: &[u8; 32]) -> Result<Ticket, GatewayError> {
    let ticket = files.upload_ticket(object, length, sha256, TICKET).await?;
    Ok((ticket.url, ticket.headers.into_iter().collect()))
}

#[async_trait]
impl Uploads for Files {
    async fn ticket(&self, object: &str, length: u64, sha256: &[u8; 32]) -> Result<Ticket, GatewayError> {
        ticket(self, object, length, sha256).await
    }

    async fn length(&self, object: &str) -> Result<u64, GatewayError> {
        Ok(Self::facts(self, object).await?.length)
    }
}

#[async_trait]
impl EvidenceFiles for Files {
    async fn keep(&self, object: &str, bytes: Vec<u8>, content_type: &str) -> Result<(), GatewayError> {
        Self::put(self, object, bytes, content_type).await
    }

    async fn link(&self, object: &str, content_type: &str, file_name: &str) -> Result<String, GatewayError> {
        self.download_link(object, LINK, content_type, Some(file_name)).await
    }

    async fn remove(&self, object: &str) -> Result<(), GatewayError> {
        Self::remove(self, object).await
    }
}

#[async_trait]
impl MaterialFiles for Files {
    async fn ticket(&self, object: &str, length: u64, sha256: &[u8; 32]) -> Result<Ticket, GatewayError> {
        ticket(self, object, length, sha256).await
    }

    async fn facts(&self, object: &str) -> Result<StoredFile, GatewayError> {
        Self::facts(self, object).await
    }

    async fn part(&self, object: &str, from: u64, length: u64) -> Result<Vec<u8>, GatewayError> {
        Self::part(self, object, from, length).await
    }

    async fn remove(&self, object: &str) -> Result<(), GatewayError> {
        Self::remove(self, object).await
    }

    async fn link(&self, object: &str, content_type: &str, file_name: &str) -> Result<String, GatewayError> {
        self.download_link(object, LINK, content_type, Some(file_name)).await
    }
}
