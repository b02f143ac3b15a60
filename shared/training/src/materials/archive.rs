//! The list of entries that a ZIP file ends with (PKWARE APPNOTE.TXT 6.3.10, sections 4.3.12 and 4.3.16). Programs differ in
//! what they make of a list that contradicts itself, so such a list is none here: it must lie in whole in what was read,
//! directly before the one record that ends the file, and be what that record says of it.

/// How an entry of the list begins.
const ENTRY: &[u8] = b"PK\x01\x02";
/// How the record that ends the file begins.
const END: &[u8] = b"PK\x05\x06";
/// The bytes of an entry before its name.
const ENTRY_BYTES: usize = 46;
/// The bytes of the end record before its comment.
const END_BYTES: usize = 22;
/// The fewest bytes that stand before the content of an entry beside its name.
const LOCAL_BYTES: u64 = 30;

/// The names of the entries of a file of a length, of which `tail` is the end; nothing where they cannot be known for
/// sure: the list begins before `tail`, another record could be the last one, the archive is one of several or of ZIP64
/// (section 4.3.14), or something stands before the first entry.
pub(super) fn names(tail: &[u8], length: u64) -> Option<Vec<&[u8]>> {
    let end = last(tail, END)?;
    let record = tail.get(end..)?;
    if !ends_the_file(record) || ends_elsewhere(tail.get(..end)?, record.len()) {
        return None;
    }
    let disks = (half(record, 4)?, half(record, 6)?);
    let (here, count) = (half(record, 8)?, half(record, 10)?);
    if disks != (0, 0) || here != count || count == u16::MAX {
        return None;
    }
    let (size, offset) = (u64::from(word(record, 12)?), u64::from(word(record, 16)?));
    let read_from = length.checked_sub(u64::try_from(tail.len()).ok()?)?;
    if offset + size != read_from + u64::try_from(end).ok()? {
        return None;
    }
    let list = tail.get(usize::try_from(offset.checked_sub(read_from)?).ok()?..end)?;
    if last(list, END).is_some() {
        return None;
    }
    let (mut names, mut rest, mut first) = (Vec::new(), list, u64::MAX);
    while !rest.is_empty() {
        let (name, entry) = entry(rest)?;
        // Entries of several archives, and those whose numbers stand elsewhere as in ZIP64, end here, too.
        let before_content = LOCAL_BYTES + u64::try_from(name.len()).ok()?;
        if entry.disk != 0 || entry.begins + before_content + entry.packed > offset {
            return None;
        }
        first = first.min(entry.begins);
        names.push(name);
        rest = rest.get(entry.length..)?;
    }
    (first == 0 && names.len() == usize::from(count)).then_some(names)
}

/// What the list says of an entry beside its name.
struct Entry {
    disk: u16,
    /// Where in the file it begins.
    begins: u64,
    /// The length of its content.
    packed: u64,
    /// The length of what the list says.
    length: usize,
}

fn entry(rest: &[u8]) -> Option<(&[u8], Entry)> {
    if !rest.starts_with(ENTRY) {
        return None;
    }
    let (name, extra, comment) = (half(rest, 28)?, half(rest, 30)?, half(rest, 32)?);
    let named = ENTRY_BYTES + usize::from(name);
    let entry = Entry {
        disk: half(rest, 34)?,
        begins: u64::from(word(rest, 42)?),
        packed: u64::from(word(rest, 20)?),
        length: named + usize::from(extra) + usize::from(comment),
    };
    Some((rest.get(ENTRY_BYTES..named)?, entry))
}

/// Whether a record and its comment reach to the end of what was read, which is that of the file.
fn ends_the_file(record: &[u8]) -> bool {
    half(record, 20).is_some_and(|comment| END_BYTES + usize::from(comment) == record.len())
}

/// Whether a record before the last one reaches to the end of the file, too: a program may take either. An archive within
/// the archive has an end of its own, which does not.
fn ends_elsewhere(before: &[u8], after: usize) -> bool {
    let mut open = before;
    while let Some(found) = last(open, END) {
        let comment = before.get(found..).and_then(|record| half(record, 20));
        // One that is cut off by the last record is no content either.
        if comment.is_none_or(|comment| END_BYTES + usize::from(comment) == before.len() - found + after) {
            return true;
        }
        open = before.get(..found).unwrap_or_default();
    }
    false
}

fn last(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).rposition(|window| window == wanted)
}

