//! Materials of courses: one item a material, with its versions; all of a course in one partition.

use async_trait::async_trait;
use kernel::{CourseId, Limit, MaterialId, Page, Position, StoreError};
use training::materials::{Material, MaterialsReader, Write};

use super::TrainingStore;
use crate::{
    commit::{Guard, Transaction},
    item::{ItemBuilder, Kind, body},
    keys,
    table::{Op, Query},
};

const MATERIAL: Kind = Kind::first("material");

/// Adds a write to a transaction.
pub(super) fn push(transaction: &mut Transaction, write: &Write) -> Result<(), StoreError> {
    let Write::Material { before, material } = write;
    let key = keys::material(material.course, material.id);
    let item = ItemBuilder::new(&key, MATERIAL, material)?.version(material.version).build();
    transaction.push(Op::replace(item, *before), Guard::Version);
    Ok(())
}

#[async_trait]
impl MaterialsReader for TrainingStore {
    async fn materials(
        &self,
        course: CourseId,
        limit: Limit,
        after: Option<&Position>,
    ) -> Result<Page<Material>, StoreError> {
        let query = Query::partition(keys::materials_of(course));
        self.page(query, limit, after, |item| body(item, MATERIAL)).await
    }

    async fn material(&self, course: CourseId, material: MaterialId) -> Result<Option<Material>, StoreError> {
        self.one(&keys::material(course, material), MATERIAL).await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kernel::{Cause, Commit, Principal, UploadId, Version};
    use training::{
        TrainingWriter,
        materials::{Announced, Checksum, FileKind, FileName, MaterialFile, MaterialVersion},
        model::{Retirement, Title},
    };

    use super::*;
    use crate::MemoryTable;

    fn cause() -> Cause {
        let at = "2026-03-02T12:00:00Z".parse().unwrap();
        Cause { by: Principal::Program, at, correlation_id: "c".into(), causation_id: None }
    }

    fn material(course: CourseId) -> Material {
        let at = cause().at;
        let file = MaterialFile {
            name: FileName::parse("slides.pdf").unwrap(),
            kind: FileKind::Pdf,
            length: FileKind::MOST_BYTES,
            sha256: Checksum::new([0xab; 32]),
        };
        Material {
            id: MaterialId::new(at),
            course,
            title: Title::parse("Slides").unwrap(),
            versions: vec![MaterialVersion { number: 1, upload: UploadId::new(at), file: file.clone(), since: at }],
            announced: Some(Announced { upload: UploadId::new(at), file, at }),
            retired: Some(Retirement { on: "2026-03-02".parse().unwrap() }),
            version: Version::FIRST,
        }
    }

    async fn write(store: &TrainingStore, before: Version, material: &Material) -> Result<(), StoreError> {
        let write = Write::Material { before, material: Box::new(material.clone()) };
        store.commit(Commit::of(vec![training::Write::Materials(write)]), &cause()).await
    }

    #[tokio::test]
    async fn a_material_comes_back_as_it_went_and_its_version_guards_it() {
        let store = TrainingStore::new(Arc::new(MemoryTable::new()));
        let course = CourseId::new(cause().at);
        let first = material(course);
        write(&store, Version::ABSENT, &first).await.unwrap();
        assert_eq!(store.material(course, first.id).await.unwrap(), Some(first.clone()));
        assert_eq!(store.material(CourseId::new(cause().at), first.id).await.unwrap(), None);
        assert!(matches!(write(&store, Version::ABSENT, &first).await, Err(StoreError::Conflict)));
        let next = Material { announced: None, retired: None, version: Version::new(2), ..first.clone() };
        write(&store, Version::FIRST, &next).await.unwrap();
        assert!(matches!(write(&store, Version::FIRST, &next).await, Err(StoreError::Conflict)));
        assert_eq!(store.material(course, first.id).await.unwrap(), Some(next));
    }

    #[tokio::test]
    async fn a_course_lists_its_own_in_pages() {
        let store = TrainingStore::new(Arc::new(MemoryTable::new()));
        let (course, other) = (CourseId::new(cause().at), CourseId::new(cause().at));
        for _ in 0..5 {
            write(&store, Version::ABSENT, &material(course)).await.unwrap();
        }
        write(&store, Version::ABSENT, &material(other)).await.unwrap();
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = store.materials(course, Limit::new(2).unwrap(), after.as_ref()).await.unwrap();
            assert!(page.items.len() <= 2 && page.items.iter().all(|it| it.course == course));
            found.extend(page.items.into_iter().map(|it| it.id));
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        assert!(found.len() == 5 && found.is_sorted());
        assert!(store.materials(CourseId::new(cause().at), Limit::MAX, None).await.unwrap().items.is_empty());
    }
}
