//! Text that is compared or searched is folded first, in one way everywhere.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Folds text for comparison and prefix search: compatibility decomposition, marks dropped, lower case, runs of white
/// space as one space, trimmed. `"  Ádám  Łukasz"` becomes `"adam łukasz"`.
pub fn fold(raw: &str) -> String {
    let plain: String = raw.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether text is free of control characters and of characters that reorder what surrounds them (bidirectional
/// overrides and isolates), which have no place in a name or a title.
pub fn is_printable(raw: &str) -> bool {
    !raw.chars().any(|c| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'))
}

/// Whether a spreadsheet would take text for a formula: it begins with `=`, `+`, `-` or `@`.
pub fn is_formula(raw: &str) -> bool {
    raw.trim_start().starts_with(['=', '+', '-', '@'])
}

/// Whether text may be a name, a title or a reason: printable, and no formula where somebody opens it in a spreadsheet.
/// Files and requests refuse the same texts.
pub fn is_plain(raw: &str) -> bool {
    is_printable(raw) && !is_formula(raw)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn folding_forgets_case_accents_and_spacing() {
        assert_eq!(fold("  ÁDÁM \t Łukasz "), "adam łukasz");
        assert_eq!(fold("Ｗｉｄｅ"), "wide");
    }

    #[test]
    fn reordering_characters_are_not_printable() {
        assert!(is_printable("Zoë O’Brien"));
        assert!(!is_printable("abc\u{202e}fdp.exe"));
        assert!(!is_printable("line\nbreak"));
    }

    #[test]
    fn a_formula_is_no_plain_text() {
        for formula in ["=1+1", "+49", "-x", "@SUM(A1)", "  =A1", "\u{a0}=A1"] {
            assert!(!is_plain(formula), "{formula}");
        }
        for text in ["C++ and C#", "Secure-by-default", "a = b", "Zoë @ home", "1-2"] {
            assert!(is_plain(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(raw in "\\PC{0,40}") {
            let once = fold(&raw);
            prop_assert_eq!(fold(&once), once);
        }
    }
}
