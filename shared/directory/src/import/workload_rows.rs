//! Rows of `workloads.csv`.

use std::collections::BTreeSet;

use kernel::import::{Cells, Columns, Problems, Row, SeenKeys, Sheet};

use super::Mentions;
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

fn bounded<T: Ord>(cells: &mut Cells<'_, '_>, column: &'static str, values: Vec<T>) -> Option<BTreeSet<T>> {
    let values: BTreeSet<T> = values.into_iter().collect();
    if values.len() > Workload::MOST {
        cells.expect(column, "at most 50 values");
        return None;
    }
    Some(values)
}

/// A row by itself; the team it names is mentioned even where the row has a problem.
pub(super) fn read_row(row: Row<'_>, mentions: &mut Mentions, problems: &mut Problems) -> Option<WorkloadRow> {
    let mut cells = Cells::new(row, problems);
    let code = cells.required("code", WorkloadCode::EXPECTED, |raw| WorkloadCode::parse(raw).ok());
    let name = cells.required("name", WorkloadName::EXPECTED, |raw| WorkloadName::parse(raw).ok());
    let team = cells.required("team", TeamCode::EXPECTED, |raw| TeamCode::parse(raw).ok());
    let tier = cells.required("tier", Tier::EXPECTED, |raw| Tier::new(raw.parse().ok()?).ok());
    let kind = cells.required("kind", WorkloadKind::EXPECTED, kind);
    let repositories =
        cells.list("repositories", "https addresses, separated by ;, at most 50", |raw| Repository::parse(raw).ok());
    let tags =
        cells.list("tags", "tags of lower case letters, digits and hyphens, separated by ;, at most 50", |raw| {
            Tag::parse(raw).ok()
        });
    let repositories = repositories.and_then(|stated| match stated {
        Some(values) => bounded(&mut cells, "repositories", values).map(Some),
        None => Some(None),
    });
    let tags = tags.and_then(|stated| match stated {
        Some(values) => bounded(&mut cells, "tags", values).map(Some),
        None => Some(None),
    });
    if let Some(team) = &team {
        mentions.team(row.line, "team", team);
    }
    Some(WorkloadRow {
        line: row.line,
        code: code?,
        name: name?,
        team: team?,
        tier: tier?,
        kind: kind?,
        repositories: repositories?,
        tags: tags?,
    })
}

pub(super) fn read(sheet: &Sheet, mentions: &mut Mentions, problems: &mut Problems) -> Vec<WorkloadRow> {
    let mut seen = SeenKeys::default();
    let mut rows = Vec::new();
    for row in sheet.rows() {
        let code = WorkloadCode::parse(row.get("code")).ok();
        let fresh = code.is_none_or(|code| seen.note(code.as_str().to_owned(), row.line, "code", problems));
        rows.extend(read_row(row, mentions, problems).filter(|_| fresh));
    }
    rows
}
