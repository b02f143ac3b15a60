//! Who may do what: one table for every operation of every system. Whatever is not granted here is refused.

use std::{collections::BTreeSet, fmt};

use serde::{Deserialize, Serialize};

use crate::{PersonId, TeamId};

/// A role. `Security`, `ProgramAdmin` and `Service` come from the token; the others are facts of the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Bound to an active person.
    Builder,
    /// Has at least one direct report.
    Manager,
    /// Leads at least one team.
    TeamLead,
    /// Member of the security team.
    Security,
    /// Runs the program.
    ProgramAdmin,
    /// A machine: CI, a portal's back end.
    Service,
}

/// Who acts, as written into events.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Principal {
    /// A person of the directory.
    Person(PersonId),
    /// A machine client, by its client id at the identity provider.
    Service(String),
    /// The program itself: a schedule, a state machine, a reaction.
    Program,
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(person) => write!(f, "person:{person}"),
            Self::Service(client) => write!(f, "service:{client}"),
            Self::Program => f.write_str("program"),
        }
    }
}

/// Who asks, with everything a decision needs: read once per request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Who it is.
    pub principal: Principal,
    /// The roles from token and directory.
    pub roles: BTreeSet<Role>,
    /// The teams the person belongs to today.
    pub teams: Vec<TeamId>,
    /// The teams the person leads.
    pub leads: Vec<TeamId>,
}

impl Actor {
    /// The person behind the actor, absent for machines.
    pub const fn person(&self) -> Option<PersonId> {
        match self.principal {
            Principal::Person(person) => Some(person),
            Principal::Service(_) | Principal::Program => None,
        }
    }
}

/// What is acted on, as far as a decision needs it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// The person it belongs to.
    pub person: Option<PersonId>,
    /// That person's direct manager.
    pub manager: Option<PersonId>,
    /// The teams it belongs to.
    pub teams: Vec<TeamId>,
}

impl Subject {
    /// Something that belongs to nobody in particular, such as the catalogue.
    pub fn program() -> Self {
        Self::default()
    }

    /// Something of a team.
    pub fn team(team: TeamId) -> Self {
        Self { teams: vec![team], ..Self::default() }
    }
}

/// One reason why an actor may do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grant {
    /// Any active person.
    Everyone,
    /// The person it belongs to.
    Own,
    /// The direct manager of the person it belongs to.
    Manager,
    /// A member of a team it belongs to.
    Member,
    /// The lead of a team it belongs to.
    Lead,
    /// Holders of a role.
    Role(Role),
}

impl Grant {
    fn covers(self, actor: &Actor, subject: &Subject) -> bool {
        match self {
            Self::Everyone => actor.roles.contains(&Role::Builder),
            Self::Own => subject.person.is_some() && subject.person == actor.person(),
            Self::Manager => subject.manager.is_some() && subject.manager == actor.person(),
            Self::Member => subject.teams.iter().any(|team| actor.teams.contains(team)),
            Self::Lead => subject.teams.iter().any(|team| actor.leads.contains(team)),
            Self::Role(role) => actor.roles.contains(&role),
        }
    }
}

/// What a decision came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Go ahead.
    Allow,
    /// The caller may see the thing but not do this: 403.
    Forbid,
    /// The caller may not know the thing exists: 404.
    Hide,
}

const ADMIN: Grant = Grant::Role(Role::ProgramAdmin);
const SECURITY: Grant = Grant::Role(Role::Security);
const SERVICE: Grant = Grant::Role(Role::Service);

macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident = $id:literal, seen_by $seen:expr, done_by $done:expr;)+) => {
        /// Everything the API can be asked to do. The text of each is its `operationId` in the OpenAPI documents.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Operation {$(
            $(#[$doc])*
            $name,
        )+}

        impl Operation {
            /// Every operation.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The `operationId`.
            pub const fn id(self) -> &'static str {
                match self {$(Self::$name => $id,)+}
            }

            /// Who may know that the thing exists.
            pub const fn seen_by(self) -> &'static [Grant] {
                match self {$(Self::$name => const { $seen },)+}
            }

            /// Who may do it.
            pub const fn done_by(self) -> &'static [Grant] {
                match self {$(Self::$name => const { $done },)+}
            }
        }
    };
}

