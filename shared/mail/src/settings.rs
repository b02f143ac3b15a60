//! The program's settings: whether mail leaves the house, how it looks, what it says, how fast it goes. One small JSON
//! document; unknown fields are refused, so that a misspelt switch never stays silently off.

use std::collections::BTreeMap;

use kernel::{MailMode, Mend, TeamId, text};
use serde::{Deserialize, Serialize};

use crate::texts::{self, Language, Text};

/// The settings of the program as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProgramSettings {
    /// Whether mail leaves the house: `off` (at first), `preview`, `pilot` or `on`.
    pub mail_mode: MailMode,
    /// The teams whose members get mail in `pilot` mode.
    pub pilot_teams: Vec<TeamId>,
    /// How mails and link pages look.
    pub brand: Brand,
    /// The language of people whose own is not one of ours.
    pub language: Language,
    /// Texts that replace the built-in ones, by language and key. Placeholders in braces are those of the original.
    pub texts: BTreeMap<Language, BTreeMap<String, String>>,
    /// Mails a second, 1 to 500. Keep it at or under the account's SES sending rate.
    pub send_rate: u16,
    /// For how many days a mailed link works, 1 to 180.
    pub link_days: u16,
}

/// How mails and link pages look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Brand {
    /// The program's name, at most 60 characters.
    pub name: String,
    /// The colour of header and buttons, such as `#1f4e79`.
    pub colour: Colour,
    /// An `https` address of a logo, shown 32 pixels high. Without one the name stands alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo_url: Option<String>,
    /// An `https` address of the page where people find what the program asks of them: a portal's, or an article's that
    /// says where to look. Every mail ends with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub portal_url: Option<String>,
    /// The line under every mail: whom to ask, the postal address where the law wants one. At most 300 characters.
    pub footer: String,
}

impl Default for ProgramSettings {
    fn default() -> Self {
        Self {
            mail_mode: MailMode::Off,
            pilot_teams: Vec::new(),
            brand: Brand::default(),
            language: Language::En,
            texts: BTreeMap::new(),
            send_rate: 10,
            link_days: 60,
        }
    }
}

impl Default for Brand {
    fn default() -> Self {
        let colour = Colour([0x1f, 0x4e, 0x79]);
        Self { name: "Guildhall".to_owned(), colour, logo_url: None, portal_url: None, footer: String::new() }
    }
}

/// One thing wrong with a settings document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{pointer}: {detail}")]
pub struct SettingsProblem {
    /// Where, as a JSON pointer.
    pub pointer: String,
    /// What is expected there.
    pub detail: String,
}

impl ProgramSettings {
    /// Whether a mail to a member of these teams is sent rather than only previewed.
    pub fn delivers_to(&self, teams: &[TeamId]) -> bool {
        match self.mail_mode {
            MailMode::Off | MailMode::Preview => false,
            MailMode::Pilot => teams.iter().any(|team| self.pilot_teams.contains(team)),
            MailMode::On => true,
        }
    }

    /// Checks what the types do not hold.
    ///
    /// # Errors
    /// Every problem, so that all can be mended at once.
    pub fn validate(&self) -> Result<(), Vec<SettingsProblem>> {
        let mut problems = Vec::new();
        let mut expect = |holds: bool, pointer: &str, detail: &str| {
            if !holds {
                problems.push(SettingsProblem { pointer: pointer.to_owned(), detail: detail.to_owned() });
            }
        };
        expect((1..=500).contains(&self.send_rate), "/send_rate", "expected 1 to 500 mails a second");
        expect((1..=180).contains(&self.link_days), "/link_days", "expected 1 to 180 days");
        expect(self.pilot_teams.len() <= 50, "/pilot_teams", "expected at most 50 teams");
        let Brand { name, logo_url, portal_url, footer, .. } = &self.brand;
        let named = !name.trim().is_empty() && name.chars().count() <= 60 && text::is_printable(name);
        expect(named, "/brand/name", "expected 1 to 60 printable characters on one line");
        let footed = footer.chars().count() <= 300 && text::is_printable(footer);
        expect(footed, "/brand/footer", "expected at most 300 printable characters on one line");
        for (pointer, url) in [("/brand/logo_url", logo_url), ("/brand/portal_url", portal_url)] {
            let shown = url.as_deref().is_none_or(|url| is_https(url) && url.len() <= 300);
            expect(shown, pointer, "expected an https address of at most 300 characters");
        }
        for (language, overrides) in &self.texts {
            for (key, own) in overrides {
                let pointer = format!("/texts/{}/{}", language.code(), pointer_of(key));
                match Text::of(key) {
                    None => expect(false, &pointer, "expected the key of a built-in text"),
                    Some(text) => {
                        let known = texts::placeholders(texts::built_in(*language, text));
                        let used = texts::placeholders(own);
                        let subset = used.iter().all(|name| known.contains(name));
                        expect(subset, &pointer, "expected no placeholder but those of the built-in text");
                        let sized = !own.trim().is_empty() && own.chars().count() <= 600 && text::is_printable(own);
                        expect(sized, &pointer, "expected 1 to 600 printable characters on one line");
                    }
                }
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }
}

impl Mend for ProgramSettings {
    fn mend(&mut self) -> Vec<&'static str> {
        let given = self.clone();
        self.send_rate = self.send_rate.clamp(1, 500);
        self.link_days = self.link_days.clamp(1, 180);
        self.pilot_teams.truncate(50);
        // What is left wrong is named by the check itself, and said as it was built in.
        for problem in self.validate().err().unwrap_or_default() {
            match problem.pointer.as_str() {
                "/brand/name" => self.brand.name = Brand::default().name,
                "/brand/footer" => self.brand.footer = String::new(),
                "/brand/logo_url" => self.brand.logo_url = None,
                "/brand/portal_url" => self.brand.portal_url = None,
                pointer => {
                    for (language, overrides) in &mut self.texts {
                        let of_language = format!("/texts/{}/", language.code());
                        overrides.retain(|key, _| pointer.strip_prefix(&of_language) != Some(&pointer_of(key)));
                    }
                }
            }
        }
        let changed = [
            ("send_rate", given.send_rate != self.send_rate),
            ("link_days", given.link_days != self.link_days),
            ("pilot_teams", given.pilot_teams != self.pilot_teams),
            ("brand", given.brand != self.brand),
            ("texts", given.texts != self.texts),
        ];
        changed.into_iter().filter_map(|(name, changed)| changed.then_some(name)).collect()
    }
}

/// A key as a step of a JSON pointer.
fn pointer_of(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// Whether a text is an `https` address that can stand in an attribute: no spaces, quotes, brackets or controls.
pub(crate) fn is_https(url: &str) -> bool {
    url.strip_prefix("https://").is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
        && url.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '"' | '\'' | '<' | '>' | '\\' | '`'))
}