fn half(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|bytes| u16::from_le_bytes(*bytes))
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::{
        super::samples::{archive, ended},
        *,
    };

    /// Two entries as Python's `zipfile` writes them, one of them compressed, with a comment.
    const WRITTEN: &str = "\
        504b03041400000008000050625cd5fc2ea40a000000120000000d0000006c61622f726561646d652e6d645356f0494ce252462201504b\
        03041400000000000050625c53fc516702000000020000000d0000006c61622f73746570732e747874310a504b01021403140000000800\
        0050625cd5fc2ea40a000000120000000d00000000000000000000008001000000006c61622f726561646d652e6d64504b010214031400\
        000000000050625c53fc516702000000020000000d00000000000000000000008001350000006c61622f73746570732e747874504b0506\
        0000000002000200760000006200000004006d616465";

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    }

    fn read(bytes: &[u8]) -> Option<Vec<&[u8]>> {
        names(bytes, u64::try_from(bytes.len()).unwrap())
    }

    fn changed(bytes: &[u8], at: usize, to: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        bytes[at..at + to.len()].copy_from_slice(to);
        bytes
    }

    #[test]
    fn names_are_read_from_the_end_of_the_file() {
        let written = bytes(WRITTEN);
        let both: [&[u8]; 2] = [b"lab/readme.md", b"lab/steps.txt"];
        assert_eq!(read(&written), Some(both.to_vec()));
        let made = archive(&["lab/readme.md", "lab/steps.txt"]);
        assert_eq!(read(&made), Some(both.to_vec()));
        let end = last(&made, END).unwrap();
        let list = usize::try_from(word(&made[end..], 16).unwrap()).unwrap();
        let length = u64::try_from(made.len()).unwrap();
        assert_eq!(names(&made[list..], length), Some(both.to_vec()), "the list alone was read");
        assert_eq!(names(&made[list + 1..], length), None, "all but a byte of the list was read");
        assert_eq!(names(&made[list..], length - 1), None, "the file is shorter than it says");
    }

    #[test]
    fn an_archive_in_an_archive_is_content() {
        let inner = archive(&["a", "b"]);
        let mut outer = archive(&["inner.zip"]);
        let list = usize::try_from(word(&outer[last(&outer, END).unwrap()..], 16).unwrap()).unwrap();
        let mut listed = outer.split_off(list);
        listed.truncate(listed.len() - END_BYTES);
        outer.extend(&inner);
        let listed = changed(&listed, 20, &u32::try_from(inner.len()).unwrap().to_le_bytes());
        assert_eq!(read(&ended(outer, &listed, 1)), Some(vec![b"inner.zip".as_slice()]));
    }

    #[test]
    fn a_list_that_is_not_whole_or_contradicts_itself_is_none() {
        let good = archive(&["one", "two"]);
        let end = last(&good, END).unwrap();
        let list = usize::try_from(word(&good[end..], 16).unwrap()).unwrap();
        let second = list + ENTRY_BYTES + 3;
        let max = [0xff; 4];
        for (why, bad) in [
            ("on another disk", changed(&good, end + 4, &[1, 0])),
            ("begun on another disk", changed(&good, end + 6, &[1, 0])),
            ("fewer on this disk", changed(&good, end + 8, &[1, 0])),
            ("fewer than there are", changed(&good, end + 8, &[1, 0, 1, 0])),
            ("more than there are", changed(&good, end + 8, &[3, 0, 3, 0])),
            ("as many as ZIP64 has", changed(&good, end + 8, &max)),
            ("shorter than it is", changed(&good, end + 12, &[1, 0, 0, 0])),
            ("as long as in ZIP64", changed(&good, end + 12, &max)),
            ("elsewhere", changed(&good, end + 16, &[1, 0, 0, 0])),
            ("where ZIP64 says", changed(&good, end + 16, &max)),
            ("with a comment that is not there", changed(&good, end + 20, &[1, 0])),
            ("no entry", changed(&good, second, b"PK\x01\x03")),
            ("an entry of another disk", changed(&good, second + 34, &[1, 0])),
            ("content into the list", changed(&good, second + 20, &[1, 0, 0, 0])),
            ("content as long as in ZIP64", changed(&good, second + 20, &max)),
            ("an entry where ZIP64 says", changed(&good, second + 42, &max)),
            ("a name over the end", changed(&good, second + 28, &[4, 0])),
            ("something before the first entry", changed(&good, list + 42, &[1, 0, 0, 0])),
            ("something after the end", [&good[..], b"x"].concat()),
            ("no end", good[..end].to_vec()),
            ("half an end", good[..end + 12].to_vec()),
            ("nothing", Vec::new()),
            ("no entries", ended(Vec::new(), &[], 0)),
        ] {
            assert_eq!(read(&bad), None, "{why}");
        }
        assert_eq!(read(&good).map(|names| names.len()), Some(2));
    }

    /// A second list and end record in the comment of the first: a program that goes by the first end sees other entries.
    #[test]
    fn two_ends_are_none() {
        let first = archive(&["shown"]);
        let end = last(&first, END).unwrap();
        let list = usize::try_from(word(&first[end..], 16).unwrap()).unwrap();
        let listed = &first[list..end];
        let comment = u16::try_from(listed.len() + END_BYTES).unwrap();
        let both = changed(&first, end + 20, &comment.to_le_bytes());
        assert_eq!(read(&ended(both, listed, 1)), None);
        // The same within the list itself, and in the comment of the last end.
        let with = |name: &str| read(&archive(&["one", name])).is_some();
        assert!(with("plain") && !with("PK\x05\x06") && !with(&format!("PK\x05\x06{}", "x".repeat(40))));
        let commented = changed(&[&first[..], b"PK\x05\x06"].concat(), end + 20, &[4, 0]);
        assert_eq!(read(&commented), None);
        let harmless = changed(&[&first[..], b"made"].concat(), end + 20, &[4, 0]);
        assert!(read(&harmless).is_some());
    }
}
