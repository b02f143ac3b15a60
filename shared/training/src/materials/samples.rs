//! Materials and a bucket in memory, for tests: with the promises of the table and of S3.

use std::{collections::BTreeMap, sync::Mutex};

use async_trait::async_trait;
use kernel::{
    CourseId, GatewayError, Limit, MaterialFiles, MaterialId, Page, Position, StoreError, StoredFile, Version,
};

use super::{Material, MaterialsReader, Write};
use crate::{ports::Stored, samples::World};

/// An archive with these entries, each of them empty.
pub(crate) fn archive(entries: &[&str]) -> Vec<u8> {
    let (mut bytes, mut list) = (Vec::new(), Vec::new());
    for name in entries {
        let (at, length) = (u32::try_from(bytes.len()).unwrap(), u16::try_from(name.len()).unwrap().to_le_bytes());
        for part in [b"PK\x03\x04".as_slice(), &[0; 22], &length, &[0; 2], name.as_bytes()] {
            bytes.extend(part);
        }
        for part in [b"PK\x01\x02".as_slice(), &[0; 24], &length, &[0; 12], &at.to_le_bytes(), name.as_bytes()] {
            list.extend(part);
        }
    }
    ended(bytes, &list, u16::try_from(entries.len()).unwrap())
}

/// What stands before the list of entries, the list, and the record that ends both.
pub(crate) fn ended(mut bytes: Vec<u8>, list: &[u8], entries: u16) -> Vec<u8> {
    let (at, length) = (u32::try_from(bytes.len()).unwrap(), u32::try_from(list.len()).unwrap());
    let count = entries.to_le_bytes();
    for part in [list, b"PK\x05\x06", &[0; 4], &count, &count, &length.to_le_bytes(), &at.to_le_bytes(), &[0; 2]] {
        bytes.extend(part);
    }
    bytes
}

/// Every material.
#[derive(Clone, Default)]
pub(crate) struct Kept(BTreeMap<(CourseId, MaterialId), Material>);

impl Kept {
    pub(crate) fn check(&self, write: &Write) -> Stored<()> {
        let Write::Material { before, material } = write;
        let found = self.0.get(&(material.course, material.id)).map_or(Version::ABSENT, |it| it.version);
        if found == *before { Ok(()) } else { Err(StoreError::Conflict) }
    }

    pub(crate) fn write(&mut self, write: Write) {
        let Write::Material { material, .. } = write;
        self.0.insert((material.course, material.id), *material);
    }
}

#[async_trait]
impl MaterialsReader for World {
    async fn materials(&self, course: CourseId, _: Limit, _: Option<&Position>) -> Stored<Page<Material>> {
        let items = self.kept_materials().0.into_values().filter(|it| it.course == course).collect();
        Ok(Page { items, next: None })
    }

    async fn material(&self, course: CourseId, material: MaterialId) -> Stored<Option<Material>> {
        Ok(self.kept_materials().0.get(&(course, material)).cloned())
    }
}

/// The bytes of a file, and its checksum where it was stored with one.
type File = (Vec<u8>, Option<[u8; 32]>);

/// Files, their checksums, and which stretches of them were read.
#[derive(Default)]
pub(crate) struct Bucket {
    pub(crate) files: Mutex<BTreeMap<String, File>>,
    pub(crate) parts: Mutex<Vec<(u64, u64)>>,
    pub(crate) down: Mutex<bool>,
    /// Nothing is removed, as where S3 fails to.
    pub(crate) keeps: Mutex<bool>,
}

impl Bucket {
    pub(crate) fn put(&self, object: &str, bytes: &[u8], sha256: Option<[u8; 32]>) {
        self.files.lock().unwrap().insert(object.to_owned(), (bytes.to_vec(), sha256));
    }

    fn found(&self, object: &str) -> Result<File, GatewayError> {
        if *self.down.lock().unwrap() {
            return Err(GatewayError::Unavailable("S3", "down".into()));
        }
        self.files.lock().unwrap().get(object).cloned().ok_or(GatewayError::NotFound("S3"))
    }
}

#[async_trait]
impl MaterialFiles for Bucket {
    async fn ticket(
        &self,
        object: &str,
        length: u64,
        _: &[u8; 32],
    ) -> Result<(String, BTreeMap<String, String>), GatewayError> {
        Ok((format!("put {object}"), BTreeMap::from([("content-length".to_owned(), length.to_string())])))
    }

    async fn facts(&self, object: &str) -> Result<StoredFile, GatewayError> {
        let (bytes, sha256) = self.found(object)?;
        Ok(StoredFile { length: u64::try_from(bytes.len()).unwrap(), sha256 })
    }

    async fn part(&self, object: &str, from: u64, length: u64) -> Result<Vec<u8>, GatewayError> {
        self.parts.lock().unwrap().push((from, length));
        let (bytes, _) = self.found(object)?;
        let from = usize::try_from(from).unwrap();
        let until = bytes.len().min(from + usize::try_from(length).unwrap());
        // As S3 does: a stretch that begins behind the end, or is empty, cannot be had.
        if from >= until {
            return Err(GatewayError::Refused("S3", "InvalidRange".to_owned()));
        }
        Ok(bytes[from..until].to_vec())
    }

    async fn remove(&self, object: &str) -> Result<(), GatewayError> {
        if *self.keeps.lock().unwrap() {
            return Err(GatewayError::Unavailable("S3", "down".into()));
        }
        self.files.lock().unwrap().remove(object);
        Ok(())
    }

    async fn link(&self, object: &str, content_type: &str, file_name: &str) -> Result<String, GatewayError> {
        Ok(format!("get {object} as {content_type} named {file_name}"))
    }
}
