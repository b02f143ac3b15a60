//! What mails and pages say, in the languages the program speaks: data files with one text a key, `{placeholders}` in
//! braces, and the program's own wording laid over them. Texts are plain: the templates escape them.

use std::{collections::BTreeMap, sync::LazyLock};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::ProgramSettings;

/// A language with a complete file of texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// German.
    De,
}

impl Language {
    /// Every language.
    pub const ALL: &[Self] = &[Self::En, Self::De];

    /// The BCP 47 code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
        }
    }

    /// The language of a tag such as `de-AT`, none where it is not one of ours.
    pub fn of(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        Self::ALL.iter().copied().find(|language| language.code().eq_ignore_ascii_case(primary.trim()))
    }
}

macro_rules! texts {
    ($($name:ident = $key:literal),+ $(,)?) => {
        /// One text. What each says stands in `texts/en.json`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "the English text is the documentation")]
        pub enum Text {$($name,)+}

        impl Text {
            /// Every text.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// Its key in the files and in the settings.
            pub const fn key(self) -> &'static str {
                match self {$(Self::$name => $key,)+}
            }
        }
    };
}

texts! {
    Greeting = "greeting",
    Months = "months",
    DateForm = "date",
    Footer = "footer",
    Portal = "portal",
    PreviewNote = "preview_note",
    WaitingNote = "waiting_note",
    SentNote = "sent_note",
    UnsentNote = "unsent_note",
    OptOut = "opt_out",
    LearnerSubjectOne = "learner.subject.one",
    LearnerSubjectMany = "learner.subject.many",
    LearnerSubjectOverdueOne = "learner.subject.overdue.one",
    LearnerSubjectOverdueMany = "learner.subject.overdue.many",
    LearnerSubjectOptional = "learner.subject.optional",
    LearnerIntro = "learner.intro",
    LearnerIntroOverdue = "learner.intro.overdue",
    LearnerIntroOptional = "learner.intro.optional",
    LearnerRequired = "learner.required",
    LearnerOptional = "learner.optional",
    LearnerManagerSees = "learner.manager_sees",
    LearnerOthersSee = "learner.others_see",
    LearnerNext = "learner.next",
    LearnerOpen = "learner.open",
    LearnerTell = "learner.tell",
    LearnerSubjectCertificateOne = "learner.subject.certificate.one",
    LearnerSubjectCertificateMany = "learner.subject.certificate.many",
    LearnerIntroCertificates = "learner.intro.certificates",
    LearnerCertificates = "learner.certificates",
    LearnerWhyCertificates = "learner.why.certificates",
    TestsSubjectOne = "tests.subject.one",
    TestsSubjectMany = "tests.subject.many",
    TestsIntro = "tests.intro",
    TestsTitle = "tests.title",
    TestsInitial = "tests.initial",
    TestsQuarterly = "tests.quarterly",
    TestsAnnual = "tests.annual",
    TestsLength = "tests.length",
    TestsStart = "tests.start",
    TestsWhy = "tests.why",
    CertificatePath = "certificate.path",
    CertificateIn = "certificate.in",
    CertificateTomorrow = "certificate.tomorrow",
    CertificateToday = "certificate.today",
    CertificateRenew = "certificate.renew",
    CertificateRenewPath = "certificate.renew.path",
    RoleDeveloper = "role.developer",
    RoleDevops = "role.devops",
    RoleArchitect = "role.architect",
    RoleManager = "role.manager",
    RoleTester = "role.tester",
    RoleProduct = "role.product",
    LearnerWhy = "learner.why",
    LearnerWhyOptional = "learner.why.optional",
    ReasonRole = "reason.role",
    ReasonPrerequisite = "reason.prerequisite",
    ReasonRecertification = "reason.recertification",
    ReasonRequest = "reason.request",
    ReasonSuggestion = "reason.suggestion",
    ReasonOwn = "reason.own",
    ReasonCompetency = "reason.competency",
    ReasonFinding = "reason.finding",
    ChangesSubject = "changes.subject",
    ChangesIntro = "changes.intro",
    ChangesTitle = "changes.title",
    ChangesAdded = "changes.added",
    ChangesOffered = "changes.offered",
    ChangesUndated = "changes.undated",
    ChangesRemoved = "changes.removed",
    ChangesSooner = "changes.sooner",
    ChangesJoined = "changes.joined",
    ChangesRole = "changes.role",
    ChangesCompetency = "changes.competency",
    ChangesFinding = "changes.finding",
    ChangesMore = "changes.more",
    ChangesWhy = "changes.why",
    DueIn = "due.in",
    DueTomorrow = "due.tomorrow",
    DueToday = "due.today",
    DueOverdueOne = "due.overdue.one",
    DueOverdueMany = "due.overdue.many",
    ManagerSubjectOne = "manager.subject.one",
    ManagerSubjectMany = "manager.subject.many",
    ManagerSubjectAsked = "manager.subject.asked",
    ManagerIntro = "manager.intro",
    ManagerIntroAsked = "manager.intro.asked",
    ManagerAskMore = "manager.ask.more",
    ManagerAskMoreUntil = "manager.ask.more.until",
    ManagerAskLeave = "manager.ask.leave",
    ManagerAskRole = "manager.ask.role",
    ManagerHelp = "manager.help",
    ManagerFair = "manager.fair",
    ManagerUnknown = "manager.unknown",
    ManagerWhy = "manager.why",
    EscalationSubject = "escalation.subject",
    EscalationIntro = "escalation.intro",
    EscalationTeam = "escalation.team",
    EscalationPeople = "escalation.people",
    EscalationCourses = "escalation.courses",
    EscalationLongest = "escalation.longest",
    EscalationDays = "escalation.days",
    EscalationTotal = "escalation.total",
    EscalationUnknown = "escalation.unknown",
    EscalationSmall = "escalation.small",
    EscalationWhy = "escalation.why",
    SeatSubjectInvited = "seat.subject.invited",
    SeatSubjectMovedUp = "seat.subject.moved_up",
    SeatSubjectChanged = "seat.subject.changed",
    SeatSubjectCancelled = "seat.subject.cancelled",
    SeatSubjectReleased = "seat.subject.released",
    SeatIntroInvited = "seat.intro.invited",
    SeatIntroMovedUp = "seat.intro.moved_up",
    SeatIntroChanged = "seat.intro.changed",
    SeatIntroCancelled = "seat.intro.cancelled",
    SeatIntroWaitingEnded = "seat.intro.waiting_ended",
    SeatIntroReleased = "seat.intro.released",
    SeatWhen = "seat.when",
    SeatJoin = "seat.join",
    SeatFileIn = "seat.file.in",
    SeatFileOut = "seat.file.out",
    SeatWhy = "seat.why",
    RequestSubjectAsked = "request.subject.asked",
    RequestSubjectApproved = "request.subject.approved",
    RequestSubjectDeclined = "request.subject.declined",
    RequestSubjectProvided = "request.subject.provided",
    RequestIntroAsked = "request.intro.asked",
    RequestIntroApproved = "request.intro.approved",
    RequestIntroDeclined = "request.intro.declined",
    RequestIntroProvided = "request.intro.provided",
    RequestSeat = "request.seat",
    RequestVoucher = "request.voucher",
    RequestFrom = "request.from",
    RequestWhy = "request.why",
    RequestWhyAsked = "request.why.asked",
    PageTitle = "page.title",
    PageIntro = "page.intro",
    PageDone = "page.done",
    PageDoneHint = "page.done.hint",
    PageDoneDate = "page.done.date",
    PageMore = "page.more",
    PageMoreHint = "page.more.hint",
    PageMoreDate = "page.more.date",
    PageLeave = "page.leave",
    PageLeaveHint = "page.leave.hint",
    PageLeaveFrom = "page.leave.from",
    PageLeaveUntil = "page.leave.until",
    PageRole = "page.role",
    PageRoleHint = "page.role.hint",
    PageSend = "page.send",
    PageNothingYet = "page.nothing_yet",
    PageOptOut = "page.opt_out",
    PageOptOutHint = "page.opt_out.hint",
    PageOptIn = "page.opt_in",
    PageOptInHint = "page.opt_in.hint",
    AfterTitle = "after.title",
    AfterDone = "after.done",
    AfterDoneCheck = "after.done_check",
    AfterMore = "after.more",
    AfterLeave = "after.leave",
    AfterRole = "after.role",
    AfterOptOut = "after.opt_out",
    AfterOptIn = "after.opt_in",
    AfterClose = "after.close",
    RefusedTitle = "refused.title",
    RefusedUsed = "refused.used",
    RefusedExpired = "refused.expired",
    RefusedInvalid = "refused.invalid",
    RefusedForm = "refused.form",
    RefusedLater = "refused.later",
    RefusedHelp = "refused.help",
}

