//! What is passed on, and what was set aside on the way.

use super::{Direction, Kpi, MINUTES, OPERATOR, Source, Unit, counted, over};

const DEAD: &str = "Dead letters";
const RELAY: &str = "Relay and sweep";

const fn relay(metric: &'static str) -> Source {
    counted(metric, &[("System", "relay")])
}

const fn waiting(dimensions: &'static [(&'static str, &'static str)]) -> Source {
    let metric = "ApproximateNumberOfMessagesVisible";
    Source { namespace: "AWS/SQS", metric, dimensions, stat: "Maximum", period: MINUTES }
}

const fn dead_letters(
    key: &'static str,
    title: &'static str,
    dimensions: &'static [(&'static str, &'static str)],
    alarm: &'static str,
) -> Kpi {
    Kpi {
        key,
        title,
        formula: "messages in the dead-letter queue",
        unit: Unit::Count,
        owner: OPERATOR,
        target: "0",
        direction: Direction::Down,
        source: waiting(dimensions),
        chart: DEAD,
        alarm: over(alarm, 0.0),
    }
}

/// In the order of the dashboard.
pub(super) const KPIS: &[Kpi] = &[
    dead_letters("mail_dead_letters", "Mails set aside", &[("QueueName", "${MailDead}")], "MailDeadLettersAlarm"),
    dead_letters(
        "feedback_dead_letters",
        "Feedback set aside",
        &[("QueueName", "${FeedbackDead}")],
        "FeedbackDeadLettersAlarm",
    ),
    dead_letters(
        "reactions_dead_letters",
        "Events set aside",
        &[("QueueName", "${ReactionsDead}")],
        "ReactionsDeadLettersAlarm",
    ),
    dead_letters(
        "relay_dead_letters",
        "Stream records set aside",
        &[("QueueName", "${RelayDead}")],
        "RelayDeadLettersAlarm",
    ),
    dead_letters(
        "schedule_dead_letters",
        "Schedules set aside",
        &[("QueueName", "${ScheduleDead}")],
        "ScheduleDeadLettersAlarm",
    ),
    Kpi {
        key: "relay_unreadable",
        title: "Rows that cannot be relayed",
        formula: "events and mails in the stream that do not parse",
        unit: Unit::Count,
        owner: OPERATOR,
        target: "0",
        direction: Direction::Down,
        source: relay("RelayUnreadable"),
        chart: RELAY,
        alarm: over("RelayUnreadableAlarm", 0.0),
    },
    Kpi {
        key: "swept_mails",
        title: "Mails found by the sweep",
        formula: "mails pending for five minutes or longer that were queued again",
        unit: Unit::Count,
        owner: OPERATOR,
        target: "0 outside outages and backlogs",
        direction: Direction::Down,
        source: relay("SweptMails"),
        chart: RELAY,
        alarm: None,
    },
    Kpi {
        key: "swept_events",
        title: "Events found by the sweep",
        formula: "events pending for five minutes or longer that were relayed again",
        unit: Unit::Count,
        owner: OPERATOR,
        target: "0 outside outages",
        direction: Direction::Down,
        source: relay("SweptEvents"),
        chart: RELAY,
        alarm: None,
    },
];
