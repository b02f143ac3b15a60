//! Calendar files: one event for one reader, as RFC 5545 writes it and RFC 5546 exchanges it. Everything that was written
//! by people is escaped, whatever could begin a line of its own is taken out, and lines are folded between characters.
//!
//! A file is written for its sender at the last moment: who organises an event is the address that the mail comes from.

use jiff::{Timestamp, tz::TimeZone};
use kernel::Redacted;

use crate::render::one_line;

/// The longest line in octets, its end not counted (RFC 5545, 3.1).
const LONGEST: usize = 75;
const PRODUCT: &str = "-//Guildhall//Training sessions//EN";

/// What a calendar is asked to do (RFC 5546, 3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// To take the event in, or to bring it up to date.
    Request,
    /// To take it out.
    Cancel,
}

impl Method {
    /// The method's name, in the file and in the content type of the part that carries it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Request => "REQUEST",
            Self::Cancel => "CANCEL",
        }
    }
}

/// One event on one reader's calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// What the calendar is asked to do.
    pub method: Method,
    /// What the event is known by, for ever.
    pub uid: String,
    /// Counts revisions; of two, calendars keep the greater one.
    pub sequence: u32,
    /// When this revision was written.
    pub stamp: Timestamp,
    /// When the event begins.
    pub starts: Timestamp,
    /// When it ends.
    pub ends: Timestamp,
    /// What it is called.
    pub summary: String,
    /// Where it takes place.
    pub location: Option<String>,
    /// Where it is joined from afar.
    pub url: Option<String>,
    /// How the organiser is called.
    pub organiser: String,
    /// The reader's name.
    pub name: Redacted<String>,
    /// The reader's address.
    pub email: Redacted<String>,
}

impl Calendar {
    /// The content type of the part that carries it.
    pub fn content_type(&self) -> String {
        format!("text/calendar; charset=UTF-8; method={}", self.method.as_str())
    }

    /// The file as an organiser sends it from an address, which may have a name before it in angle brackets; for other
    /// eyes without one.
    pub fn file(&self, sender: Option<&str>) -> String {
        let (status, part) = match self.method {
            Method::Request => ("CONFIRMED", "ACCEPTED"),
            Method::Cancel => ("CANCELLED", "DECLINED"),
        };
        let mut lines = vec![
            "BEGIN:VCALENDAR".to_owned(),
            "VERSION:2.0".to_owned(),
            format!("PRODID:{PRODUCT}"),
            "CALSCALE:GREGORIAN".to_owned(),
            format!("METHOD:{}", self.method.as_str()),
            "BEGIN:VEVENT".to_owned(),
            format!("UID:{}", text(&self.uid)),
            format!("DTSTAMP:{}", instant(self.stamp)),
            format!("SEQUENCE:{}", self.sequence),
            format!("DTSTART:{}", instant(self.starts)),
            format!("DTEND:{}", instant(self.ends)),
            format!("SUMMARY:{}", text(&self.summary)),
        ];
        lines.extend(self.location.as_deref().map(|location| format!("LOCATION:{}", text(location))));
        lines.extend(self.url.as_deref().map(|url| format!("URL:{}", plain(url))));
        lines.push(format!("STATUS:{status}"));
        lines.push("TRANSP:OPAQUE".to_owned());
        if let Some(sender) = sender {
            lines.push(format!("ORGANIZER;CN={}:mailto:{}", quoted(&self.organiser), address(sender)));
        }
        let (name, email) = (quoted(self.name.expose()), address(self.email.expose()));
        // The seat is booked: nobody is asked to answer.
        lines.push(format!(
            "ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT={part};RSVP=FALSE;CN={name}:mailto:{email}"
        ));
        lines.push("END:VEVENT".to_owned());
        lines.push("END:VCALENDAR".to_owned());
        lines.iter().map(|line| fold(line)).collect()
    }
}

