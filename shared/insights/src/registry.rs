//! The figures, one definition each.

/// What a figure is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A share of a hundred.
    Percent,
    /// A share of one.
    Fraction,
    /// Things.
    Count,
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Milliseconds,
}

impl Unit {
    /// A word for tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Percent => "%",
            Self::Fraction => "share of 1",
            Self::Count => "count",
            Self::Seconds => "s",
            Self::Milliseconds => "ms",
        }
    }
}

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// More is better.
    Up,
    /// Less is better.
    Down,
    /// Neither: it gives the others their scale.
    Neutral,
}

/// Where the number comes from, as CloudWatch names it. Dimension values may hold the template's placeholders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source {
    /// `Guildhall`, or the namespace of an AWS service.
    pub namespace: &'static str,
    /// The metric's name.
    pub metric: &'static str,
    /// Names and values; few and fixed, because every combination is a metric that is paid for.
    pub dimensions: &'static [(&'static str, &'static str)],
    /// How points of a period become one.
    pub stat: &'static str,
    /// Seconds a point stands for.
    pub period: u32,
}

/// The line an alarm draws.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Threshold {
    /// A number.
    Number(f64),
    /// A parameter of the template.
    Parameter(&'static str),
}

/// When someone is told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Alarm {
    /// The alarm's logical id in the template.
    pub id: &'static str,
    /// CloudWatch's name of the comparison.
    pub comparison: &'static str,
    /// The line.
    pub threshold: Threshold,
    /// The topic's logical id in the template.
    pub topic: &'static str,
}

/// One figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Kpi {
    /// How code and settings name it.
    pub key: &'static str,
    /// How people name it.
    pub title: &'static str,
    /// What it is, as text.
    pub formula: &'static str,
    /// What it is measured in.
    pub unit: Unit,
    /// Who answers for it.
    pub owner: &'static str,
    /// What it should be, as text.
    pub target: &'static str,
    /// Which way is better.
    pub direction: Direction,
    /// Where the number comes from.
    pub source: Source,
    /// The chart it is drawn in.
    pub chart: &'static str,
    /// When someone is told.
    pub alarm: Option<Alarm>,
}

/// The figure of a key.
pub fn kpi(key: &str) -> Option<&'static Kpi> {
    KPIS.iter().find(|kpi| kpi.key == key)
}

const LEAD: &str = "program lead";
const OPERATOR: &str = "operator";
const DAY: u32 = 86_400;
const HOUR: u32 = 3_600;
const MINUTES: u32 = 300;
const TRAINING: &str = "Training compliance and completion (%)";
const OVERDUE: &str = "People with something overdue";
const RUNS: &str = "Reminder runs";
const TIME: &str = "Reminder run duration (ms)";
const MAIL: &str = "Mail";
const REPUTATION: &str = "Bounces and complaints";
const DEAD: &str = "Dead letters";
const RELAY: &str = "Relay and sweep";
const REVIEWS: &str = "Reviews and rebuilds of figures that did not end well";
const IMPORTS: &str = "Imports that did not end well";
const DELAYS: &str = "Delays";
const ERRORS: &str = "Function errors";
const REVIEW: &[(&str, &str)] = &[("StateMachineArn", "${TrainingReview}")];
const REBUILD: &[(&str, &str)] = &[("StateMachineArn", "${TrainingRebuild}")];
const DIRECTORY_IMPORT: &[(&str, &str)] = &[("StateMachineArn", "${DirectoryImport}")];
const TRAINING_IMPORT: &[(&str, &str)] = &[("StateMachineArn", "${TrainingImport}")];

const fn gauge(metric: &'static str, stat: &'static str) -> Source {
    Source { namespace: super::NAMESPACE, metric, dimensions: &[("Stage", "${Stage}")], stat, period: DAY }
}

const fn counted(metric: &'static str, dimensions: &'static [(&'static str, &'static str)]) -> Source {
    Source { namespace: super::NAMESPACE, metric, dimensions, stat: "Sum", period: HOUR }
}

const fn mail(metric: &'static str) -> Source {
    counted(metric, &[("System", "mail")])
}

const fn relay(metric: &'static str) -> Source {
    counted(metric, &[("System", "relay")])
}

const fn runs(metric: &'static str, stat: &'static str) -> Source {
    executions(metric, &[("StateMachineArn", "${TrainingReminders}")], stat)
}

const fn executions(
    metric: &'static str,
    dimensions: &'static [(&'static str, &'static str)],
    stat: &'static str,
) -> Source {
    Source { namespace: "AWS/States", metric, dimensions, stat, period: HOUR }
}

/// Executions that should not be: each of them is one that someone is told of.
const fn spoilt(
    key: &'static str,
    title: &'static str,
    formula: &'static str,
    source: Source,
    chart: &'static str,
    alarm: &'static str,
) -> Kpi {
    Kpi {
        key,
        title,
        formula,
        unit: Unit::Count,
        owner: OPERATOR,
        target: "0",
        direction: Direction::Down,
        source,
        chart,
        alarm: over(alarm, 0.0),
    }
}

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

const fn waiting(dimensions: &'static [(&'static str, &'static str)]) -> Source {
    let metric = "ApproximateNumberOfMessagesVisible";
    Source { namespace: "AWS/SQS", metric, dimensions, stat: "Maximum", period: MINUTES }
}

