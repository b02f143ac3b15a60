//! Small worlds for tests: people, courses and a store in memory that keeps the same promises as the real one.

use std::{collections::BTreeMap, sync::Mutex};

use async_trait::async_trait;
use jiff::{Timestamp, civil::Date};
use kernel::{
    Cause, Commit, CompletionId, CourseId, Event, JobId, Limit, MailDraft, Page, PersonId, Position, Principal, RunId,
    StoreError, TeamId, Version, ZoneName, import::ImportJob,
};

use crate::{
    MailSwitch, Roster, Settings, TrainingReader, TrainingWriter, Write, assessment, certificates, competency,
    effectiveness, materials,
    model::{
        BoxKind, BoxLine, Catalogue, Check, Course, CourseCode, CourseFormat, CourseHours, CourseProvider, Facts,
        JobRole, Learner, LearnerFile, Membership, PathStep, Percent, ReminderRun, Requirement, RolePath, Scope, Title,
        Tray,
    },
    ports::{Stored, StoredRollUp},
    requests, sessions,
    usecases::Desk,
};

pub(crate) fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn cause(at: Timestamp, by: Principal) -> Cause {
    Cause { by, at, correlation_id: "test".into(), causation_id: None }
}

pub(crate) fn person() -> PersonId {
    PersonId::new(Timestamp::UNIX_EPOCH)
}

pub(crate) fn facts(zone: &str) -> Facts {
    let team = TeamId::new(Timestamp::UNIX_EPOCH);
    Facts {
        person: person(),
        directory_version: Version::FIRST,
        memberships: vec![Membership { team, department: Some("retail".into()), span: None }],
        job_role: JobRole::Developer,
        country: "DE".into(),
        zone: ZoneName::parse(zone).unwrap(),
        language: "en".into(),
        manager: Some(person()),
        delegate: None,
        start: None,
        leave: None,
        absences: Vec::new(),
        counted: true,
        working_share: Percent::FULL,
    }
}

pub(crate) fn course(code: &str, hours: f64, prerequisites: &[CourseId], validity_months: Option<u16>) -> Course {
    Course {
        id: CourseId::new(Timestamp::UNIX_EPOCH),
        code: CourseCode::parse(code).unwrap(),
        title: Title::parse(code).unwrap(),
        format: CourseFormat::Course,
        provider: CourseProvider::Internal,
        hours: CourseHours::from_hours(hours).unwrap(),
        competencies: Vec::new(),
        prerequisites: prerequisites.to_vec(),
        validity_months,
        languages: Vec::new(),
        url: None,
        retired: None,
        version: Version::FIRST,
    }
}

/// A catalogue of these courses, all required of developers, in this order.
pub(crate) fn catalogue(courses: Vec<Course>) -> Catalogue {
    let steps =
        courses.iter().map(|it| PathStep { course: it.id, requirement: Requirement::Required }).collect::<Vec<_>>();
    let path = RolePath { job_role: JobRole::Developer, steps, version: Version::FIRST };
    Catalogue::new(courses, [path], Version::FIRST)
}

#[derive(Default)]
struct State {
    files: BTreeMap<PersonId, LearnerFile>,
    facts: BTreeMap<PersonId, Facts>,
    emails: BTreeMap<String, PersonId>,
    catalogue: Option<Catalogue>,
    trays: BTreeMap<(PersonId, BoxKind), Tray>,
    lines: BTreeMap<(PersonId, BoxKind), BTreeMap<(PersonId, CourseId), BoxLine>>,
    checks: BTreeMap<CompletionId, Check>,
    runs: BTreeMap<RunId, ReminderRun>,
    jobs: BTreeMap<JobId, ImportJob>,
    settings: BTreeMap<Version, Settings>,
    profiles: BTreeMap<PersonId, competency::Profile>,
    tests: assessment::samples::Kept,
    feedback: BTreeMap<CompletionId, effectiveness::Feedback>,
    notes: BTreeMap<CourseId, effectiveness::CourseNotes>,
    sums: BTreeMap<CourseId, effectiveness::Sums>,
    shelf: sessions::samples::Shelf,
    materials: materials::samples::Kept,
    requests: requests::samples::Kept,
    events: Vec<Event>,
    mails: Vec<MailDraft>,
    once: BTreeMap<String, kernel::Once>,
    /// Commits still to be refused as lost races.
    conflicts: usize,
    /// How many writes the largest commit came to.
    largest: usize,
}