/// Anyone with an active person, and machines.
const ALL: &[Grant] = &[Grant::Everyone, SERVICE];
/// Those who run the program.
const STAFF: &[Grant] = &[SECURITY, ADMIN];
/// The program lead alone.
const ADMINS: &[Grant] = &[ADMIN];
/// A person's own things, seen by manager, lead, and those who run the program.
const PERSONAL: &[Grant] = &[Grant::Own, Grant::Manager, SECURITY, ADMIN, SERVICE];

operations! {
    /// The caller's own person and roles.
    ReadMe = "readMe", seen_by ALL, done_by ALL;
    /// People, as a page.
    ListPeople = "listPeople", seen_by ALL, done_by ALL;
    /// One person.
    ReadPerson = "readPerson", seen_by ALL, done_by ALL;
    /// A new person.
    CreatePerson = "createPerson", seen_by ALL, done_by &[ADMIN, SERVICE];
    /// A person's record.
    ChangePerson = "changePerson", seen_by ALL, done_by &[ADMIN, SERVICE];
    /// What a person may change of themselves: language, time zone, delegate, absences.
    ChangeAbsences = "changeAbsences", seen_by ALL, done_by &[Grant::Own, Grant::Manager, ADMIN, SERVICE];
    /// Who a person is at the identity provider.
    LinkSubject = "linkSubject", seen_by ALL, done_by ADMINS;
    /// A person's last day.
    RecordLeave = "recordLeave", seen_by ALL, done_by &[ADMIN, SERVICE];
    /// Everything held on a person.
    ExportPerson = "exportPerson", seen_by ALL, done_by &[Grant::Own, ADMIN];
    /// Forgetting a person.
    ErasePerson = "erasePerson", seen_by ALL, done_by ADMINS;
    /// What happened to a person's record.
    ReadPersonHistory = "readPersonHistory", seen_by ALL, done_by &[Grant::Own, ADMIN];
    /// Teams, as a page.
    ListTeams = "listTeams", seen_by ALL, done_by ALL;
    /// One team.
    ReadTeam = "readTeam", seen_by ALL, done_by ALL;
    /// A team's members, as a page.
    ListTeamMembers = "listTeamMembers", seen_by ALL, done_by ALL;
    /// A new team.
    CreateTeam = "createTeam", seen_by ALL, done_by &[ADMIN, SERVICE];
    /// A team's record.
    ChangeTeam = "changeTeam", seen_by ALL, done_by &[ADMIN, SERVICE];
    /// Two teams become one.
    MergeTeam = "mergeTeam", seen_by ALL, done_by ADMINS;
    /// One team becomes several.
    SplitTeam = "splitTeam", seen_by ALL, done_by ADMINS;
    /// Workloads, as a page.
    ListWorkloads = "listWorkloads", seen_by ALL, done_by ALL;
    /// One workload.
    ReadWorkload = "readWorkload", seen_by ALL, done_by ALL;
    /// A new workload.
    CreateWorkload = "createWorkload", seen_by ALL, done_by &[Grant::Lead, ADMIN, SERVICE];
    /// A workload's record.
    ChangeWorkload = "changeWorkload", seen_by ALL, done_by &[Grant::Lead, ADMIN, SERVICE];
    /// A place to upload a large directory file to.
    CreateDirectoryUpload = "createDirectoryUpload", seen_by ADMINS, done_by ADMINS;
    /// A directory import.
    StartDirectoryImport = "startDirectoryImport", seen_by ADMINS, done_by ADMINS;
    /// How a directory import is getting on.
    ReadDirectoryImport = "readDirectoryImport", seen_by ADMINS, done_by ADMINS;
    /// The program's settings: mail mode, brand, languages.
    ReadProgramSettings = "readProgramSettings", seen_by STAFF, done_by STAFF;
    /// Changing them.
    ChangeProgramSettings = "changeProgramSettings", seen_by STAFF, done_by ADMINS;
    /// Mails of a day, sent or previewed.
    ListMails = "listMails", seen_by ADMINS, done_by ADMINS;
    /// One mail as it was or would be sent.
    ReadMail = "readMail", seen_by ADMINS, done_by ADMINS;

    /// The catalogue.
    ListCourses = "listCourses", seen_by ALL, done_by ALL;
    /// One course.
    ReadCourse = "readCourse", seen_by ALL, done_by ALL;
    /// A new course.
    CreateCourse = "createCourse", seen_by ALL, done_by STAFF;
    /// A course's record, its retirement included.
    ChangeCourse = "changeCourse", seen_by ALL, done_by STAFF;
    /// What the caller thinks of a course they completed.
    GiveCourseFeedback = "giveCourseFeedback", seen_by ALL, done_by &[Grant::Everyone];
    /// What the caller said of a course, and what was done about what people said.
    ReadCourseFeedback = "readCourseFeedback", seen_by ALL, done_by &[Grant::Everyone];
    /// What was done about the feedback on a course.
    AnswerCourseFeedback = "answerCourseFeedback", seen_by ALL, done_by STAFF;
    /// What a course does: figures, comments and notes.
    ReadCourseEffectiveness = "readCourseEffectiveness", seen_by STAFF, done_by STAFF;
    /// The courses by what is learnt in them.
    RankCourses = "rankCourses", seen_by STAFF, done_by STAFF;
    /// The paths of all job roles.
    ListPaths = "listPaths", seen_by ALL, done_by ALL;
    /// The path of a job role.
    ReadPath = "readPath", seen_by ALL, done_by ALL;
    /// Setting it.
    ChangePath = "changePath", seen_by ALL, done_by STAFF;
    /// A person's training: standing, assignments, completions, exemptions.
    ReadLearner = "readLearner", seen_by PERSONAL, done_by PERSONAL;
    /// A person's competency: scores belong to the person alone.
    ReadCompetencies = "readCompetencies", seen_by PERSONAL, done_by &[Grant::Own];
    /// What is missing to what the person's role is asked for, and the courses that teach it.
    ReadGaps = "readGaps", seen_by PERSONAL, done_by &[Grant::Own];
    /// How a person is getting on, and what to do next; what rests on scores is told to the person alone.
    ReadPersonDashboard = "readPersonDashboard", seen_by PERSONAL, done_by PERSONAL;
    /// A person's plan; what it is recommended for is shown to the person alone.
    ReadPlan = "readPlan", seen_by PERSONAL, done_by PERSONAL;
    /// The training of the caller's direct reports, as a page.
    ListReports = "listReports", seen_by ALL, done_by ALL;
    /// Assigning what the job role's path asks for.
    PlanLearner = "planLearner", seen_by PERSONAL, done_by &[Grant::Manager, SECURITY, ADMIN, SERVICE];
    /// Assigning one course.
    AssignCourse = "assignCourse", seen_by PERSONAL, done_by &[Grant::Manager, SECURITY, ADMIN, SERVICE];
    /// More time for one assignment.
    ExtendAssignment = "extendAssignment", seen_by PERSONAL, done_by &[Grant::Manager, SECURITY, ADMIN];
    /// Taking an assignment back.
    CancelAssignment = "cancelAssignment", seen_by PERSONAL, done_by &[SECURITY, ADMIN];
    /// "I have done this."
    ReportCompletion = "reportCompletion", seen_by PERSONAL, done_by &[Grant::Own];
    /// The self-reports that wait for a sampled check.
    ListChecks = "listChecks", seen_by STAFF, done_by STAFF;
    /// Confirming or refusing a sampled self-report.
    CheckCompletion = "checkCompletion", seen_by PERSONAL, done_by &[Grant::Manager, SECURITY, ADMIN];
    /// Who was there: completions of a course by roster.
    RecordRoster = "recordRoster", seen_by ALL, done_by &[SECURITY, ADMIN, SERVICE];
    /// Exempting a person from a course, with an end.
    GrantExemption = "grantExemption", seen_by PERSONAL, done_by &[SECURITY, ADMIN];
    /// Ending it early.
    EndExemption = "endExemption", seen_by PERSONAL, done_by &[SECURITY, ADMIN];
    /// A person's certificates, those from elsewhere and those of paths.
    ListCertificates = "listCertificates", seen_by PERSONAL, done_by &[Grant::Own, Grant::Manager, SECURITY, ADMIN];
    /// A place to upload a file to that shows a certificate.
    CreateEvidenceUpload = "createEvidenceUpload", seen_by PERSONAL, done_by &[Grant::Own, ADMIN];
    /// "I have this certificate."
    RecordCertificate = "recordCertificate", seen_by PERSONAL, done_by &[Grant::Own, ADMIN];
    /// What a record of a certificate says.
    ChangeCertificate = "changeCertificate", seen_by PERSONAL, done_by &[Grant::Own, ADMIN];
    /// Taking a certificate back.
    WithdrawCertificate = "withdrawCertificate", seen_by PERSONAL, done_by &[Grant::Own, ADMIN];
    /// Verifying or declining a certificate.
    CheckCertificate = "checkCertificate", seen_by PERSONAL, done_by &[Grant::Manager, SECURITY, ADMIN];
    /// The file that shows a certificate.
    ReadEvidence = "readEvidence", seen_by PERSONAL, done_by &[Grant::Own, Grant::Manager, SECURITY, ADMIN];
    /// A team's compliance and completion.
    ReadTeamTraining = "readTeamTraining", seen_by ALL, done_by &[Grant::Member, Grant::Lead, SECURITY, ADMIN, SERVICE];
    /// How a team is getting on: its figures, and how it stands in competency areas, told so that they show nobody.
    ReadTeamDashboard = "readTeamDashboard", seen_by ALL, done_by &[Grant::Member, Grant::Lead, SECURITY, ADMIN, SERVICE];
    /// The members of a team by what is required of them: of each whose training the caller may read.
    ReadTeamMatrix = "readTeamMatrix", seen_by ALL, done_by &[Grant::Role(Role::Manager), SECURITY, ADMIN];
    /// A department's, for those who may read of each person anyway: less than the company's, it would show the rest.
    ReadDepartmentTraining = "readDepartmentTraining", seen_by ALL, done_by &[SECURITY, ADMIN, SERVICE];
    /// The company's.
    ReadCompanyTraining = "readCompanyTraining", seen_by ALL, done_by ALL;
    /// A place to upload a large training file to.
    CreateTrainingUpload = "createTrainingUpload", seen_by ADMINS, done_by ADMINS;
    /// A training import.
    StartTrainingImport = "startTrainingImport", seen_by ADMINS, done_by ADMINS;
    /// How a training import is getting on.
    ReadTrainingImport = "readTrainingImport", seen_by ADMINS, done_by ADMINS;
    /// The reminder cycle, now.
    StartReminderRun = "startReminderRun", seen_by ADMINS, done_by ADMINS;
    /// How a reminder run is getting on.
    ReadReminderRun = "readReminderRun", seen_by ADMINS, done_by ADMINS;
    /// Training's settings.
    ReadTrainingSettings = "readTrainingSettings", seen_by STAFF, done_by STAFF;
    /// Changing them.
    ChangeTrainingSettings = "changeTrainingSettings", seen_by STAFF, done_by ADMINS;
    /// Questions of the bank with their keys, as a page: for those who write them, never for those who answer.
    ListQuestions = "listQuestions", seen_by STAFF, done_by STAFF;
    /// A new question.
    CreateQuestion = "createQuestion", seen_by STAFF, done_by STAFF;
    /// One question with its key.
    ReadQuestion = "readQuestion", seen_by STAFF, done_by STAFF;
    /// What a question says, and whether it is drawn.
    ChangeQuestion = "changeQuestion", seen_by STAFF, done_by STAFF;
    /// Assessments, as a page.
    ListAssessments = "listAssessments", seen_by ALL, done_by ALL;
    /// A new assessment.
    CreateAssessment = "createAssessment", seen_by ALL, done_by STAFF;
    /// One assessment.
    ReadAssessment = "readAssessment", seen_by ALL, done_by ALL;
    /// How an assessment is drawn and taken.
    ChangeAssessment = "changeAssessment", seen_by ALL, done_by STAFF;
    /// A person's attempts: scores belong to the person alone.
    ListAttempts = "listAttempts", seen_by PERSONAL, done_by &[Grant::Own];
    /// Starting an attempt; not for whoever may read the keys of questions.
    StartAttempt = "startAttempt", seen_by PERSONAL, done_by &[Grant::Own];
    /// One attempt: its form, or what came of it.
    ReadAttempt = "readAttempt", seen_by PERSONAL, done_by &[Grant::Own];
    /// Handing an attempt in; not for whoever may read the keys of questions.
    SubmitAttempt = "submitAttempt", seen_by PERSONAL, done_by &[Grant::Own];
    /// Articles of the guidance library, as a page.
    ListArticles = "listArticles", seen_by ALL, done_by ALL;
    /// A new article.
    CreateArticle = "createArticle", seen_by ALL, done_by STAFF;
    /// One article; a draft and a retired one only for those who may change it.
    ReadArticle = "readArticle", seen_by ALL, done_by ALL;
    /// An article's text.
    ChangeArticle = "changeArticle", seen_by ALL, done_by STAFF;
    /// Publishing an article, retiring it, taking that back.
    SetArticleState = "setArticleState", seen_by ALL, done_by STAFF;
    /// Whether an article helped.
    GiveArticleFeedback = "giveArticleFeedback", seen_by ALL, done_by &[Grant::Everyone];
    /// What people say of an article, without their names.
    ListArticleFeedback = "listArticleFeedback", seen_by STAFF, done_by STAFF;
    /// Live sessions, as a page.
    ListSessions = "listSessions", seen_by ALL, done_by ALL;
    /// One session.
    ReadSession = "readSession", seen_by ALL, done_by ALL;
    /// A new session.
    PlanSession = "planSession", seen_by ALL, done_by STAFF;
    /// A session's time, place, seats and host.
    ChangeSession = "changeSession", seen_by ALL, done_by STAFF;
    /// Calling a session off.
    CancelSession = "cancelSession", seen_by ALL, done_by STAFF;
    /// Who asked for a seat. A session belongs to its host.
    ListBookings = "listBookings", seen_by ALL, done_by &[Grant::Own, SECURITY, ADMIN];
    /// Who was there: completions by a session's roster. A session belongs to its host.
    RecordSessionRoster = "recordSessionRoster", seen_by ALL, done_by &[Grant::Own, SECURITY, ADMIN];
    /// Where a person stands in a session.
    ReadBooking = "readBooking", seen_by PERSONAL, done_by PERSONAL;
    /// Asking for a seat.
    BookSeat = "bookSeat", seen_by PERSONAL, done_by &[Grant::Own, Grant::Manager, SECURITY, ADMIN];
    /// Giving it back.
    GiveSeatBack = "giveSeatBack", seen_by PERSONAL, done_by &[Grant::Own, Grant::Manager, SECURITY, ADMIN];
    /// The materials of a course, as a page: whole for those who may change them, else what can be downloaded.
    ListMaterials = "listMaterials", seen_by ALL, done_by ALL;
    /// A new material, and where its file is uploaded to.
    AddMaterial = "addMaterial", seen_by ALL, done_by STAFF;
    /// One material.
    ReadMaterial = "readMaterial", seen_by ALL, done_by ALL;
    /// A material's title, its retirement included.
    ChangeMaterial = "changeMaterial", seen_by ALL, done_by STAFF;
    /// Where a further version of a material is uploaded to.
    UploadMaterial = "uploadMaterial", seen_by ALL, done_by STAFF;
    /// Having an uploaded file looked at and made the current version.
    ConfirmMaterial = "confirmMaterial", seen_by ALL, done_by STAFF;
    /// The file of a material; an earlier version only for those who may change it.
    DownloadMaterial = "downloadMaterial", seen_by ALL, done_by ALL;
    /// A person's requests for seats and vouchers.
    ListRequests = "listRequests", seen_by PERSONAL, done_by &[Grant::Own, Grant::Manager, SECURITY, ADMIN];
    /// One request; a voucher's code is for the person's own eyes.
    ReadRequest = "readRequest", seen_by PERSONAL, done_by &[Grant::Own, Grant::Manager, SECURITY, ADMIN];
    /// Asking for a seat in a course, or for a voucher.
    AskForCourse = "askForCourse", seen_by PERSONAL, done_by &[Grant::Own];
    /// Approving or declining a request.
    DecideRequest = "decideRequest", seen_by PERSONAL, done_by &[Grant::Manager, ADMIN];
    /// Saying that what was approved was provided.
    ProvideRequest = "provideRequest", seen_by PERSONAL, done_by ADMINS;
    /// Taking one's request back.
    WithdrawRequest = "withdrawRequest", seen_by PERSONAL, done_by &[Grant::Own];
    /// Every open request.
    ListOpenRequests = "listOpenRequests", seen_by ADMINS, done_by ADMINS;
    /// The requests of the caller's direct reports that wait for a decision.
    ListReportRequests = "listReportRequests", seen_by ALL, done_by ALL;
}

