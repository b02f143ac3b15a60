//! How late things are, and what fails.

use super::{Alarm, Direction, Kpi, MINUTES, OPERATOR, Source, Unit, over, spoilt};

const DELAYS: &str = "Delays";
const ERRORS: &str = "Function errors";

const fn delay(
    key: &'static str,
    title: &'static str,
    formula: &'static str,
    (unit, target): (Unit, &'static str),
    source: Source,
    alarm: Option<Alarm>,
) -> Kpi {
    Kpi { key, title, formula, unit, owner: OPERATOR, target, direction: Direction::Down, source, chart: DELAYS, alarm }
}

/// In the order of the dashboard.
pub(super) const KPIS: &[Kpi] = &[
    delay(
        "mail_age",
        "Age of the oldest waiting mail",
        "time since the oldest message in the mail queue was sent there",
        (Unit::Seconds, "under an hour"),
        Source {
            namespace: "AWS/SQS",
            metric: "ApproximateAgeOfOldestMessage",
            dimensions: &[("QueueName", "${MailWaiting}")],
            stat: "Maximum",
            period: MINUTES,
        },
        over("MailAgeAlarm", 3600.0),
    ),
    delay(
        "relay_age",
        "How far the relay is behind the table",
        "age of the last stream record that the relay took",
        (Unit::Milliseconds, "under ten minutes"),
        Source {
            namespace: "AWS/Lambda",
            metric: "IteratorAge",
            dimensions: &[("FunctionName", "${EventRelay}")],
            stat: "Maximum",
            period: MINUTES,
        },
        over("RelayAgeAlarm", 600_000.0),
    ),
    spoilt(
        "mailer_errors",
        "Errors of the mailer",
        "invocations of the mailer that failed",
        Source {
            namespace: "AWS/Lambda",
            metric: "Errors",
            dimensions: &[("FunctionName", "${Mailer}")],
            stat: "Sum",
            period: MINUTES,
        },
        ERRORS,
        "MailerErrorsAlarm",
    ),
];
