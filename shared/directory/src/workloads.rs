//! Use cases on workloads: create and change.

use std::collections::BTreeSet;

use kernel::{Cause, Commit, TeamId, Version, WorkloadId};

use crate::{
    DirectoryError, DirectoryReader, Repository, Tag, Tier, Workload, WorkloadCode, WorkloadKind, WorkloadName, Write,
    event,
};

/// A workload to be created.
#[derive(Debug, Clone)]
pub struct NewWorkload {
    /// The natural key.
    pub code: WorkloadCode,
    /// What it is called.
    pub name: WorkloadName,
    /// The team that owns it.
    pub owner: TeamId,
    /// How much depends on it.
    pub tier: Tier,
    /// What sort of thing it is.
    pub kind: WorkloadKind,
    /// Where its code is.
    pub repositories: BTreeSet<Repository>,
    /// Its technologies.
    pub tags: BTreeSet<Tag>,
}

/// What changes of a workload: what is absent stays as it is.
#[derive(Debug, Clone, Default)]
pub struct WorkloadChange {
    /// The natural key.
    pub code: Option<WorkloadCode>,
    /// What it is called.
    pub name: Option<WorkloadName>,
    /// The team that owns it.
    pub owner: Option<TeamId>,
    /// How much depends on it.
    pub tier: Option<Tier>,
    /// What sort of thing it is.
    pub kind: Option<WorkloadKind>,
    /// Where its code is.
    pub repositories: Option<BTreeSet<Repository>>,
    /// Its technologies.
    pub tags: Option<BTreeSet<Tag>>,
}

/// Makes a workload.
///
/// # Errors
/// [`DirectoryError`] naming what does not hold.
pub async fn create(
    reader: &dyn DirectoryReader,
    new: NewWorkload,
    cause: &Cause,
) -> Result<(Workload, Commit<Write>), DirectoryError> {
    let workload = Workload {
        id: WorkloadId::new(cause.at),
        version: Version::FIRST,
        code: new.code,
        name: new.name,
        owner: new.owner,
        tier: new.tier,
        kind: new.kind,
        repositories: new.repositories,
        tags: new.tags,
        created_at: cause.at,
        changed_at: cause.at,
    };
    check(reader, None, &workload).await?;
    let write = Write::Workload { before: None, after: Box::new(workload.clone()) };
    let commit = Commit::of(vec![write]).event(event::workload("created", &workload, cause));
    Ok((workload, commit))
}

/// Changes a workload; absent when nothing would be different.
///
/// # Errors
/// [`DirectoryError`] naming what does not hold.
pub async fn change(
    reader: &dyn DirectoryReader,
    before: &Workload,
    change: WorkloadChange,
    cause: &Cause,
) -> Result<Option<(Workload, Commit<Write>)>, DirectoryError> {
    let mut after = before.clone();
    after.code = change.code.unwrap_or(after.code);
    after.name = change.name.unwrap_or(after.name);
    after.owner = change.owner.unwrap_or(after.owner);
    after.tier = change.tier.unwrap_or(after.tier);
    after.kind = change.kind.unwrap_or(after.kind);
    after.repositories = change.repositories.unwrap_or(after.repositories);
    after.tags = change.tags.unwrap_or(after.tags);
    if after == *before {
        return Ok(None);
    }
    after.version = before.version.next();
    after.changed_at = cause.at;
    check(reader, Some(before), &after).await?;
    let write = Write::Workload { before: Some(Box::new(before.clone())), after: Box::new(after.clone()) };
    let commit = Commit::of(vec![write]).event(event::workload("changed", &after, cause));
    Ok(Some((after, commit)))
}

async fn check(
    reader: &dyn DirectoryReader,
    before: Option<&Workload>,
    after: &Workload,
) -> Result<(), DirectoryError> {
    for (what, number) in [("repositories", after.repositories.len()), ("tags", after.tags.len())] {
        if number > Workload::MOST {
            return Err(DirectoryError::TooMany { what, most: Workload::MOST });
        }
    }
    if before.is_none_or(|before| before.owner != after.owner) {
        let owner = reader.team(after.owner).await?.ok_or(DirectoryError::UnknownTeam(after.owner))?;
        if !owner.is_active() {
            return Err(DirectoryError::TeamEnded(after.owner));
        }
    }
    Ok(())
}
