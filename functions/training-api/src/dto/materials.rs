//! Materials of courses: what is announced, where it is sent, and what is kept.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use kernel::{CourseId, MaterialId, UploadId};
use serde::{Deserialize, Serialize, de::Error as _};
use training::{
    materials::{
        Announced, Checksum, FileKind, FileName, Material, MaterialFile, MaterialVersion, usecases::MaterialChange,
    },
    model::Title,
};
use utoipa::{
    IntoParams, ToSchema,
    openapi::{ObjectBuilder, Schema, schema::Type},
};

use super::{
    patterns::{FILE_NAME, PRINTABLE},
    spellings, text,
};

spellings! {
    file_kind: FileKind;
}

fn material_title() -> Schema {
    text(Some(PRINTABLE), 1, 200).into()
}

fn file_name() -> Schema {
    text(Some(FILE_NAME), 3, 120).into()
}

fn file_length() -> Schema {
    let most = i32::try_from(FileKind::MOST_BYTES).unwrap_or(i32::MAX);
    ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(most)).into()
}

fn sha256() -> Schema {
    text(Some("^[0-9a-fA-F]{64}$"), 64, 64).into()
}

/// A material to be added to a course, with its first file.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewMaterial {
    /// What it is called.
    #[schema(schema_with = material_title)]
    pub(crate) title: Title,
    /// What the file is called; its name ends as its type's do.
    #[schema(schema_with = file_name)]
    file_name: FileName,
    /// What the file is.
    #[serde(rename = "type")]
    #[schema(schema_with = file_kind)]
    kind: FileKind,
    /// How long the file is, in bytes; each type has its own bound.
    #[schema(schema_with = file_length)]
    length: u64,
    /// The file's SHA-256.
    #[schema(schema_with = sha256)]
    sha256: Checksum,
}

impl NewMaterial {
    /// The file that will come.
    pub(crate) fn file(&self) -> MaterialFile {
        let Self { file_name, kind, length, sha256, .. } = self;
        MaterialFile { name: file_name.clone(), kind: *kind, length: *length, sha256: *sha256 }
    }
}

/// The file of a further version.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewMaterialFile {
    /// What the file is called; its name ends as its type's do.
    #[schema(schema_with = file_name)]
    file_name: FileName,
    /// What the file is; it may be another type than before.
    #[serde(rename = "type")]
    #[schema(schema_with = file_kind)]
    kind: FileKind,
    /// How long the file is, in bytes; each type has its own bound.
    #[schema(schema_with = file_length)]
    length: u64,
    /// The file's SHA-256.
    #[schema(schema_with = sha256)]
    sha256: Checksum,
}

impl From<NewMaterialFile> for MaterialFile {
    fn from(new: NewMaterialFile) -> Self {
        Self { name: new.file_name, kind: new.kind, length: new.length, sha256: new.sha256 }
    }
}

/// An upload that is there.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MaterialUpload {
    /// As its ticket named it.
    #[schema(value_type = Uuid)]
    pub(crate) upload_id: UploadId,
}

/// What changes of a material: fields left out stay as they are.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct MaterialPatch {
    /// What it is called.
    #[schema(schema_with = material_title)]
    title: Option<Title>,
    /// True retires the material: learners get it no more, and it gets no further version. False takes that back.
    #[schema(value_type = bool)]
    retired: Option<bool>,
}

impl From<MaterialPatch> for MaterialChange {
    fn from(patch: MaterialPatch) -> Self {
        Self { title: patch.title, retired: patch.retired }
    }
}

/// Which version of a material.
#[derive(Debug, Clone, Copy, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct MaterialNumber {
    /// This version, an earlier one only for those who may change the material; where absent, the current one.
    #[serde(default, deserialize_with = "number")]
    #[param(value_type = Option<u16>, minimum = 1)]
    pub(crate) version: Option<u16>,
}

fn number<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<u16>, D::Error> {
    let raw = String::deserialize(from)?;
    let number = raw.parse().ok().filter(|number| *number > 0);
    number.map(Some).ok_or_else(|| D::Error::custom("a version: 1 or more"))
}

/// Where a file goes: send it by `PUT` to the address, with exactly these headers, within five minutes; then confirm.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct MaterialTicket {
    #[schema(value_type = Uuid)]
    pub(crate) material_id: MaterialId,
    /// Names the upload when it is confirmed.
    #[schema(value_type = Uuid)]
    pub(crate) upload_id: UploadId,
    /// The address, which is a secret until it expires.
    #[schema(format = "uri")]
    pub(crate) url: String,
    /// Headers that are part of the signature.
    pub(crate) headers: BTreeMap<String, String>,
}

/// A version of a material.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct MaterialVersionView {
    /// 1 for the first.
    number: u16,
    #[schema(value_type = String)]
    file_name: FileName,
    #[serde(rename = "type")]
    #[schema(schema_with = file_kind)]
    kind: FileKind,
    /// In bytes.
    length: u64,
    #[schema(value_type = String)]
    sha256: Checksum,
    /// When it became the current version.
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
}

impl From<&MaterialVersion> for MaterialVersionView {
    fn from(version: &MaterialVersion) -> Self {
        let MaterialFile { name, kind, length, sha256 } = version.file.clone();
        Self { number: version.number, file_name: name, kind, length, sha256, since: version.since }
    }
}

/// A file that is announced and not yet confirmed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct AnnouncedView {
    #[schema(value_type = Uuid)]
    upload_id: UploadId,
    #[schema(value_type = String)]
    file_name: FileName,
    #[schema(value_type = String, format = DateTime)]
    announced_at: Timestamp,
}

impl From<&Announced> for AnnouncedView {
    fn from(announced: &Announced) -> Self {
        let Announced { upload, file, at } = announced;
        Self { upload_id: *upload, file_name: file.name.clone(), announced_at: *at }
    }
}

/// A material of a course.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct MaterialView {
    #[schema(value_type = Uuid)]
    id: MaterialId,
    #[schema(value_type = Uuid)]
    course_id: CourseId,
    #[schema(value_type = String)]
    title: Title,
    /// What can be downloaded; null while nothing was confirmed.
    current: Option<MaterialVersionView>,
    /// Every version, oldest first, for those who may change the material; for others nothing.
    versions: Vec<MaterialVersionView>,
    /// What may become the next version, for those who may change the material.
    announced: Option<AnnouncedView>,
    /// Since when learners get it no more.
    #[schema(value_type = Option<String>, format = Date)]
    retired_on: Option<Date>,
}

impl MaterialView {
    /// A material, with its history for an author.
    pub(crate) fn of(material: &Material, author: bool) -> Self {
        let versions = if author { material.versions.as_slice() } else { &[] };
        Self {
            id: material.id,
            course_id: material.course,
            title: material.title.clone(),
            current: material.current().map(MaterialVersionView::from),
            versions: versions.iter().map(MaterialVersionView::from).collect(),
            announced: material.announced.as_ref().filter(|_| author).map(AnnouncedView::from),
            retired_on: material.retired.map(|retired| retired.on),
        }
    }
}