const fn over(id: &'static str, threshold: f64) -> Option<Alarm> {
    let (comparison, topic) = ("GreaterThanThreshold", "OperationsAlerts");
    Some(Alarm { id, comparison, threshold: Threshold::Number(threshold), topic })
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

/// Every figure, in the order of the dashboard.
pub const KPIS: &[Kpi] = &[
    Kpi {
        key: "training_compliance",
        title: "Training compliance",
        formula: "people with nothing required overdue ÷ active, present people with requirements · 100",
        unit: Unit::Percent,
        owner: LEAD,
        target: "≥ 80 % (parameter ComplianceThreshold)",
        direction: Direction::Up,
        source: gauge("TrainingCompliance", "Minimum"),
        chart: TRAINING,
        alarm: Some(Alarm {
            id: "ComplianceAlarm",
            comparison: "LessThanThreshold",
            threshold: Threshold::Parameter("ComplianceThreshold"),
            topic: "TrainingAlerts",
        }),
    },
    Kpi {
        key: "training_completion",
        title: "Training completion",
        formula: "required courses validly completed ÷ required courses · 100",
        unit: Unit::Percent,
        owner: LEAD,
        target: "≥ 90 %",
        direction: Direction::Up,
        source: gauge("TrainingCompletion", "Minimum"),
        chart: TRAINING,
        alarm: None,
    },
    Kpi {
        key: "overdue_people",
        title: "People with something overdue",
        formula: "people who count − people with nothing required overdue",
        unit: Unit::Count,
        owner: LEAD,
        target: "falling",
        direction: Direction::Down,
        source: gauge("OverduePeople", "Maximum"),
        chart: OVERDUE,
        alarm: None,
    },
    Kpi {
        key: "reminder_runs",
        title: "Reminder runs that ended well",
        formula: "executions of training-reminders that succeeded",
        unit: Unit::Count,
        owner: OPERATOR,
        target: "24 a day",
        direction: Direction::Up,
        source: runs("ExecutionsSucceeded", "Sum"),
        chart: RUNS,
        alarm: None,
    },
    Kpi {
        key: "reminder_runs_failed",
        title: "Reminder runs that failed",
        formula: "executions of training-reminders that failed",
        unit: Unit::Count,
        owner: OPERATOR,
        target: "0",
        direction: Direction::Down,
        source: runs("ExecutionsFailed", "Sum"),
        chart: RUNS,
        alarm: over("ReminderFailedAlarm", 0.0),
    },
    spoilt(
        "reminder_runs_timed_out",
        "Reminder runs that took too long",
        "executions of training-reminders that timed out",
        runs("ExecutionsTimedOut", "Sum"),
        RUNS,
        "ReminderTimedOutAlarm",
    ),
    Kpi {
        key: "reminder_runs_started",
        title: "Reminder runs that began",
        formula: "executions of training-reminders that were started",
        unit: Unit::Count,
        owner: OPERATOR,
        target: "24 a day",
        direction: Direction::Up,
        source: runs("ExecutionsStarted", "Sum"),
        chart: RUNS,
        alarm: Some(Alarm {
            id: "ReminderMissingAlarm",
            comparison: "LessThanThreshold",
            threshold: Threshold::Number(1.0),
            topic: "OperationsAlerts",
        }),
    },
    Kpi {
        key: "reminder_duration",
        title: "Duration of a reminder run",
        formula: "time from start to end of an execution",
        unit: Unit::Milliseconds,
        owner: OPERATOR,
        target: "under 45 minutes",
        direction: Direction::Down,
        source: runs("ExecutionTime", "Maximum"),
        chart: TIME,
        alarm: None,
    },
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
    spoilt(
        "reviews_failed",
        "Reviews that failed",
        "executions of training-review that failed",
        executions("ExecutionsFailed", REVIEW, "Sum"),
        REVIEWS,
        "ReviewFailedAlarm",
    ),
    spoilt(
        "reviews_timed_out",
        "Reviews that took too long",
        "executions of training-review that timed out",
        executions("ExecutionsTimedOut", REVIEW, "Sum"),
        REVIEWS,
        "ReviewTimedOutAlarm",
    ),
    spoilt(
        "rebuilds_failed",
        "Rebuilds of figures that failed",
        "executions of training-rebuild that failed",
        executions("ExecutionsFailed", REBUILD, "Sum"),
        REVIEWS,
        "RebuildFailedAlarm",
    ),
    spoilt(
        "rebuilds_timed_out",
        "Rebuilds of figures that took too long",
        "executions of training-rebuild that timed out",
        executions("ExecutionsTimedOut", REBUILD, "Sum"),
        REVIEWS,
        "RebuildTimedOutAlarm",
    ),
    spoilt(
        "directory_imports_failed",
        "Imports of the directory that stopped",
        "executions of import-file for the directory that failed",
        executions("ExecutionsFailed", DIRECTORY_IMPORT, "Sum"),
        IMPORTS,
        "DirectoryImportFailedAlarm",
    ),
    spoilt(
        "directory_imports_timed_out",
        "Imports of the directory that took too long",
        "executions of import-file for the directory that timed out",
        executions("ExecutionsTimedOut", DIRECTORY_IMPORT, "Sum"),
        IMPORTS,
        "DirectoryImportTimedOutAlarm",
    ),
    spoilt(
        "training_imports_failed",
        "Imports of training that stopped",
        "executions of import-file for training that failed",
        executions("ExecutionsFailed", TRAINING_IMPORT, "Sum"),
        IMPORTS,
        "TrainingImportFailedAlarm",
    ),
    spoilt(
        "training_imports_timed_out",
        "Imports of training that took too long",
        "executions of import-file for training that timed out",
        executions("ExecutionsTimedOut", TRAINING_IMPORT, "Sum"),
        IMPORTS,
        "TrainingImportTimedOutAlarm",
    ),
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