/// An instant in UTC (RFC 5545, 3.3.5), as whole seconds.
fn instant(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// A value of type TEXT (RFC 5545, 3.3.11), on one line.
fn text(raw: &str) -> String {
    let mut escaped = String::with_capacity(raw.len() + 8);
    for c in one_line(raw).chars() {
        if matches!(c, '\\' | ';' | ',') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// A parameter's value in quotes, which cannot hold quotes (RFC 5545, 3.2).
fn quoted(raw: &str) -> String {
    format!("\"{}\"", one_line(raw).replace('"', "'"))
}

/// What stands as it is, without anything that could end its line or stand for something else.
fn plain(raw: &str) -> String {
    one_line(raw).split(' ').collect()
}

/// The address in a sender such as `Guildhall <training@example.com>`.
fn address(sender: &str) -> String {
    let inner = sender.rsplit_once('<').map_or(sender, |(_, rest)| rest.split('>').next().unwrap_or(rest));
    plain(inner)
}

/// One line, ended, in pieces of at most 75 octets; each after the first begins with a space. Characters stay whole.
fn fold(line: &str) -> String {
    let mut folded = String::with_capacity(line.len() + line.len() / LONGEST * 3 + 2);
    let mut width = 0;
    for c in line.chars() {
        if width + c.len_utf8() > LONGEST {
            folded.push_str("\r\n ");
            width = 1;
        }
        folded.push(c);
        width += c.len_utf8();
    }
    folded.push_str("\r\n");
    folded
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn unfold(folded: &str) -> String {
        folded.strip_suffix("\r\n").unwrap().replace("\r\n ", "")
    }

    fn calendar() -> Calendar {
        Calendar {
            method: Method::Request,
            uid: "s.p@guildhall".to_owned(),
            sequence: 3,
            stamp: Timestamp::from_second(1_773_050_400).unwrap(),
            starts: "2026-03-10T09:00:00.5Z".parse().unwrap(),
            ends: "2026-03-10T10:30:00Z".parse().unwrap(),
            summary: "Threats; models, and \\more".to_owned(),
            location: Some("Room 4.2".to_owned()),
            url: Some("https://meet.example.com/a?b=c,d;e".to_owned()),
            organiser: "Guildhall".to_owned(),
            name: "Ada \"Countess\" Lovelace".to_owned().into(),
            email: "ada@example.com".to_owned().into(),
        }
    }

    #[test]
    fn a_file_says_all_that_calendars_need() {
        let file = calendar().file(Some("Guildhall <training@example.com>"));
        assert!(file.split("\r\n").all(|line| line.len() <= LONGEST && !line.contains('\n')));
        let lines = unfold(&file);
        let lines: Vec<&str> = lines.split("\r\n").collect();
        assert_eq!(
            lines,
            [
                "BEGIN:VCALENDAR",
                "VERSION:2.0",
                "PRODID:-//Guildhall//Training sessions//EN",
                "CALSCALE:GREGORIAN",
                "METHOD:REQUEST",
                "BEGIN:VEVENT",
                "UID:s.p@guildhall",
                "DTSTAMP:20260309T100000Z",
                "SEQUENCE:3",
                "DTSTART:20260310T090000Z",
                "DTEND:20260310T103000Z",
                "SUMMARY:Threats\\; models\\, and \\\\more",
                "LOCATION:Room 4.2",
                "URL:https://meet.example.com/a?b=c,d;e",
                "STATUS:CONFIRMED",
                "TRANSP:OPAQUE",
                "ORGANIZER;CN=\"Guildhall\":mailto:training@example.com",
                "ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;RSVP=FALSE;CN=\"Ada 'Countess' \
                 Lovelace\":mailto:ada@example.com",
                "END:VEVENT",
                "END:VCALENDAR",
            ]
        );
    }

    #[test]
    fn taking_an_event_out_says_so_twice() {
        let cancelled = Calendar { method: Method::Cancel, ..calendar() };
        let file = cancelled.file(None);
        assert!(file.contains("METHOD:CANCEL\r\n") && file.contains("STATUS:CANCELLED\r\n"));
        assert!(!file.contains("ORGANIZER"), "for other eyes nobody organises");
        assert_eq!(cancelled.content_type(), "text/calendar; charset=UTF-8; method=CANCEL");
    }

    #[test]
    fn nothing_written_by_people_begins_a_line_or_a_parameter() {
        let hostile = "x\r\nATTENDEE:mailto:all@example.com\n\";ROLE=CHAIR:\u{2028}BEGIN:VALARM\u{202e}";
        let file = Calendar {
            summary: hostile.to_owned(),
            location: Some(hostile.to_owned()),
            url: Some(hostile.to_owned()),
            organiser: hostile.to_owned(),
            name: hostile.to_owned().into(),
            email: hostile.to_owned().into(),
            uid: hostile.to_owned(),
            ..calendar()
        }
        .file(Some(hostile));
        let lines = unfold(&file);
        let begins = |name: &str| lines.split("\r\n").filter(|line| line.starts_with(name)).count();
        assert_eq!((begins("ATTENDEE"), begins("BEGIN"), begins("ORGANIZER")), (1, 2, 1), "{lines}");
        assert!(!file.contains('\u{202e}') && !file.contains('\u{2028}'));
    }

    proptest! {
        #[test]
        fn folding_keeps_every_character_and_every_bound(line in "[^\r\n]{0,300}") {
            let folded = fold(&line);
            prop_assert!(folded.ends_with("\r\n"));
            for piece in folded.trim_end_matches("\r\n").split("\r\n") {
                prop_assert!(piece.len() <= LONGEST);
            }
            prop_assert_eq!(unfold(&folded), line);
        }

        #[test]
        fn an_escaped_text_reads_back(raw in "[a-zA-Z\\\\,;:\"äß€😀 -]{0,120}") {
            let escaped = text(&raw);
            let mut back = String::new();
            let mut chars = escaped.chars();
            while let Some(c) = chars.next() {
                prop_assert!(!matches!(c, ';' | ','));
                back.extend(if c == '\\' { chars.next() } else { Some(c) });
            }
            prop_assert_eq!(back, one_line(&raw));
        }
    }
}
