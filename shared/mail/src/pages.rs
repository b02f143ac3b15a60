//! The small pages behind mail links: server-rendered, without scripts, for a phone first. Opening a page changes
//! nothing, because mail scanners follow links; a button does. The page is a view and a form; the API that serves it
//! proves the token and acts.

use askama::Template;
use jiff::{ToSpan, civil::Date};
use kernel::{DateSpan, Day};
use serde::{Deserialize, Serialize};

use crate::{Brand, ProgramSettings, Text, Texts, model::CourseReason, render::due_wording};

/// The headers every page is served with, besides its content type: nothing is loaded from elsewhere, nothing frames
/// it, nothing keeps it, and the token does not leave in a `Referer`. `form-action` is left to `'self'`.
pub const HEADERS: &[(&str, &str)] = &[
    ("content-type", "text/html; charset=utf-8"),
    ("cache-control", "no-store"),
    (
        "content-security-policy",
        "default-src 'none'; style-src 'unsafe-inline'; img-src https:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-robots-tag", "noindex"),
];

/// What a button sends: `application/x-www-form-urlencoded`, unused dates empty or absent.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct LinkForm {
    /// Which button it was.
    pub action: LinkAction,
    /// For [`LinkAction::Done`]: when; today where absent.
    #[serde(default, deserialize_with = "date_or_empty")]
    pub completed_on: Option<Date>,
    /// For [`LinkAction::OnLeave`]: the first day.
    #[serde(default, deserialize_with = "date_or_empty")]
    pub from: Option<Date>,
    /// For [`LinkAction::OnLeave`] the last day, for [`LinkAction::MoreTime`] the wished date.
    #[serde(default, deserialize_with = "date_or_empty")]
    pub until: Option<Date>,
}

fn date_or_empty<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
    let raw = Option::<String>::deserialize(deserializer)?;
    match raw.as_deref().map(str::trim) {
        None | Some("") => Ok(None),
        Some(text) => text.parse().map(|Day(date)| Some(date)).map_err(serde::de::Error::custom),
    }
}

/// What a reader says through a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkAction {
    /// The course is done.
    Done,
    /// More time is wished for.
    MoreTime,
    /// Away for a while.
    OnLeave,
    /// The course does not fit the role.
    NotMyRole,
    /// No more mails that are not mandatory.
    OptOut,
    /// Such mails again.
    OptIn,
}

/// The page of one assignment: what it is about, and a form for each of four answers.
#[derive(Debug, Clone)]
pub struct LinkPage<'a> {
    /// Brand, wording and default language.
    pub settings: &'a ProgramSettings,
    /// The reader's language.
    pub language: &'a str,
    /// The course.
    pub course: &'a str,
    /// When it is due.
    pub due: Date,
    /// Why it is asked, and whether it is required.
    pub why: (CourseReason, bool),
    /// The reader's today: the latest date of a completion, and what the other dates are counted from.
    pub today: Date,
}

/// How a use of a link ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkResult {
    /// It is on record.
    Recorded(LinkAction),
    /// A completion is on record and was drawn for a check.
    RecordedForCheck,
    /// The link was used before.
    Used,
    /// The link's time is over.
    Expired,
    /// The link is malformed or forged.
    Invalid,
    /// The form is not possible.
    BadForm,
    /// Something is out of order on our side.
    TryLater,
}

impl LinkResult {
    /// The HTTP status the page is served with.
    pub const fn status(self) -> u16 {
        match self {
            Self::Recorded(_) | Self::RecordedForCheck => 200,
            Self::Used | Self::Expired => 410,
            Self::Invalid => 404,
            Self::BadForm => 422,
            Self::TryLater => 503,
        }
    }

    const fn texts(self) -> (bool, Text) {
        match self {
            Self::Recorded(LinkAction::Done) => (true, Text::AfterDone),
            Self::Recorded(LinkAction::MoreTime) => (true, Text::AfterMore),
            Self::Recorded(LinkAction::OnLeave) => (true, Text::AfterLeave),
            Self::Recorded(LinkAction::NotMyRole) => (true, Text::AfterRole),
            Self::Recorded(LinkAction::OptOut) => (true, Text::AfterOptOut),
            Self::Recorded(LinkAction::OptIn) => (true, Text::AfterOptIn),
            Self::RecordedForCheck => (true, Text::AfterDoneCheck),
            Self::Used => (false, Text::RefusedUsed),
            Self::Expired => (false, Text::RefusedExpired),
            Self::Invalid => (false, Text::RefusedInvalid),
            Self::BadForm => (false, Text::RefusedForm),
            Self::TryLater => (false, Text::RefusedLater),
        }
    }
}

/// The page after a button, or instead of the form.
#[derive(Debug, Clone)]
pub struct LinkDone<'a> {
    /// Brand, wording and default language.
    pub settings: &'a ProgramSettings,
    /// The reader's language; the `Accept-Language` header where nobody is known.
    pub language: &'a str,
    /// How it ended.
    pub result: LinkResult,
}

