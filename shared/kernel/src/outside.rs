//! What the program needs beside its table, in its own terms: files, state machines, and settings in force. Adapters
//! speak to the services; nothing here does.

use std::{collections::BTreeMap, error::Error, sync::Arc};

use async_trait::async_trait;
use serde_json::Value;

use crate::ErrorKind;

/// Why a service did not do as asked: one error for everything it can answer with, by what that means for the caller.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// Throttled, timed out or unreachable; whether it happened is unknown.
    #[error("{0} could not be reached")]
    Unavailable(&'static str, #[source] Box<dyn Error + Send + Sync>),
    /// Refused for good; the second text is the service's code.
    #[error("{0} refused: {1}")]
    Refused(&'static str, String),
    /// What was asked for is not there.
    #[error("{0} does not have it")]
    NotFound(&'static str),
    /// It is larger than the caller is willing to read.
    #[error("{0} holds more than {1} bytes")]
    TooLarge(&'static str, u64),
    /// What came back is not what we wrote.
    #[error("{0} is not readable: {1}")]
    Unreadable(&'static str, String),
}

impl GatewayError {
    /// How a boundary should understand it.
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Unavailable(..) => ErrorKind::Unavailable,
            Self::NotFound(_) => ErrorKind::NotFound,
            Self::TooLarge(..) => ErrorKind::Invalid,
            Self::Refused(..) | Self::Unreadable(..) => ErrorKind::Internal,
        }
    }
}

/// Files as imports read them, and the parts they cut them into.
#[async_trait]
pub trait ImportFiles: Send + Sync {
    /// The content of a file of at most `limit` bytes.
    async fn get(&self, object: &str, limit: u64) -> Result<Vec<u8>, GatewayError>;
    /// Stores a file; one of the same name is replaced.
    async fn put(&self, object: &str, csv: Vec<u8>) -> Result<(), GatewayError>;
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
    /// The length of a file.
    async fn length(&self, object: &str) -> Result<u64, GatewayError>;
}

/// Files that belong to a record for as long as it is kept: nobody reads them but by a link that soon ends.
#[async_trait]
pub trait EvidenceFiles: Send + Sync {
    /// Stores a file as what it was found to be; one of the same name is replaced.
    ///
    /// # Errors
    /// [`GatewayError`] when it was not stored, or that is unknown.
    async fn keep(&self, object: &str, bytes: Vec<u8>, content_type: &str) -> Result<(), GatewayError>;

    /// An address under which the file can be read for five minutes, saved under a name.
    ///
    /// # Errors
    /// [`GatewayError`] when no link could be signed.
    async fn link(&self, object: &str, content_type: &str, file_name: &str) -> Result<String, GatewayError>;

    /// Removes a file; nothing happens when it is not there.
    ///
    /// # Errors
    /// [`GatewayError`] when it was not removed, or that is unknown.
    async fn remove(&self, object: &str) -> Result<(), GatewayError>;
}

/// What is known of a stored file without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredFile {
    /// Its length in bytes.
    pub length: u64,
    /// The SHA-256 it was stored with, where it was stored with one.
    pub sha256: Option<[u8; 32]>,
}

/// Files that people learn from: uploaded past us, looked into without being read whole, and read by links.
#[async_trait]
pub trait MaterialFiles: Send + Sync {
    /// An address and headers under which exactly these bytes can be uploaded, for five minutes.
    ///
    /// # Errors
    /// [`GatewayError`] when no ticket could be signed.
    async fn ticket(
        &self,
        object: &str,
        length: u64,
        sha256: &[u8; 32],
    ) -> Result<(String, BTreeMap<String, String>), GatewayError>;

    /// What is known of a file.
    ///
    /// # Errors
    /// [`GatewayError::NotFound`] where there is none.
    async fn facts(&self, object: &str) -> Result<StoredFile, GatewayError>;

    /// The bytes of a file from a place on, at most `length` (1 or more) of them; the place lies within the file.
    ///
    /// # Errors
    /// [`GatewayError::NotFound`] where there is none.
    async fn part(&self, object: &str, from: u64, length: u64) -> Result<Vec<u8>, GatewayError>;

    /// Removes a file; nothing happens when it is not there.
    ///
    /// # Errors
    /// [`GatewayError`] when it was not removed, or that is unknown.
    async fn remove(&self, object: &str) -> Result<(), GatewayError>;

    /// An address under which the file can be read for five minutes, as a type and saved under a name.
    ///
    /// # Errors
    /// [`GatewayError`] when no link could be signed.
    async fn link(&self, object: &str, content_type: &str, file_name: &str) -> Result<String, GatewayError>;
}

/// Starts executions of one state machine.
#[async_trait]
pub trait StartMachine: Send + Sync {
    /// Starts an execution under a name (80 characters at most, letters, digits, `-` and `_`); one that exists under
    /// that name is left alone.
    ///
    /// # Errors
    /// [`GatewayError`] when it was not started, or that is unknown.
    async fn start(&self, name: &str, input: &Value) -> Result<(), GatewayError>;
}

/// A settings document that is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Active<T> {
    /// The version written through the API; 0 while nothing was ever written and the defaults hold.
    pub version: u64,
    /// The settings.
    pub body: T,
    /// Whether someone changed the parameter past the API.
    pub edited_by_hand: bool,
}

/// Settings that are obeyed after a change by hand, which nothing has checked.
pub trait Mend {
    /// Brings what is out of its bounds back into them, and names it.
    fn mend(&mut self) -> Vec<&'static str>;
}

/// One settings document in force.
#[async_trait]
pub trait ActiveSettings<T>: Send + Sync {
    /// What is in force: the defaults while nothing was written.
    ///
    /// # Errors
    /// [`GatewayError`] where nothing was ever read and now cannot be.
    async fn active(&self) -> Result<Arc<Active<T>>, GatewayError>;

    /// Puts a version in force.
    ///
    /// # Errors
    /// [`GatewayError`] when it was not written, or that is unknown.
    async fn activate(&self, version: u64, body: &T) -> Result<(), GatewayError>;
}
