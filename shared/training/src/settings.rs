//! Training's part of the program configuration: one small JSON document, versioned, changed without a deployment. And
//! [`MailSwitch`], what training needs to know of the program's mail mode.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use kernel::{JobRole, MailMode, Mend, PersonId, TeamId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    TrainingError,
    competency::{Area, Targets},
    model::{CourseCode, Percent},
};

/// Training's settings. A document may leave out what it does not change; a name it does not know is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The local hour, 0 to 23, from which mail is written and the day's facts are noticed.
    pub send_hour: u8,
    /// The first day of the program; what was imported and fell due before it falls due `grace_days` after it.
    #[serde(deserialize_with = "kernel::day::optional")]
    pub go_live: Option<Date>,
    /// Days that something imported overdue gets.
    pub grace_days: u16,
    /// Countries (ISO 3166) where purpose and agreement for escalation are recorded; empty: nowhere.
    pub escalation_countries: BTreeSet<String>,
    /// Who of security reads escalations; each is a box that every escalated line is put into.
    pub security_contacts: Vec<PersonId>,
    /// Who is told when no manager can be reached.
    pub program_admins: Vec<PersonId>,
    /// Hours a week that a full-time plan takes at most.
    pub weekly_hours: u8,
    /// No planned course falls due before this day.
    pub first_due_day: u16,
    /// The share of self-reports that somebody else looks at.
    pub sample_percent: Percent,
    /// The compliance that is asked for.
    pub threshold: Percent,
    /// A team with fewer people is judged by its department.
    pub min_team: u16,
    /// Mails that one run writes at most.
    pub run_budget: u32,
    /// The code of the course every path starts with.
    pub threat_modelling_course: Option<CourseCode>,
    /// How many days before a completion lapses the next round opens.
    pub recertification_lead_days: u16,
    /// The scores, 1 to 100, that a job role is asked for, by competency area; at most [`Self::MOST_TARGETS`] for each.
    pub competency_targets: BTreeMap<JobRole, Targets>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            send_hour: 8,
            go_live: None,
            grace_days: 30,
            escalation_countries: BTreeSet::new(),
            security_contacts: Vec::new(),
            program_admins: Vec::new(),
            weekly_hours: 2,
            first_due_day: 14,
            sample_percent: Percent::new(10).unwrap_or(Percent::FULL),
            threshold: Percent::new(80).unwrap_or(Percent::FULL),
            min_team: 5,
            run_budget: 20_000,
            threat_modelling_course: CourseCode::parse("threat-modelling").ok(),
            recertification_lead_days: 30,
            competency_targets: default_targets(),
        }
    }
}

/// Everybody knows what can go wrong; beyond it each role is proficient in what it is there for.
fn default_targets() -> BTreeMap<JobRole, Targets> {
    let target = |(area, score): &(&str, u8)| Some((Area::parse(area).ok()?, Percent::new(*score)?));
    JobRole::ALL.into_iter().map(|role| (role, asked(role).iter().filter_map(target).collect())).collect()
}

const fn asked(role: JobRole) -> &'static [(&'static str, u8)] {
    const COMPETENT: u8 = 41;
    const PROFICIENT: u8 = 71;
    const THREATS: &str = "threat-modelling";
    match role {
        JobRole::Developer => &[(THREATS, COMPETENT), ("secure-coding", PROFICIENT)],
        JobRole::Devops => &[(THREATS, COMPETENT), ("cloud-security", PROFICIENT), ("supply-chain", PROFICIENT)],
        JobRole::Architect => &[(THREATS, PROFICIENT), ("architecture", PROFICIENT)],
        JobRole::Manager => &[(THREATS, COMPETENT), ("leadership", COMPETENT)],
        JobRole::Tester => &[(THREATS, COMPETENT), ("security-testing", PROFICIENT)],
        JobRole::Product => &[(THREATS, COMPETENT), ("risk", PROFICIENT)],
    }
}

impl Settings {
    /// The largest document, so that it fits a standard parameter.
    pub const MAX_BYTES: usize = 4096;
    /// The most areas that a job role has targets in, so that the document stays that small.
    pub const MOST_TARGETS: usize = 6;

    /// Reads and checks a document.
    ///
    /// # Errors
    /// [`TrainingError::Settings`] says what is wrong.
    pub fn parse(raw: &str) -> Result<Self, TrainingError> {
        if raw.len() > Self::MAX_BYTES {
            return Err(TrainingError::Settings("a settings document has at most 4096 bytes".to_owned()));
        }
        let settings: Self = serde_json::from_str(raw).map_err(|error| TrainingError::Settings(error.to_string()))?;
        settings.validate()?;
        Ok(settings)
    }

