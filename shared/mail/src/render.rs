//! Turns a committed mail into subject, plain text and HTML for its reader. Names and addresses come from the address
//! book at this moment and are kept nowhere else; everything that is filled in is escaped by the templates.

mod requests;
mod sessions;
mod training;

use std::collections::BTreeMap;

use askama::DynTemplate;
use jiff::{SignedDuration, Timestamp, civil::Date};
use kernel::{PersonId, Redacted, StoreError, TeamId};
use serde::de::DeserializeOwned;

use crate::{
    Calendar, Mail, MailState, ProgramSettings, Text, Texts,
    links::{Claims, LinkKeys, Purpose},
    model::{CourseRequest, EscalationDigest, ManagerDigest, OverdueCourse, RequestNews, template},
    pages::LinkAction,
    ports::{Contact, Contacts},
    settings,
    views::{self, Frame},
};

/// The longest subject; more is cut. RFC 5322 wants lines under 998 characters, mail clients show about 70.
const MAX_SUBJECT: usize = 120;

/// A mail as its reader gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The address.
    pub to: Redacted<String>,
    /// One line without control characters.
    pub subject: Redacted<String>,
    /// The plain-text body.
    pub text: Redacted<String>,
    /// The HTML body.
    pub html: Redacted<String>,
    /// The event that goes into the reader's calendar, or out of it.
    pub calendar: Option<Calendar>,
}

/// Where links lead.
#[derive(Debug, Clone, Copy)]
pub enum LinkBase<'a> {
    /// Working links under the API's public address, signed for the recipient.
    Signed {
        /// The public base of the HTTP API, such as `https://training.example.com`.
        api_url: &'a str,
        /// The signing keys.
        keys: &'a LinkKeys,
    },
    /// Links that do nothing, for someone else's eyes: a working link acts as its recipient.
    Inert,
}

