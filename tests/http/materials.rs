//! Materials of courses: a file goes past the API into the bucket, is looked at there, and comes back by a link.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::harness::{Answer, Call, Town};

const PDF: &[u8] = b"%PDF-1.7\n% slides of a course\n%%EOF\n";

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn file(name: &str, kind: &str, bytes: &[u8]) -> Value {
    json!({"file_name": name, "type": kind, "length": bytes.len(), "sha256": digest(bytes)})
}

pub(super) fn material(bytes: &[u8]) -> Value {
    let mut body = file("slides.pdf", "pdf", bytes);
    body["title"] = json!("Slides");
    body
}

/// Sends bytes to where a ticket says.
pub(super) fn put(ticket: &Answer, bytes: &[u8]) -> Answer {
    let mut put = Call::new("PUT", &ticket.text_at("url"));
    for (name, value) in ticket.json()["headers"].as_object().unwrap() {
        if !["host", "content-length"].contains(&name.as_str()) {
            put = put.header(name, value.as_str().unwrap());
        }
    }
    put.bytes(bytes).send()
}

/// Where a material of a course is, and the upload that is announced for it and there.
pub(super) fn uploaded(course: &str, bytes: &[u8]) -> (String, String) {
    let ticket =
        Call::post(&format!("/training/courses/{course}/materials"), &material(bytes)).by_admin().send().is(201);
    put(&ticket, bytes).is(200);
    (format!("/training/courses/{course}/materials/{}", ticket.text_at("material_id")), ticket.text_at("upload_id"))
}

fn confirm(place: &str, upload: &str) -> Answer {
    Call::post(&format!("{place}/confirmation"), &json!({"upload_id": upload})).by_admin().send()
}

/// A material with a current version.
pub(super) fn published(course: &str) -> String {
    let (place, upload) = uploaded(course, PDF);
    confirm(&place, &upload).is(200);
    place
}

#[test]
fn a_file_comes_back_as_it_went_under_its_name_and_type() {
    let town = Town::new();
    let place = published(&town.course("c").id);
    let link = Call::get(&format!("{place}/content")).by_admin().send().is(303);
    let there = link.header("location").to_owned();
    assert!(there.contains("X-Amz-Expires=300"), "{there}");
    let got = Call::get(&there).send().is(200);
    assert_eq!(got.text.as_bytes(), PDF);
    assert_eq!(got.header("content-type"), "application/pdf");
    assert_eq!(got.header("content-disposition"), "attachment; filename*=UTF-8''slides.pdf");
}

#[test]
fn what_is_sent_is_what_was_announced() {
    let town = Town::new();
    let course = town.course("c").id;
    let path = format!("/training/courses/{course}/materials");
    let longer = [PDF, b"more"].concat();
    let mut other = PDF.to_vec();
    other[20] ^= 1;
    for bytes in [&longer[..], &PDF[1..], &other] {
        let ticket = Call::post(&path, &material(PDF)).by_admin().send().is(201);
        let refused = put(&ticket, bytes);
        assert!([400, 403].contains(&refused.status), "{}", refused.text);
        let place = format!("{path}/{}", ticket.text_at("material_id"));
        confirm(&place, &ticket.text_at("upload_id")).problem(422, "upload_missing");
        Call::get(&format!("{place}/content")).by_admin().send().problem(404, "not_found");
    }
}

#[test]
fn a_page_that_calls_itself_slides_is_refused_and_never_served() {
    let town = Town::new();
    let page = b"<html><script>alert(1)</script></html>";
    let (place, upload) = uploaded(&town.course("c").id, page);
    confirm(&place, &upload).problem(422, "file_refused");
    // It is removed at once.
    confirm(&place, &upload).problem(422, "upload_missing");
    let person = town.person("ada");
    let who = town.sign_in(&person, &[]);
    for token in [who.token.as_str(), town_admin()] {
        Call::get(&format!("{place}/content")).by(token).send().problem(404, "not_found");
    }
}

fn town_admin() -> &'static str {
    super::harness::Stack::get().admin()
}

