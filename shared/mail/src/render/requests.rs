//! The mails about requests for seats and vouchers.

use std::collections::BTreeMap;

use kernel::{PersonId, Redacted};

use super::{RenderError, Rendered, Writer, one_line};
use crate::{
    Text,
    model::{Asked, CourseRequest, RequestNews},
    views,
};

impl Writer<'_> {
    /// A mail about a request.
    pub(super) fn request(
        &self,
        request: &CourseRequest,
        names: &BTreeMap<PersonId, Redacted<String>>,
    ) -> Result<Rendered, RenderError> {
        let texts = self.texts;
        let (subject, intro, why) = match request.notice {
            RequestNews::Asked => (Text::RequestSubjectAsked, Text::RequestIntroAsked, Text::RequestWhyAsked),
            RequestNews::Approved => (Text::RequestSubjectApproved, Text::RequestIntroApproved, Text::RequestWhy),
            RequestNews::Declined => (Text::RequestSubjectDeclined, Text::RequestIntroDeclined, Text::RequestWhy),
            RequestNews::Provided => (Text::RequestSubjectProvided, Text::RequestIntroProvided, Text::RequestWhy),
        };
        let title = one_line(&request.title);
        let subject = texts.fill(subject, &[("course", &title)]);
        let name = || match names.get(&request.person_id) {
            Some(name) => one_line(name.expose()),
            None => texts.say(Text::ManagerUnknown).to_owned(),
        };
        let what = match request.kind {
            Asked::Seat => Text::RequestSeat,
            Asked::Voucher => Text::RequestVoucher,
        };
        let from =
            matches!(request.notice, RequestNews::Asked).then(|| texts.fill(Text::RequestFrom, &[("name", &name())]));
        let card = &views::RequestCard { title, what: texts.say(what).to_owned(), from };
        let frame = self.frame(&subject, intro, why);
        let f = &frame;
        self.finish(&views::RequestSubject { f }, &views::RequestText { f, card }, &views::RequestHtml { f, card })
    }
}
