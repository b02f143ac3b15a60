//! Files in one S3 bucket: tickets for uploads whose length and checksum are signed, and bounded reads. Nothing here
//! hands out a link to a stored object.

use std::time::Duration;

use aws_types::SdkConfig;
use base64::{Engine, prelude::BASE64_STANDARD};
use kernel::GatewayError;
use sha2::{Digest, Sha256};

use crate::s3::{Bucket, Headers, Verb};

const SHA256: &str = "x-amz-checksum-sha256";

/// One bucket.
#[derive(Debug, Clone)]
pub struct Files {
    bucket: Bucket,
}

/// What a client needs to upload one file: send it by `PUT` to the address, with exactly these headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadTicket {
    /// The address, which is a secret until it expires.
    pub url: String,
    /// Headers that are part of the signature.
    pub headers: Vec<(String, String)>,
}

/// What is known of a stored file without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFacts {
    /// Its length in bytes.
    pub length: u64,
    /// The SHA-256 it was stored with.
    pub sha256: Option<[u8; 32]>,
}

impl Files {
    /// The bucket of a name; of the configuration, credentials, region, address, limits and repetitions count.
    pub fn new(config: SdkConfig, bucket: &str) -> Self {
        Self { bucket: Bucket::new(config, bucket) }
    }

    /// A ticket to upload exactly these bytes: S3 refuses another length or content.
    ///
    /// # Errors
    /// [`GatewayError`] when no ticket could be signed.
    pub async fn upload_ticket(
        &self,
        key: &str,
        length: u64,
        sha256: &[u8; 32],
        valid_for: Duration,
    ) -> Result<UploadTicket, GatewayError> {
        let headers = vec![("content-length", length.to_string()), (SHA256, BASE64_STANDARD.encode(sha256))];
        let url = self.bucket.link(Verb::Put, key, &headers, valid_for).await?;
        let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Ok(UploadTicket { url, headers })
    }

    /// Stores a file, which S3 checks against its checksum.
    ///
    /// # Errors
    /// [`GatewayError`] when it was not stored, or that is unknown.
    pub async fn put(&self, key: &str, bytes: Vec<u8>, content_type: &str) -> Result<(), GatewayError> {
        let checksum = BASE64_STANDARD.encode(Sha256::digest(&bytes));
        let headers: Headers = vec![("content-type", content_type.to_owned()), (SHA256, checksum)];
        self.bucket.ask(Verb::Put, key, headers, bytes).await.map(|_| ())
    }

    /// Length and checksum of a file.
    ///
    /// # Errors
    /// [`GatewayError::NotFound`] where there is none, else why it could not be asked for.
    pub async fn head(&self, key: &str) -> Result<FileFacts, GatewayError> {
        let headers = vec![("x-amz-checksum-mode", "ENABLED".to_owned())];
        let answer = self.bucket.ask(Verb::Head, key, headers, Vec::new()).await?;
        let sha256 = answer.header(SHA256).and_then(|text| BASE64_STANDARD.decode(text).ok()?.try_into().ok());
        Ok(FileFacts { length: answer.length(), sha256 })
    }

    /// The content of a file of at most `limit` bytes; of a longer one no more than `limit` bytes are held.
    ///
    /// # Errors
    /// [`GatewayError::NotFound`], [`GatewayError::TooLarge`], or why it could not be read.
    pub async fn get(&self, key: &str, limit: u64) -> Result<Vec<u8>, GatewayError> {
        let answer = self.bucket.ask(Verb::Get, key, Headers::new(), Vec::new()).await?;
        let announced = answer.length();
        if announced > limit {
            return Err(GatewayError::TooLarge("S3", limit));
        }
        let mut body = answer.body();
        let mut bytes = Vec::with_capacity(usize::try_from(announced).unwrap_or_default());
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|error| GatewayError::Unavailable("S3", Box::new(error)))?;
            if u64::try_from(bytes.len() + chunk.len()).unwrap_or(u64::MAX) > limit {
                return Err(GatewayError::TooLarge("S3", limit));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}
