//! What the boundaries call: a material is announced, uploaded past us, looked at, changed and handed out. Who may do so
//! is decided before.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use kernel::{
    Cause, Commit, CourseId, GatewayError, Limit, MaterialFiles, MaterialId, Once, StoreError, UploadId, Version,
};

use super::{
    Announced, Error, MOST_MATERIALS, MOST_VERSIONS, Material, MaterialFile, MaterialVersion, MaterialsReader, Write,
    inspect,
};
use crate::{
    TrainingError, TrainingReader, TrainingWriter, events,
    model::{Retirement, Title},
    usecases::TRIES,
};

/// Everything these use cases work with.
#[derive(Clone, Copy)]
pub struct MaterialDesk<'a> {
    /// Reads materials.
    pub reader: &'a dyn MaterialsReader,
    /// Knows the courses.
    pub training: &'a dyn TrainingReader,
    /// Writes.
    pub writer: &'a dyn TrainingWriter,
    /// Holds the files.
    pub files: &'a dyn MaterialFiles,
}

/// Makes the idempotency record of a request from the material that came of it.
pub type MaterialAnswer<'a> = &'a (dyn Fn(&Material) -> Once + Send + Sync);

/// Who asks for a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// Somebody who may change materials: gets every version, of retired ones, too.
    Author,
    /// Anybody else: gets the current version of what is not retired.
    Learner,
}

impl MaterialDesk<'_> {
    async fn material(&self, course: CourseId, id: MaterialId) -> Result<Material, TrainingError> {
        Ok(self.reader.material(course, id).await?.ok_or(Error::Unknown(id))?)
    }

    async fn save(
        &self,
        before: Version,
        material: &Material,
        kind: &str,
        cause: &Cause,
        once: Option<MaterialAnswer<'_>>,
    ) -> Result<(), StoreError> {
        let write = Write::Material { before, material: Box::new(material.clone()) };
        let commit = Commit::of(vec![crate::Write::Materials(write)]).event(events::material(kind, material, cause));
        self.writer.commit(commit.once(once.map(|answer| answer(material))), cause).await
    }
}

fn announced(file: MaterialFile, cause: &Cause) -> Announced {
    Announced { upload: UploadId::new(cause.at), file, at: cause.at }
}

/// Adds a material to a course and announces its first file.
///
/// # Errors
/// [`TrainingError`] for an unknown or retired course, a file name or length that its type does not have, too many
/// materials (of two authors at once one may go over); store errors.
pub async fn add(
    desk: &MaterialDesk<'_>,
    course: CourseId,
    title: Title,
    file: MaterialFile,
    cause: &Cause,
    once: Option<MaterialAnswer<'_>>,
) -> Result<Material, TrainingError> {
    file.check()?;
    let catalogue = desk.training.catalogue().await?;
    let known = catalogue.course(course).ok_or(TrainingError::UnknownCourse(course))?;
    if known.retired.is_some() {
        return Err(TrainingError::Retired(course));
    }
    if desk.reader.materials(course, Limit::MAX, None).await?.items.len() >= MOST_MATERIALS {
        return Err(Error::Full.into());
    }
    let material = Material {
        id: MaterialId::new(cause.at),
        course,
        title,
        versions: Vec::new(),
        announced: Some(announced(file, cause)),
        retired: None,
        version: Version::FIRST,
    };
    desk.save(Version::ABSENT, &material, events::MATERIAL_ANNOUNCED, cause, once).await?;
    Ok(material)
}

/// Announces the file of a further version. What was announced before and not confirmed is forgotten, its file removed.
///
/// # Errors
/// [`TrainingError`] for an unknown or retired material, a file name or length that its type does not have, too many
/// versions; store errors.
pub async fn announce(
    desk: &MaterialDesk<'_>,
    course: CourseId,
    id: MaterialId,
    file: MaterialFile,
    cause: &Cause,
    once: Option<MaterialAnswer<'_>>,
) -> Result<Material, TrainingError> {
    let mut tries = TRIES;
    loop {
        let mut material = desk.material(course, id).await?;
        file.check()?;
        if material.retired.is_some() {
            return Err(Error::Retired(id).into());
        }
        if material.versions.len() >= MOST_VERSIONS {
            return Err(Error::VersionsFull.into());
        }
        let before = material.version;
        material.version = before.next();
        let forgotten = material.announced.replace(announced(file.clone(), cause));
        match desk.save(before, &material, events::MATERIAL_ANNOUNCED, cause, once).await {
            Ok(()) => {
                if let Some(Announced { upload, .. }) = forgotten {
                    clear(desk.files, &material.object(upload)).await;
                }
                return Ok(material);
            }
            Err(StoreError::Conflict) if tries > 1 => tries -= 1,
            Err(error) => return Err(error.into()),
        }
    }
}

/// Where the announced file of a material is sent, and with which headers: a secret for five minutes.
///
/// # Errors
/// [`Error::NotAnnounced`] where `upload` is not what is announced (any more), [`Error::Files`].
pub async fn ticket(
    desk: &MaterialDesk<'_>,
    material: &Material,
    upload: UploadId,
) -> Result<(String, BTreeMap<String, String>), TrainingError> {
    let announced = material.announced.as_ref().filter(|announced| announced.upload == upload);
    let file = &announced.ok_or(Error::NotAnnounced(upload))?.file;
    let ticket = desk.files.ticket(&material.object(upload), file.length, file.sha256.bytes()).await;
    Ok(ticket.map_err(Error::Files)?)
}