/// Why a mail cannot be rendered.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// There is no such template.
    #[error("there is no such template")]
    UnknownTemplate,
    /// The model does not fit the template.
    #[error("the model does not fit the template")]
    Model(#[source] serde_json::Error),
    /// The template could not be filled.
    #[error("the template could not be filled")]
    Template(#[source] askama::Error),
    /// The address book could not be read.
    #[error("the address book could not be read")]
    Contacts(#[source] StoreError),
}

/// Renders a mail for its recipient.
///
/// # Errors
/// [`RenderError`]; all but [`RenderError::Contacts`] stay as they are however often it is tried.
pub async fn render(
    mail: &Mail,
    contact: &Contact,
    contacts: &dyn Contacts,
    settings: &ProgramSettings,
    links: LinkBase<'_>,
    now: Timestamp,
) -> Result<Rendered, RenderError> {
    let texts = Texts::for_reader(settings, &contact.language);
    let writer = Writer { mail, contact, settings, texts, links, now };
    match mail.template.as_str() {
        template::TRAINING_DIGEST => writer.training(&model(mail)?),
        template::MANAGER_DIGEST => {
            let digest: ManagerDigest = model(mail)?;
            let people: Vec<PersonId> = digest.people.iter().map(|person| person.person_id).collect();
            let names = contacts.people(&people).await.map_err(RenderError::Contacts)?;
            writer.manager(&digest, &names)
        }
        template::ESCALATION_DIGEST => {
            let digest: EscalationDigest = model(mail)?;
            let teams: Vec<TeamId> = digest.teams.iter().filter_map(|team| team.team_id).collect();
            let names = contacts.teams(&teams).await.map_err(RenderError::Contacts)?;
            writer.escalation(&digest, &names)
        }
        template::SESSION_NOTICE => writer.session(&model(mail)?),
        template::COURSE_REQUEST => {
            let request: CourseRequest = model(mail)?;
            // Only whoever decides is told who asks; the person knows.
            let asks = matches!(request.notice, RequestNews::Asked).then_some(request.person_id);
            let names = match asks {
                Some(person) => contacts.people(&[person]).await.map_err(RenderError::Contacts)?,
                None => BTreeMap::new(),
            };
            writer.request(&request, &names)
        }
        _ => Err(RenderError::UnknownTemplate),
    }
}

fn model<T: DeserializeOwned>(mail: &Mail) -> Result<T, RenderError> {
    T::deserialize(&mail.model).map_err(RenderError::Model)
}

/// Text on one line: control characters and those that reorder what surrounds them become spaces, runs of space one.
pub(crate) fn one_line(raw: &str) -> String {
    let unsafe_mark = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') || !printable(c);
    let clean: String = raw.chars().map(|c| if unsafe_mark(c) { ' ' } else { c }).collect();
    clean.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn printable(c: char) -> bool {
    kernel::text::is_printable(c.encode_utf8(&mut [0; 4]))
}

fn subject_line(raw: &str) -> String {
    let line = one_line(raw);
    if line.chars().count() <= MAX_SUBJECT {
        return line;
    }
    let cut: String = line.chars().take(MAX_SUBJECT - 1).collect();
    format!("{}…", cut.trim_end())
}

struct Writer<'a> {
    mail: &'a Mail,
    contact: &'a Contact,
    settings: &'a ProgramSettings,
    texts: Texts<'a>,
    links: LinkBase<'a>,
    now: Timestamp,
}

impl Writer<'_> {
    fn manager(
        &self,
        digest: &ManagerDigest,
        names: &BTreeMap<PersonId, Redacted<String>>,
    ) -> Result<Rendered, RenderError> {
        let texts = self.texts;
        let late = |course: &OverdueCourse| course.days_overdue > 0 || course.ask.is_none();
        let overdue = digest.people.iter().filter(|person| person.courses.iter().any(late)).count();
        let (subject, intro) = match overdue {
            0 => (texts.say(Text::ManagerSubjectAsked).to_owned(), Text::ManagerIntroAsked),
            _ => (texts.count(Text::ManagerSubjectOne, Text::ManagerSubjectMany, overdue, &[]), Text::ManagerIntro),
        };
        let frame = self.frame(&subject, intro, Text::ManagerWhy);
        let mut people: Vec<views::Person> = digest
            .people
            .iter()
            .map(|person| views::Person {
                name: names
                    .get(&person.person_id)
                    .map_or_else(|| texts.say(Text::ManagerUnknown).to_owned(), |name| one_line(name.expose())),
                courses: person
                    .courses
                    .iter()
                    .map(|course| views::ReportCourse {
                        title: one_line(&course.title),
                        due: self.course_due(course),
                        ask: self.asked(course),
                    })
                    .collect(),
            })
            .collect();
        people.sort_by_key(|person| kernel::text::fold(&person.name));
        let (f, help, fair) = (&frame, texts.say(Text::ManagerHelp), texts.say(Text::ManagerFair));
        self.finish(
            &views::ManagerSubject { f },
            &views::ManagerText { f, people: &people, help, fair },
            &views::ManagerHtml { f, people: &people, help, fair },
        )
    }

    fn asked(&self, course: &OverdueCourse) -> Option<String> {
        match (course.ask?, course.wished) {
            (LinkAction::MoreTime, Some(day)) => {
                Some(self.texts.fill(Text::ManagerAskMoreUntil, &[("date", &self.texts.date(day))]))
            }
            (ask, _) => ask_wording(ask).map(|text| self.texts.say(text).to_owned()),
        }
    }

    fn course_due(&self, course: &OverdueCourse) -> Option<String> {
        let days = i32::try_from(course.days_overdue).unwrap_or(i32::MAX);
        (days > 0 || course.ask.is_none()).then(|| due_wording(self.texts, course.due, -days))
    }

    fn escalation(&self, digest: &EscalationDigest, names: &BTreeMap<TeamId, String>) -> Result<Rendered, RenderError> {
        let texts = self.texts;
        let total = |of: fn(&crate::model::OverdueTeam) -> u32| digest.teams.iter().map(of).sum::<u32>();
        let (people, courses) = (total(|team| team.people), total(|team| team.courses));
        let (count, teams) = (people.to_string(), digest.teams.len().to_string());
        let subject = texts.fill(Text::EscalationSubject, &[("people", &count), ("teams", &teams)]);
        let frame = self.frame(&subject, Text::EscalationIntro, Text::EscalationWhy);
        let days = |count: u32| texts.fill(Text::EscalationDays, &[("count", &count.to_string())]);
        let mut rows: Vec<views::TeamRow> = digest
            .teams
            .iter()
            .map(|team| views::TeamRow {
                name: match team.team_id.map(|id| names.get(&id)) {
                    Some(Some(name)) => one_line(name),
                    Some(None) => texts.say(Text::EscalationUnknown).to_owned(),
                    None => texts.say(Text::EscalationSmall).to_owned(),
                },
                people: team.people,
                courses: team.courses,
                longest: days(team.longest_days_overdue),
            })
            .collect();
        rows.sort_by_key(|row| (std::cmp::Reverse(row.people), kernel::text::fold(&row.name)));
        let longest = digest.teams.iter().map(|team| team.longest_days_overdue).max().unwrap_or_default();
        let name = texts.say(Text::EscalationTotal).to_owned();
        let total = views::TeamRow { name, people, courses, longest: days(longest) };
        let heads = [Text::EscalationTeam, Text::EscalationPeople, Text::EscalationCourses, Text::EscalationLongest]
            .map(|text| texts.say(text));
        let (f, rows, total) = (&frame, rows.as_slice(), &total);
        self.finish(
            &views::EscalationSubject { f },
            &views::EscalationText { f, heads, rows, total },
            &views::EscalationHtml { f, heads, rows, total },
        )
    }

    fn frame(&self, subject: &str, intro: Text, why: Text) -> Frame<'_> {
        let (texts, brand) = (self.texts, &self.settings.brand);
        Frame {
            language: texts.language().code(),
            brand: &brand.name,
            colour: brand.colour.into(),
            ink: brand.colour.ink(),
            logo: brand.logo_url.as_deref().filter(|url| settings::is_https(url)),
            note: matches!(self.links, LinkBase::Inert).then(|| texts.say(note(&self.mail.state))),
            subject: subject_line(subject),
            greeting: texts.fill(Text::Greeting, &[("name", &one_line(self.contact.name.expose()))]),
            intro: texts.say(intro),
            why: texts.say(why),
            opt_out: None,
            portal: brand
                .portal_url
                .as_deref()
                .filter(|url| settings::is_https(url))
                .map(|url| views::Action { label: texts.say(Text::Portal).to_owned(), url: url.to_owned() }),
            sent_by: texts.fill(Text::Footer, &[("brand", &brand.name)]),
            footer: &brand.footer,
        }
    }

    fn link(&self, purpose: Purpose, subject: String, nonce: &str) -> String {
        match self.links {
            LinkBase::Inert => "#".to_owned(),
            LinkBase::Signed { api_url, keys } => {
                let life = SignedDuration::from_hours(24 * i64::from(self.settings.link_days));
                let expires = self.now.saturating_add(life).unwrap_or(Timestamp::MAX);
                let expires = Timestamp::from_second(expires.as_second()).unwrap_or(expires);
                let claims = Claims { purpose, person: self.mail.at.person, subject, nonce: nonce.to_owned(), expires };
                format!("{}/training/links/{}", api_url.trim_end_matches('/'), keys.sign(&claims))
            }
        }
    }

    fn finish(
        &self,
        subject: &dyn DynTemplate,
        text: &dyn DynTemplate,
        html: &dyn DynTemplate,
    ) -> Result<Rendered, RenderError> {
        let fill = |template: &dyn DynTemplate| template.dyn_render().map_err(RenderError::Template);
        Ok(Rendered {
            to: self.contact.email.clone(),
            subject: subject_line(&fill(subject)?).into(),
            text: fill(text)?.into(),
            html: fill(html)?.into(),
            calendar: None,
        })
    }
}