impl Text {
    /// The text of a key.
    pub fn of(key: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|text| text.key() == key)
    }
}

type Catalogue = BTreeMap<String, String>;

// The files are compiled in, and a test holds that they parse and are complete; an empty catalogue shows keys.
static EN: LazyLock<Catalogue> =
    LazyLock::new(|| serde_json::from_str(include_str!("../texts/en.json")).unwrap_or_default());
static DE: LazyLock<Catalogue> =
    LazyLock::new(|| serde_json::from_str(include_str!("../texts/de.json")).unwrap_or_default());

/// The text as shipped.
pub(crate) fn built_in(language: Language, text: Text) -> &'static str {
    let catalogue: &'static Catalogue = match language {
        Language::En => &EN,
        Language::De => &DE,
    };
    catalogue.get(text.key()).map_or(text.key(), String::as_str)
}

/// The names in braces of a text, in order.
pub(crate) fn placeholders(text: &str) -> Vec<&str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name)).collect()
}

/// The texts of one language, with the program's own wording where it has any.
#[derive(Debug, Clone, Copy)]
pub struct Texts<'a> {
    language: Language,
    overrides: Option<&'a Catalogue>,
}

impl<'a> Texts<'a> {
    /// The texts for a reader, in the program's language where `tag` is not one of ours.
    pub fn for_reader(settings: &'a ProgramSettings, tag: &str) -> Self {
        let language = Language::of(tag).unwrap_or(settings.language);
        Self { language, overrides: settings.texts.get(&language) }
    }

