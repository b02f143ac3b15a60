//! Reading cells: a value, or a problem that says what belongs there.

use jiff::civil::Date;

use super::{Problems, Row};
use crate::Day;

/// What a date must look like.
pub const DATE: &str = Day::EXPECTED;

/// The cells of one row. Every problem is noted and reading goes on, so that a row names all of its problems.
pub struct Cells<'a, 'p> {
    row: Row<'a>,
    problems: &'p mut Problems,
}

impl<'a, 'p> Cells<'a, 'p> {
    /// The cells of a row, and where its problems go.
    pub const fn new(row: Row<'a>, problems: &'p mut Problems) -> Self {
        Self { row, problems }
    }

    /// Whether a cell says nothing.
    pub fn is_empty(&self, column: &'static str) -> bool {
        self.row.get(column).is_empty()
    }

    /// Notes what belongs in a cell.
    pub fn expect(&mut self, column: &'static str, expected: &'static str) {
        self.problems.add(self.row.line, column, expected);
    }

    /// A cell that must hold a value.
    pub fn required<T>(
        &mut self,
        column: &'static str,
        expected: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        if self.row.is_refused(column) {
            return None;
        }
        let value = parse(self.row.get(column));
        if value.is_none() {
            self.expect(column, expected);
        }
        value
    }

    /// A cell of a column that may be left out, and then says nothing; an empty cell says none. The outer absence is a
    /// problem that was noted.
    pub fn optional<T>(
        &mut self,
        column: &'static str,
        expected: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<Option<Option<T>>> {
        match (self.row.has(column), self.row.get(column)) {
            (false, _) => Some(None),
            (true, "") => Some(Some(None)),
            (true, _) => self.required(column, expected, parse).map(|value| Some(Some(value))),
        }
    }

    /// A cell with several values, each of which must parse.
    pub fn list<T>(
        &mut self,
        column: &'static str,
        expected: &'static str,
        parse: impl FnMut(&str) -> Option<T>,
    ) -> Option<Option<Vec<T>>> {
        if !self.row.has(column) {
            return Some(None);
        }
        if self.row.is_refused(column) {
            return None;
        }
        let values: Option<Vec<T>> = self.row.list(column).map(parse).collect();
        if values.is_none() {
            self.expect(column, expected);
        }
        values.map(Some)
    }
}

/// A full date; a year outside 1900 to 2199 is a slip of the pen.
pub fn date(raw: &str) -> Option<Date> {
    let Day(date) = raw.parse().ok()?;
    (1900..2200).contains(&date.year()).then_some(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_in_full() {
        assert!(date("2028-02-29").is_some());
        for bad in ["2026-02-29", "26-02-01", "20260201", "01.02.2026", "2026-02-01T10:00", "0026-02-01"] {
            assert!(date(bad).is_none(), "{bad}");
        }
    }
}
