//! The first program lead. Everyone else is made through the API by someone who may; the first can only be made by
//! whoever deploys, with an invocation that their own account has to allow.

use directory::{
    Absences, Country, DirectoryError, DirectoryReader, DirectoryWriter, Email, Employment, IdentitySubject, Invalid,
    Language, Memberships, PersonName, WorkingShare,
    people::{self, NewPerson, PersonChange, day_of},
};
use kernel::{Cause, JobRole, Principal, StoreError, ZoneName};
use runtime::TaskError;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Ports;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FirstAdmin {
    email: String,
    name: String,
    issuer: String,
    subject: String,
    #[serde(default)]
    country: Option<String>,
    #[serde(default)]
    time_zone: Option<String>,
}

fn invalid(error: Invalid) -> TaskError {
    TaskError::permanent(error.to_string())
}

fn refused(error: DirectoryError) -> TaskError {
    match error {
        DirectoryError::Store(error) => error.into(),
        error => TaskError::of(error.kind(), error.to_string()),
    }
}

/// Makes the person if need be and links them to their sign-in; done again it changes nothing. Their token says that they
/// run the program; this only says who they are.
pub(super) async fn first_admin(ports: &Ports, admin: FirstAdmin) -> Result<Value, TaskError> {
    let email = Email::parse(&admin.email).map_err(invalid)?;
    let name = PersonName::parse(&admin.name).map_err(invalid)?;
    let subject = IdentitySubject::new(&admin.issuer, &admin.subject).map_err(invalid)?;
    let country = Country::parse(admin.country.as_deref().unwrap_or("US")).map_err(invalid)?;
    let zone = ZoneName::parse(admin.time_zone.as_deref().unwrap_or("UTC"))
        .map_err(|error| TaskError::permanent(error.to_string()))?;
    let now = ports.clock.now();
    let cause =
        Cause { by: Principal::Program, at: now, correlation_id: "bootstrap-admin".to_owned(), causation_id: None };
    let known = match ports.store.person_by_email(&email).await? {
        Some(id) => ports.store.person(id).await?,
        None => None,
    };
    let (person, commit) = match known {
        Some(before) => {
            let change = PersonChange { subject: Some(Some(subject)), ..PersonChange::default() };
            match people::change(&ports.store, &before, change, &cause).await.map_err(refused)? {
                Some(changed) => changed,
                None => return Ok(json!({ "person": before.id })),
            }
        }
        None => {
            let new = NewPerson {
                email,
                name,
                job_role: JobRole::Manager,
                employment: Employment::Employee,
                counts: None,
                country,
                zone,
                language: Language::default(),
                working_share: WorkingShare::FULL,
                absences: Absences::default(),
                delegate: None,
                memberships: Memberships::default(),
                manager: None,
                start: day_of(now),
                leave: None,
                subject: Some(subject),
            };
            people::create(&ports.store, new, &cause).await.map_err(refused)?
        }
    };
    match ports.store.commit(commit).await {
        Ok(()) => Ok(json!({ "person": person.id })),
        Err(StoreError::Taken(what)) => Err(TaskError::permanent(format!("this {what} belongs to someone else"))),
        Err(error) => Err(error.into()),
    }
}
