//! A CSV file as rows: UTF-8 with or without a byte order mark, one header row, commas, quotes by RFC 4180. Reading is
//! bounded in bytes, rows and cells, and refuses cells that a spreadsheet would run as a formula.

use std::collections::HashMap;

use csv::{ReaderBuilder, StringRecord};

use super::{MAX_BYTES, MAX_CELL, MAX_ROWS, Problems};
use crate::text::is_printable;

/// The columns a kind of file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Columns {
    /// Without these the file says too little.
    pub required: &'static [&'static str],
    /// These may be left out.
    pub optional: &'static [&'static str],
}

impl Columns {
    fn position(&self, name: &str) -> Option<&'static str> {
        self.required.iter().chain(self.optional).copied().find(|known| *known == name)
    }
}

/// The rows of a file that could be read. Rows with a problem of their own are left out, so what is here is well-formed.
#[derive(Debug, Clone)]
pub struct Sheet {
    positions: HashMap<&'static str, usize>,
    rows: Vec<(u32, StringRecord)>,
}

/// One row with its line number.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    /// The line of the file on which the row starts, counted from 1.
    pub line: u32,
    record: &'a StringRecord,
    positions: &'a HashMap<&'static str, usize>,
}

impl<'a> Row<'a> {
    /// A cell without surrounding white space; empty where the file leaves the column out.
    pub fn get(&self, column: &'static str) -> &'a str {
        let cell = self.positions.get(column).and_then(|at| self.record.get(*at));
        cell.map(str::trim).unwrap_or_default()
    }

    /// Whether the file has a column at all: a file that leaves one out says nothing about it.
    pub fn has(&self, column: &'static str) -> bool {
        self.positions.contains_key(column)
    }

    /// The values of a cell that `;` separates, empty ones left out.
    pub fn list(&self, column: &'static str) -> impl Iterator<Item = &'a str> + use<'a> {
        self.get(column).split(';').map(str::trim).filter(|part| !part.is_empty())
    }
}

impl Sheet {
    /// Reads a file. What could be read is returned beside everything that is wrong, so that one dry run can name it all.
    pub fn read(bytes: &[u8], columns: &Columns) -> (Self, Problems) {
        let mut problems = Problems::new();
        let mut sheet = Self { positions: HashMap::new(), rows: Vec::new() };
        if let Some(text) = decode(bytes, &mut problems) {
            sheet.fill(text, columns, &mut problems);
        }
        (sheet, problems)
    }

    /// The rows in the file's order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = Row<'_>> {
        self.rows.iter().map(|(line, record)| Row { line: *line, record, positions: &self.positions })
    }

    /// How many rows could be read.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    fn fill(&mut self, text: &str, columns: &Columns, problems: &mut Problems) {
        let mut reader = ReaderBuilder::new().flexible(true).has_headers(true).from_reader(text.as_bytes());
        let Ok(header) = reader.headers().cloned() else {
            problems.add(1, "", "a header row with the names of the columns");
            return;
        };
        if !self.read_header(&header, columns, problems) {
            return;
        }
        let mut lines = Lines { text: text.as_bytes(), at: 0, line: 1 };
        for (index, record) in reader.records().enumerate() {
            // Text that is valid UTF-8 and may have rows of any length always parses.
            let Ok(record) = record else {
                problems.add(0, "", "a well-formed CSV file");
                return;
            };
            let line = lines.of_record(record.position().map_or(0, csv::Position::byte));
            if u32::try_from(index).unwrap_or(u32::MAX) >= MAX_ROWS {
                problems.add(line, "", format!("at most {MAX_ROWS} rows; split the file"));
                return;
            }
            if record.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            if self.check_row(line, &record, &header, problems) {
                self.rows.push((line, record));
            }
        }
    }

    fn read_header(&mut self, header: &StringRecord, columns: &Columns, problems: &mut Problems) -> bool {
        let before = problems.count();
        for (at, raw) in header.iter().enumerate() {
            match columns.position(raw.trim()) {
                Some(name) if self.positions.contains_key(name) => problems.add(1, name, "this column once"),
                Some(name) => {
                    self.positions.insert(name, at);
                }
                None => problems.add(
                    1,
                    format!("column {}", at + 1),
                    format!("one of: {}", [columns.required, columns.optional].concat().join(", ")),
                ),
            }
        }
        for name in columns.required {
            if !self.positions.contains_key(name) {
                problems.add(1, *name, "this column, which is missing");
            }
        }
        problems.count() == before
    }

    fn check_row(&self, line: u32, record: &StringRecord, header: &StringRecord, problems: &mut Problems) -> bool {
        let before = problems.count();
        if record.len() != header.len() {
            problems.add(line, "", format!("{} cells, as many as the header row", header.len()));
            return false;
        }
        for (name, at) in &self.positions {
            let cell = record.get(*at).unwrap_or_default();
            if cell.chars().nth(MAX_CELL).is_some() {
                problems.add(line, *name, format!("at most {MAX_CELL} characters"));
            } else if is_formula(cell) {
                problems.add(line, *name, "a plain value that does not start with =, +, - or @");
            } else if !is_printable(cell) {
                problems.add(line, *name, "one line of printable text");
            }
        }
        problems.count() == before
    }
}

