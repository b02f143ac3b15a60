//! A learner's digest: courses that are asked, what changed in the plan, certificates that end soon, and tests to take.

use jiff::civil::Date;
use kernel::JobRole;

use super::{RenderError, Rendered, Writer, due_wording, one_line};
use crate::{
    Text,
    links::{Claims, Purpose},
    model::{CertificateLine, ChangeCause, ChangeKind, CourseLine, PlanChange, TestLine, TestPurpose, TrainingDigest},
    settings,
    views::{self, Action, Change, Changes, End, Ends, Line, Section, Test, Tests},
};

impl Writer<'_> {
    pub(super) fn training(&self, digest: &TrainingDigest) -> Result<Rendered, RenderError> {
        let texts = self.texts;
        let (required, optional): (Vec<_>, Vec<_>) = digest.lines.iter().partition(|line| line.required);
        let overdue = required.iter().filter(|line| line.days_left < 0).count();
        let only_changes = digest.lines.is_empty() && !digest.changes.is_empty();
        let subject = match (required.as_slice(), overdue) {
            ([], _) if !digest.certificates.is_empty() => self.certificate_subject(&digest.certificates),
            ([], _) if !digest.tests.is_empty() => self.tests_subject(&digest.tests),
            ([], _) if only_changes => texts.say(Text::ChangesSubject).to_owned(),
            ([], _) => texts.say(Text::LearnerSubjectOptional).to_owned(),
            ([line], 0) => self.course_subject(Text::LearnerSubjectOne, line),
            ([line], _) => self.course_subject(Text::LearnerSubjectOverdueOne, line),
            (lines, 0) => {
                let first = lines.iter().map(|line| line.due).min().unwrap_or(digest.date);
                let (count, date) = (lines.len().to_string(), texts.date(first));
                texts.fill(Text::LearnerSubjectMany, &[("count", &count), ("date", &date)])
            }
            (lines, overdue) => {
                let (count, overdue) = (lines.len().to_string(), overdue.to_string());
                texts.fill(Text::LearnerSubjectOverdueMany, &[("count", &count), ("overdue", &overdue)])
            }
        };
        let (intro, why) = match (required.is_empty(), overdue) {
            (true, _) if !digest.certificates.is_empty() => {
                (Text::LearnerIntroCertificates, Text::LearnerWhyCertificates)
            }
            (true, _) if !digest.tests.is_empty() => (Text::TestsIntro, Text::TestsWhy),
            (true, _) if only_changes => (Text::ChangesIntro, Text::ChangesWhy),
            (true, _) => (Text::LearnerIntroOptional, Text::LearnerWhyOptional),
            (false, 0) => (Text::LearnerIntro, Text::LearnerWhy),
            (false, _) => (Text::LearnerIntroOverdue, Text::LearnerWhy),
        };
        let mut frame = self.frame(&subject, intro, why);
        frame.opt_out = digest.opt_out.as_ref().filter(|_| required.is_empty()).map(|nonce| {
            let url = self.link(Purpose::OptOut, "optional".to_owned(), nonce);
            Action { label: texts.say(Text::OptOut).to_owned(), url }
        });
        let sections: Vec<Section> = [(Text::LearnerRequired, required), (Text::LearnerOptional, optional)]
            .into_iter()
            .filter(|(_, lines)| !lines.is_empty())
            .map(|(title, lines)| Section {
                title: texts.say(title),
                lines: lines.into_iter().map(|line| self.line(line)).collect(),
            })
            .collect();
        let changes = self.changes(digest);
        let ends = self.ends(digest);
        let tests = self.tests(&digest.tests);
        let (f, changes, ends, tests) = (&frame, changes.as_ref(), ends.as_ref(), tests.as_ref());
        self.finish(
            &views::TrainingSubject { f },
            &views::TrainingText { f, changes, ends, tests, sections: &sections },
            &views::TrainingHtml { f, changes, ends, tests, sections: &sections },
        )
    }

    fn tests_subject(&self, tests: &[TestLine]) -> String {
        match tests {
            [test] => self.texts.fill(Text::TestsSubjectOne, &[("test", &one_line(&test.title))]),
            _ => self.texts.fill(Text::TestsSubjectMany, &[("count", &tests.len().to_string())]),
        }
    }

    /// The tests to take; nothing where there is none.
    fn tests(&self, tests: &[TestLine]) -> Option<Tests<'_>> {
        let texts = self.texts;
        let test = |line: &TestLine| {
            let when = match line.purpose {
                TestPurpose::Initial => Text::TestsInitial,
                TestPurpose::Quarterly => Text::TestsQuarterly,
                TestPurpose::Annual => Text::TestsAnnual,
            };
            let until = line.until.map(|day| texts.date(day)).unwrap_or_default();
            let (questions, minutes) = (line.questions.to_string(), line.minutes.to_string());
            Test {
                title: one_line(&line.title),
                when: texts.fill(when, &[("date", &until)]),
                length: texts.fill(Text::TestsLength, &[("questions", &questions), ("minutes", &minutes)]),
            }
        };
        let list: Vec<Test> = tests.iter().map(test).collect();
        let (title, start) = (texts.say(Text::TestsTitle), texts.say(Text::TestsStart));
        (!list.is_empty()).then_some(Tests { title, list, start })
    }

    /// The certificates that end soon; nothing where none does.
    fn ends(&self, digest: &TrainingDigest) -> Option<Ends<'_>> {
        let certificates: Vec<End> = digest.certificates.iter().map(|line| self.end(line)).collect();
        (!certificates.is_empty()).then(|| Ends { title: self.texts.say(Text::LearnerCertificates), certificates })
    }

    fn certificate_subject(&self, certificates: &[CertificateLine]) -> String {
        let texts = self.texts;
        let first = certificates.iter().map(|line| line.expires).min();
        let (date, count) = (first.map(|day| texts.date(day)).unwrap_or_default(), certificates.len().to_string());
        match certificates {
            [line] => {
                let certificate = self.certificate(line);
                texts.fill(Text::LearnerSubjectCertificateOne, &[("certificate", &certificate), ("date", &date)])
            }
            _ => texts.fill(Text::LearnerSubjectCertificateMany, &[("count", &count), ("date", &date)]),
        }
    }

    /// What a certificate is called: by its name, or by the path it was awarded for.
    fn certificate(&self, line: &CertificateLine) -> String {
        let path = line.path.map(|role| {
            let role = self.texts.say(role_wording(role));
            self.texts.fill(Text::CertificatePath, &[("role", role)])
        });
        line.name.as_deref().map(one_line).or(path).unwrap_or_default()
    }

    fn end(&self, line: &CertificateLine) -> End {
        let texts = self.texts;
        let (date, count) = (texts.date(line.expires), line.days_left.to_string());
        let until = match line.days_left {
            2.. => Text::CertificateIn,
            1 => Text::CertificateTomorrow,
            _ => Text::CertificateToday,
        };
        let renew = if line.path.is_some() { Text::CertificateRenewPath } else { Text::CertificateRenew };
        let next = line.next_reminder_on.map(|day| texts.fill(Text::LearnerNext, &[("date", &texts.date(day))]));
        End {
            title: self.certificate(line),
            until: texts.fill(until, &[("date", &date), ("count", &count)]),
            notes: [Some(texts.say(renew).to_owned()), next].into_iter().flatten().collect(),
        }
    }

    /// What changed in the plan and why; nothing where nothing did.
    fn changes(&self, digest: &TrainingDigest) -> Option<Changes<'_>> {
        let texts = self.texts;
        let what = |change: &PlanChange| match (change.kind, change.due) {
            (ChangeKind::Removed, _) => texts.say(Text::ChangesRemoved).to_owned(),
            (ChangeKind::Added | ChangeKind::Sooner, None) => texts.say(Text::ChangesUndated).to_owned(),
            (kind, Some(due)) => {
                let text = match (kind, change.required) {
                    (ChangeKind::Sooner, _) => Text::ChangesSooner,
                    (_, true) => Text::ChangesAdded,
                    (_, false) => Text::ChangesOffered,
                };
                texts.fill(text, &[("date", &texts.date(due))])
            }
        };
        let why = |cause: ChangeCause| match cause {
            ChangeCause::Joined => Text::ChangesJoined,
            ChangeCause::RoleChanged => Text::ChangesRole,
            ChangeCause::Competency => Text::ChangesCompetency,
            ChangeCause::RecurringFinding => Text::ChangesFinding,
        };
        let list: Vec<Change> = digest
            .changes
            .iter()
            .map(|change| Change {
                title: one_line(&change.title),
                what: what(change),
                why: texts.say(why(change.cause)).to_owned(),
            })
            .collect();
        let more = (digest.more_changes > 0)
            .then(|| texts.fill(Text::ChangesMore, &[("count", &digest.more_changes.to_string())]));
        (!list.is_empty()).then(|| Changes { title: texts.say(Text::ChangesTitle), list, more })
    }

    fn course_subject(&self, text: Text, line: &CourseLine) -> String {
        self.texts.fill(text, &[("course", &one_line(&line.title)), ("date", &self.texts.date(line.due))])
    }

    fn line(&self, line: &CourseLine) -> Line {
        let texts = self.texts;
        let dated = |text: Text, day: Date| texts.fill(text, &[("date", &texts.date(day))]);
        let notes = [
            line.reason.map(|reason| texts.say(reason.wording(line.required)).to_owned()),
            line.manager_sees_on.map(|day| dated(Text::LearnerManagerSees, day)),
            line.others_see_on.map(|day| dated(Text::LearnerOthersSee, day)),
            line.next_reminder_on.map(|day| dated(Text::LearnerNext, day)),
        ];
        let open = line.url.as_deref().filter(|url| settings::is_https(url));
        let subject = Claims::assignment_subject(line.course_id, line.round);
        Line {
            title: one_line(&line.title),
            due: due_wording(texts, line.due, line.days_left),
            late: line.days_left < 0,
            notes: notes.into_iter().flatten().collect(),
            open: open.map(|url| Action { label: texts.say(Text::LearnerOpen).to_owned(), url: url.to_owned() }),
            tell: Action {
                label: texts.say(Text::LearnerTell).to_owned(),
                url: self.link(Purpose::Assignment, subject, &line.nonce),
            },
        }
    }
}

/// What a job role is called.
const fn role_wording(role: JobRole) -> Text {
    match role {
        JobRole::Developer => Text::RoleDeveloper,
        JobRole::Devops => Text::RoleDevops,
        JobRole::Architect => Text::RoleArchitect,
        JobRole::Manager => Text::RoleManager,
        JobRole::Tester => Text::RoleTester,
        JobRole::Product => Text::RoleProduct,
    }
}
