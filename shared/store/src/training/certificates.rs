//! Certificates: items of the learner's file, which is read whole and guarded by its head. Each holds all its versions.

use kernel::{PersonId, StoreError};
use training::certificates::{Certificate, Write};

use crate::{
    commit::{Guard, Transaction},
    item::{ItemBuilder, Kind},
    keys,
    table::{Item, Op},
};

pub(super) const CERTIFICATE: Kind = Kind::first("certificate");

fn item(person: PersonId, value: &Certificate) -> Result<Item, StoreError> {
    Ok(ItemBuilder::new(&keys::certificate(person, value.id), CERTIFICATE, value)?.build())
}

/// Adds a write to a transaction that writes the file's head, too.
pub(super) fn push(transaction: &mut Transaction, write: &Write) -> Result<(), StoreError> {
    let op = match write {
        Write::Put { person, certificate } => Op::put(item(*person, certificate)?),
        Write::Forget { person, certificate } => {
            Op::Delete { key: keys::certificate(*person, *certificate), when: Vec::new() }
        }
    };
    transaction.push(op, Guard::Version);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::civil::date;
    use kernel::{Cause, CertificateId, Commit, EvidenceId, JobRole, Principal, TeamId, Version, ZoneName};
    use training::{
        TrainingReader, TrainingWriter,
        certificates::{
            CertificateName, CertificateState, CredentialNumber, Entry, Evidence, EvidenceKind, External, Facts, Issuer,
        },
        model::{self, Learner, LearnerFile, Membership, Percent},
    };

    use super::*;
    use crate::{DirectoryStore, MemoryTable, Table, training::TrainingStore};

    fn cause() -> Cause {
        let at = "2026-03-02T12:00:00Z".parse().unwrap();
        Cause { by: Principal::Program, at, correlation_id: "c".into(), causation_id: None }
    }

    fn file() -> LearnerFile {
        let team = TeamId::new(cause().at);
        LearnerFile::new(model::Facts {
            person: PersonId::new(cause().at),
            directory_version: Version::FIRST,
            memberships: vec![Membership { team, department: None, span: None }],
            job_role: JobRole::Developer,
            country: "DE".into(),
            zone: ZoneName::parse("Europe/Berlin").unwrap(),
            language: "en".into(),
            manager: None,
            delegate: None,
            start: None,
            leave: None,
            absences: Vec::new(),
            counted: true,
            working_share: Percent::FULL,
        })
    }

    fn certificate() -> Certificate {
        let external = External {
            name: CertificateName::parse("Cloud security").unwrap(),
            issuer: Issuer::parse("Example institute").unwrap(),
            number: CredentialNumber::parse("A-17").ok(),
            issued: date(2025, 3, 1),
            expires: Some(date(2027, 2, 28)),
            areas: Vec::new(),
            evidence: Evidence::File { file: EvidenceId::new(cause().at), format: EvidenceKind::Pdf },
            renews: Some(CertificateId::new(cause().at)),
        };
        let entry = Entry {
            facts: Facts::External(external),
            state: CertificateState::Renewed { successor: CertificateId::new(cause().at) },
            on: date(2026, 3, 2),
            at: cause().at,
            by: Principal::Program,
        };
        Certificate::new(CertificateId::new(cause().at), entry)
    }

    fn head(file: &LearnerFile, before: Version) -> training::Write {
        let head = Box::new(Learner { version: before.next(), ..file.head.clone() });
        training::Write::Learner { before, head }
    }

    #[tokio::test]
    async fn a_certificate_comes_back_with_the_file_and_with_everything_held_on_its_person() {
        let table: Arc<dyn Table> = Arc::new(MemoryTable::new());
        let store = TrainingStore::new(table.clone());
        let (file, certificate) = (file(), certificate());
        let person = file.person();
        let put = Write::Put { person, certificate: Box::new(certificate.clone()) };
        let writes = vec![head(&file, Version::ABSENT), training::Write::Certificates(put)];
        store.commit(Commit::of(writes), &cause()).await.unwrap();
        assert_eq!(store.file(person).await.unwrap().unwrap().certificates, std::slice::from_ref(&certificate));
        let export = directory::DirectoryListing::export_of(&DirectoryStore::new(table), person).await.unwrap();
        let training = export.into_iter().find(|part| part.system == "training").unwrap();
        assert!(training.items.iter().any(|item| item["body"]["now"]["facts"]["number"] == "A-17"));

        let forget = training::Write::Certificates(Write::Forget { person, certificate: certificate.id });
        let writes = vec![head(&file, Version::FIRST), forget];
        store.commit(Commit::of(writes), &cause()).await.unwrap();
        assert_eq!(store.file(person).await.unwrap().unwrap().certificates, []);
    }

    #[tokio::test]
    async fn a_lost_race_about_the_file_writes_no_certificate() {
        let store = TrainingStore::new(Arc::new(MemoryTable::new()));
        let (file, certificate) = (file(), certificate());
        let person = file.person();
        store.commit(Commit::of(vec![head(&file, Version::ABSENT)]), &cause()).await.unwrap();
        let put = Write::Put { person, certificate: Box::new(certificate) };
        let stale = vec![head(&file, Version::ABSENT), training::Write::Certificates(put)];
        assert!(matches!(store.commit(Commit::of(stale), &cause()).await, Err(StoreError::Conflict)));
        assert_eq!(store.file(person).await.unwrap().unwrap().certificates, []);
    }
}
