//! A CSV file as rows: UTF-8 with or without a byte order mark, one header row, commas, quotes by RFC 4180. Reading is
//! bounded in bytes, rows and cells, and refuses cells that a spreadsheet would run as a formula.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use csv::{ReaderBuilder, StringRecord};

use super::{MAX_BYTES, MAX_CELL, MAX_ROWS, Problems};
use crate::text::{is_formula, is_printable};

/// The columns a kind of file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Columns {
    /// Without these the file says too little.
    pub required: &'static [&'static str],
    /// These may be left out.
    pub optional: &'static [&'static str],
}

impl Columns {
    pub(super) fn position(&self, name: &str) -> Option<&'static str> {
        self.required.iter().chain(self.optional).copied().find(|known| *known == name)
    }
}

/// The rows of a file that could be read. A row with too few or too many cells is left out; a cell that cannot be taken is
/// a problem that was noted, and its row is here for what its other cells say.
#[derive(Debug, Clone)]
pub struct Sheet {
    positions: HashMap<&'static str, usize>,
    rows: Vec<(u32, StringRecord)>,
    /// Cells with a problem that was noted.
    refused: HashSet<(u32, &'static str)>,
}

/// One row with its line number.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    /// The line of the file on which the row starts, counted from 1.
    pub line: u32,
    record: &'a StringRecord,
    sheet: &'a Sheet,
}

impl<'a> Row<'a> {
    /// A cell without surrounding white space; empty where the file leaves the column out.
    pub fn get(&self, column: &'static str) -> &'a str {
        let cell = self.sheet.positions.get(column).and_then(|at| self.record.get(*at));
        cell.map(str::trim).unwrap_or_default()
    }

    /// Whether the file has a column at all: a file that leaves one out says nothing about it.
    pub fn has(&self, column: &'static str) -> bool {
        self.sheet.positions.contains_key(column)
    }

    /// Whether a cell was refused as a cell, whatever the column means: its problem is noted already.
    pub fn is_refused(&self, column: &'static str) -> bool {
        self.sheet.refused.contains(&(self.line, column))
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
        let mut sheet = Self::of(HashMap::new(), Vec::new());
        if let Some(text) = decode(bytes, &mut problems) {
            sheet.fill(text, columns, &mut problems);
        }
        (sheet, problems)
    }

    /// The rows in the file's order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = Row<'_>> {
        self.rows.iter().map(|(line, record)| Row { line: *line, record, sheet: self })
    }

    /// Rows that were read and checked before.
    pub(super) fn of(positions: HashMap<&'static str, usize>, rows: Vec<(u32, StringRecord)>) -> Self {
        Self { positions, rows, refused: HashSet::new() }
    }

    /// The columns with their positions, in the file's order.
    pub(super) fn header(&self) -> Vec<(&'static str, usize)> {
        let mut header: Vec<_> = self.positions.iter().map(|(name, at)| (*name, *at)).collect();
        header.sort_by_key(|(_, at)| *at);
        header
    }

    /// The cells of a line of the file.
    pub(super) fn record(&self, line: u32) -> Option<&StringRecord> {
        let at = self.rows.binary_search_by_key(&line, |(line, _)| *line).ok()?;
        self.rows.get(at).map(|(_, record)| record)
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
            if record.len() != header.len() {
                problems.add(line, "", format!("{} cells, as many as the header row", header.len()));
                continue;
            }
            self.check_row(line, &record, problems);
            self.rows.push((line, record));
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

    fn check_row(&mut self, line: u32, record: &StringRecord, problems: &mut Problems) {
        for (name, at) in &self.positions {
            let cell = record.get(*at).unwrap_or_default();
            if let Some(expected) = expected_of(cell) {
                problems.add(line, *name, expected);
                self.refused.insert((line, *name));
            }
        }
    }
}

/// What any cell must be, whatever its column means; nothing for one that is.
fn expected_of(cell: &str) -> Option<Cow<'static, str>> {
    if cell.chars().nth(MAX_CELL).is_some() {
        Some(format!("at most {MAX_CELL} characters").into())
    } else if is_formula(cell) {
        Some("a plain value that does not start with =, +, - or @".into())
    } else if cell.contains(char::REPLACEMENT_CHARACTER) {
        Some("text as it was written; U+FFFD stands where a wrong encoding lost a letter: export the file again".into())
    } else if !is_printable(cell) {
        Some("one line of printable text".into())
    } else {
        None
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
        assert_eq!(
            sheet.rows().map(|row| (row.line, row.is_refused("name"))).collect::<Vec<_>>(),
            [(2, true), (5, false)]
        );
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
        let refused: Vec<_> = sheet.rows().map(|row| (row.get("code"), row.is_refused("name"))).collect();
        assert_eq!(refused, [("a", true), ("b", true), ("d", false)]);
    }

    #[test]
    fn the_mark_of_a_lost_letter_is_refused() {
        assert_eq!(read("code,name\na,M\u{fffd}ller\nb,Bea\n").1, [(2, "name".to_owned())]);
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
