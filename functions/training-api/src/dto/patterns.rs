//! What texts look like, as OpenAPI says it: each pattern once, saying what the text's parser takes. White space around a
//! text is cut off by its parser, so that the patterns allow it. Classes name what is not allowed: whoever makes texts by
//! them need not spell out the rest of Unicode.
//!
//! The patterns mean the same to ECMA-262, to Python and to Rust. How long a text may be stands beside its pattern.

/// White space (Unicode's property), of which a parser cuts off what surrounds a text.
macro_rules! space {
    () => {
        r"[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
    };
}

/// White space that is no control character.
macro_rules! blank {
    () => {
        r"[ \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
    };
}

/// What `kernel::text::is_printable` takes.
macro_rules! printable {
    () => {
        r"[^\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]"
    };
}

/// The same without white space.
macro_rules! visible {
    () => {
        r"[^\x00-\x20\x7f-\xa0\u1680\u2000-\u200a\u2028-\u202f\u205f\u2066-\u2069\u3000\ufeff]"
    };
}

/// The same without what begins a formula.
macro_rules! first {
    () => {
        r"[^\x00-\x20\x7f-\xa0=+@\u1680\u2000-\u200a\u2028-\u202f\u205f\u2066-\u2069\u3000\ufeff-]"
    };
}

macro_rules! trimmed {
    ($($core:expr),+ $(,)?) => {
        concat!("^", space!(), "*", $($core,)+ space!(), "*$")
    };
}

/// Printable text that is no formula and more than white space.
pub(super) const PRINTABLE: &str = trimmed!(first!(), printable!(), "*");

/// Lines of printable text of which none is a formula.
pub(super) const LINES: &str =
    trimmed!(first!(), printable!(), r"*(\r?\n", blank!(), "*(", first!(), printable!(), "*)?)*");

/// Printable text in lines that is more than white space.
pub(super) const IN_LINES: &str = trimmed!(visible!(), r"(\r?\n|", printable!(), ")*");

/// The same, with tabs.
pub(super) const MARKDOWN: &str = trimmed!(visible!(), r"(\r?\n|\t|", printable!(), ")*");

/// Printable text that is more than white space. That it is more than marks, which go on letters, is not said here.
pub(super) const ANSWER: &str = trimmed!(visible!(), printable!(), "*");

/// An address that begins with `https://` and names nobody before its host.
pub(super) const URL: &str = trimmed!(r"https://[!$-.0-;=A-\[\]-~]+([/?#][!#-;=?-\[\]-~]*)?");

/// The name of a file with an ending, without path.
pub(super) const FILE_NAME: &str = trimmed!(
    r#"[^\x00-\x20\x7f-\xa0=+@./\\:*?"<>|\u1680\u2000-\u200a\u2028-\u202f\u205f\u2066-\u2069\u3000\ufeff-]"#,
    r#"[^\x00-\x1f\x7f-\x9f/\\:*?"<>|\u202a-\u202e\u2066-\u2069\ufeff]*\.[A-Za-z0-9]{1,10}"#,
);

/// A code of 2 to 40 characters.
pub(super) const CODE: &str = trimmed!("[A-Za-z0-9][A-Za-z0-9._-]{1,39}");

/// The code of an article, of 2 to 60 characters.
pub(super) const ARTICLE_CODE: &str = trimmed!("[A-Za-z0-9][A-Za-z0-9._-]{1,59}");

/// The code of a competency area.
pub(super) const AREA: &str = trimmed!("[A-Za-z0-9._-]{1,40}");

/// The code of an option.
pub(super) const OPTION_ID: &str = trimmed!("[A-Za-z0-9_-]{1,20}");

/// A language, as a BCP 47 tag.
pub(super) const LANGUAGE: &str = trimmed!("[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*");

/// The code of a voucher.
pub(super) const VOUCHER: &str = "^[!-~]+$";
