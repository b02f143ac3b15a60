//! Training's part of the program configuration: one small JSON document, versioned, changed without a deployment. And
//! [`MailSwitch`], what training needs to know of the program's mail mode.

use std::collections::BTreeSet;

use jiff::civil::Date;
use kernel::{MailMode, Mend, PersonId, TeamId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    TrainingError,
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
        }
    }
}

impl Settings {
    /// The largest document, so that it fits a standard parameter.
    pub const MAX_BYTES: usize = 4096;

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
        let rules: [(bool, &str); 10] = [
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
                "recertification_lead_days": whole(1, 365)
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
    fn what_was_typed_by_hand_is_brought_into_its_bounds() {
        let raw = r#"{"send_hour":99,"weekly_hours":0,"min_team":1,"run_budget":0,"first_due_day":0,
            "escalation_countries":["de","FR"],"recertification_lead_days":0,"grace_days":999}"#;
        let mut settings: Settings = serde_json::from_str(raw).unwrap();
        assert_eq!(settings.mend().len(), 8);
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
