//! The patterns of the OpenAPI document say of each text what its parser takes.

use std::sync::LazyLock;

use proptest::{prelude::*, sample::select, strategy::ValueTree, string::string_regex, test_runner::TestRunner};
use regex::Regex;
use serde_json::Value;
use training::{
    assessment::{AnswerText, OptionId, OptionText, QuestionText},
    certificates::{CertificateName, CredentialNumber, Issuer},
    effectiveness,
    guidance::{self, ArticleCode, Body, Requirement, Summary},
    materials::{Checksum, FileName},
    model::{CompetencyArea, CourseCode, CourseUrl, FreeText, LanguageTag, Place, Title},
    requests::VoucherCode,
};

use crate::document::openapi;

static DOCUMENT: LazyLock<Value> = LazyLock::new(openapi);

/// A field of a request: its schema, its name, and whether its parser takes a text.
type Field = (&'static str, &'static str, fn(&str) -> bool);

const FIELDS: &[Field] = &[
    ("NewCourse", "code", |raw| CourseCode::parse(raw).is_ok()),
    ("NewCourse", "title", |raw| Title::parse(raw).is_ok()),
    ("NewCourse", "url", |raw| CourseUrl::parse(raw).is_ok()),
    ("CourseChange", "title", |raw| Title::parse(raw).is_ok()),
    ("CourseChange", "url", |raw| CourseUrl::parse(raw).is_ok()),
    ("NewSession", "place", |raw| Place::parse(raw).is_ok()),
    ("NewSession", "join_url", |raw| CourseUrl::parse(raw).is_ok()),
    ("NewSession", "language", |raw| LanguageTag::parse(raw).is_ok()),
    ("SessionPatch", "join_url", |raw| CourseUrl::parse(raw).is_ok()),
    ("CertificateDocument", "name", |raw| CertificateName::parse(raw).is_ok()),
    ("CertificateDocument", "issuer", |raw| Issuer::parse(raw).is_ok()),
    ("CertificateDocument", "number", |raw| CredentialNumber::parse(raw).is_ok()),
    ("CertificateDocument", "evidence_url", |raw| CourseUrl::parse(raw).is_ok()),
    ("CertificateCheck", "reason", |raw| FreeText::parse(raw).is_ok()),
    ("NewRequest", "reason", |raw| FreeText::parse(raw).is_ok()),
    ("RequestDecision", "reason", |raw| FreeText::parse(raw).is_ok()),
    ("RequestProvision", "voucher", |raw| VoucherCode::parse(raw).is_ok()),
    ("TemplateLink", "url", |raw| CourseUrl::parse(raw).is_ok()),
    ("ArticleDocument", "code", |raw| ArticleCode::parse(raw).is_ok()),
    ("ArticleDocument", "title", |raw| Title::parse(raw).is_ok()),
    ("ArticleDocument", "summary", |raw| Summary::parse(raw).is_ok()),
    ("ArticleDocument", "requirement", |raw| Requirement::parse(raw).is_ok()),
    ("ArticleDocument", "body", |raw| Body::parse(raw).is_ok()),
    ("ArticleDocument", "area", |raw| CompetencyArea::parse(raw).is_ok()),
    ("ArticleDocument", "language", |raw| LanguageTag::parse(raw).is_ok()),
    ("FeedbackDocument", "comment", |raw| guidance::Comment::parse(raw).is_ok()),
    ("NewPulse", "comment", |raw| effectiveness::Comment::parse(raw).is_ok()),
    ("QuestionDocument", "area", |raw| CompetencyArea::parse(raw).is_ok()),
    ("QuestionDocument", "text", |raw| QuestionText::parse(raw).is_ok()),
    ("QuestionDocument", "explanation", |raw| QuestionText::parse(raw).is_ok()),
    ("AuthoredOption", "id", |raw| OptionId::parse(raw).is_ok()),
    ("AuthoredOption", "text", |raw| OptionText::parse(raw).is_ok()),
    ("NewMaterial", "title", |raw| Title::parse(raw).is_ok()),
    ("NewMaterial", "file_name", |raw| FileName::parse(raw).is_ok()),
    ("NewMaterial", "sha256", |raw| Checksum::parse(raw).is_ok()),
    ("NewAnswer", "text", |raw| AnswerText::parse(raw).is_ok()),
];

/// What a schema says of a text: its pattern, and how long it is.
struct Said {
    raw: &'static str,
    pattern: Regex,
    least: usize,
    most: usize,
}

impl Said {
    fn of(schema: &str, field: &str) -> Self {
        let said = &DOCUMENT["components"]["schemas"][schema]["properties"][field];
        let raw = said["pattern"].as_str().unwrap_or_else(|| panic!("{schema}.{field} has no pattern: {said}"));
        let length = |name: &str, default: u64| usize::try_from(said[name].as_u64().unwrap_or(default)).unwrap();
        let pattern = Regex::new(raw).unwrap_or_else(|error| panic!("{schema}.{field}: {error}"));
        Self { raw, pattern, least: length("minLength", 0), most: length("maxLength", u64::MAX) }
    }

