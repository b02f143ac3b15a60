//! Who asks. The gateway has verified the token's signature; the code checks again what the gateway's claims say:
//! issuer, client, expiry (by the system's clock, never the program's) and scope. Then it asks the directory twice: who
//! is this subject, and what may that person see.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    extract::{FromRef, FromRequestParts},
    http::request::Parts,
};
use jiff::tz::TimeZone;
use kernel::{Actor, Cause, Clock, Identity, Operation, Principal, Role, StoreError, Subject, access::decide};
use lambda_http::request::RequestContext;

use crate::{Problem, RequestId, kinds, problem};

/// The scope of people.
const PEOPLE: &str = "guildhall/use";
/// The scope of machines.
const MACHINES: &str = "guildhall/service";

/// What authentication needs; part of a router's state.
pub struct Gate {
    /// The identity provider.
    pub issuer: String,
    /// The clients a token may have been issued to.
    pub client_ids: Vec<String>,
    /// The operating system's time, by which tokens expire.
    pub system_clock: Arc<dyn Clock>,
    /// The time the program lives by.
    pub clock: Arc<dyn Clock>,
    /// The directory.
    pub identity: Arc<dyn Identity>,
}

/// An authenticated request: who acts, and the cause that every use case carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authenticated {
    /// Who asks.
    pub actor: Actor,
    /// Who, when, and the request's id.
    pub cause: Cause,
}

impl Authenticated {
    /// Whether the actor may do this to that.
    ///
    /// # Errors
    /// 403 where the thing is visible but this is not allowed, 404 where it is not visible.
    pub fn may(&self, operation: Operation, subject: &Subject) -> Result<(), Problem> {
        authorize(operation, &self.actor, subject)
    }
}

/// Decides by the permission table.
///
/// # Errors
/// 403 where the thing is visible but this is not allowed, 404 where it is not visible.
pub fn authorize(operation: Operation, actor: &Actor, subject: &Subject) -> Result<(), Problem> {
    problem::from_decision(decide(operation, actor, subject))
}

struct Claims<'a>(&'a std::collections::HashMap<String, String>);

impl<'a> Claims<'a> {
    fn text(&self, name: &str) -> Option<&'a str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Lists arrive as the gateway prints them, `[a b]`, where a name with a comma in it is still one name; or as JSON,
    /// or separated by commas.
    fn list(&self, name: &str) -> Vec<&'a str> {
        let raw = self.text(name).unwrap_or_default().trim();
        if let Some(printed) = raw.strip_prefix('[').and_then(|raw| raw.strip_suffix(']'))
            && !printed.starts_with('"')
        {
            return printed.split_whitespace().collect();
        }
        raw.split(|c: char| c.is_whitespace() || matches!(c, '[' | ']' | ',' | '"'))
            .filter(|part| !part.is_empty())
            .collect()
    }

    /// Seconds arrive as an integer or, from some printers, in scientific notation.
    fn seconds(&self, name: &str) -> Option<f64> {
        self.text(name)?.parse().ok()
    }
}

impl Gate {
    async fn authenticate(&self, claims: &Claims<'_>) -> Result<Actor, Problem> {
        let refused = || Problem::new(kinds::UNAUTHENTICATED);
        let client = claims.text("client_id").or_else(|| claims.text("azp")).ok_or_else(refused)?;
        let alive = claims.seconds("exp").is_some_and(|exp| {
            let now = self.system_clock.now().as_millisecond();
            #[expect(clippy::cast_precision_loss, reason = "milliseconds of this age fit 53 bits")]
            let now = now as f64 / 1000.0;
            exp > now
        });
        let access = claims.text("token_use").is_none_or(|kind| kind == "access");
        let ours = claims.text("iss").map(|iss| iss.trim_end_matches('/')) == Some(self.issuer.as_str());
        if !(ours && alive && access && self.client_ids.iter().any(|known| known == client)) {
            return Err(refused());
        }
        let scopes: BTreeSet<&str> = claims.text("scope").unwrap_or_default().split_whitespace().collect();
        let groups = claims.list("cognito:groups");
        if scopes.contains(PEOPLE) {
            let subject = claims.text("sub").ok_or_else(refused)?;
            self.person(subject, &groups).await
        } else if scopes.contains(MACHINES) {
            Ok(Actor {
                principal: Principal::Service(client.to_owned()),
                roles: BTreeSet::from([Role::Service]),
                teams: Vec::new(),
                leads: Vec::new(),
            })
        } else {
            Err(Problem::new(kinds::INSUFFICIENT_SCOPE))
        }
    }

    async fn person(&self, subject: &str, groups: &[&str]) -> Result<Actor, Problem> {
        let of_store = |error: StoreError| problem::from_store(&error);
        let claimed = groups.iter().filter_map(|group| match *group {
            "security" => Some(Role::Security),
            "program-admin" => Some(Role::ProgramAdmin),
            _ => None,
        });
        let person = self.identity.person_of(&self.issuer, subject).await.map_err(of_store)?;
        let person = person.ok_or_else(|| Problem::new(kinds::NOT_BOUND))?;
        let day = self.clock.now().to_zoned(TimeZone::UTC).date();
        let access = self.identity.access_on(person, day).await.map_err(of_store)?;
        let access = access.filter(|access| access.active).ok_or_else(|| Problem::new(kinds::NOT_BOUND))?;
        Ok(access.actor(person, claimed))
    }
}

impl<S> FromRequestParts<S> for Authenticated
where
    S: Send + Sync,
    Arc<Gate>: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let gate = Arc::<Gate>::from_ref(state);
        let context = parts.extensions.get::<RequestContext>();
        let jwt = match context {
            Some(RequestContext::ApiGatewayV2(context)) => context.authorizer.as_ref().and_then(|a| a.jwt.as_ref()),
            _ => None,
        };
        let claims = Claims(&jwt.ok_or_else(|| Problem::new(kinds::UNAUTHENTICATED))?.claims);
        let actor = gate.authenticate(&claims).await?;
        let correlation_id = RequestId::of(&parts.extensions);
        let cause = Cause { by: actor.principal.clone(), at: gate.clock.now(), correlation_id, causation_id: None };
        Ok(Self { actor, cause })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_read_as_the_gateway_prints_them() {
        for raw in ["[security program-admin]", r#"["security","program-admin"]"#, "security,program-admin"] {
            let claims = [("g".to_owned(), raw.to_owned())].into();
            assert_eq!(Claims(&claims).list("g"), ["security", "program-admin"], "{raw}");
        }
        let claims = [("g".to_owned(), "[x,security]".to_owned())].into();
        assert_eq!(Claims(&claims).list("g"), ["x,security"], "a name with a comma is one name");
    }
}