impl Operation {
    /// From whom it is kept, whoever may do it otherwise: what [`decide`] takes away.
    pub fn not_for(self) -> Vec<Grant> {
        let own = judges(self).then_some(Grant::Own);
        let mut readers: Vec<Grant> = if takes_tests(self) { ways_to_keys().collect() } else { Vec::new() };
        readers.sort_unstable();
        readers.dedup();
        own.into_iter().chain(readers).collect()
    }
}

/// Decides. Nobody approves, verifies, waives or scores their own thing: for those operations the grant of a role does
/// not reach the actor's own subject. Nobody takes a test of which they may read the answers either.
pub fn decide(operation: Operation, actor: &Actor, subject: &Subject) -> Decision {
    let own = subject.person.is_some() && subject.person == actor.person();
    let granted = |grants: &[Grant]| grants.iter().any(|grant| grant.covers(actor, subject));
    if granted(operation.done_by()) && !(own && judges(operation)) && !(takes_tests(operation) && reads_keys(actor)) {
        Decision::Allow
    } else if granted(operation.seen_by()) {
        Decision::Forbid
    } else {
        Decision::Hide
    }
}

/// Whether an operation is part of taking a test. What came of earlier ones is read by whoever took them.
pub const fn takes_tests(operation: Operation) -> bool {
    matches!(operation, Operation::StartAttempt | Operation::SubmitAttempt)
}