    fn takes(&self, text: &str) -> bool {
        (self.least..=self.most).contains(&text.chars().count()) && self.pattern.is_match(text)
    }
}

/// Pieces at which rules part: white space, controls, what reorders, formulas, marks, parts of addresses and file names.
fn pieces() -> impl Strategy<Value = String> {
    const PARTS: &[&str] = &[
        "a",
        "Z",
        "7",
        "é",
        "’",
        "–",
        "木",
        "\u{1f510}",
        "\u{1fff}",
        "\u{2000}",
        "\u{2028}",
        "\u{2029}",
        "\u{202a}",
        "\u{202e}",
        "\u{202f}",
        "\u{2065}",
        "\u{2066}",
        "\u{2069}",
        "\u{206a}",
        "\u{feff}",
        "\u{fffd}",
        "\u{e000}",
        "\u{0}",
        "\u{7}",
        "\u{1c}",
        "\u{1f}",
        "\u{7f}",
        "\u{80}",
        "\u{85}",
        "\u{9f}",
        "\u{a0}",
        "\u{a1}",
        "\u{1680}",
        "\u{200a}",
        "\u{200b}",
        "\u{205f}",
        "\u{3000}",
        " ",
        "  ",
        "\t",
        "\n",
        "\r",
        "\r\n",
        "\u{b}",
        "\u{c}",
        "=",
        "+",
        "-",
        "@",
        "!",
        "\"",
        "#",
        "$",
        "%",
        "&",
        "'",
        "(",
        ")",
        "*",
        ",",
        ".",
        "/",
        ":",
        ";",
        "<",
        ">",
        "?",
        "[",
        "\\",
        "]",
        "^",
        "_",
        "`",
        "{",
        "|",
        "}",
        "~",
        "https://",
        "https://a",
        "http://",
        "example.com",
        "/a?b=%20",
        ".pdf",
        "de",
        "-GB",
        "0123456789abcdef0123456789abcdef",
    ];
    prop::collection::vec(select(PARTS), 0..8).prop_map(|parts| parts.concat())
}

#[test]
fn what_a_pattern_says_is_what_the_parser_takes() {
    let mut runner = TestRunner::deterministic();
    for (schema, field, parses) in FIELDS {
        let said = Said::of(schema, field);
        // An answer of marks alone is no answer: which characters are marks, no pattern says.
        let of_marks = *field == "text" && *schema == "NewAnswer";
        for text in std::iter::repeat_with(|| pieces().new_tree(&mut runner).unwrap().current()).take(3_000) {
            // Lengths are of what is sent; what surrounds a text may be longer.
            if text.chars().count() > said.most {
                continue;
            }
            let same = if of_marks { said.takes(&text) || !parses(&text) } else { said.takes(&text) == parses(&text) };
            assert!(same, "{schema}.{field} {text:?}: the pattern says {}", said.takes(&text));
        }
    }
}

#[test]
fn what_is_made_by_a_pattern_is_taken() {
    let mut runner = TestRunner::deterministic();
    for (schema, field, parses) in FIELDS {
        let said = Said::of(schema, field);
        let made = string_regex(said.raw.trim_start_matches('^').trim_end_matches('$')).unwrap();
        let made: Vec<String> = std::iter::repeat_with(|| made.new_tree(&mut runner).unwrap().current())
            .filter(|text| said.takes(text))
            .take(200)
            .collect();
        for text in made {
            let of_marks = *schema == "NewAnswer" && text.chars().all(|c| !c.is_alphanumeric());
            assert!(parses(&text) || of_marks, "{schema}.{field} {text:?}");
        }
    }
}

#[test]
fn addresses_and_titles_that_people_use_are_documented() {
    let teams =
        "https://teams.microsoft.com/l/meetup-join/19%3ameeting_a%40thread.v2/0?context=%7b%22Tid%22%3a%22b%22%7d";
    assert!(Said::of("NewSession", "join_url").takes(teams));
    for title in ["Don’t trust – verify", "脅威モデリング", "Threats \u{1f510}"] {
        assert!(Said::of("NewCourse", "title").takes(title), "{title}");
    }
    for formula in ["=1", " +1", "\u{a0}-x", "@a"] {
        assert!(!Said::of("NewCourse", "title").takes(formula), "{formula}");
    }
}

/// Every field of a request that has a pattern is compared above, or is one of a list that no pattern spells out.
#[test]
fn no_pattern_of_a_request_is_left_out() {
    let mut patterns: Vec<&str> = FIELDS.iter().map(|(schema, field, _)| Said::of(schema, field).raw).collect();
    patterns.sort_unstable();
    patterns.dedup();
    let fixed = ["^(done|more_time|on_leave|not_my_role|opt_out|opt_in)$", "^[A-Za-z0-9_+/-]+$"];
    for (name, schema) in DOCUMENT["components"]["schemas"].as_object().unwrap() {
        for (field, said) in schema["properties"].as_object().into_iter().flatten() {
            let Some(pattern) = said["pattern"].as_str() else { continue };
            assert!(patterns.contains(&pattern) || fixed.contains(&pattern), "{name}.{field}: {pattern}");
        }
    }
}