    /// Checks what types cannot.
    ///
    /// # Errors
    /// [`TrainingError::Settings`] names the field and what is expected.
    pub fn validate(&self) -> Result<(), TrainingError> {
        let targets =
            |targets: &Targets| targets.len() <= Self::MOST_TARGETS && targets.values().all(|target| target.get() > 0);
        let rules: [(bool, &str); 11] = [
            (self.send_hour <= 23, "send_hour: 0 to 23"),
            (self.grace_days <= 365, "grace_days: 0 to 365"),
            ((1..=40).contains(&self.weekly_hours), "weekly_hours: 1 to 40"),
            ((1..=90).contains(&self.first_due_day), "first_due_day: 1 to 90"),
            ((5..=1000).contains(&self.min_team), "min_team: 5 to 1000"),
            (self.run_budget >= 1, "run_budget: at least 1"),
            ((1..=365).contains(&self.recertification_lead_days), "recertification_lead_days: 1 to 365"),
            (
                self.escalation_countries.iter().all(|country| is_country(country)),
                "escalation_countries: two capital letters each, such as DE",
            ),
            (self.security_contacts.len() <= 5, "security_contacts: at most 5 people"),
            (self.program_admins.len() <= 20, "program_admins: at most 20 people"),
            (
                self.competency_targets.values().all(targets),
                "competency_targets: at most 6 areas for each job role, with scores of 1 to 100",
            ),
        ];
        rules
            .iter()
            .find(|(holds, _)| !holds)
            .map_or(Ok(()), |(_, expected)| Err(TrainingError::Settings((*expected).to_owned())))
    }

    /// Whether others than the manager hear of what is overdue in a country.
    pub fn escalates(&self, country: &str) -> bool {
        self.escalation_countries.contains(country)
    }

    /// What a job role is asked for.
    pub fn targets(&self, role: JobRole) -> Option<&Targets> {
        self.competency_targets.get(&role)
    }

    /// The JSON Schema (2020-12) of the document.
    pub fn schema() -> Value {
        let people =
            |most: u32| json!({"type": "array", "maxItems": most, "items": {"type": "string", "format": "uuid"}});
        let whole = |least: u32, most: u32| json!({"type": "integer", "minimum": least, "maximum": most});
        json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "Guildhall training settings",
            "type": "object",
            "additionalProperties": false,
            "properties": {
                "send_hour": whole(0, 23),
                "go_live": {"type": ["string", "null"], "format": "date"},
                "grace_days": whole(0, 365),
                "escalation_countries": {
                    "type": "array", "uniqueItems": true, "items": {"type": "string", "pattern": "^[A-Z]{2}$"}
                },
                "security_contacts": people(5),
                "program_admins": people(20),
                "weekly_hours": whole(1, 40),
                "first_due_day": whole(1, 90),
                "sample_percent": whole(0, 100),
                "threshold": whole(0, 100),
                "min_team": whole(5, 1000),
                "run_budget": whole(1, u32::MAX),
                "threat_modelling_course": {"type": ["string", "null"], "minLength": 2, "maxLength": 40},
                "recertification_lead_days": whole(1, 365),
                "competency_targets": {
                    "type": "object",
                    "propertyNames": {"type": "string", "enum": JobRole::ALL.map(JobRole::as_str)},
                    "additionalProperties": {
                        "type": "object",
                        "maxProperties": Self::MOST_TARGETS,
                        "propertyNames": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,40}$"},
                        "additionalProperties": whole(1, 100)
                    }
                }
            }
        })
    }
}

impl Mend for Settings {
    fn mend(&mut self) -> Vec<&'static str> {
        let given = self.clone();
        self.send_hour = self.send_hour.min(23);
        self.grace_days = self.grace_days.min(365);
        self.weekly_hours = self.weekly_hours.clamp(1, 40);
        self.first_due_day = self.first_due_day.clamp(1, 90);
        self.min_team = self.min_team.clamp(5, 1000);
        self.run_budget = self.run_budget.max(1);
        self.recertification_lead_days = self.recertification_lead_days.clamp(1, 365);
        self.escalation_countries.retain(|country| is_country(country));
        self.security_contacts.truncate(5);
        self.program_admins.truncate(20);
        for targets in self.competency_targets.values_mut() {
            targets.retain(|_, target| target.get() > 0);
            while targets.len() > Self::MOST_TARGETS {
                targets.pop_last();
            }
        }
        let changed = [
            ("send_hour", given.send_hour != self.send_hour),
            ("grace_days", given.grace_days != self.grace_days),
            ("weekly_hours", given.weekly_hours != self.weekly_hours),
            ("first_due_day", given.first_due_day != self.first_due_day),
            ("min_team", given.min_team != self.min_team),
            ("run_budget", given.run_budget != self.run_budget),
            ("recertification_lead_days", given.recertification_lead_days != self.recertification_lead_days),
            ("escalation_countries", given.escalation_countries != self.escalation_countries),
            ("security_contacts", given.security_contacts != self.security_contacts),
            ("program_admins", given.program_admins != self.program_admins),
            ("competency_targets", given.competency_targets != self.competency_targets),
        ];
        changed.into_iter().filter_map(|(name, changed)| changed.then_some(name)).collect()
    }
}