/// What became of a mail, for someone else's eyes.
const fn note(state: &MailState) -> Text {
    match state {
        MailState::Preview => Text::PreviewNote,
        MailState::Pending | MailState::Leased { .. } => Text::WaitingNote,
        MailState::Sent { .. } => Text::SentNote,
        MailState::Failed { .. } | MailState::Suppressed { .. } => Text::UnsentNote,
    }
}

/// What a manager reads of an answer that waits.
const fn ask_wording(ask: LinkAction) -> Option<Text> {
    match ask {
        LinkAction::MoreTime => Some(Text::ManagerAskMore),
        LinkAction::OnLeave => Some(Text::ManagerAskLeave),
        LinkAction::NotMyRole => Some(Text::ManagerAskRole),
        LinkAction::Done | LinkAction::OptOut | LinkAction::OptIn => None,
    }
}

/// When something is due, in words.
pub(crate) fn due_wording(texts: Texts<'_>, due: Date, days_left: i32) -> String {
    let date = texts.date(due);
    let count = days_left.unsigned_abs().to_string();
    let text = match days_left {
        2.. => Text::DueIn,
        1 => Text::DueTomorrow,
        0 => Text::DueToday,
        -1 => Text::DueOverdueOne,
        _ => Text::DueOverdueMany,
    };
    texts.fill(text, &[("date", &date), ("count", &count)])
}

#[cfg(test)]
mod tests;
