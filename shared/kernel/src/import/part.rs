//! Parts of a checked file: its rows in the order in which they are applied, cut into pieces of which each is read by
//! itself. Applying a file costs one reading of the whole and one of each part, however many parts there are.

use csv::{ReaderBuilder, StringRecord, Writer};

use super::{Columns, Row, Sheet};

/// Which part of a row's work a turn is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Half {
    /// All of it.
    Whole,
    /// All but what refers to a row that comes later.
    First,
    /// What refers to a row that came before by now.
    Second,
}

impl Half {
    const ALL: [Self; 3] = [Self::Whole, Self::First, Self::Second];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::First => "first",
            Self::Second => "second",
        }
    }
}

/// One turn in applying a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// The line of the row.
    pub line: u32,
    /// Which part of its work.
    pub half: Half,
}

impl Turn {
    /// A row's only turn.
    pub const fn whole(line: u32) -> Self {
        Self { line, half: Half::Whole }
    }
}

/// Some turns with their rows.
#[derive(Debug)]
pub struct Part {
    sheet: Sheet,
    halves: Vec<Half>,
}

impl Part {
    /// The turns, each with its row.
    pub fn rows(&self) -> impl Iterator<Item = (Row<'_>, Half)> {
        self.sheet.rows().zip(self.halves.iter().copied())
    }

    /// The rows alone.
    pub const fn sheet(&self) -> &Sheet {
        &self.sheet
    }

    /// How many turns there are.
    pub const fn len(&self) -> usize {
        self.halves.len()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.halves.is_empty()
    }

    /// Some turns of a file as a file of their own: line and half come before the cells.
    pub(super) fn written(sheet: &Sheet, turns: &[Turn]) -> Option<Vec<u8>> {
        let mut out = Writer::from_writer(Vec::new());
        let header = sheet.header();
        out.write_record(["line", "half"].into_iter().chain(header.iter().map(|(name, _)| *name))).ok()?;
        for turn in turns {
            let record = sheet.record(turn.line)?;
            let line = turn.line.to_string();
            let cells = header.iter().map(|(_, at)| record.get(*at).unwrap_or_default());
            out.write_record([line.as_str(), turn.half.as_str()].into_iter().chain(cells)).ok()?;
        }
        out.into_inner().ok()
    }

    /// Reads what [`Part::written`] wrote.
    pub(super) fn read(bytes: &[u8], columns: &Columns) -> Option<Self> {
        let mut reader = ReaderBuilder::new().from_reader(bytes);
        let header = reader.headers().ok()?.clone();
        let names = header.iter().enumerate().skip(2);
        let positions = names.map(|(at, name)| Some((columns.position(name)?, at))).collect::<Option<_>>()?;
        let (mut rows, mut halves): (Vec<(u32, StringRecord)>, Vec<Half>) = (Vec::new(), Vec::new());
        for record in reader.into_records() {
            let record = record.ok()?;
            let half = record.get(1)?;
            halves.push(Half::ALL.into_iter().find(|known| known.as_str() == half)?);
            rows.push((record.get(0)?.parse().ok()?, record));
        }
        Some(Self { sheet: Sheet::of(positions, rows), halves })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: Columns = Columns { required: &["code", "name"], optional: &["tags"] };

    #[test]
    fn a_part_reads_as_it_was_written() {
        let file = "name,code\n\"A, the \"\"first\"\"\",a\n\nB,b\n";
        let (sheet, _) = Sheet::read(file.as_bytes(), &COLUMNS);
        let turns = [Turn { line: 4, half: Half::First }, Turn::whole(2), Turn { line: 4, half: Half::Second }];
        let part = Part::read(&Part::written(&sheet, &turns).unwrap(), &COLUMNS).unwrap();
        let rows: Vec<_> = part.rows().map(|(row, half)| (row.line, half, row.get("code"), row.get("name"))).collect();
        assert_eq!(
            rows,
            [(4, Half::First, "b", "B"), (2, Half::Whole, "a", "A, the \"first\""), (4, Half::Second, "b", "B")]
        );
        assert!(part.rows().all(|(row, _)| !row.has("tags")));
        assert!(Part::read(b"line,half,salary\n1,whole,x\n", &COLUMNS).is_none());
        assert!(Part::written(&sheet, &[Turn::whole(99)]).is_none());
    }
}