fn is_country(code: &str) -> bool {
    code.len() == 2 && code.chars().all(|c| c.is_ascii_uppercase())
}

/// Whether mail leaves the house, and for whom.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MailSwitch {
    /// The program's mail mode.
    pub mode: MailMode,
    /// The teams that really get mail in [`MailMode::Pilot`].
    pub pilot_teams: Vec<TeamId>,
}

/// How one mail is treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// Not written.
    None,
    /// Written and listed, never sent.
    Preview,
    /// Sent.
    Real,
}

impl MailSwitch {
    /// Mail is sent.
    pub const fn on() -> Self {
        Self { mode: MailMode::On, pilot_teams: Vec::new() }
    }

    /// How mail to a member of these teams is treated.
    pub fn delivery(&self, teams: &[TeamId]) -> Delivery {
        match self.mode {
            MailMode::Off => Delivery::None,
            MailMode::Preview => Delivery::Preview,
            MailMode::Pilot if teams.iter().any(|team| self.pilot_teams.contains(team)) => Delivery::Real,
            MailMode::Pilot => Delivery::Preview,
            MailMode::On => Delivery::Real,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_document_means_the_defaults() {
        assert_eq!(Settings::parse("{}").ok(), Some(Settings::default()));
    }

    #[test]
    fn unknown_names_and_wrong_values_are_refused() {
        for bad in
            [r#"{"send_our":8}"#, r#"{"send_hour":24}"#, r#"{"escalation_countries":["de"]}"#, r#"{"min_team":2}"#]
        {
            assert!(Settings::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn targets_are_of_known_roles_few_and_on_the_scale() {
        let read = |targets: &str| Settings::parse(&format!(r#"{{"competency_targets":{targets}}}"#));
        let few = read(r#"{"tester":{"Risk":1,"b":100}}"#).unwrap();
        let areas: Vec<&str> = few.targets(JobRole::Tester).unwrap().keys().map(Area::as_str).collect();
        assert_eq!((areas, few.targets(JobRole::Developer)), (vec!["b", "risk"], None));
        for bad in [
            r#"{"chef":{"a":50}}"#,
            r#"{"tester":{"a b":50}}"#,
            r#"{"tester":{"":50}}"#,
            r#"{"tester":{"a":0}}"#,
            r#"{"tester":{"a":101}}"#,
            r#"{"tester":{"a":50.5}}"#,
            r#"{"tester":{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1}}"#,
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn every_role_has_targets_and_the_largest_document_fits_a_parameter() {
        let defaults = Settings::default();
        assert!(JobRole::ALL.into_iter().all(|role| defaults.targets(role).is_some_and(|targets| targets.len() >= 2)));
        let area = |number: usize| Area::parse(&format!("{number:0>40}")).unwrap();
        let many: Targets = (0..Settings::MOST_TARGETS).map(|number| (area(number), Percent::FULL)).collect();
        let people = |count: usize| vec![PersonId::new(jiff::Timestamp::UNIX_EPOCH); count];
        let full = Settings {
            competency_targets: JobRole::ALL.map(|role| (role, many.clone())).into(),
            security_contacts: people(5),
            program_admins: people(20),
            ..defaults
        };
        full.validate().unwrap();
        assert!(serde_json::to_string(&full).unwrap().len() + 200 < Settings::MAX_BYTES);
    }

    #[test]
    fn what_was_typed_by_hand_is_brought_into_its_bounds() {
        let raw = r#"{"send_hour":99,"weekly_hours":0,"min_team":1,"run_budget":0,"first_due_day":0,
            "escalation_countries":["de","FR"],"recertification_lead_days":0,"grace_days":999,
            "competency_targets":{"tester":{"a":0,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1}}}"#;
        let mut settings: Settings = serde_json::from_str(raw).unwrap();
        assert_eq!(settings.mend().len(), 9);
        assert!(settings.validate().is_ok());
        assert_eq!((settings.weekly_hours, settings.min_team, settings.escalation_countries.len()), (1, 5, 1));
        assert!(settings.mend().is_empty() && Settings::default().mend().is_empty());
    }

    #[test]
    fn the_schema_names_every_field() {
        let fields = serde_json::to_value(Settings::default()).unwrap();
        let schema = Settings::schema();
        let named: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
        assert_eq!(named, fields.as_object().unwrap().keys().collect::<Vec<_>>());
    }
}
