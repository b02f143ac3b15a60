//! Uploads: a file goes past the API into the bucket, exactly as it was declared, and is read from there however large it
//! is.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    harness::{Answer, Call, Town},
    imports::{finish, team_exists},
};

const SYSTEMS: [(&str, &str); 2] = [("directory", "teams"), ("training", "courses")];

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Declares one file and sends another; returns what names it and how the bucket answered.
fn sent(system: &str, declared: &[u8], bytes: &[u8]) -> (String, Answer) {
    let body = json!({"length": declared.len(), "sha256": digest(declared)});
    let ticket = Call::post(&format!("/{system}/uploads"), &body).by_admin().send().is(201);
    let mut put = Call::new("PUT", &ticket.text_at("url"));
    for (name, value) in ticket.json()["headers"].as_object().unwrap() {
        if !["host", "content-length"].contains(&name.as_str()) {
            put = put.header(name, value.as_str().unwrap());
        }
    }
    (ticket.text_at("upload_id"), put.bytes(bytes).send())
}

/// Uploads a file; returns what names it.
pub(super) fn uploaded(system: &str, bytes: &[u8]) -> String {
    let (upload, answer) = sent(system, bytes, bytes);
    answer.is(200);
    upload
}

fn import(system: &str, kind: &str, upload: &str, dry_run: bool) -> Answer {
    let body = json!({"kind": kind, "dry_run": dry_run, "upload_id": upload});
    Call::post(&format!("/{system}/imports"), &body).by_admin().send()
}

fn teams(town: &Town, rows: usize, name: &str) -> Vec<u8> {
    let rows: String = (0..rows).map(|number| format!("{}-{number},{name} {number},d\n", town.tag)).collect();
    format!("code,name,department\n{rows}").into_bytes()
}

#[test]
fn an_upload_says_what_will_come() {
    for (system, _) in SYSTEMS {
        let digest = "0f".repeat(32);
        for (length, digest) in [(0, digest.as_str()), (33_554_433, &digest), (1, "0f"), (1, &"zz".repeat(32))] {
            let body = json!({"length": length, "sha256": digest});
            Call::post(&format!("/{system}/uploads"), &body).by_admin().send().problem(400, "invalid_body");
        }
    }
}

#[test]
fn what_is_sent_is_what_was_declared() {
    let town = Town::new();
    let declared = teams(&town, 3, "Team");
    let mut other = declared.clone();
    other[30] ^= 1;
    let longer = [&declared[..], b"more,More,d\n"].concat();
    for (system, kind) in SYSTEMS {
        for bytes in [&other[..], &longer, &declared[..declared.len() - 1]] {
            let (upload, refused) = sent(system, &declared, bytes);
            assert!([400, 403].contains(&refused.status), "{} bytes: {}", bytes.len(), refused.text);
            import(system, kind, &upload, true).problem(422, "upload_missing");
            import(system, kind, &upload, false).problem(422, "upload_missing");
        }
    }
}

#[test]
fn a_file_is_uploaded_and_imported() {
    let town = Town::new();
    let upload = uploaded("directory", format!("code,name,department\nup-{},Uploaded,d\n", town.tag).as_bytes());
    let job = finish(&import("directory", "teams", &upload, false).is(202));
    assert_eq!((&job["state"], &job["counts"]["created"]), (&json!("finished"), &json!(1)), "{job}");
    assert!(team_exists(&format!("up-{}", town.tag)));
    let missing = "01890a5d-ac96-774b-bcce-b302099a8057";
    import("directory", "teams", missing, false).problem(422, "upload_missing");
    // What was uploaded for one system is not there for the other.
    import("training", "courses", &upload, false).problem(422, "upload_missing");
}

#[test]
fn a_hundred_thousand_rows_are_checked_in_one_request() {
    let town = Town::new();
    let upload = uploaded("directory", &teams(&town, 100_000, "Team"));
    let report = import("directory", "teams", &upload, true).is(200).json();
    assert_eq!((&report["rows"], &report["problem_count"]), (&json!(100_000), &json!(0)), "{report}");
}

#[test]
fn a_hundred_thousand_bad_rows_are_counted_and_not_all_told() {
    let town = Town::new();
    let upload = uploaded("directory", &teams(&town, 100_000, "=Team"));
    let answer = import("directory", "teams", &upload, true).is(200);
    let report = answer.json();
    assert_eq!(report["problem_count"], 100_000);
    let told = report["problems"].as_array().unwrap();
    // Enough to mend by, in an answer that fits what the platform carries.
    assert!(told.len() <= 10_000 && answer.text.len() < 2 * 1024 * 1024, "{} are told", told.len());
    assert!(told.iter().all(|problem| problem["column"] == "name"), "{report}");
    // Applied all the same, nothing of it is.
    let job = finish(&import("directory", "teams", &upload, false).is(202));
    assert_eq!((&job["state"], &job["counts"]["created"]), (&json!("rejected"), &json!(0)), "{job}");
    assert!(!team_exists(&format!("{}-0", town.tag)));
}

#[test]
fn one_row_too_many_is_told() {
    let town = Town::new();
    let upload = uploaded("directory", &teams(&town, 100_001, "T"));
    let report = import("directory", "teams", &upload, true).is(200).json();
    assert_eq!((&report["problem_count"], &report["problems"][0]["line"]), (&json!(1), &json!(100_002)), "{report}");
}

#[test]
fn a_file_of_many_chunks_is_applied_whole() {
    let town = Town::new();
    let upload = uploaded("directory", &teams(&town, 450, "Team"));
    let job = finish(&import("directory", "teams", &upload, false).is(202));
    let expected = json!({"created": 450, "changed": 0, "unchanged": 0, "refused": 0});
    assert_eq!((&job["state"], &job["counts"]), (&json!("finished"), &expected), "{job}");
    let first = (0, "first of the first chunk");
    for (number, what) in [first, (99, "last of it"), (100, "first of the next"), (449, "last of all")] {
        assert!(team_exists(&format!("{}-{number}", town.tag)), "{what}");
    }
}

#[test]
fn rows_keep_their_lines_through_quotes_and_empty_lines() {
    let town = Town::new();
    // A quoted cell over two lines, an empty line, and Windows' ends of lines: what is told names lines of the file.
    let csv = format!("code,name,department\r\na-{0},\"Two\nlines\",d\r\n\r\nb-{0},=1,d\r\n", town.tag);
    let upload = uploaded("directory", csv.as_bytes());
    let report = import("directory", "teams", &upload, true).is(200).json();
    let lines: Vec<&Value> = report["problems"].as_array().unwrap().iter().map(|problem| &problem["line"]).collect();
    assert!(lines.contains(&&json!(5)), "{report}");
}

#[test]
fn a_file_that_is_no_text_is_told() {
    let town = Town::new();
    let latin = [format!("code,name,department\nt-{},M", town.tag).as_bytes(), b"\xfcller,d\n"].concat();
    let wide: Vec<u8> = "code,name,department\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let image = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    let zeros = vec![0; 4096];
    for (system, kind) in SYSTEMS {
        for bytes in [&latin, &wide, &image, &zeros] {
            let upload = uploaded(system, bytes);
            let report = import(system, kind, &upload, true).is(200).json();
            assert!(report["problem_count"].as_u64().unwrap() > 0, "{report}");
            let started = import(system, kind, &upload, false);
            assert!([202, 422].contains(&started.status), "{}", started.text);
            if started.status == 202 {
                assert_eq!(finish(&started)["state"], "rejected");
            }
        }
    }
}
