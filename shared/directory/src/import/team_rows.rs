//! Rows of `teams.csv`.

use kernel::import::{Cells, Columns, Problems, Row, SeenKeys, Sheet};

use crate::{DepartmentCode, TeamCode, TeamName};

pub(super) const COLUMNS: Columns = Columns { required: &["code", "name", "department"], optional: &[] };

#[derive(Debug)]
pub(super) struct TeamRow {
    pub(super) line: u32,
    pub(super) code: TeamCode,
    pub(super) name: TeamName,
    pub(super) department: DepartmentCode,
}

/// A row by itself.
pub(super) fn read_row(row: Row<'_>, problems: &mut Problems) -> Option<TeamRow> {
    let mut cells = Cells::new(row, problems);
    let code = cells.required("code", TeamCode::EXPECTED, |raw| TeamCode::parse(raw).ok());
    let name = cells.required("name", TeamName::EXPECTED, |raw| TeamName::parse(raw).ok());
    let department = cells.required("department", DepartmentCode::EXPECTED, |raw| DepartmentCode::parse(raw).ok());
    Some(TeamRow { line: row.line, code: code?, name: name?, department: department? })
}

pub(super) fn read(sheet: &Sheet, problems: &mut Problems) -> Vec<TeamRow> {
    let mut seen = SeenKeys::default();
    let mut rows = Vec::new();
    for row in sheet.rows() {
        let code = TeamCode::parse(row.get("code")).ok();
        let fresh = code.is_none_or(|code| seen.note(code.as_str().to_owned(), row.line, "code", problems));
        rows.extend(read_row(row, problems).filter(|_| fresh));
    }
    rows
}