/// The page that asks whether mails about recommended courses should stop, or come again.
#[derive(Debug, Clone)]
pub struct OptOutPage<'a> {
    /// Brand, wording and default language.
    pub settings: &'a ProgramSettings,
    /// The reader's language.
    pub language: &'a str,
    /// Whether they have stopped: then the page offers them again.
    pub declined: bool,
}

struct Shell<'a> {
    language: &'a str,
    brand: &'a Brand,
    colour: String,
    ink: &'static str,
    title: &'a str,
}

impl<'a> Shell<'a> {
    fn new(settings: &'a ProgramSettings, texts: Texts<'a>, title: Text) -> Self {
        let brand = &settings.brand;
        let (colour, ink) = (brand.colour.into(), brand.colour.ink());
        Self { language: texts.language().code(), brand, colour, ink, title: texts.say(title) }
    }
}

struct Choice<'a> {
    action: &'static str,
    label: &'a str,
    hint: &'a str,
    dates: Vec<DateField<'a>>,
}

struct DateField<'a> {
    name: &'static str,
    label: &'a str,
    value: String,
    min: String,
    max: String,
    required: bool,
}

#[derive(Template)]
#[template(path = "link-page/page.html")]
struct PageView<'a> {
    s: Shell<'a>,
    course: String,
    due: String,
    late: bool,
    why: &'a str,
    intro: &'a str,
    send: &'a str,
    nothing_yet: &'a str,
    choices: Vec<Choice<'a>>,
}

#[derive(Template)]
#[template(path = "link-done/page.html")]
struct DoneView<'a> {
    s: Shell<'a>,
    good: bool,
    body: &'a str,
    close: &'a str,
}

impl LinkPage<'_> {
    /// The page as HTML. The form posts back to the page's own address.
    ///
    /// # Errors
    /// [`askama::Error`] when the template cannot be filled.
    pub fn render(&self) -> Result<String, askama::Error> {
        let texts = Texts::for_reader(self.settings, self.language);
        let today = self.today.to_string();
        // More time ends after today, and an absence of one's own began a few days ago at most.
        let tomorrow = self.today.saturating_add(1.day()).to_string();
        let away = DateSpan::earliest_own_absence(self.today).to_string();
        let date = |name, label, value: &str, min: &str, max: &str| DateField {
            name,
            label: texts.say(label),
            value: value.to_owned(),
            min: min.to_owned(),
            max: max.to_owned(),
            required: true,
        };
        let choice =
            |action, label, hint, dates| Choice { action, label: texts.say(label), hint: texts.say(hint), dates };
        let days_left = self.today.until(self.due).map_or(0, |span| span.get_days());
        let view = PageView {
            s: Shell::new(self.settings, texts, Text::PageTitle),
            course: crate::render::one_line(self.course),
            due: due_wording(texts, self.due, days_left),
            late: days_left < 0,
            why: texts.say(self.why.0.wording(self.why.1)),
            intro: texts.say(Text::PageIntro),
            send: texts.say(Text::PageSend),
            nothing_yet: texts.say(Text::PageNothingYet),
            choices: vec![
                choice(
                    "done",
                    Text::PageDone,
                    Text::PageDoneHint,
                    vec![date("completed_on", Text::PageDoneDate, &today, "", &today)],
                ),
                choice(
                    "more_time",
                    Text::PageMore,
                    Text::PageMoreHint,
                    vec![date("until", Text::PageMoreDate, "", &tomorrow, "")],
                ),
                choice(
                    "on_leave",
                    Text::PageLeave,
                    Text::PageLeaveHint,
                    vec![
                        date("from", Text::PageLeaveFrom, &today, &away, ""),
                        date("until", Text::PageLeaveUntil, "", &today, ""),
                    ],
                ),
                choice("not_my_role", Text::PageRole, Text::PageRoleHint, Vec::new()),
            ],
        };
        view.render()
    }
}

impl OptOutPage<'_> {
    /// The page as HTML. The form posts back to the page's own address.
    ///
    /// # Errors
    /// [`askama::Error`] when the template cannot be filled.
    pub fn render(&self) -> Result<String, askama::Error> {
        let texts = Texts::for_reader(self.settings, self.language);
        let (action, label, hint) = if self.declined {
            ("opt_in", Text::PageOptIn, Text::PageOptInHint)
        } else {
            ("opt_out", Text::PageOptOut, Text::PageOptOutHint)
        };
        let view = PageView {
            s: Shell::new(self.settings, texts, label),
            course: String::new(),
            due: String::new(),
            late: false,
            why: "",
            intro: "",
            send: texts.say(Text::PageSend),
            nothing_yet: texts.say(Text::PageNothingYet),
            choices: vec![Choice { action, label: texts.say(label), hint: texts.say(hint), dates: Vec::new() }],
        };
        view.render()
    }
}