/// Everything that shows what is right in the question bank: whoever writes a question knows its key.
const SHOWS_KEYS: [Operation; 4] =
    [Operation::ListQuestions, Operation::CreateQuestion, Operation::ReadQuestion, Operation::ChangeQuestion];

/// What lets somebody read a key.
fn ways_to_keys() -> impl Iterator<Item = Grant> {
    SHOWS_KEYS.iter().flat_map(|operation| operation.done_by()).copied()
}

/// Whether an actor may read what is right in the question bank: a score of theirs would say nothing.
pub fn reads_keys(actor: &Actor) -> bool {
    let program = Subject::program();
    ways_to_keys().any(|grant| grant.covers(actor, &program))
}

/// Whether an operation is a judgement that nobody makes about themselves.
pub const fn judges(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::ExtendAssignment
            | Operation::CancelAssignment
            | Operation::CheckCompletion
            | Operation::CheckCertificate
            | Operation::GrantExemption
            | Operation::EndExemption
            | Operation::DecideRequest
            | Operation::ProvideRequest
            | Operation::ErasePerson
    )
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn actor(person: PersonId, roles: &[Role]) -> Actor {
        Actor {
            principal: Principal::Person(person),
            roles: roles.iter().copied().chain([Role::Builder]).collect(),
            teams: Vec::new(),
            leads: Vec::new(),
        }
    }

    #[test]
    fn a_stranger_does_not_learn_that_a_file_exists() {
        let (me, other) = (PersonId::new(Timestamp::UNIX_EPOCH), PersonId::new(Timestamp::UNIX_EPOCH));
        let subject = Subject { person: Some(other), ..Subject::default() };
        assert_eq!(decide(Operation::ReadLearner, &actor(me, &[]), &subject), Decision::Hide);
        assert_eq!(decide(Operation::ReadLearner, &actor(other, &[]), &subject), Decision::Allow);
    }

    #[test]
    fn an_admin_does_not_exempt_themselves() {
        let me = PersonId::new(Timestamp::UNIX_EPOCH);
        let subject = Subject { person: Some(me), ..Subject::default() };
        assert_eq!(decide(Operation::GrantExemption, &actor(me, &[Role::ProgramAdmin]), &subject), Decision::Forbid);
    }

    #[test]
    fn whoever_may_read_the_keys_takes_no_test_and_reads_what_they_took_before() {
        let me = PersonId::new(Timestamp::UNIX_EPOCH);
        let subject = Subject { person: Some(me), ..Subject::default() };
        let of = |operation, roles: &[Role]| decide(operation, &actor(me, roles), &subject);
        for operation in [Operation::StartAttempt, Operation::SubmitAttempt] {
            assert_eq!(of(operation, &[]), Decision::Allow);
            assert_eq!(of(operation, &[Role::Manager, Role::TeamLead]), Decision::Allow);
            assert_eq!(of(operation, &[Role::Security]), Decision::Forbid);
            assert_eq!(of(operation, &[Role::ProgramAdmin]), Decision::Forbid);
        }
        assert_eq!(of(Operation::ReadAttempt, &[Role::ProgramAdmin]), Decision::Allow);
    }

    #[test]
    fn every_way_to_a_key_counts() {
        let me = PersonId::new(Timestamp::UNIX_EPOCH);
        let ways: Vec<Operation> =
            Operation::ALL.iter().copied().filter(|it| it.id().trim_end_matches('s').ends_with("Question")).collect();
        assert_eq!(ways.len(), 4);
        for role in [Role::Builder, Role::Manager, Role::TeamLead, Role::Security, Role::ProgramAdmin, Role::Service] {
            let actor = actor(me, &[role]);
            for way in &ways {
                let reads = decide(*way, &actor, &Subject::program()) == Decision::Allow;
                assert!(!reads || reads_keys(&actor), "{role:?} reads keys by {}", way.id());
            }
            let reads = ways.iter().any(|way| decide(*way, &actor, &Subject::program()) == Decision::Allow);
            assert_eq!(reads_keys(&actor), reads, "{role:?}");
        }
    }

    /// What is said to be taken away is what the decision takes away, and nothing else.
    #[test]
    fn whom_an_operation_is_not_for_is_told_as_it_is_decided() {
        let me = PersonId::new(Timestamp::UNIX_EPOCH);
        let subject = Subject { person: Some(me), ..Subject::default() };
        for role in [Role::Builder, Role::Manager, Role::TeamLead, Role::Security, Role::ProgramAdmin, Role::Service] {
            let actor = actor(me, &[role]);
            for operation in Operation::ALL {
                let covered = |grants: &[Grant]| grants.iter().any(|grant| grant.covers(&actor, &subject));
                let told = covered(operation.done_by()) && !covered(&operation.not_for());
                let decided = decide(*operation, &actor, &subject) == Decision::Allow;
                assert_eq!(told, decided, "{} by {role:?}", operation.id());
            }
        }
        assert_eq!(Operation::StartAttempt.not_for(), [SECURITY, ADMIN]);
        assert_eq!(Operation::GrantExemption.not_for(), [Grant::Own]);
        assert!(Operation::ReadAttempt.not_for().is_empty());
    }

    #[test]
    fn whoever_may_do_a_thing_may_see_it() {
        for operation in Operation::ALL {
            for grant in operation.done_by() {
                let seen = operation.seen_by();
                let visible = seen.contains(grant) || seen.contains(&Grant::Everyone);
                assert!(visible, "{} is done by {grant:?}, who cannot see it", operation.id());
            }
        }
    }

    #[test]
    fn an_actor_without_roles_is_refused_everything() {
        let nobody = Actor { principal: Principal::Program, roles: BTreeSet::new(), teams: vec![], leads: vec![] };
        for operation in Operation::ALL {
            assert_eq!(decide(*operation, &nobody, &Subject::program()), Decision::Hide, "{}", operation.id());
        }
    }
}
