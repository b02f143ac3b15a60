//! Looking after a certificate that ends soon, as a task: what became of it, and when to ask again. Asking twice is asking
//! once; ids and dates alone go in and out.

use jiff::civil::Date;
use kernel::{CertificateId, PersonId};
use runtime::TaskError;
use serde::Deserialize;
use serde_json::{Value, json};
use training::certificates::recertification::{Outcome, Recertification, look_after};

use super::{Ports, Rules, cause, failed};

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {
    person: PersonId,
    certificate: CertificateId,
    expires: Date,
}

pub(super) async fn check(ports: &Ports, input: Check) -> Result<Value, TaskError> {
    let Check { person, certificate, expires } = input;
    let what = Recertification { person, certificate, expires };
    let rules = Rules::read(ports).await?;
    let looked = look_after(&rules.desk(ports), what, &cause(ports.clock.now(), &what.name())).await;
    let (outcome, until) = match looked.map_err(failed)? {
        // Step Functions reads seconds and no fractions of them.
        Outcome::Waiting(until) => ("waiting", Some(until.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())),
        Outcome::Renewed => ("renewed", None),
        Outcome::Lapsed => ("lapsed", None),
        Outcome::Withdrawn => ("withdrawn", None),
        Outcome::Gone => ("gone", None),
    };
    Ok(json!({"outcome": outcome, "until": until}))
}
