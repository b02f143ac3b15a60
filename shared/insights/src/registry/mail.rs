//! Mail, and how SES judges the account.

use super::{Direction, HOUR, Kpi, OPERATOR, Source, Unit, counted, over};

const MAIL: &str = "Mail";
const REPUTATION: &str = "Bounces and complaints";

const fn mail(metric: &'static str) -> Source {
    counted(metric, &[("System", "mail")])
}

const fn mail_count(
    key: &'static str,
    title: &'static str,
    formula: &'static str,
    target: &'static str,
    direction: Direction,
    metric: &'static str,
) -> Kpi {
    let (unit, owner, source) = (Unit::Count, OPERATOR, mail(metric));
    Kpi { key, title, formula, unit, owner, target, direction, source, chart: MAIL, alarm: None }
}

/// In the order of the dashboard.
pub(super) const KPIS: &[Kpi] = &[
    mail_count("mails_sent", "Mails sent", "mails the sender accepted", "—", Direction::Neutral, "MailsSent"),
    Kpi {
        // One refused address is nobody's emergency; a template that does not render fails every mail.
        alarm: over("MailsFailedAlarm", 10.0),
        ..mail_count(
            "mails_failed",
            "Mails failed",
            "mails that ended as failed: refused, unrenderable, given up",
            "0",
            Direction::Down,
            "MailsFailed",
        )
    },
    mail_count(
        "mails_suppressed",
        "Mails suppressed",
        "mails to people who left or to addresses that bounced or complained",
        "—",
        Direction::Neutral,
        "MailsSuppressed",
    ),
    mail_count(
        "mails_throttled",
        "Times the sender asked to slow down",
        "sendings refused for now",
        "0",
        Direction::Down,
        "MailsThrottled",
    ),
    mail_count(
        "mails_unknown",
        "Mails that may be sent twice",
        "sendings whose answer or mark was lost; feedback usually closes them",
        "0",
        Direction::Down,
        "MailsUnknown",
    ),
    mail_count(
        "mail_bounces",
        "Bounces",
        "mails that came back for good",
        "under 5 % of mails sent",
        Direction::Down,
        "MailBounces",
    ),
    Kpi {
        key: "bounce_rate",
        title: "Bounce rate",
        formula: "bounces ÷ mails, as SES judges the account",
        unit: Unit::Fraction,
        owner: OPERATOR,
        target: "< 0.05",
        direction: Direction::Down,
        source: Source {
            namespace: "AWS/SES",
            metric: "Reputation.BounceRate",
            dimensions: &[],
            stat: "Maximum",
            period: HOUR,
        },
        chart: REPUTATION,
        alarm: over("BounceRateAlarm", 0.05),
    },
    Kpi {
        key: "complaint_rate",
        title: "Complaint rate",
        formula: "complaints ÷ mails, as SES judges the account",
        unit: Unit::Fraction,
        owner: OPERATOR,
        target: "< 0.001",
        direction: Direction::Down,
        source: Source {
            namespace: "AWS/SES",
            metric: "Reputation.ComplaintRate",
            dimensions: &[],
            stat: "Maximum",
            period: HOUR,
        },
        chart: REPUTATION,
        alarm: over("ComplaintRateAlarm", 0.001),
    },
];
