//! Reads a CSV file into cells with their line and column. It knows nothing of what the columns mean.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use kernel::Redacted;

use super::{MAX_CELL, MAX_ROWS};
use crate::model::RowProblem;

/// A column of a kind of file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    /// Whether the file must have it.
    pub(crate) needed: bool,
}

/// One row's cells.
pub(crate) struct Cells<'a> {
    pub(crate) line: u64,
    cells: BTreeMap<&'static str, String>,
    problems: &'a mut Vec<RowProblem>,
}

/// Reads a file and hands each well-formed row to `turn`. Everything that is wrong goes to `problems`.
pub(crate) fn each_row(
    bytes: &[u8],
    columns: &[Column],
    problems: &mut Vec<RowProblem>,
    mut turn: impl FnMut(&mut Cells<'_>),
) {
    let Some(text) = decode(bytes, problems) else { return };
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut records = reader.records();
    let Some(Ok(header)) = records.next() else {
        problems.push(RowProblem::row(1, "a header row with the column names"));
        return;
    };
    let Some(places) = places(&header, columns, problems) else { return };
    for (index, record) in records.enumerate() {
        let fallback = u64::try_from(index).unwrap_or(u64::MAX).saturating_add(2);
        if index >= MAX_ROWS {
            problems.push(RowProblem::row(fallback, format!("at most {MAX_ROWS} rows")));
            return;
        }
        let Ok(record) = record else {
            problems.push(RowProblem::row(fallback, "a row of comma-separated cells"));
            continue;
        };
        let line = record.position().map_or(fallback, csv::Position::line);
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if record.len() != header.len() {
            problems.push(RowProblem::row(line, format!("{} cells, as the header has", header.len())));
            continue;
        }
        if let Some(cells) = cells_of(&record, &places, line, problems) {
            turn(&mut Cells { line, cells, problems });
        }
    }
}

fn decode<'a>(bytes: &'a [u8], problems: &mut Vec<RowProblem>) -> Option<&'a str> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => Some(text),
        Ok(_) => {
            problems.push(RowProblem::row(1, "text in UTF-8, without NUL characters"));
            None
        }
        Err(error) => {
            let good = &bytes[..error.valid_up_to()];
            let line = good.iter().filter(|byte| **byte == b'\n').count();
            problems.push(RowProblem::row(u64::try_from(line).unwrap_or(0) + 1, "text in UTF-8"));
            None
        }
    }
}

fn places(header: &csv::StringRecord, columns: &[Column], problems: &mut Vec<RowProblem>) -> Option<Vec<&'static str>> {
    let before = problems.len();
    let mut seen = BTreeSet::new();
    let mut places = Vec::new();
    for (index, name) in header.iter().enumerate() {
        let name = name.trim();
        match columns.iter().find(|column| column.name == name) {
            Some(column) if seen.insert(column.name) => places.push(column.name),
            Some(column) => problems.push(RowProblem::cell(1, column.name, "a column that occurs once")),
            None => {
                let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
                let expected = format!("column {} to be one of: {}", index + 1, names.join(", "));
                problems.push(RowProblem::row(1, expected));
            }
        }
    }
    for column in columns.iter().filter(|column| column.needed && !seen.contains(column.name)) {
        problems.push(RowProblem::cell(1, column.name, "a column of this name"));
    }
    (problems.len() == before).then_some(places)
}

fn cells_of(
    record: &csv::StringRecord,
    places: &[&'static str],
    line: u64,
    problems: &mut Vec<RowProblem>,
) -> Option<BTreeMap<&'static str, String>> {
    let before = problems.len();
    for (name, cell) in places.iter().zip(record) {
        if cell.chars().count() > MAX_CELL {
            problems.push(RowProblem::cell(line, name, format!("at most {MAX_CELL} characters")));
        } else if cell.trim().starts_with(['=', '+', '-', '@']) {
            // A spreadsheet would run it.
            problems.push(RowProblem::cell(line, name, "a value that does not start with = + - or @"));
        }
    }
    (problems.len() == before)
        .then(|| places.iter().zip(record).map(|(name, cell)| (*name, cell.trim().to_owned())).collect())
}

impl Cells<'_> {
    /// A cell's text, absent when empty.
    pub(crate) fn text(&self, column: &str) -> Option<&str> {
        self.cells.get(column).map(String::as_str).filter(|cell| !cell.is_empty())
    }

    /// The values of a cell, separated by semicolons.
    pub(crate) fn list(&self, column: &str) -> Vec<&str> {
        let cell = self.text(column).unwrap_or_default();
        cell.split(';').map(str::trim).filter(|value| !value.is_empty()).collect()
    }

    /// Reports a cell.
    pub(crate) fn expect(&mut self, column: &str, expected: impl Into<String>) {
        self.problems.push(RowProblem::cell(self.line, column, expected));
    }

    /// Reads a cell that must not be empty.
    pub(crate) fn needed<T>(
        &mut self,
        column: &str,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let value = self.text(column).and_then(parse);
        if value.is_none() {
            self.expect(column, expected);
        }
        value
    }

    /// Reads a cell that may be empty: nothing when it is bad, `Some(None)` when it is empty.
    #[expect(clippy::option_option, reason = "bad, empty and present are three things")]
    pub(crate) fn optional<T>(
        &mut self,
        column: &str,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<Option<T>> {
        if self.text(column).is_none() { Some(None) } else { self.needed(column, expected, parse).map(Some) }
    }

    /// Reads a list, every value of which must be good.
    pub(crate) fn values<T>(
        &mut self,
        column: &str,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<Vec<T>> {
        let values: Option<Vec<T>> = self.list(column).into_iter().map(parse).collect();
        if values.is_none() {
            self.expect(column, expected);
        }
        values
    }
}

/// What a date looks like.
pub(crate) const DATE: &str = "a date such as 2026-02-28";
/// What an e-mail address looks like.
pub(crate) const EMAIL: &str = "an e-mail address";

/// Reads `YYYY-MM-DD`, and nothing longer.
pub(crate) fn date(raw: &str) -> Option<Date> {
    (raw.len() == 10).then(|| raw.parse().ok()).flatten()
}

/// Reads an e-mail address, as far as a key needs it.
pub(crate) fn email(raw: &str) -> Option<Redacted<String>> {
    let (local, domain) = raw.split_once('@')?;
    let fits = raw.len() <= 254
        && !local.is_empty()
        && domain.len() >= 3
        && !domain.contains('@')
        && !raw.contains(char::is_whitespace)
        && kernel::text::is_printable(raw);
    fits.then(|| Redacted::new(kernel::text::fold(raw)))
}