/// Looks at what was uploaded and makes it the current version. Confirming it again changes nothing. A file that is refused
/// is removed; it stays announced, so that the right one can follow while its ticket works.
///
/// # Errors
/// [`TrainingError`] for an unknown or retired material, an upload that is not announced or never came, a file that is not
/// what was announced; store errors and those of the bucket.
pub async fn confirm(
    desk: &MaterialDesk<'_>,
    course: CourseId,
    id: MaterialId,
    upload: UploadId,
    cause: &Cause,
    once: Option<MaterialAnswer<'_>>,
) -> Result<Material, TrainingError> {
    let mut tries = TRIES;
    loop {
        let mut material = desk.material(course, id).await?;
        if material.versions.iter().any(|known| known.upload == upload) {
            if let Some(answer) = once {
                let kept = Commit::of(Vec::new()).once(Some(answer(&material)));
                desk.writer.commit(kept, cause).await?;
            }
            return Ok(material);
        }
        if material.retired.is_some() {
            return Err(Error::Retired(id).into());
        }
        let object = material.object(upload);
        let next = material.announced.take().filter(|announced| announced.upload == upload);
        let file = next.ok_or(Error::NotAnnounced(upload))?.file;
        if let Err(error) = look(desk.files, &object, upload, &file).await {
            if matches!(error, Error::Refused(_)) {
                clear(desk.files, &object).await;
            }
            return Err(error.into());
        }
        let number = material.current().map_or(1, |current| current.number.saturating_add(1));
        material.versions.push(MaterialVersion { number, upload, file, since: cause.at });
        let before = material.version;
        material.version = before.next();
        match desk.save(before, &material, events::MATERIAL_PUBLISHED, cause, once).await {
            Ok(()) => return Ok(material),
            Err(StoreError::Conflict) if tries > 1 => tries -= 1,
            Err(error) => return Err(error.into()),
        }
    }
}

/// Removes a file that will never be handed out. One that could not be removed costs a little money and nothing else: what
/// it was removed for has happened.
async fn clear(files: &dyn MaterialFiles, object: &str) {
    let _ = files.remove(object).await;
}

/// Whether a stored file is what was announced: at most three requests, whatever its length.
async fn look(files: &dyn MaterialFiles, object: &str, upload: UploadId, file: &MaterialFile) -> Result<(), Error> {
    let absent = |error| match error {
        GatewayError::NotFound(_) => Error::NotUploaded(upload),
        error => Error::Files(error),
    };
    let stored = files.facts(object).await.map_err(absent)?;
    inspect::measured(file, &stored).map_err(Error::Refused)?;
    let (head, tail) = inspect::wanted(file);
    let head = files.part(object, 0, head).await.map_err(absent)?;
    let tail = match tail {
        0 => Vec::new(),
        tail => files.part(object, file.length.saturating_sub(tail), tail).await.map_err(absent)?,
    };
    inspect::recognised(file.kind, &head, &tail, file.length).map_err(Error::Refused)
}

/// What changes of a material: what is absent stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MaterialChange {
    /// What it is called.
    pub title: Option<Title>,
    /// Whether learners get it no more.
    pub retired: Option<bool>,
}

/// Changes what a material is called, retires it from now on, or brings it back. Its versions stay.
///
/// # Errors
/// [`TrainingError`] for an unknown material and a version that is no longer true; store errors.
pub async fn change(
    desk: &MaterialDesk<'_>,
    course: CourseId,
    id: MaterialId,
    expected: Version,
    change: MaterialChange,
    cause: &Cause,
) -> Result<Material, TrainingError> {
    let old = desk.material(course, id).await?;
    if old.version != expected {
        return Err(TrainingError::Stale);
    }
    let today = cause.at.to_zoned(TimeZone::UTC).date();
    let retired = match change.retired {
        Some(true) => Some(old.retired.unwrap_or(Retirement { on: today })),
        Some(false) => None,
        None => old.retired,
    };
    let title = change.title.unwrap_or_else(|| old.title.clone());
    if title == old.title && retired == old.retired {
        return Ok(old);
    }
    let material = Material { title, retired, version: expected.next(), ..old };
    match desk.save(expected, &material, events::MATERIAL_CHANGED, cause, None).await {
        Ok(()) => Ok(material),
        Err(StoreError::Conflict) => Err(TrainingError::Stale),
        Err(error) => Err(error.into()),
    }
}

/// An address under which the file of a material is read for five minutes: of the current version, or of one by its
/// number.
///
/// # Errors
/// [`Error::Unknown`] for what is not there or not the reader's to have; store errors and those of the bucket.
pub async fn download(
    desk: &MaterialDesk<'_>,
    course: CourseId,
    id: MaterialId,
    number: Option<u16>,
    who: Reader,
) -> Result<String, TrainingError> {
    let material = desk.material(course, id).await?;
    let wanted = match number {
        Some(number) => material.versions.iter().find(|version| version.number == number),
        None => material.current(),
    };
    let version = wanted.ok_or(Error::Unknown(id))?;
    let theirs = material.is_open() && material.current() == Some(version);
    if who == Reader::Learner && !theirs {
        return Err(Error::Unknown(id).into());
    }
    let MaterialFile { name, kind, .. } = &version.file;
    let link = desk.files.link(&material.object(version.upload), kind.content_type(), name.as_str()).await;
    Ok(link.map_err(Error::Files)?)
}