/// A store in memory.
#[derive(Default)]
pub(crate) struct World {
    state: Mutex<State>,
    pub(crate) settings: Settings,
    pub(crate) mail: MailSwitch,
    /// How many people count in each team.
    pub(crate) team_size: i64,
}

impl World {
    pub(crate) fn new(catalogue: Catalogue) -> Self {
        let state = State { catalogue: Some(catalogue), ..State::default() };
        Self { state: Mutex::new(state), settings: Settings::default(), mail: MailSwitch::on(), team_size: 0 }
    }

    pub(crate) fn desk(&self) -> Desk<'_> {
        Desk { reader: self, writer: self, roster: self, settings: &self.settings, mail: &self.mail }
    }

    pub(crate) fn hire(&self, facts: Facts) -> PersonId {
        let person = facts.person;
        let mut state = self.state.lock().unwrap();
        state.emails.insert(format!("{person}@example.com"), person);
        state.facts.insert(person, facts);
        person
    }

    pub(crate) fn publish(&self, catalogue: Catalogue) {
        self.state.lock().unwrap().catalogue = Some(catalogue);
    }

    pub(crate) fn stored(&self, person: PersonId) -> LearnerFile {
        self.state.lock().unwrap().files[&person].clone()
    }

    pub(crate) fn exists(&self, person: PersonId) -> bool {
        self.state.lock().unwrap().files.contains_key(&person)
    }

    pub(crate) fn shelf(&self) -> sessions::samples::Shelf {
        self.state.lock().unwrap().shelf.clone()
    }

    pub(crate) fn kept_materials(&self) -> materials::samples::Kept {
        self.state.lock().unwrap().materials.clone()
    }

    pub(crate) fn kept_requests(&self) -> requests::samples::Kept {
        self.state.lock().unwrap().requests.clone()
    }

    pub(crate) fn mails(&self) -> Vec<MailDraft> {
        self.state.lock().unwrap().mails.clone()
    }

    pub(crate) fn events(&self) -> Vec<Event> {
        self.state.lock().unwrap().events.clone()
    }

    pub(crate) fn kinds(&self) -> Vec<String> {
        self.events().into_iter().map(|event| event.kind).collect()
    }

    /// Looks at the bank, assessments and attempts.
    pub(crate) fn tests<T>(&self, look: impl FnOnce(&assessment::samples::Kept) -> T) -> T {
        look(&self.state.lock().unwrap().tests)
    }

    pub(crate) fn largest(&self) -> usize {
        self.state.lock().unwrap().largest
    }

    pub(crate) fn lose_races(&self, count: usize) {
        self.state.lock().unwrap().conflicts = count;
    }
}

fn guard(found: Version, before: Version) -> Stored<()> {
    if found == before { Ok(()) } else { Err(StoreError::Conflict) }
}

impl State {
    fn file(&mut self, person: PersonId) -> &mut LearnerFile {
        self.files.get_mut(&person).expect("the head comes first")
    }

    fn profile(&self, person: PersonId) -> Version {
        self.profiles.get(&person).map_or(Version::ABSENT, |profile| profile.version)
    }

    /// Conditions first, so that nothing is half written.
    fn check(&self, write: &Write) -> Stored<()> {
        let head = |person: &PersonId| self.files.get(person).map_or(Version::ABSENT, |file| file.head.version);
        let catalogue = self.catalogue.clone().unwrap_or_default();
        match write {
            Write::Learner { before, head: new } => guard(head(&new.person()), *before),
            Write::ForgetLearner { person, before } => guard(head(person), *before),
            Write::Catalogue { before } => guard(catalogue.version(), *before),
            Write::Course { before, course } => {
                guard(catalogue.course(course.id).map_or(Version::ABSENT, |it| it.version), *before)
            }
            Write::Path { before, path } => {
                guard(catalogue.path(path.job_role).map_or(Version::ABSENT, |it| it.version), *before)
            }
            Write::Tray { before, tray } => {
                guard(self.trays.get(&(tray.owner, tray.kind)).map_or(Version::ABSENT, |it| it.version), *before)
            }
            Write::Run { before, run } => {
                guard(self.runs.get(&run.id).map_or(Version::ABSENT, |it| it.version), *before)
            }
            Write::Job(job) => {
                guard(self.jobs.get(&job.id).map_or(Version::ABSENT, |it| it.version).next(), job.version)
            }
            Write::Assessment(write) => self.tests.check(write),
            Write::Competency(competency::Write::Profile { before, profile }) => {
                guard(self.profile(profile.person), *before)
            }
            Write::Competency(competency::Write::Forget { person, before }) => guard(self.profile(*person), *before),
            Write::Effectiveness(effectiveness::Write::Feedback { feedback, .. })
                if self.feedback.contains_key(&feedback.completion) =>
            {
                Err(StoreError::Taken("pulse"))
            }
            Write::Effectiveness(effectiveness::Write::Feedback { file, feedback }) => {
                guard(head(&feedback.person), *file)
            }
            Write::Effectiveness(effectiveness::Write::Notes { before, notes }) => {
                guard(self.notes.get(&notes.course).map_or(Version::ABSENT, |it| it.version), *before)
            }
            Write::Sessions(write) => self.shelf.check(write),
            Write::Materials(write) => self.materials.check(write),
            Write::Requests(write) => self.requests.check(write),
            Write::Settings { version, .. } if self.settings.contains_key(version) => Err(StoreError::Conflict),
            _ => Ok(()),
        }
    }

