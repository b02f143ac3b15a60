use jiff::civil::date;
use kernel::{AssessmentId, AttemptId, CourseRequestId, MaterialId, QuestionId, SessionId};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn uuid(last: u8) -> Uuid {
    Uuid::from_bytes([1, 0x90, 0x0a, 0x5d, 0xac, 0x96, 0x77, 0x4b, 0xbc, 0xce, 0xb3, 2, 9, 0x9a, 0x80, last])
}

/// The spelling of every key, once and for all.
#[test]
fn keys_are_spelt_as_they_always_were() {
    let person_id = PersonId::from_uuid(uuid(1));
    let team_id = TeamId::from_uuid(uuid(2));
    let course_id = CourseId::from_uuid(uuid(3));
    let article_id = ArticleId::from_uuid(uuid(6));
    let at = Timestamp::from_second(1_782_000_000).unwrap();
    let p = "01900a5d-ac96-774b-bcce-b302099a8001";
    let t = "01900a5d-ac96-774b-bcce-b302099a8002";
    let c = "01900a5d-ac96-774b-bcce-b302099a8003";
    let a = "01900a5d-ac96-774b-bcce-b302099a8006";
    let session_id = SessionId::from_uuid(uuid(6));
    let z = "01900a5d-ac96-774b-bcce-b302099a8006";
    let (question_id, assessment_id) = (QuestionId::from_uuid(uuid(7)), AssessmentId::from_uuid(uuid(7)));
    let q = "01900a5d-ac96-774b-bcce-b302099a8007";
    let table: Vec<(Key, String)> = vec![
        (person(person_id), format!("DIR#PERSON#{p} / PROFILE")),
        (access(person_id), format!("DIR#ACCESS#{p} / ACCESS")),
        (email("Ada@Example.com"), "DIR#EMAIL#ada@example.com / EMAIL".into()),
        (find_person("Ádám", person_id).unwrap(), format!("DIR#FIND#PERSON#ad / adam#{p}")),
        (team(team_id), format!("DIR#TEAM#{t} / TEAM")),
        (member(team_id, person_id), format!("DIR#TEAM#{t} / MEMBER#{p}")),
        (team_code("PAY"), "DIR#TEAMCODE#pay / CODE".into()),
        (learner(person_id), format!("TRAIN#PERSON#{p} / LEARNER")),
        (assignment(person_id, course_id, AssignmentRound::FIRST), format!("TRAIN#PERSON#{p} / ASSIGNMENT#{c}#001")),
        (certificate(person_id, CertificateId::from_uuid(uuid(4))), {
            format!("TRAIN#PERSON#{p} / CERTIFICATE#01900a5d-ac96-774b-bcce-b302099a8004")
        }),
        (effect(course_id), format!("TRAIN#EFFECT / COURSE#{c}")),
        (effect_notes(course_id), format!("TRAIN#EFFECT#{c} / NOTES")),
        (pulse(person_id, course_id, CompletionId::from_uuid(uuid(4))), {
            format!("TRAIN#PULSE#{p} / {c}#01900a5d-ac96-774b-bcce-b302099a8004")
        }),
        (competency(person_id), format!("TRAIN#COMPETENCY#{p} / PROFILE")),
        (catalogue(), "TRAIN#CATALOGUE / VERSION".into()),
        (course(course_id), format!("TRAIN#CATALOGUE / COURSE#{c}")),
        (article_entry("IAM-Roles"), "TRAIN#GUIDANCE / iam-roles".into()),
        (article(article_id), format!("TRAIN#GUIDANCE#{a} / NOW")),
        (article_version(article_id, 7), format!("TRAIN#GUIDANCE#{a} / V#00000007")),
        (article_counts(article_id), format!("TRAIN#GUIDANCE#{a} / COUNTS")),
        (feedback(person_id, article_id, 7), format!("TRAIN#FEEDBACK#{p} / {a}#00000007")),
        (session(session_id), format!("TRAIN#SESSION#{z} / SESSION")),
        (booking(session_id, person_id), format!("TRAIN#SESSION#{z} / BOOKING#{p}")),
        (material(course_id, MaterialId::from_uuid(uuid(7))), format!("TRAIN#MATERIALS#{c} / {q}")),
        (request(person_id, CourseRequestId::from_uuid(uuid(7))), format!("TRAIN#REQUESTS#{p} / REQUEST#{q}")),
        (open_requests_of(person_id), format!("TRAIN#REQUESTS#{p} / OPEN")),
        (question(question_id), format!("TRAIN#QUESTION#{q} / NOW")),
        (question_version(question_id, 7), format!("TRAIN#QUESTION#{q} / V#00000007")),
        (drawable("risk", question_id), format!("TRAIN#BANK#risk / {q}")),
        (assessment(assessment_id), format!("TRAIN#ASSESSMENT#{q} / NOW")),
        (asked_assessment(assessment_id), format!("TRAIN#CATALOGUE / TEST#{q}")),
        (assessment_code("Threats-Post"), "TRAIN#ASSESSMENTCODE#threats-post / CODE".into()),
        (attempt(person_id, AttemptId::from_uuid(uuid(7))), format!("TRAIN#ATTEMPTS#{p} / ATTEMPT#{q}")),
        (tries(person_id, assessment_id), format!("TRAIN#ATTEMPTS#{p} / ROUND#{q}")),
        (path("developer"), "TRAIN#CATALOGUE / PATH#developer".into()),
        (box_line(person_id, "MANAGER", person_id, course_id), format!("TRAIN#BOX#{p}#MANAGER / LINE#{p}#{c}")),
        (rollup_day("COMPANY", date(2026, 2, 9)), "TRAIN#ROLLUP#COMPANY / DAY#2026-02-09".into()),
        (
            mail(person_id, MailId::from_uuid(uuid(4))),
            format!("MAIL#PERSON#{p} / 01900a5d-ac96-774b-bcce-b302099a8004"),
        ),
        (settings(System::Training, "training", 7), "TRAIN#SETTINGS#training / V#00000007".into()),
        (
            event(System::Directory, p, EventId::from_uuid(uuid(5))),
            format!("DIR#HISTORY#{p} / EVENT#01900a5d-ac96-774b-bcce-b302099a8005"),
        ),
    ];
    for (key, spelling) in table {
        assert_eq!(key.to_string(), spelling);
    }
    assert_eq!(session_position(at, session_id), format!("2026-06-21T00:00:00.000000Z#{z}"));
    assert_eq!(bookings_of(person_id), format!("TRAIN#BOOKINGS#{p}"));
    assert_eq!(request_position(at, CourseRequestId::from_uuid(uuid(7))), format!("{}#{q}", instant(at)));
    assert_eq!(question_position("risk", question_id), format!("risk#{q}"));
    assert_eq!(next_position(at, person_id), format!("2026-06-21T00:00:00.000000Z#{p}"));
    assert_eq!(comments(article_id), format!("TRAIN#COMMENTS#{a}"));
    let feedback_id = FeedbackId::from_uuid(uuid(6));
    assert_eq!(comment_position(at, feedback_id), format!("2026-06-21T00:00:00.000000Z#{a}"));
}

