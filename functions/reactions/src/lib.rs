//! What training does because of the directory, and the other way round. Events arrive at least once and in any order:
//! each reaction reads the present state instead of trusting the event, older directory versions are ignored, and doing
//! it again changes nothing. A message that fails is named, so that the others of its batch are not delivered again.

#[cfg(test)]
mod tests;
pub mod wiring;

use std::sync::Arc;

use async_trait::async_trait;
use kernel::{
    ActiveSettings, Cause, CertificateId, Clock, Event, EvidenceFiles, GatewayError, Limit, Page, PersonId, Position,
    Principal, SessionId, StartMachine, StoreError, TeamId,
};
use mail::ProgramSettings;
use serde::Deserialize;
use training::{
    MailSwitch, Roster, Settings, TrainingError, TrainingReader, TrainingWriter,
    assessment::{self, AssessmentReader},
    certificates::{kept_object, recertification::Recertification},
    competency::{self, CompetencyReader},
    effectiveness::{self, EffectivenessReader},
    events,
    guidance::{self, GuidanceReader},
    model::LearnerFile,
    planning::{self, Finding, onboarding, usecases::PlanDesk},
    requests::{self, RequestsReader, usecases::RequestDesk},
    sessions::{self, SessionsReader, usecases::SessionDesk},
    usecases::{Desk, Receipt, people},
};

/// The mail mode, the pilot teams or something else of the program's settings changed.
const PROGRAM_SETTINGS_CHANGED: &str = "program.settings_changed";

/// What reactions ask of the directory beside single people.
#[async_trait]
pub trait Directory: Send + Sync {
    /// The people with a stay in a team today or later, as a page.
    async fn members(
        &self,
        team: TeamId,
        on: jiff::civil::Date,
        limit: Limit,
        after: Option<&Position>,
    ) -> Result<Page<PersonId>, StoreError>;

    /// Records that a person is away, unless that is on record.
    async fn record_absence(&self, person: PersonId, away: Away, cause: &Cause) -> Result<(), ReactError>;
}

/// The mails of a person.
#[async_trait]
pub trait Mails: Send + Sync {
    /// Forgets all of them.
    async fn forget(&self, person: PersonId) -> Result<(), StoreError>;
}

/// When somebody is away, as said on a mail link's page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Away {
    /// The first day.
    pub from: jiff::civil::Date,
    /// The last day.
    pub until: jiff::civil::Date,
}

/// Everything reactions work with.
#[derive(Clone)]
pub struct Ports {
    /// Reads training.
    pub reader: Arc<dyn TrainingReader>,
    /// Writes training.
    pub writer: Arc<dyn TrainingWriter>,
    /// Reads the question bank and people's attempts.
    pub assessments: Arc<dyn AssessmentReader>,
    /// Reads people's competency.
    pub competency: Arc<dyn CompetencyReader>,
    /// Reads what people said of courses.
    pub effectiveness: Arc<dyn EffectivenessReader>,
    /// Reads the guidance library.
    pub guidance: Arc<dyn GuidanceReader>,
    /// Reads sessions and bookings.
    pub sessions: Arc<dyn SessionsReader>,
    /// Reads requests for seats and vouchers.
    pub requests: Arc<dyn RequestsReader>,
    /// What the directory knows of people.
    pub roster: Arc<dyn Roster>,
    /// What else it knows.
    pub directory: Arc<dyn Directory>,
    /// Mails.
    pub mails: Arc<dyn Mails>,
    /// Training's settings in force.
    pub settings: Arc<dyn ActiveSettings<Settings>>,
    /// The program's.
    pub program: Arc<dyn ActiveSettings<ProgramSettings>>,
    /// The state machine that looks at everybody again.
    pub reviews: Arc<dyn StartMachine>,
    /// The state machine that accompanies somebody who joined.
    pub onboardings: Arc<dyn StartMachine>,
    /// The state machine that looks after a certificate that ends soon.
    pub recertifications: Arc<dyn StartMachine>,
    /// Files that show certificates.
    pub evidence: Arc<dyn EvidenceFiles>,
    /// The time the program lives by.
    pub clock: Arc<dyn Clock>,
}

