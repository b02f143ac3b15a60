//! Whether a stored file is what was announced. Its type is told by the bytes at its beginning, and of archives also by
//! those at its end, where a ZIP file keeps its list of entries: a film of 500 MiB is looked at as quickly as a picture.
//! Text is read whole, which is why it is short. What cannot be seen in whole is refused.

use std::collections::BTreeSet;

use kernel::StoredFile;

use super::{Fault, FileKind, MaterialFile, archive};

/// The bytes looked at of a beginning.
const HEAD: u64 = 32;
/// The bytes looked at of an end: room for the list of about 10,000 entries.
pub(super) const TAIL: u64 = 1024 * 1024;

/// What of a file must be read to tell its type: so many bytes of its beginning and of its end.
pub(super) fn wanted(file: &MaterialFile) -> (u64, u64) {
    let (head, tail) = match file.kind {
        FileKind::Text | FileKind::Markdown => (file.kind.most_bytes(), 0),
        FileKind::Zip | FileKind::Pptx | FileKind::Docx => (HEAD, TAIL),
        FileKind::Pdf | FileKind::Png | FileKind::Jpeg | FileKind::Mp4 => (HEAD, 0),
    };
    (head.min(file.length), tail.min(file.length))
}

/// Holds what S3 knows of a stored file against what was announced.
pub(super) fn measured(file: &MaterialFile, stored: &StoredFile) -> Result<(), Fault> {
    if stored.length != file.length {
        return Err(Fault::Length);
    }
    if stored.sha256.as_ref() != Some(file.sha256.bytes()) {
        return Err(Fault::Checksum);
    }
    Ok(())
}

/// Holds the bytes of a beginning and an end of a file of a length against a type.
pub(super) fn recognised(kind: FileKind, head: &[u8], tail: &[u8], length: u64) -> Result<(), Fault> {
    let fits = match kind {
        // ISO 32000-1, section 7.5.2.
        FileKind::Pdf => head.starts_with(b"%PDF-"),
        // PNG (third edition), sections 5.2 and 5.3: the signature, and a first chunk IHDR of 13 bytes.
        FileKind::Png => head.starts_with(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
        // ITU-T T.81, section B.1.1.3: start of image, and the first byte of the next marker.
        FileKind::Jpeg => head.starts_with(b"\xff\xd8\xff"),
        // ISO/IEC 14496-12, section 4.3: a box of type `ftyp` comes first.
        FileKind::Mp4 => head.get(4..8) == Some(b"ftyp"),
        FileKind::Text | FileKind::Markdown => is_text(head),
        // PKWARE APPNOTE.TXT 6.3.10, section 4.3.7: the first entry comes first.
        FileKind::Zip | FileKind::Pptx | FileKind::Docx if !head.starts_with(b"PK\x03\x04") => false,
        FileKind::Zip | FileKind::Pptx | FileKind::Docx => {
            let names = archive::names(tail, length).ok_or(Fault::Entries(kind))?;
            match kind {
                FileKind::Pptx => is_office(&names, "ppt/presentation.xml"),
                FileKind::Docx => is_office(&names, "word/document.xml"),
                _ => true,
            }
        }
    };
    if fits { Ok(()) } else { Err(Fault::Content(kind)) }
}

/// Text in UTF-8 without control characters but those of lines and columns.
fn is_text(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes)
        .is_ok_and(|text| !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')))
}

/// An archive whose list names what every package of Office Open XML has (ECMA-376, part 2), the main part of the type,
/// and no program. Names of parts are the same whatever their case, and each is there once.
fn is_office(names: &[&[u8]], main: &str) -> bool {
    let parts: BTreeSet<String> =
        names.iter().map(|name| String::from_utf8_lossy(name).to_ascii_lowercase().replace('\\', "/")).collect();
    let program = |part: &String| {
        part.contains("vbaproject") || part.rsplit('/').next().is_some_and(|last| last.starts_with("vba"))
    };
    parts.len() == names.len()
        && parts.contains("[content_types].xml")
        && parts.contains(main)
        && !parts.iter().any(program)
}
