//! Rows of `teams.csv`.

use kernel::import::{Cells, Columns, Problems, SeenKeys, Sheet};

use crate::{DepartmentCode, TeamCode, TeamName};

pub(super) const COLUMNS: Columns = Columns { required: &["code", "name", "department"], optional: &[] };

#[derive(Debug)]
pub(super) struct TeamRow {
    pub(super) line: u32,
    pub(super) code: TeamCode,
    pub(super) name: TeamName,
    pub(super) department: DepartmentCode,
}

pub(super) fn read(sheet: &Sheet, problems: &mut Problems) -> Vec<TeamRow> {
    let mut seen = SeenKeys::default();
    let mut rows = Vec::new();
    for row in sheet.rows() {
        let mut cells = Cells::new(row, problems);
        let code = cells.required("code", TeamCode::EXPECTED, |raw| TeamCode::parse(raw).ok());
        let name = cells.required("name", TeamName::EXPECTED, |raw| TeamName::parse(raw).ok());
        let department = cells.required("department", DepartmentCode::EXPECTED, |raw| DepartmentCode::parse(raw).ok());
        let fresh = code.as_ref().is_none_or(|code| seen.note(code.as_str().to_owned(), row.line, "code", problems));
        if let (true, Some(code), Some(name), Some(department)) = (fresh, code, name, department) {
            rows.push(TeamRow { line: row.line, code, name, department });
        }
    }
    rows
}
