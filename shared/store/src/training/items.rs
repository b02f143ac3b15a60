//! Items and the domain values in their bodies. Positions of indexes are derived from the value, never stored twice.

use kernel::{CourseId, PersonId, StoreError, Version, import::ImportJob};
use serde::{Deserialize, Serialize};
use training::{
    Settings,
    model::{
        Assignment, BoxKind, BoxLine, Check, Completion, Course, Exemption, Learner, LearnerFile, ReminderRun,
        RolePath, Tray,
    },
};

use super::certificates::CERTIFICATE;
use crate::{
    item::{ItemBuilder, Kind, body, kind_of},
    keys::{self, System},
    table::{Index, Item, Key, PK, SK, text},
};

pub(super) const LEARNER: Kind = Kind::first("learner");
pub(super) const ASSIGNMENT: Kind = Kind::first("assignment");
pub(super) const COMPLETION: Kind = Kind::first("completion");
pub(super) const EXEMPTION: Kind = Kind::first("exemption");
pub(super) const CHECK: Kind = Kind::first("check");
pub(super) const CATALOGUE: Kind = Kind::first("catalogue");
pub(super) const COURSE: Kind = Kind::first("course");
pub(super) const COURSE_CODE: Kind = Kind::first("course_code");
pub(super) const PATH: Kind = Kind::first("role_path");
pub(super) const BOX: Kind = Kind::first("box");
pub(super) const LINE: Kind = Kind::first("box_line");
pub(super) const RUN: Kind = Kind::first("reminder_run");
pub(super) const JOB: Kind = Kind::first("import_job");
pub(super) const SETTINGS: Kind = Kind::first("settings");

/// The document whose versions training keeps.
pub(super) const DOCUMENT: &str = "training";

/// A value's item.
pub(super) type Made = Result<Item, StoreError>;

pub(super) fn learner(head: &Learner) -> Made {
    let person = head.person();
    let item = ItemBuilder::new(&keys::learner(person), LEARNER, head)?.version(head.version).index(
        Index::List,
        keys::learners(person.shard()),
        person.to_string(),
    );
    Ok(match head.next_at {
        Some(at) => item.index(Index::Next, keys::next_people(person.shard()), keys::next_position(at, person)).build(),
        None => item.build(),
    })
}

pub(super) fn assignment(person: PersonId, value: &Assignment) -> Made {
    let key = keys::assignment(person, value.course, value.round);
    Ok(ItemBuilder::new(&key, ASSIGNMENT, value)?.build())
}

pub(super) fn completion(person: PersonId, value: &Completion) -> Made {
    let key = keys::completion(person, value.course, value.id);
    Ok(ItemBuilder::new(&key, COMPLETION, value)?.build())
}

pub(super) fn exemption(person: PersonId, value: &Exemption) -> Made {
    let key = keys::exemption(person, value.course, value.id);
    Ok(ItemBuilder::new(&key, EXEMPTION, value)?.build())
}

pub(super) fn check(value: &Check) -> Made {
    Ok(ItemBuilder::new(&keys::check(value.completion), CHECK, value)?.build())
}

/// The guard of the catalogue: a version, and nothing else.
#[derive(Serialize, Deserialize)]
pub(super) struct CatalogueBody {
    pub(super) version: Version,
}

pub(super) fn catalogue(version: Version) -> Made {
    Ok(ItemBuilder::new(&keys::catalogue(), CATALOGUE, &CatalogueBody { version })?.version(version).build())
}

pub(super) fn course(value: &Course) -> Made {
    Ok(ItemBuilder::new(&keys::course(value.id), COURSE, value)?.version(value.version).build())
}

pub(super) fn course_code(value: &Course) -> Made {
    let id: CourseId = value.id;
    Ok(ItemBuilder::new(&keys::course_code(value.code.as_str()), COURSE_CODE, &id)?.build())
}

pub(super) fn path(value: &RolePath) -> Made {
    Ok(ItemBuilder::new(&keys::path(value.job_role.as_str()), PATH, value)?.version(value.version).build())
}

pub(super) fn tray(value: &Tray) -> Made {
    let kind = value.kind.as_str();
    let item = ItemBuilder::new(&keys::box_head(value.owner, kind), BOX, value)?.version(value.version);
    let place = format!("{}#{kind}", value.owner);
    Ok(match value.next_at {
        Some(at) => {
            item.index(Index::Next, keys::next_boxes(value.owner.shard()), keys::next_position(at, place)).build()
        }
        None => item.build(),
    })
}

pub(super) fn line(owner: PersonId, kind: BoxKind, value: &BoxLine) -> Made {
    let key = keys::box_line(owner, kind.as_str(), value.person, value.course);
    Ok(ItemBuilder::new(&key, LINE, value)?.build())
}

pub(super) fn run(value: &ReminderRun) -> Made {
    Ok(ItemBuilder::new(&keys::run(value.id), RUN, value)?.version(value.version).build())
}

pub(super) fn job(value: &ImportJob) -> Made {
    Ok(ItemBuilder::new(&keys::job(System::Training, value.id), JOB, value)?.version(value.version).build())
}

pub(super) fn settings(version: Version, value: &Settings) -> Made {
    let key = keys::settings(System::Training, DOCUMENT, version.get());
    Ok(ItemBuilder::new(&key, SETTINGS, value)?.version(version).build())
}

/// A file from the items of its partition; nothing when its head is not there.
pub(super) fn file(items: &[Item]) -> Result<Option<LearnerFile>, StoreError> {
    let Some(head) = items.iter().find(|item| kind_of(item) == Some(LEARNER.name)) else { return Ok(None) };
    let head: Learner = body(head, LEARNER)?;
    let mut file = LearnerFile {
        head,
        assignments: Vec::new(),
        completions: Vec::new(),
        exemptions: Vec::new(),
        certificates: Vec::new(),
    };
    for item in items {
        match kind_of(item) {
            Some("learner") => {}
            Some("assignment") => file.assignments.push(body(item, ASSIGNMENT)?),
            Some("completion") => file.completions.push(body(item, COMPLETION)?),
            Some("exemption") => file.exemptions.push(body(item, EXEMPTION)?),
            Some("certificate") => file.certificates.push(body(item, CERTIFICATE)?),
            _ => return Err(unreadable(item, "is no part of a learner's file")),
        }
    }
    Ok(Some(file))
}

/// An error that names an item's key.
pub(super) fn unreadable(item: &Item, why: &str) -> StoreError {
    let key = Key::new(text(item, PK).unwrap_or_default(), text(item, SK).unwrap_or_default());
    StoreError::Unreadable(format!("{key}: {why}"))
}