/// An archive with one file of a length, stored as it is.
fn archive(length: u32) -> Vec<u8> {
    let (name, content) = (b"lab.bin", length.to_le_bytes());
    let mut bytes = b"PK\x03\x04".to_vec();
    for part in [&[0; 14][..], &content, &content, &[7, 0, 0, 0], name] {
        bytes.extend(part);
    }
    bytes.resize(bytes.len() + usize::try_from(length).unwrap(), 7);
    let at = u32::try_from(bytes.len()).unwrap().to_le_bytes();
    for part in [b"PK\x01\x02".as_slice(), &[0; 16], &content, &content, &[7, 0], &[0; 16], name] {
        bytes.extend(part);
    }
    for part in [b"PK\x05\x06".as_slice(), &[0; 4], &[1, 0, 1, 0], &[53, 0, 0, 0], &at, &[0; 2]] {
        bytes.extend(part);
    }
    bytes
}

#[test]
fn a_large_archive_is_looked_at_by_its_ends() {
    let town = Town::new();
    // An archive of 8 MiB, of which one and a few bytes are read.
    let lab = archive(8 * 1024 * 1024);
    let course = town.course("c").id;
    let path = format!("/training/courses/{course}/materials");
    // With another end behind the list, what it lists is not certain.
    let other = [&lab[..lab.len() - 2], &[22, 0], &lab[lab.len() - 22..]].concat();
    let mut body = file("lab.zip", "zip", &other);
    body["title"] = json!("Lab");
    let ticket = Call::post(&path, &body).by_admin().send().is(201);
    put(&ticket, &other).is(200);
    let place = format!("{path}/{}", ticket.text_at("material_id"));
    confirm(&place, &ticket.text_at("upload_id")).problem(422, "file_refused");
    let mut body = file("lab.zip", "zip", &lab);
    body["title"] = json!("Lab");
    let ticket = Call::post(&path, &body).by_admin().send().is(201);
    put(&ticket, &lab).is(200);
    let place = format!("{path}/{}", ticket.text_at("material_id"));
    let confirmed = confirm(&place, &ticket.text_at("upload_id")).is(200);
    assert_eq!(confirmed.json()["current"]["length"], lab.len());
}

#[test]
fn versions_stay_and_learners_get_the_current_one() {
    let town = Town::new();
    let place = published(&town.course("c").id);
    let text = "# Grüße\n".as_bytes();
    let ticket = Call::post(&format!("{place}/uploads"), &file("notes.md", "markdown", text)).by_admin().send().is(201);
    put(&ticket, text).is(200);
    confirm(&place, &ticket.text_at("upload_id")).is(200);
    let who = town.sign_in(&town.person("ada"), &[]);
    let link = |path: &str, token: &str| Call::get(path).by(token).send();
    let current = link(&format!("{place}/content"), &who.token).is(303);
    assert_eq!(Call::get(current.header("location")).send().is(200).text.as_bytes(), text);
    link(&format!("{place}/content?version=1"), &who.token).problem(404, "not_found");
    let old = link(&format!("{place}/content?version=1"), town_admin()).is(303);
    assert_eq!(Call::get(old.header("location")).send().is(200).text.as_bytes(), PDF);
    let etag = Call::get(&place).by_admin().send().is(200).etag();
    Call::patch(&place, &json!({"retired": true})).by_admin().version(&etag).send().is(200);
    link(&format!("{place}/content"), &who.token).problem(404, "not_found");
    link(&format!("{place}/content?version=1"), town_admin()).is(303);
}

#[test]
fn what_cannot_be_a_material_is_refused() {
    let town = Town::new();
    let path = format!("/training/courses/{}/materials", town.course("c").id);
    let add = |field: &str, value: Value| {
        let mut body = material(PDF);
        body[field] = value;
        Call::post(&path, &body).by_admin().send()
    };
    add("type", json!("svg")).problem(400, "invalid_body");
    add("file_name", json!("../slides.pdf")).problem(400, "invalid_body");
    add("file_name", json!("slides.html")).problem(422, "file_name_of_another_type");
    add("length", json!(50 * 1024 * 1024 + 1)).problem(422, "file_too_large");
    let nowhere = "/training/courses/01890a5d-ac96-774b-bcce-b302099a8057/materials";
    Call::post(nowhere, &material(PDF)).by_admin().send().problem(404, "not_found");
}