impl LinkDone<'_> {
    /// The page as HTML.
    ///
    /// # Errors
    /// [`askama::Error`] when the template cannot be filled.
    pub fn render(&self) -> Result<String, askama::Error> {
        let texts = Texts::for_reader(self.settings, self.language);
        let (good, body) = self.result.texts();
        let (title, close) =
            if good { (Text::AfterTitle, Text::AfterClose) } else { (Text::RefusedTitle, Text::RefusedHelp) };
        let s = Shell::new(self.settings, texts, title);
        DoneView { s, good, body: texts.say(body), close: texts.say(close) }.render()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn page(settings: &ProgramSettings, language: &str, course: &str) -> String {
        let why = (CourseReason::RolePath, true);
        LinkPage { settings, language, course, due: date(2026, 3, 5), why, today: date(2026, 3, 9) }.render().unwrap()
    }

    #[test]
    fn the_page_takes_the_dates_that_the_answer_may_have() {
        let html = page(&ProgramSettings::default(), "en", "TM");
        for input in [
            "name=\"completed_on\" value=\"2026-03-09\" max=\"2026-03-09\" required",
            "name=\"until\" min=\"2026-03-10\" required",
            "name=\"from\" value=\"2026-03-09\" min=\"2026-03-02\" required",
            "name=\"until\" min=\"2026-03-09\" required",
        ] {
            assert_eq!(html.matches(&format!("<input type=\"date\" {input}>")).count(), 1, "{input}: {html}");
        }
    }

    #[test]
    fn the_page_says_why_the_course_is_asked() {
        let settings = ProgramSettings::default();
        for (why, language, said) in [
            ((CourseReason::RolePath, true), "en", "Your job role asks for it."),
            ((CourseReason::Request, true), "en", "Your manager or the program asked you to do it."),
            ((CourseReason::Request, false), "de", "Deine Führungskraft oder das Programm empfiehlt ihn dir."),
            ((CourseReason::RecurringFinding, false), "en", "A kind of security finding came back"),
        ] {
            let (due, today) = (date(2026, 3, 5), date(2026, 3, 9));
            let html = LinkPage { settings: &settings, language, course: "TM", due, why, today }.render().unwrap();
            assert!(html.contains(said), "{html}");
            assert_eq!(html.contains("Your job role"), why.0 == CourseReason::RolePath, "{html}");
        }
    }

    #[test]
    fn the_page_offers_four_answers_and_runs_nothing() {
        let settings = ProgramSettings::default();
        for (language, due) in
            [("en", "Was due 5 March 2026, 4 days ago"), ("de", "War am 5. März 2026 fällig, vor 4 Tagen")]
        {
            let html = page(&settings, language, "<b>TM</b>");
            for action in ["done", "more_time", "on_leave", "not_my_role"] {
                assert!(html.contains(&format!("name=\"action\" value=\"{action}\"")), "{html}");
            }
            assert_eq!(html.matches("<form method=\"post\">").count(), 4);
            assert!(html.contains(due), "{html}");
            assert!(html.contains("&#60;b&#62;TM"));
            assert!(!html.contains("<script") && !html.contains("javascript"));
            assert!(html.contains(&format!("<html lang=\"{language}\">")));
        }
    }

    #[test]
    fn every_result_has_a_page_in_every_language() {
        let settings = ProgramSettings::default();
        let actions = [
            LinkAction::Done,
            LinkAction::MoreTime,
            LinkAction::OnLeave,
            LinkAction::NotMyRole,
            LinkAction::OptOut,
            LinkAction::OptIn,
        ];
        let refused =
            [LinkResult::Used, LinkResult::Expired, LinkResult::Invalid, LinkResult::BadForm, LinkResult::TryLater];
        let results =
            actions.map(LinkResult::Recorded).into_iter().chain(refused).chain([LinkResult::RecordedForCheck]);
        for result in results {
            for language in ["en", "de", "xx"] {
                let html = LinkDone { settings: &settings, language, result }.render().unwrap();
                assert!(html.contains("<h1") && !html.contains("after.") && !html.contains("refused."), "{html}");
            }
            assert!((200..=503).contains(&result.status()));
        }
    }

    #[test]
    fn the_opt_out_page_asks_one_thing() {
        let settings = ProgramSettings::default();
        for (declined, action) in [(false, "opt_out"), (true, "opt_in")] {
            let html = OptOutPage { settings: &settings, language: "de", declined }.render().unwrap();
            assert_eq!(html.matches("<form").count(), 1);
            assert!(html.contains(&format!("value=\"{action}\"")));
        }
    }

    #[test]
    fn an_empty_date_field_is_no_date() {
        let form: LinkForm =
            serde_json::from_str(r#"{"action":"done","completed_on":"","until":"2026-03-01"}"#).unwrap();
        assert_eq!((form.completed_on, form.until), (None, Some(date(2026, 3, 1))));
        assert!(serde_json::from_str::<LinkForm>(r#"{"action":"done","completed_on":"soon"}"#).is_err());
        assert!(serde_json::from_str::<LinkForm>(r#"{"action":"delete"}"#).is_err());
    }
}
