//! What imports need of files: tickets for uploads, and bounded reads of what was uploaded.

use std::{collections::BTreeMap, time::Duration};

use async_trait::async_trait;

use crate::{Files, GatewayError};

/// How long an upload ticket works.
const TICKET: Duration = Duration::from_secs(5 * 60);

/// Files as imports read them.
#[async_trait]
pub trait ImportFiles: Send + Sync {
    /// The content of a file of at most `limit` bytes.
    async fn get(&self, object: &str, limit: u64) -> Result<Vec<u8>, GatewayError>;
}

/// Where files of imports go.
#[async_trait]
pub trait Uploads: ImportFiles {
    /// An address and headers under which exactly these bytes can be uploaded, for five minutes.
    async fn ticket(
        &self,
        object: &str,
        length: u64,
        sha256: &[u8; 32],
    ) -> Result<(String, BTreeMap<String, String>), GatewayError>;
    /// Stores a file that came inline.
    async fn put(&self, object: &str, csv: Vec<u8>) -> Result<(), GatewayError>;
    /// The length of a file.
    async fn length(&self, object: &str) -> Result<u64, GatewayError>;
}

#[async_trait]
impl ImportFiles for Files {
    async fn get(&self, object: &str, limit: u64) -> Result<Vec<u8>, GatewayError> {
        Self::get(self, object, limit).await
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

    async fn put(&self, object: &str, csv: Vec<u8>) -> Result<(), GatewayError> {
        Self::put(self, object, csv, "text/csv; charset=utf-8").await
    }

    async fn length(&self, object: &str) -> Result<u64, GatewayError> {
        self.head(object).await.map(|facts| facts.length)
    }
}
