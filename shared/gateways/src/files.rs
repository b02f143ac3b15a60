//! Files in one S3 bucket: tickets for uploads whose length and checksum are signed, and bounded reads. Nothing here
//! hands out a link to a stored object.

use std::time::Duration;

use aws_sdk_s3::{Client, presigning::PresigningConfig, primitives::ByteStream};
use base64::{Engine, prelude::BASE64_STANDARD};

use kernel::GatewayError;

/// One bucket.
#[derive(Debug, Clone)]
pub struct Files {
    client: Client,
    bucket: String,
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
    /// The bucket of a name.
    pub fn new(client: Client, bucket: impl Into<String>) -> Self {
        Self { client, bucket: bucket.into() }
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
        let unsigned = |error: &dyn std::error::Error| GatewayError::Refused("S3", error.to_string());
        let config = PresigningConfig::expires_in(valid_for).map_err(|error| unsigned(&error))?;
        let length = i64::try_from(length).map_err(|error| unsigned(&error))?;
        let request = self
            .client
            .put_object()
            .bucket(&self.bucket)
            .key(key)
            .content_length(length)
            .checksum_sha256(BASE64_STANDARD.encode(sha256))
            .presigned(config)
            .await
            .map_err(|error| crate::error::classify!("S3", aws_sdk_s3, error))?;
        // The SDK adds the function's own trace, which is not signed and none of the client's business.
        let headers = request.headers().filter(|(name, _)| !name.eq_ignore_ascii_case("x-amzn-trace-id"));
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Ok(UploadTicket { url: request.uri().to_owned(), headers })
    }

    /// Stores a file.
    ///
    /// # Errors
    /// [`GatewayError`] when it was not stored, or that is unknown.
    pub async fn put(&self, key: &str, bytes: Vec<u8>, content_type: &str) -> Result<(), GatewayError> {
        self.client
            .put_object()
            .bucket(&self.bucket)
            .key(key)
            .content_type(content_type)
            .body(ByteStream::from(bytes))
            .send()
            .await
            .map(|_| ())
            .map_err(|error| crate::error::classify!("S3", aws_sdk_s3, error))
    }

    /// Length and checksum of a file.
    ///
    /// # Errors
    /// [`GatewayError::NotFound`] where there is none, else why it could not be asked for.
    pub async fn head(&self, key: &str) -> Result<FileFacts, GatewayError> {
        let answer = self
            .client
            .head_object()
            .bucket(&self.bucket)
            .key(key)
            .checksum_mode(aws_sdk_s3::types::ChecksumMode::Enabled)
            .send()
            .await
            .map_err(|error| crate::error::classify!("S3", aws_sdk_s3, error))?;
        let length = answer.content_length().and_then(|length| u64::try_from(length).ok()).unwrap_or_default();
        let sha256 = answer.checksum_sha256().and_then(|text| BASE64_STANDARD.decode(text).ok()?.try_into().ok());
        Ok(FileFacts { length, sha256 })
    }

    /// The content of a file of at most `limit` bytes; of a longer one no more than `limit` bytes are held.
    ///
    /// # Errors
    /// [`GatewayError::NotFound`], [`GatewayError::TooLarge`], or why it could not be read.
    pub async fn get(&self, key: &str, limit: u64) -> Result<Vec<u8>, GatewayError> {
        let answer = self
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(key)
            .send()
            .await
            .map_err(|error| crate::error::classify!("S3", aws_sdk_s3, error))?;
        let announced = answer.content_length().and_then(|length| u64::try_from(length).ok()).unwrap_or_default();
        if announced > limit {
            return Err(GatewayError::TooLarge("S3", limit));
        }
        let mut body = answer.body;
        let mut bytes = Vec::with_capacity(usize::try_from(announced).unwrap_or_default());
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|error| GatewayError::Unavailable("S3", Box::new(error)))?;
            bytes.extend_from_slice(&chunk);
            if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limit {
                return Err(GatewayError::TooLarge("S3", limit));
            }
        }
        Ok(bytes)
    }
}
