//! The facts this system tells others: kinds and ids, never names.

use kernel::{Cause, Event, TeamId, Version, WorkloadId};
use serde_json::json;

use crate::{Person, Team, Workload};

/// A file was taken on.
pub(crate) const IMPORT_STARTED: &str = "directory.import_started";
/// An import has ended.
pub(crate) const IMPORT_FINISHED: &str = "directory.import_finished";

pub(crate) fn person(what: &str, person: &Person, cause: &Cause) -> Event {
    Event::new(&format!("directory.person_{what}"), person.id, json!({ "version": person.version }), cause)
}

pub(crate) fn person_erased(id: kernel::PersonId, version: Version, cause: &Cause) -> Event {
    Event::new("directory.person_erased", id, json!({ "version": version }), cause)
}

pub(crate) fn team(what: &str, team: &Team, cause: &Cause) -> Event {
    Event::new(&format!("directory.team_{what}"), team.id, json!({ "version": team.version }), cause)
}

pub(crate) fn team_merged(team: &Team, into: TeamId, cause: &Cause) -> Event {
    Event::new("directory.team_merged", team.id, json!({ "version": team.version, "into": into }), cause)
}

pub(crate) fn team_split(team: &Team, into: &[TeamId], cause: &Cause) -> Event {
    Event::new("directory.team_split", team.id, json!({ "version": team.version, "into": into }), cause)
}

pub(crate) fn workload(what: &str, workload: &Workload, cause: &Cause) -> Event {
    let (id, owner): (WorkloadId, TeamId) = (workload.id, workload.owner);
    Event::new(&format!("directory.workload_{what}"), id, json!({ "version": workload.version, "owner": owner }), cause)
}