    fn write(&mut self, write: Write) {
        match write {
            Write::Learner { head, .. } => {
                let file = self.files.entry(head.person()).or_insert_with(|| LearnerFile::new(head.facts.clone()));
                file.head = *head;
            }
            Write::ForgetLearner { person, .. } => {
                self.files.remove(&person);
            }
            Write::Assignment { person, assignment } => {
                let all = &mut self.file(person).assignments;
                all.retain(|it| (it.course, it.round) != (assignment.course, assignment.round));
                all.push(*assignment);
                all.sort_by_key(|it| (it.course, it.round));
            }
            Write::ForgetAssignment { person, course, round } => {
                self.file(person).assignments.retain(|it| (it.course, it.round) != (course, round));
            }
            Write::Completion { person, completion } => {
                let all = &mut self.file(person).completions;
                all.retain(|it| it.id != completion.id);
                all.push(completion);
            }
            Write::ForgetCompletion { person, completion, .. } => {
                self.file(person).completions.retain(|it| it.id != completion);
            }
            Write::Exemption { person, exemption } => {
                let all = &mut self.file(person).exemptions;
                all.retain(|it| it.id != exemption.id);
                all.push(exemption);
            }
            Write::ForgetExemption { person, exemption, .. } => {
                self.file(person).exemptions.retain(|it| it.id != exemption);
            }
            Write::Check(check) => {
                self.checks.insert(check.completion, check);
            }
            Write::DropCheck(completion) => {
                self.checks.remove(&completion);
            }
            Write::Catalogue { before } => {
                let old = self.catalogue.clone().unwrap_or_default();
                let tests = old.tests().cloned();
                let next = Catalogue::new(old.courses().cloned(), old.paths().cloned(), before.next());
                self.catalogue = Some(next.with_tests(tests));
            }
            Write::Course { course, .. } => {
                let old = self.catalogue.clone().unwrap_or_default();
                let id = course.id;
                let courses = old.courses().filter(|it| it.id != id).cloned().chain([*course]);
                let next = Catalogue::new(courses, old.paths().cloned(), old.version());
                self.catalogue = Some(next.with_tests(old.tests().cloned()));
            }
            Write::Path { path, .. } => {
                let old = self.catalogue.clone().unwrap_or_default();
                let role = path.job_role;
                let paths = old.paths().filter(|it| it.job_role != role).cloned().chain([path]);
                let next = Catalogue::new(old.courses().cloned(), paths, old.version());
                self.catalogue = Some(next.with_tests(old.tests().cloned()));
            }
            Write::Tray { tray, .. } => {
                self.trays.insert((tray.owner, tray.kind), tray);
            }
            Write::Line { owner, kind, line } => {
                self.lines.entry((owner, kind)).or_default().insert((line.person, line.course), line);
            }
            Write::DropLine { owner, kind, person, course } => {
                self.lines.entry((owner, kind)).or_default().remove(&(person, course));
            }
            Write::Run { run, .. } => {
                self.runs.insert(run.id, run);
            }
            Write::Job(job) => {
                self.jobs.insert(job.id, *job);
            }
            Write::Settings { version, settings } => {
                self.settings.insert(version, *settings);
            }
            Write::Certificates(certificates::Write::Put { person, certificate }) => {
                let all = &mut self.file(person).certificates;
                match all.iter_mut().find(|it| it.id == certificate.id) {
                    Some(old) => *old = *certificate,
                    None => all.push(*certificate),
                }
            }
            Write::Certificates(certificates::Write::Forget { person, certificate }) => {
                self.file(person).certificates.retain(|it| it.id != certificate);
            }
            // Tests of the guidance library keep it themselves.
            Write::Guidance(_) => {}
            Write::Assessment(write) => {
                if let assessment::Write::Assessment { assessment, .. } = &write {
                    let old = self.catalogue.clone().unwrap_or_default();
                    let others = old.tests().filter(|it| it.id != assessment.id).cloned();
                    let asked = Some((**assessment).clone()).filter(|it| it.terms.is_asked());
                    self.catalogue = Some(old.clone().with_tests(others.chain(asked)));
                }
                self.tests.write(write);
            }
            Write::Competency(competency::Write::Profile { profile, .. }) => {
                self.profiles.insert(profile.person, *profile);
            }
            Write::Competency(competency::Write::Forget { person, .. }) => {
                self.profiles.remove(&person);
            }
            Write::Effectiveness(effectiveness::Write::Feedback { feedback, .. }) => {
                self.feedback.insert(feedback.completion, *feedback);
            }
            Write::Effectiveness(effectiveness::Write::Forget { completion, .. }) => {
                self.feedback.remove(&completion);
            }
            Write::Effectiveness(effectiveness::Write::Notes { notes, .. }) => {
                self.notes.insert(notes.course, notes);
            }
            Write::Effectiveness(effectiveness::Write::Count { course, sums }) => {
                let counted = self.sums.entry(course).or_default();
                *counted = counted.plus(&sums);
            }
            Write::Sessions(write) => self.shelf.write(write),
            Write::Materials(write) => self.materials.write(write),
            Write::Requests(write) => self.requests.write(write),
        }
    }
}