    /// Which language it is.
    pub const fn language(&self) -> Language {
        self.language
    }

    /// A text as it stands.
    pub fn say(&self, text: Text) -> &'a str {
        self.overrides.and_then(|own| own.get(text.key())).map_or_else(|| built_in(self.language, text), String::as_str)
    }

    /// A text with its placeholders filled. What is filled in is never searched for placeholders again.
    pub fn fill(&self, text: Text, values: &[(&str, &str)]) -> String {
        let raw = self.say(text);
        let mut filled = String::with_capacity(raw.len() + 40);
        let mut rest = raw;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let Some((name, behind)) = after.split_once('}') else {
                filled.push('{');
                rest = after;
                continue;
            };
            if let Some((_, value)) = values.iter().find(|(known, _)| *known == name) {
                filled.push_str(value);
            }
            rest = behind;
        }
        filled.push_str(rest);
        filled
    }

    /// `one` for a count of 1, else `many`, with `{count}` filled.
    pub fn count(&self, one: Text, many: Text, count: usize, values: &[(&str, &str)]) -> String {
        let number = count.to_string();
        let mut values = values.to_vec();
        values.push(("count", &number));
        self.fill(if count == 1 { one } else { many }, &values)
    }

    /// A date as the language writes it.
    pub fn date(&self, date: Date) -> String {
        let month = usize::try_from(date.month() - 1).unwrap_or_default();
        let month = self.say(Text::Months).split('|').nth(month).unwrap_or_default();
        let (day, year) = (date.day().to_string(), date.year().to_string());
        self.fill(Text::DateForm, &[("day", &day), ("month", month), ("year", &year)])
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::civil::date;

    use super::*;

    #[test]
    fn every_language_says_everything_with_the_same_placeholders() {
        let keys: BTreeSet<_> = Text::ALL.iter().map(|text| text.key()).collect();
        assert_eq!(keys.len(), Text::ALL.len(), "two texts share a key");
        for catalogue in [&*EN, &*DE] {
            let found: BTreeSet<_> = catalogue.keys().map(String::as_str).collect();
            assert_eq!(found, keys);
        }
        for text in Text::ALL {
            let names = |language| placeholders(built_in(language, *text)).into_iter().collect::<BTreeSet<_>>();
            assert_eq!(names(Language::En), names(Language::De), "{}", text.key());
        }
    }

    #[test]
    fn what_is_filled_in_is_not_filled_again() {
        let settings = ProgramSettings::default();
        let texts = Texts::for_reader(&settings, "en");
        assert_eq!(texts.fill(Text::Greeting, &[("name", "{date}"), ("date", "x")]), "Hello {date},");
    }

    #[test]
    fn dates_are_written_as_each_language_does() {
        let settings = ProgramSettings::default();
        let day = date(2026, 3, 7);
        assert_eq!(Texts::for_reader(&settings, "en").date(day), "7 March 2026");
        assert_eq!(Texts::for_reader(&settings, "de-AT").date(day), "7. März 2026");
        assert_eq!(Texts::for_reader(&settings, "fr").language(), Language::En);
    }
}