#[test]
fn every_partition_begins_with_its_systems_prefix() {
    for system in System::ALL {
        let prefix = format!("{}#", system.prefix());
        assert!(history(*system, "x").starts_with(&prefix));
        assert!(outbox(*system, 3).starts_with(&prefix));
        assert!(idempotency(*system, &Principal::Program, "k").pk.starts_with(&prefix));
        assert!(settings_history(*system, "d").starts_with(&prefix));
    }
}

#[test]
fn issuer_and_subject_cannot_be_shifted_into_each_other() {
    assert_ne!(subject("ab", "c"), subject("a", "bc"));
}

#[test]
fn a_search_needs_two_characters() {
    assert_eq!(find_partition("a"), None);
    assert_eq!(find_partition(" a "), None);
    assert_eq!(find_partition("Äd"), Some(("DIR#FIND#PERSON#ad".to_owned(), "ad".to_owned())));
}

proptest! {
    #[test]
    fn positions_in_text_order_are_in_time_order(a in 0_i64..4_000_000_000_000_000, b in 0_i64..4_000_000_000_000_000) {
        let (a, b) = (Timestamp::from_microsecond(a).unwrap(), Timestamp::from_microsecond(b).unwrap());
        prop_assert_eq!(a.cmp(&b), instant(a).cmp(&instant(b)));
    }
}

#[test]
fn a_key_in_a_log_shows_no_name_or_address() {
    let person_id = PersonId::from_uuid(uuid(1));
    assert_eq!(loggable(&email("ada@example.com")), "DIR#EMAIL#…");
    assert_eq!(find_person("Ada", person_id).map(|key| loggable(&key)).as_deref(), Some("DIR#FIND#PERSON#…"));
    assert_eq!(loggable(&person(person_id)), person(person_id).to_string());
}