fn all<T>(items: Vec<T>) -> Stored<Page<T>> {
    Ok(Page { items, next: None })
}

#[async_trait]
impl TrainingWriter for World {
    async fn commit(&self, commit: Commit<Write>, _: &Cause) -> Stored<()> {
        let mut state = self.state.lock().unwrap();
        if let Some(once) = &commit.once
            && let Some(old) = state.once.get(&once.key)
        {
            let same = old.payload_hash == once.payload_hash;
            return Err(if same { StoreError::Replay(old.answer.clone()) } else { StoreError::KeyReused });
        }
        if state.conflicts > 0 {
            state.conflicts -= 1;
            return Err(StoreError::Conflict);
        }
        let size = commit.writes.len() + commit.events.len() + commit.mails.len() + usize::from(commit.once.is_some());
        state.largest = state.largest.max(size);
        for write in &commit.writes {
            state.check(write)?;
        }
        for write in commit.writes {
            state.write(write);
        }
        state.events.extend(commit.events);
        state.mails.extend(commit.mails);
        if let Some(once) = commit.once {
            state.once.insert(once.key.clone(), once);
        }
        Ok(())
    }
}

#[async_trait]
impl TrainingReader for World {
    async fn file(&self, person: PersonId) -> Stored<Option<LearnerFile>> {
        Ok(self.state.lock().unwrap().files.get(&person).cloned())
    }
    async fn learners(&self, people: &[PersonId]) -> Stored<Vec<Learner>> {
        let state = self.state.lock().unwrap();
        Ok(people.iter().filter_map(|it| state.files.get(it)).map(|file| file.head.clone()).collect())
    }
    async fn listed(&self, shard: u8, _: Limit, _: Option<&Position>) -> Stored<Page<PersonId>> {
        all(self.state.lock().unwrap().files.keys().filter(|it| it.shard() == shard).copied().collect())
    }
    async fn due_people(&self, shard: u8, until: Timestamp, _: Limit, _: Option<&Position>) -> Stored<Page<PersonId>> {
        let state = self.state.lock().unwrap();
        let due = state.files.values().filter(|file| file.head.next_at.is_some_and(|at| at <= until));
        all(due.map(LearnerFile::person).filter(|it| it.shard() == shard).collect())
    }
    async fn due_boxes(
        &self,
        shard: u8,
        until: Timestamp,
        _: Limit,
        _: Option<&Position>,
    ) -> Stored<Page<(PersonId, BoxKind)>> {
        let state = self.state.lock().unwrap();
        let due = state.trays.values().filter(|tray| tray.next_at.is_some_and(|at| at <= until));
        all(due.filter(|tray| tray.owner.shard() == shard).map(|tray| (tray.owner, tray.kind)).collect())
    }
    async fn catalogue(&self) -> Stored<Catalogue> {
        Ok(self.state.lock().unwrap().catalogue.clone().unwrap_or_default())
    }
    async fn tray(&self, owner: PersonId, kind: BoxKind) -> Stored<Option<Tray>> {
        Ok(self.state.lock().unwrap().trays.get(&(owner, kind)).cloned())
    }
    async fn lines(&self, owner: PersonId, kind: BoxKind) -> Stored<Vec<BoxLine>> {
        let state = self.state.lock().unwrap();
        Ok(state.lines.get(&(owner, kind)).map(|lines| lines.values().copied().collect()).unwrap_or_default())
    }
    async fn roll_up(&self, _: &Scope, _: Option<Date>) -> Stored<Option<StoredRollUp>> {
        let roll_up = crate::model::RollUp { people: self.team_size, ..crate::model::RollUp::ZERO };
        Ok(Some(StoredRollUp { roll_up, day: Date::default(), version: Version::FIRST }))
    }
    async fn checks(&self, _: Limit, _: Option<&Position>) -> Stored<Page<Check>> {
        all(self.state.lock().unwrap().checks.values().copied().collect())
    }
    async fn check(&self, completion: CompletionId) -> Stored<Option<Check>> {
        Ok(self.state.lock().unwrap().checks.get(&completion).copied())
    }
    async fn run(&self, run: RunId) -> Stored<Option<ReminderRun>> {
        Ok(self.state.lock().unwrap().runs.get(&run).cloned())
    }
    async fn job(&self, job: JobId) -> Stored<Option<ImportJob>> {
        Ok(self.state.lock().unwrap().jobs.get(&job).cloned())
    }
    async fn settings(&self, version: Option<Version>) -> Stored<Option<(Version, Settings)>> {
        let state = self.state.lock().unwrap();
        let found = match version {
            Some(version) => state.settings.get_key_value(&version),
            None => state.settings.last_key_value(),
        };
        Ok(found.map(|(version, settings)| (*version, settings.clone())))
    }
}

