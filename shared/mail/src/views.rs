//! What the mail templates are given: words that are already chosen and dates that are already written. Templates lay
//! out and escape; they decide nothing.

use askama::Template;

/// What every mail shows around its content.
pub(crate) struct Frame<'a> {
    pub(crate) language: &'a str,
    pub(crate) brand: &'a str,
    pub(crate) colour: String,
    /// Black or white, whichever is readable on `colour`.
    pub(crate) ink: &'static str,
    pub(crate) logo: Option<&'a str>,
    /// What became of a mail that is shown to someone else than its recipient.
    pub(crate) note: Option<&'a str>,
    pub(crate) subject: String,
    pub(crate) greeting: String,
    pub(crate) intro: &'a str,
    pub(crate) why: &'a str,
    pub(crate) opt_out: Option<Action>,
    /// Where the recipient finds what is theirs.
    pub(crate) portal: Option<Action>,
    pub(crate) sent_by: String,
    pub(crate) footer: &'a str,
}

pub(crate) struct Action {
    pub(crate) label: String,
    pub(crate) url: String,
}

pub(crate) struct Line {
    pub(crate) title: String,
    pub(crate) due: String,
    pub(crate) late: bool,
    pub(crate) notes: Vec<String>,
    pub(crate) open: Option<Action>,
    pub(crate) tell: Action,
}

pub(crate) struct Section<'a> {
    pub(crate) title: &'a str,
    pub(crate) lines: Vec<Line>,
}

/// What changed in a plan.
pub(crate) struct Changes<'a> {
    pub(crate) title: &'a str,
    pub(crate) list: Vec<Change>,
    /// How many more there are.
    pub(crate) more: Option<String>,
}

pub(crate) struct Change {
    pub(crate) title: String,
    pub(crate) what: String,
    pub(crate) why: String,
}

pub(crate) struct End {
    pub(crate) title: String,
    pub(crate) until: String,
    pub(crate) notes: Vec<String>,
}

pub(crate) struct Ends<'a> {
    pub(crate) title: &'a str,
    pub(crate) certificates: Vec<End>,
}

pub(crate) struct Test {
    pub(crate) title: String,
    pub(crate) when: String,
    pub(crate) length: String,
}

pub(crate) struct Tests<'a> {
    pub(crate) title: &'a str,
    pub(crate) list: Vec<Test>,
    pub(crate) start: &'a str,
}

pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) courses: Vec<ReportCourse>,
}

pub(crate) struct ReportCourse {
    pub(crate) title: String,
    /// When it was due; none for a course that is here only because of what was asked.
    pub(crate) due: Option<String>,
    pub(crate) ask: Option<String>,
}

pub(crate) struct TeamRow {
    pub(crate) name: String,
    pub(crate) people: u32,
    pub(crate) courses: u32,
    pub(crate) longest: String,
}

#[derive(Template)]
#[template(path = "training-digest/subject.txt")]
pub(crate) struct TrainingSubject<'a> {
    pub(crate) f: &'a Frame<'a>,
}

#[derive(Template)]
#[template(path = "training-digest/text.txt")]
pub(crate) struct TrainingText<'a> {
    pub(crate) f: &'a Frame<'a>,
    pub(crate) sections: &'a [Section<'a>],
    pub(crate) changes: Option<&'a Changes<'a>>,
    pub(crate) ends: Option<&'a Ends<'a>>,
    pub(crate) tests: Option<&'a Tests<'a>>,
}

#[derive(Template)]
#[template(path = "training-digest/html.html")]
pub(crate) struct TrainingHtml<'a> {
    pub(crate) f: &'a Frame<'a>,
    pub(crate) sections: &'a [Section<'a>],
    pub(crate) changes: Option<&'a Changes<'a>>,
    pub(crate) ends: Option<&'a Ends<'a>>,
    pub(crate) tests: Option<&'a Tests<'a>>,
}

#[derive(Template)]
#[template(path = "manager-digest/subject.txt")]
pub(crate) struct ManagerSubject<'a> {
    pub(crate) f: &'a Frame<'a>,
}

#[derive(Template)]
#[template(path = "manager-digest/text.txt")]
pub(crate) struct ManagerText<'a> {
    pub(crate) f: &'a Frame<'a>,
    pub(crate) people: &'a [Person],
    pub(crate) help: &'a str,
    pub(crate) fair: &'a str,
}

#[derive(Template)]
#[template(path = "manager-digest/html.html")]
pub(crate) struct ManagerHtml<'a> {
    pub(crate) f: &'a Frame<'a>,
    pub(crate) people: &'a [Person],
    pub(crate) help: &'a str,
    pub(crate) fair: &'a str,
}

/// A session as its reader is told of it.
pub(crate) struct Seat {
    pub(crate) title: String,
    pub(crate) off: bool,
    pub(crate) when: String,
    pub(crate) place: Option<String>,
    pub(crate) join: Option<Action>,
    /// What the calendar file does.
    pub(crate) file: Option<String>,
}

#[derive(Template)]
#[template(path = "session-notice/subject.txt")]
pub(crate) struct SessionSubject<'a> {
    pub(crate) f: &'a Frame<'a>,
}

#[derive(Template)]
#[template(path = "session-notice/text.txt")]
pub(crate) struct SessionText<'a> {
    pub(crate) f: &'a Frame<'a>,
    pub(crate) seat: &'a Seat,
}

#[derive(Template)]
#[template(path = "session-notice/html.html")]
pub(crate) struct SessionHtml<'a> {
    pub(crate) f: &'a Frame<'a>,
    pub(crate) seat: &'a Seat,
}

/// A request as its reader is told of it.
pub(crate) struct RequestCard {
    pub(crate) title: String,
    pub(crate) what: String,
    /// Who asked, where it is news to the reader.
    pub(crate) from: Option<String>,
}

#[derive(Template)]
#[template(path = "course-request/subject.txt")]
pub(crate) struct RequestSubject<'a> {
    pub(crate) f: &'a Frame<'a>,
}

#[derive(Template)]
#[template(path = "course-request/text.txt")]
pub(crate) struct RequestText<'a> {
    pub(crate) f: &'a Frame<'a>,
    pub(crate) card: &'a RequestCard,
}

#[derive(Template)]
#[template(path = "course-request/html.html")]
pub(crate) struct RequestHtml<'a> {
    pub(crate) f: &'a Frame<'a>,
    pub(crate) card: &'a RequestCard,
}

#[derive(Template)]
#[template(path = "escalation-digest/subject.txt")]
pub(crate) struct EscalationSubject<'a> {
    pub(crate) f: &'a Frame<'a>,
}

#[derive(Template)]
#[template(path = "escalation-digest/text.txt")]
pub(crate) struct EscalationText<'a> {
    pub(crate) f: &'a Frame<'a>,
    pub(crate) heads: [&'a str; 4],
    pub(crate) rows: &'a [TeamRow],
    pub(crate) total: &'a TeamRow,
}

#[derive(Template)]
#[template(path = "escalation-digest/html.html")]
pub(crate) struct EscalationHtml<'a> {
    pub(crate) f: &'a Frame<'a>,
    pub(crate) heads: [&'a str; 4],
    pub(crate) rows: &'a [TeamRow],
    pub(crate) total: &'a TeamRow,
}