/// Counts lines along with the records: the parser's own count leaves out blank lines before a record.
struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    line: u32,
}

impl Lines<'_> {
    fn of_record(&mut self, start: u64) -> u32 {
        let start = usize::try_from(start).unwrap_or(usize::MAX);
        while let Some(byte) = self.text.get(self.at) {
            if self.at >= start && !matches!(byte, b'\r' | b'\n') {
                break;
            }
            self.line = self.line.saturating_add(u32::from(*byte == b'\n'));
            self.at += 1;
        }
        self.line
    }
}

fn decode<'a>(bytes: &'a [u8], problems: &mut Problems) -> Option<&'a str> {
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > MAX_BYTES {
        problems.add(0, "", format!("a file of at most {MAX_BYTES} bytes"));
        return None;
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        problems.add(1, "", "UTF-8; this file is in UTF-16");
        return None;
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) if text.trim().is_empty() => {
            problems.add(1, "", "a header row with the names of the columns");
            None
        }
        Ok(text) => Some(text),
        Err(error) => {
            let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let line = good.iter().filter(|byte| **byte == b'\n').count() + 1;
            problems.add(u32::try_from(line).unwrap_or(u32::MAX), "", "UTF-8; save the file in that encoding");
            None
        }
    }
}

fn is_formula(cell: &str) -> bool {
    cell.trim_start().starts_with(['=', '+', '-', '@'])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const COLUMNS: Columns = Columns { required: &["code", "name"], optional: &["tags"] };

    fn read(text: &str) -> (Sheet, Vec<(u32, String)>) {
        let (sheet, problems) = Sheet::read(text.as_bytes(), &COLUMNS);
        (sheet, problems.sorted().into_iter().map(|it| (it.line, it.column.into_owned())).collect())
    }

    #[test]
    fn rows_know_their_line_even_after_quoted_cells_and_blank_lines() {
        let (sheet, problems) = read("code,name,tags\na,\"A, the first\",x; y;\n\nb,B,\n");
        let rows: Vec<_> = sheet.rows().map(|row| (row.line, row.get("code"), row.list("tags").count())).collect();
        assert_eq!((rows, problems), (vec![(2, "a", 2), (4, "b", 0)], vec![]));
        let (sheet, _) = read("code,name\r\na,\"A\r\nand B\"\r\n\r\nc,C\r\n");
        assert_eq!(sheet.rows().map(|row| row.line).collect::<Vec<_>>(), [5]);
    }

    #[test]
    fn a_byte_order_mark_and_windows_line_ends_are_fine() {
        let (sheet, problems) = read("\u{feff}code,name\r\na,A\r\n");
        assert_eq!((sheet.len(), problems), (1, vec![]));
    }

    #[test]
    fn a_missing_optional_column_reads_as_empty() {
        let (sheet, _) = read("name,code\nA,a\n");
        assert_eq!(sheet.rows().map(|row| (row.get("code"), row.get("tags"))).collect::<Vec<_>>(), [("a", "")]);
    }

    #[test]
    fn wrong_encodings_are_named_with_the_line() {
        let (_, problems) = Sheet::read(b"code,name\na,A\nb,M\xfcller\n", &COLUMNS);
        assert_eq!(problems.listed()[0].line, 3);
        assert!(!Sheet::read(b"\xff\xfec\0o\0", &COLUMNS).1.is_empty());
    }

    #[test]
    fn headers_must_name_every_required_column_once_and_nothing_else() {
        assert_eq!(read("code,salary,code\n").1.len(), 3);
        assert_eq!(read("").1, [(1, String::new())]);
        assert_eq!(read("\n\n").1, [(1, String::new())]);
    }

    #[test]
    fn formulas_long_cells_and_ragged_rows_are_refused_and_the_rest_is_read() {
        let long = "x".repeat(1_001);
        let (sheet, problems) = read(&format!("code,name\na,=1+1\nb,{long}\nc\nd,D\n"));
        assert_eq!(problems, [(2, "name".to_owned()), (3, "name".to_owned()), (4, String::new())]);
        assert_eq!(sheet.len(), 1);
    }

    #[test]
    fn one_row_too_many_is_refused() {
        let text = format!("code,name\n{}", "a,A\n".repeat(100_001));
        assert_eq!(read(&text).1, [(100_002, String::new())]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let (sheet, problems) = Sheet::read(&bytes, &COLUMNS);
            prop_assert!(sheet.is_empty() || problems.count() < 200);
        }
    }
}
