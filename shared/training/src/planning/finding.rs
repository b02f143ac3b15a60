//! What training hears of findings: `delivery.finding_recurred`, about a workload, says that a kind of finding came back
//! in it and who works on it. Its data hold ids and codes only:
//!
//! ```json
//! {"people": ["01890a5d-ac96-774b-bcce-b302099a8057"], "cwe": 79}
//! ```
//!
//! `people` names 1 to 200 people: those of the workload's team, or one. Either `cwe` gives the number of the weakness,
//! which courses train that name `CWE-<number>` among their competencies, or `area` gives a competency area. Whoever sends
//! it says it once for a team and kind in twelve months; hearing it again changes nothing while the course is open.

use std::collections::BTreeSet;

use kernel::PersonId;
use serde::Deserialize;
use serde_json::Value;

use crate::competency::Area;

/// A kind of finding that came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Who is offered a course.
    pub people: BTreeSet<PersonId>,
    /// What it is to teach.
    pub area: Area,
}

/// The data as they travel; what later versions add is not read.
#[derive(Deserialize)]
struct Data {
    people: BTreeSet<PersonId>,
    #[serde(default)]
    cwe: Option<u32>,
    #[serde(default)]
    area: Option<Area>,
}

impl Finding {
    /// The most people that one event names.
    pub const MOST_PEOPLE: usize = 200;

    /// Reads an event's data; nothing where they are not what the module describes.
    pub fn parse(data: &Value) -> Option<Self> {
        let Data { people, cwe, area } = Data::deserialize(data).ok()?;
        let area = match (cwe, area) {
            (Some(cwe), None) => Area::parse(&format!("cwe-{cwe}")).ok()?,
            (None, Some(area)) => area,
            (Some(_), Some(_)) | (None, None) => return None,
        };
        (1..=Self::MOST_PEOPLE).contains(&people.len()).then_some(Self { people, area })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::samples::person;

    #[test]
    fn a_finding_names_people_and_one_thing_to_learn() {
        let ada = person();
        let read = |data: Value| Finding::parse(&data).map(|it| (it.people.len(), String::from(it.area)));
        assert_eq!(read(json!({"people": [ada, ada], "cwe": 79})), Some((1, "cwe-79".to_owned())));
        assert_eq!(read(json!({"people": [ada], "area": "Secrets", "new": 1})), Some((1, "secrets".to_owned())));
        let many: Vec<PersonId> = (0..=Finding::MOST_PEOPLE).map(|_| person()).collect();
        for bad in [
            json!({"people": [ada]}),
            json!({"people": [ada], "cwe": 79, "area": "secrets"}),
            json!({"people": [], "cwe": 79}),
            json!({"people": many, "cwe": 79}),
            json!({"people": ["ada"], "cwe": 79}),
            json!({"people": [ada], "area": "a b"}),
            json!([]),
        ] {
            assert_eq!(Finding::parse(&bad), None, "{bad}");
        }
    }
}
