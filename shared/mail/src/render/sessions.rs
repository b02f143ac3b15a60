//! Notices of seats in sessions, with the event for the reader's calendar.

use jiff::{SignedDuration, Timestamp};

use super::{RenderError, Rendered, Writer, one_line};
use crate::{
    Calendar, Method, Text,
    model::{SeatNews, SessionNotice},
    settings,
    views::{self, Action},
};

impl Writer<'_> {
    pub(super) fn session(&self, notice: &SessionNotice) -> Result<Rendered, RenderError> {
        let texts = self.texts;
        let (subject, intro) = match notice.notice {
            SeatNews::Invited => (Text::SeatSubjectInvited, Text::SeatIntroInvited),
            SeatNews::MovedUp => (Text::SeatSubjectMovedUp, Text::SeatIntroMovedUp),
            SeatNews::Changed => (Text::SeatSubjectChanged, Text::SeatIntroChanged),
            SeatNews::Cancelled => (Text::SeatSubjectCancelled, Text::SeatIntroCancelled),
            SeatNews::WaitingEnded => (Text::SeatSubjectCancelled, Text::SeatIntroWaitingEnded),
            SeatNews::Released => (Text::SeatSubjectReleased, Text::SeatIntroReleased),
        };
        let calendar = self.calendar(notice);
        let ends = notice.starts.saturating_add(SignedDuration::from_mins(i64::from(notice.minutes)));
        let zoned = |at: Timestamp| at.to_zoned(notice.zone.zone());
        let (from, until) = (zoned(notice.starts), zoned(ends.unwrap_or(notice.starts)));
        let date = texts.date(from.date());
        let subject = texts.fill(subject, &[("course", &one_line(&notice.title)), ("date", &date)]);
        let hour = |at: &jiff::Zoned| at.strftime("%H:%M").to_string();
        let (from, until) = (hour(&from), hour(&until));
        let when = [
            ("date", date.as_str()),
            ("from", from.as_str()),
            ("until", until.as_str()),
            ("zone", notice.zone.as_str()),
        ];
        let off = matches!(notice.notice, SeatNews::Cancelled | SeatNews::WaitingEnded | SeatNews::Released);
        let join = notice.url.as_deref().filter(|url| !off && settings::is_https(url));
        let file = calendar.as_ref().map(|calendar| match calendar.method {
            Method::Request => texts.say(Text::SeatFileIn).to_owned(),
            Method::Cancel => texts.say(Text::SeatFileOut).to_owned(),
        });
        let seat = views::Seat {
            title: one_line(&notice.title),
            off,
            when: texts.fill(Text::SeatWhen, &when),
            place: notice.place.as_deref().map(one_line),
            join: join.map(|url| Action { label: texts.say(Text::SeatJoin).to_owned(), url: url.to_owned() }),
            file,
        };
        let (frame, seat) = (self.frame(&subject, intro, Text::SeatWhy), &seat);
        let f = &frame;
        let rendered = self.finish(
            &views::SessionSubject { f },
            &views::SessionText { f, seat },
            &views::SessionHtml { f, seat },
        )?;
        Ok(Rendered { calendar, ..rendered })
    }

    /// The event for the reader's calendar; none for who never had a seat. It is stamped with the moment of the fact, so
    /// that the same mail always carries the same file.
    fn calendar(&self, notice: &SessionNotice) -> Option<Calendar> {
        let method = match notice.notice {
            SeatNews::Invited | SeatNews::MovedUp | SeatNews::Changed => Method::Request,
            SeatNews::Cancelled | SeatNews::Released => Method::Cancel,
            SeatNews::WaitingEnded => return None,
        };
        let ends = notice.starts.saturating_add(SignedDuration::from_mins(i64::from(notice.minutes)));
        Some(Calendar {
            method,
            uid: format!("{}.{}@guildhall", notice.session_id, self.mail.at.person),
            sequence: notice.sequence,
            stamp: self.mail.created_at,
            starts: notice.starts,
            ends: ends.unwrap_or(notice.starts),
            summary: notice.title.clone(),
            location: notice.place.clone().or_else(|| notice.url.clone()),
            url: notice.url.clone().filter(|url| settings::is_https(url)),
            organiser: self.settings.brand.name.clone(),
            name: self.contact.name.clone(),
            email: self.contact.email.clone(),
        })
    }
}