#[async_trait]
impl competency::CompetencyReader for World {
    async fn profile(&self, person: PersonId) -> Stored<Option<competency::Profile>> {
        Ok(self.state.lock().unwrap().profiles.get(&person).cloned())
    }
}

#[async_trait]
impl effectiveness::EffectivenessReader for World {
    async fn all_sums(&self) -> Stored<BTreeMap<CourseId, effectiveness::Sums>> {
        Ok(self.state.lock().unwrap().sums.clone())
    }
    async fn sums(&self, course: CourseId) -> Stored<effectiveness::Sums> {
        Ok(self.state.lock().unwrap().sums.get(&course).copied().unwrap_or_default())
    }
    async fn feedback(&self, person: PersonId) -> Stored<Vec<effectiveness::Feedback>> {
        let state = self.state.lock().unwrap();
        Ok(state.feedback.values().filter(|it| it.person == person).cloned().collect())
    }
    async fn latest(&self, course: CourseId, _: Limit) -> Stored<Vec<effectiveness::Feedback>> {
        let state = self.state.lock().unwrap();
        Ok(state.feedback.values().rev().filter(|it| it.course == course).cloned().collect())
    }
    async fn notes(&self, course: CourseId) -> Stored<Option<effectiveness::CourseNotes>> {
        Ok(self.state.lock().unwrap().notes.get(&course).cloned())
    }
}

#[async_trait]
impl Roster for World {
    async fn facts(&self, person: PersonId) -> Stored<Option<Facts>> {
        Ok(self.state.lock().unwrap().facts.get(&person).cloned())
    }
    async fn zones(&self, people: &[PersonId]) -> Stored<BTreeMap<PersonId, ZoneName>> {
        let state = self.state.lock().unwrap();
        let known = people.iter().filter_map(|person| state.facts.get(person));
        Ok(known.map(|facts| (facts.person, facts.zone.clone())).collect())
    }
    async fn by_email(&self, emails: &[&str]) -> Stored<Vec<Option<PersonId>>> {
        let state = self.state.lock().unwrap();
        Ok(emails.iter().map(|email| state.emails.get(*email).copied()).collect())
    }
    async fn reports(&self, manager: PersonId, _: Limit, _: Option<&Position>) -> Stored<Page<PersonId>> {
        let state = self.state.lock().unwrap();
        all(state.facts.values().filter(|it| it.manager == Some(manager)).map(|it| it.person).collect())
    }
}
