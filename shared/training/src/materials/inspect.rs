//! Whether a stored file is what was announced. Its type is told by the bytes at its beginning, and of archives also by
//! those at its end, where a ZIP file keeps its list of entries (PKWARE APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12 and
//! 4.3.16): a film of 500 MiB is looked at as quickly as a picture. Text is read whole, which is why it is short.

use kernel::StoredFile;

use super::{Fault, FileKind, MaterialFile};

/// The bytes looked at of a beginning.
const HEAD: u64 = 32;
/// The bytes looked at of an end: room for the list of about 600 entries.
const TAIL: u64 = 64 * 1024;

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

/// Holds the bytes of a beginning and an end against a type.
pub(super) fn recognised(kind: FileKind, head: &[u8], tail: &[u8]) -> Result<(), Fault> {
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
        FileKind::Zip => is_archive(head, tail),
        FileKind::Pptx => is_office(head, tail, b"ppt/presentation.xml"),
        FileKind::Docx => is_office(head, tail, b"word/document.xml"),
    };
    if fits { Ok(()) } else { Err(Fault::Content(kind)) }
}

/// Text in UTF-8 without control characters but those of lines and columns.
fn is_text(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes)
        .is_ok_and(|text| !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')))
}

fn is_archive(head: &[u8], tail: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04") && holds(tail, b"PK\x05\x06")
}

/// An archive whose list names what every package of Office Open XML has (ECMA-376, part 2), the main part of the type,
/// and no program.
fn is_office(head: &[u8], tail: &[u8], main: &[u8]) -> bool {
    is_archive(head, tail)
        && holds(tail, b"[Content_Types].xml")
        && holds(tail, main)
        && !holds(tail, b"vbaProject.bin")
}

fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}