/// A colour as `#rrggbb`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Colour([u8; 3]);

/// A text that is not a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a colour is written #rrggbb")]
pub struct ColourError;

impl Colour {
    /// Black or white: whichever can be read better on this colour, by the contrast ratio of WCAG 2.2.
    pub fn ink(self) -> &'static str {
        let linear = |channel: u8| {
            let c = f64::from(channel) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        let luminance = 0.2126 * linear(self.0[0]) + 0.7152 * linear(self.0[1]) + 0.0722 * linear(self.0[2]);
        // Equal contrast to black and to white: (L + .05) / .05 = 1.05 / (L + .05).
        if luminance > 0.179 { "#000000" } else { "#ffffff" }
    }
}

impl TryFrom<String> for Colour {
    type Error = ColourError;

    fn try_from(raw: String) -> Result<Self, ColourError> {
        let digits = raw.strip_prefix('#').filter(|hex| hex.len() == 6 && hex.bytes().all(|b| b.is_ascii_hexdigit()));
        let number = digits.and_then(|hex| u32::from_str_radix(hex, 16).ok()).ok_or(ColourError)?;
        let [_, red, green, blue] = number.to_be_bytes();
        Ok(Self([red, green, blue]))
    }
}

impl From<Colour> for String {
    fn from(Colour([red, green, blue]): Colour) -> Self {
        format!("#{red:02x}{green:02x}{blue:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> ProgramSettings {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn an_empty_document_is_the_default_and_sends_nothing() {
        let settings = parse("{}");
        assert_eq!(settings, ProgramSettings::default());
        assert!(!settings.delivers_to(&[]));
        assert_eq!(settings.validate(), Ok(()));
    }

    #[test]
    fn a_misspelt_switch_is_refused() {
        assert!(serde_json::from_str::<ProgramSettings>(r#"{"mailmode":"on"}"#).is_err());
        assert!(serde_json::from_str::<ProgramSettings>(r##"{"brand":{"colour":"#12345g"}}"##).is_err());
    }

    #[test]
    fn a_pilot_reaches_members_of_its_teams_only() {
        let team = TeamId::new(jiff::Timestamp::UNIX_EPOCH);
        let settings = ProgramSettings { mail_mode: MailMode::Pilot, pilot_teams: vec![team], ..Default::default() };
        assert!(settings.delivers_to(&[team]));
        assert!(!settings.delivers_to(&[TeamId::new(jiff::Timestamp::UNIX_EPOCH)]));
        assert!(!settings.delivers_to(&[]));
    }

    #[test]
    fn every_problem_is_named() {
        let settings = parse(
            r#"{"send_rate":0,"link_days":900,"brand":{"name":" ","logo_url":"http://a","portal_url":"b","footer":"a\nb"},
                "texts":{"de":{"greeting":"{email}","nothing":"x"}}}"#,
        );
        let problems = settings.validate().unwrap_err();
        let at: Vec<_> = problems.iter().map(|problem| problem.pointer.as_str()).collect();
        assert_eq!(
            at,
            [
                "/send_rate",
                "/link_days",
                "/brand/name",
                "/brand/footer",
                "/brand/logo_url",
                "/brand/portal_url",
                "/texts/de/greeting",
                "/texts/de/nothing"
            ]
        );
    }

    #[test]
    fn what_was_typed_by_hand_is_brought_into_its_bounds() {
        let mut settings = parse(
            r#"{"send_rate":0,"link_days":900,"brand":{"name":" ","logo_url":"http://a","portal_url":"b","footer":"a\nb"},
                "texts":{"de":{"greeting":"{email}","page.title":"Kurs","a/b":"x"}}}"#,
        );
        assert_eq!(settings.mend(), ["send_rate", "link_days", "brand", "texts"]);
        assert_eq!(settings.validate(), Ok(()));
        assert_eq!((settings.send_rate, settings.link_days, settings.texts[&Language::De].len()), (1, 180, 1));
        assert!(settings.mend().is_empty() && ProgramSettings::default().mend().is_empty());
    }

    #[test]
    fn text_on_the_brand_colour_can_be_read() {
        let ink = |hex: &str| Colour::try_from(hex.to_owned()).map(Colour::ink);
        assert_eq!(ink("#1f4e79"), Ok("#ffffff"));
        assert_eq!(ink("#ffcc00"), Ok("#000000"));
    }
}
