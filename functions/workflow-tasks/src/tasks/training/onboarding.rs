//! Accompanying somebody through their first 90 days, as a task: the plan, the check-in whose day has come, and when to
//! ask again. Asking twice is asking once; ids and dates alone go in and out.

use kernel::{Day, PersonId};
use runtime::TaskError;
use serde::Deserialize;
use serde_json::{Value, json};
use training::planning::onboarding::{Onboarding, accompany, name};

use super::{Ports, Rules, cause, failed};

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {
    person: PersonId,
    /// The first day of the stay; absent in executions that began before stays were told apart.
    #[serde(default)]
    start: Option<Day>,
}

pub(super) async fn check(ports: &Ports, input: Check) -> Result<Value, TaskError> {
    let rules = Rules::read(ports).await?;
    let (person, start) = (input.person, input.start.map(|Day(start)| start));
    let cause = cause(ports.clock.now(), &name(person, start));
    let (outcome, until) = match accompany(&rules.desk(ports), person, start, &cause).await.map_err(failed)? {
        // Step Functions reads seconds and no fractions of them.
        Onboarding::Waiting(until) => ("waiting", Some(until.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())),
        Onboarding::Completed => ("completed", None),
        Onboarding::Ended => ("ended", None),
        Onboarding::Left => ("left", None),
    };
    Ok(json!({"outcome": outcome, "until": until}))
}
