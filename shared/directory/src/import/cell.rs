//! Reading cells: a value, or a problem that says what belongs there.

use jiff::civil::Date;
use kernel::{
    DateSpan,
    import::{Problems, Row},
};

/// What a date must look like.
pub(super) const DATE: &str = "a date such as 2026-03-31";

/// The cells of one row. Every problem is noted and reading goes on, so that a row names all of its problems.
pub(super) struct Cells<'a, 'p> {
    row: Row<'a>,
    problems: &'p mut Problems,
}

impl<'a, 'p> Cells<'a, 'p> {
    pub(super) fn new(row: Row<'a>, problems: &'p mut Problems) -> Self {
        Self { row, problems }
    }

    /// A cell that must hold a value.
    pub(super) fn required<T>(
        &mut self,
        column: &'static str,
        expected: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let value = parse(self.row.get(column));
        if value.is_none() {
            self.problems.add(self.row.line, column, expected);
        }
        value
    }

    /// A cell of a column that may be left out, and then says nothing; an empty cell says none. The outer absence is a
    /// problem that was noted.
    pub(super) fn optional<T>(
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
    pub(super) fn list<T>(
        &mut self,
        column: &'static str,
        expected: &'static str,
        parse: impl FnMut(&str) -> Option<T>,
    ) -> Option<Option<Vec<T>>> {
        if !self.row.has(column) {
            return Some(None);
        }
        let values: Option<Vec<T>> = self.row.list(column).map(parse).collect();
        if values.is_none() {
            self.problems.add(self.row.line, column, expected);
        }
        values.map(Some)
    }
}

/// A full date; a year outside 1900 to 2199 is a slip of the pen.
pub(super) fn date(raw: &str) -> Option<Date> {
    let date: Date = (raw.len() == 10).then(|| raw.parse().ok())??;
    (1900..2200).contains(&date.year()).then_some(date)
}

/// `from`, or `from..until`.
pub(super) fn span(raw: &str) -> Option<DateSpan> {
    match raw.split_once("..") {
        None => DateSpan::new(date(raw)?, None).ok(),
        Some((from, until)) => DateSpan::new(date(from)?, Some(date(until)?)).ok(),
    }
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

    #[test]
    fn a_span_has_an_end_or_none() {
        assert!(span("2026-01-01").is_some_and(|span| span.until().is_none()));
        assert!(span("2026-01-01..2026-06-30").is_some());
        assert!(span("2026-06-30..2026-01-01").is_none());
    }
}
