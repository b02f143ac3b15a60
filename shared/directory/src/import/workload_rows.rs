//! Rows of `workloads.csv`.

use std::collections::BTreeSet;

use kernel::import::{Cells, Columns, Problems, SeenKeys, Sheet};

use crate::{Repository, Tag, TeamCode, Tier, Workload, WorkloadCode, WorkloadKind, WorkloadName};

pub(super) const COLUMNS: Columns =
    Columns { required: &["code", "name", "team", "tier", "kind"], optional: &["repositories", "tags"] };

#[derive(Debug)]
pub(super) struct WorkloadRow {
    pub(super) line: u32,
    pub(super) code: WorkloadCode,
    pub(super) name: WorkloadName,
    pub(super) team: TeamCode,
    pub(super) tier: Tier,
    pub(super) kind: WorkloadKind,
    pub(super) repositories: Option<BTreeSet<Repository>>,
    pub(super) tags: Option<BTreeSet<Tag>>,
}

fn kind(raw: &str) -> Option<WorkloadKind> {
    match raw {
        "service" => Some(WorkloadKind::Service),
        "library" => Some(WorkloadKind::Library),
        "sdlc" => Some(WorkloadKind::Sdlc),
        _ => None,
    }
}

fn bounded<T: Ord>(values: Vec<T>) -> Option<BTreeSet<T>> {
    let values: BTreeSet<T> = values.into_iter().collect();
    (values.len() <= Workload::MOST).then_some(values)
}

pub(super) fn read(sheet: &Sheet, problems: &mut Problems) -> Vec<WorkloadRow> {
    let mut seen = SeenKeys::default();
    let mut rows = Vec::new();
    for row in sheet.rows() {
        let mut cells = Cells::new(row, problems);
        let code = cells.required("code", WorkloadCode::EXPECTED, |raw| WorkloadCode::parse(raw).ok());
        let name = cells.required("name", WorkloadName::EXPECTED, |raw| WorkloadName::parse(raw).ok());
        let team = cells.required("team", TeamCode::EXPECTED, |raw| TeamCode::parse(raw).ok());
        let tier = cells.required("tier", Tier::EXPECTED, |raw| Tier::new(raw.parse().ok()?).ok());
        let kind = cells.required("kind", WorkloadKind::EXPECTED, kind);
        let repositories = cells
            .list("repositories", "https addresses, separated by ;, at most 50", |raw| Repository::parse(raw).ok());
        let tags =
            cells.list("tags", "tags of lower case letters, digits and hyphens, separated by ;, at most 50", |raw| {
                Tag::parse(raw).ok()
            });
        let fresh = code.as_ref().is_none_or(|code| seen.note(code.as_str().to_owned(), row.line, "code", problems));
        let (Some(code), Some(name), Some(team), Some(tier), Some(kind)) = (code, name, team, tier, kind) else {
            continue;
        };
        let (Some(repositories), Some(tags), true) = (repositories, tags, fresh) else { continue };
        let repositories = repositories.map(bounded);
        let tags = tags.map(bounded);
        for (column, value) in [("repositories", repositories == Some(None)), ("tags", tags == Some(None))] {
            if value {
                problems.add(row.line, column, "at most 50 values");
            }
        }
        rows.push(WorkloadRow {
            line: row.line,
            code,
            name,
            team,
            tier,
            kind,
            repositories: repositories.flatten(),
            tags: tags.flatten(),
        });
    }
    rows
}