/// Why a reaction failed; its message comes again.
#[derive(Debug, thiserror::Error)]
pub enum ReactError {
    /// Training could not do as asked.
    #[error("training could not react")]
    Training(#[from] TrainingError),
    /// The table could not do as asked.
    #[error("the table could not do as asked")]
    Store(#[from] StoreError),
    /// Parameter Store or Step Functions could not do as asked.
    #[error("a service could not do as asked")]
    Gateway(#[from] GatewayError),
    /// Some of several people could not be reached.
    #[error("{0} of several people could not be reached")]
    Incomplete(u64),
    /// The message holds no event.
    #[error("the message holds no event")]
    Malformed,
}

/// One message of the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id, by which a failure is reported.
    pub id: String,
    /// Its body: an event in the bus's envelope.
    pub body: String,
}

#[derive(Deserialize)]
struct Envelope {
    detail: Event,
}

/// Reacts to a batch; answers with the ids of messages to be delivered again.
pub async fn handle(ports: &Ports, messages: &[Message]) -> Vec<String> {
    let mut failed = Vec::new();
    for message in messages {
        let reacted = match serde_json::from_str::<Envelope>(&message.body) {
            Ok(envelope) => react(ports, &envelope.detail).await,
            Err(_) => Err(ReactError::Malformed),
        };
        if let Err(error) = reacted {
            let cause = runtime::logs::chain(&error);
            tracing::warn!(message.id = %message.id, cause, "a reaction failed and comes again");
            failed.push(message.id.clone());
        }
    }
    failed
}

/// Does what an event asks for; other kinds ask for nothing.
///
/// # Errors
/// [`ReactError`]; reacting again is safe.
pub async fn react(ports: &Ports, event: &Event) -> Result<(), ReactError> {
    let cause = Cause {
        by: Principal::Program,
        at: ports.clock.now(),
        correlation_id: event.correlation_id.clone(),
        causation_id: Some(event.id),
    };
    match event.kind.as_str() {
        "directory.person_joined" => welcome(ports, person(event)?, &cause).await,
        "directory.person_changed" => follow(ports, person(event)?, &cause).await,
        "directory.person_left" => leave(ports, person(event)?, &cause).await,
        events::PERSON_LEFT => vacate(ports, person(event)?, &cause).await,
        "directory.person_erased" => forget(ports, person(event)?, &cause).await,
        "directory.team_changed" | "directory.team_merged" | "directory.team_split" => {
            renew_team(ports, event.subject.parse().map_err(|_| ReactError::Malformed)?, event, &cause).await
        }
        PROGRAM_SETTINGS_CHANGED
        | events::SETTINGS_CHANGED
        | events::PATH_CHANGED
        | events::COURSE_CHANGED
        | events::COURSE_RETIRED
        | events::ASSESSMENT_CHANGED => review(ports, event).await,
        events::SESSION_CHANGED | events::SESSION_CANCELLED => {
            let session = event.subject.parse().map_err(|_| ReactError::Malformed)?;
            tell(ports, session, &cause).await
        }
        events::COMPETENCY_JUDGED => offer(ports, person(event)?, &cause).await,
        events::FINDING_RECURRED => answer_finding(ports, event, &cause).await,
        events::CERTIFICATE_EXPIRING => recertify(ports, event).await,
        events::ABSENCE_REPORTED => {
            let away = serde_json::from_value(event.data.clone()).map_err(|_| ReactError::Malformed)?;
            ports.directory.record_absence(person(event)?, away, &cause).await
        }
        _ => Ok(()),
    }
}

fn person(event: &Event) -> Result<PersonId, ReactError> {
    event.subject.parse().map_err(|_| ReactError::Malformed)
}

struct Rules {
    settings: Settings,
    mail: MailSwitch,
}

impl Rules {
    async fn read(ports: &Ports) -> Result<Self, ReactError> {
        let settings = ports.settings.active().await?.body.clone();
        let program = ports.program.active().await?;
        let pilot_teams = program.body.pilot_teams.clone();
        Ok(Self { settings, mail: MailSwitch { mode: program.body.mail_mode, pilot_teams } })
    }

    fn desk<'a>(&'a self, ports: &'a Ports) -> Desk<'a> {
        Desk {
            reader: ports.reader.as_ref(),
            writer: ports.writer.as_ref(),
            roster: ports.roster.as_ref(),
            settings: &self.settings,
            mail: &self.mail,
        }
    }

    fn plan_desk<'a>(&'a self, ports: &'a Ports) -> PlanDesk<'a> {
        PlanDesk { desk: self.desk(ports), competency: ports.competency.as_ref() }
    }

    fn session_desk<'a>(&'a self, ports: &'a Ports) -> SessionDesk<'a> {
        SessionDesk { desk: self.desk(ports), reader: ports.sessions.as_ref() }
    }

    fn request_desk<'a>(&'a self, ports: &'a Ports) -> RequestDesk<'a> {
        RequestDesk { desk: self.desk(ports), reader: ports.requests.as_ref() }
    }
}

/// Renews what training holds of a person: a joiner gets a plan, a leaver's assignments end, a new role is planned for,
/// and what is offered follows what the role asks.
async fn renew(ports: &Ports, person: PersonId, cause: &Cause) -> Result<Option<Receipt>, ReactError> {
    let rules = Rules::read(ports).await?;
    let renewed = people::on_person_changed(&rules.desk(ports), person, cause).await?;
    if renewed.is_some() {
        planning::usecases::offer(&rules.plan_desk(ports), person, cause).await?;
    }
    Ok(renewed)
}

/// Has somebody who joined accompanied through their first days.
async fn welcome(ports: &Ports, person: PersonId, cause: &Cause) -> Result<(), ReactError> {
    let Some(Receipt { file, .. }) = renew(ports, person, cause).await? else { return Ok(()) };
    begin(ports, &file, cause).await
}

/// Renews what is held of a person; whoever came back is accompanied like who joined. A first day that was put right
/// since is the same stay, whose execution goes on.
async fn follow(ports: &Ports, person: PersonId, cause: &Cause) -> Result<(), ReactError> {
    let Some(Receipt { file, .. }) = renew(ports, person, cause).await? else { return Ok(()) };
    let returns = file.head.returned_on.is_some() && file.head.returned_on == file.head.facts.start;
    if returns { begin(ports, &file, cause).await } else { Ok(()) }
}

/// Starts an onboarding where one is due. The execution is named after the person and their first day, so that an event
/// that comes twice starts one.
async fn begin(ports: &Ports, file: &LearnerFile, cause: &Cause) -> Result<(), ReactError> {
    let facts = &file.head.facts;
    if let Some(start) = facts.start.filter(|_| onboarding::begins(file, facts.today(cause.at))) {
        let input = serde_json::json!({"person": facts.person, "start": start});
        ports.onboardings.start(&onboarding::name(facts.person, Some(start)), &input).await?;
    }
    Ok(())
}

/// Plans what a person is offered by what was judged of them.
async fn offer(ports: &Ports, person: PersonId, cause: &Cause) -> Result<(), ReactError> {
    let rules = Rules::read(ports).await?;
    planning::usecases::offer(&rules.plan_desk(ports), person, cause).await?;
    Ok(())
}

/// Offers a course to those in whose work a kind of finding came back.
async fn answer_finding(ports: &Ports, event: &Event, cause: &Cause) -> Result<(), ReactError> {
    let finding = Finding::parse(&event.data).ok_or(ReactError::Malformed)?;
    let rules = Rules::read(ports).await?;
    match planning::usecases::answer_finding(&rules.desk(ports), &finding, cause).await {
        0 => Ok(()),
        failed => Err(ReactError::Incomplete(failed)),
    }
}

/// Renews what training holds of a person who leaves, and gives back their seats in sessions after the last day and what
/// they asked for.
async fn leave(ports: &Ports, person: PersonId, cause: &Cause) -> Result<(), ReactError> {
    follow(ports, person, cause).await?;
    vacate(ports, person, cause).await
}

/// Gives back a leaver's seats in sessions after the last day and what they asked for. Who leaves much later keeps their
/// requests: this comes again when the last day is over.
async fn vacate(ports: &Ports, person: PersonId, cause: &Cause) -> Result<(), ReactError> {
    let rules = Rules::read(ports).await?;
    sessions::usecases::vacate(&rules.session_desk(ports), person, cause).await?;
    requests::usecases::vacate(&rules.request_desk(ports), person, cause).await?;
    Ok(())
}

/// Renews everybody of a team: its department is part of what training holds of them. A page of members is as much as
/// one message does; a team that is larger is renewed by looking at everybody again.
async fn renew_team(ports: &Ports, team: TeamId, event: &Event, cause: &Cause) -> Result<(), ReactError> {
    let today = cause.at.to_zoned(jiff::tz::TimeZone::UTC).date();
    let page = ports.directory.members(team, today, Limit::MAX, None).await?;
    if page.next.is_some() {
        return review(ports, event).await;
    }
    let rules = Rules::read(ports).await?;
    match people::renew_all(&rules.desk(ports), &page.items, cause).await.failed {
        0 => Ok(()),
        failed => Err(ReactError::Incomplete(failed)),
    }
}

/// Has everybody looked at again. The changes of one minute share one review: its name is the minute, and it waits
/// until the last of them is written, so that a file of a hundred courses is followed by one and not by a hundred. The
/// name comes from the event alone, so that an event that comes twice starts nothing twice.
async fn review(ports: &Ports, event: &Event) -> Result<(), ReactError> {
    let minute = event.recorded_at.as_second().div_euclid(60);
    ports.reviews.start(&format!("review-{minute}"), &serde_json::json!({})).await?;
    Ok(())
}

#[derive(Deserialize)]
struct Expiring {
    certificate: CertificateId,
    expires: jiff::civil::Date,
}

/// Has a certificate looked after until it is renewed or lapses. The execution is named after person, certificate and last
/// valid day, so that an event that comes twice starts one; ids and a day are all it carries.
async fn recertify(ports: &Ports, event: &Event) -> Result<(), ReactError> {
    let Expiring { certificate, expires } =
        serde_json::from_value(event.data.clone()).map_err(|_| ReactError::Malformed)?;
    let person = person(event)?;
    let name = Recertification { person, certificate, expires }.name();
    let input = serde_json::json!({"person": person, "certificate": certificate, "expires": expires});
    ports.recertifications.start(&name, &input).await?;
    Ok(())
}

/// Removes the files that show a person's certificates, while the file still names them.
async fn forget_evidence(ports: &Ports, person: PersonId) -> Result<(), ReactError> {
    let Some(file) = ports.reader.file(person).await? else { return Ok(()) };
    for shown in file.certificates.iter().flat_map(training::certificates::Certificate::files) {
        ports.evidence.remove(&kept_object(person, shown)).await?;
    }
    Ok(())
}

/// Tells those of a session who stand elsewhere than they were told.
async fn tell(ports: &Ports, session: SessionId, cause: &Cause) -> Result<(), ReactError> {
    let rules = Rules::read(ports).await?;
    sessions::usecases::tell(&rules.session_desk(ports), session, cause).await?;
    Ok(())
}

/// Forgets what training and mail hold of a person.
async fn forget(ports: &Ports, person: PersonId, cause: &Cause) -> Result<(), ReactError> {
    let rules = Rules::read(ports).await?;
    // The file goes last: its end is what says that everything is forgotten.
    sessions::usecases::forget(&rules.session_desk(ports), person, cause).await?;
    requests::usecases::forget(&rules.request_desk(ports), person, cause).await?;
    assessment::usecases::forget(ports.assessments.as_ref(), ports.writer.as_ref(), person, cause).await?;
    competency::usecases::forget(ports.competency.as_ref(), ports.writer.as_ref(), person, cause).await?;
    guidance::usecases::forget(ports.guidance.as_ref(), ports.writer.as_ref(), person, cause).await?;
    forget_evidence(ports, person).await?;
    // Feedback is on a completion: once the file has none, nobody can give more of it.
    people::empty(&rules.desk(ports), person, cause).await?;
    effectiveness::usecases::forget(ports.effectiveness.as_ref(), ports.writer.as_ref(), person, cause).await?;
    people::forget(&rules.desk(ports), person, cause).await?;
    ports.mails.forget(person).await?;
    Ok(())
}
