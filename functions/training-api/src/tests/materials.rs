//! Materials: announcing, uploading, confirming and downloading a file; who sees which versions.

use kernel::CourseId;
use serde_json::{Value, json};
use web::testing::{Call, Reply, Token};

use super::{House, ada, admin, bob, check, mary};

const NOBODY: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
const PDF: &[u8] = b"%PDF-1.7\nslides";

fn security() -> Token {
    Token::person("bob", &["security"])
}

/// A checksum: S3 is what compares it with the bytes.
fn sha256() -> String {
    "0f".repeat(32)
}

fn slides() -> Value {
    json!({"title": "Slides", "file_name": "slides.pdf", "type": "pdf", "length": PDF.len(), "sha256": sha256()})
}

fn file(name: &str, kind: &str, bytes: &[u8]) -> Value {
    json!({"file_name": name, "type": kind, "length": bytes.len(), "sha256": sha256()})
}

fn materials(course: CourseId) -> String {
    format!("/training/courses/{course}/materials")
}

impl House {
    /// Where a material is, and its upload, whose file is there.
    async fn uploaded(&self, course: CourseId) -> (String, String) {
        let reply = self.send(Call::post(materials(course), &slides()).by(&admin())).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        let place = reply.header("location").trim_start_matches("https://api.example.com").to_owned();
        (place, self.sent(&reply, PDF))
    }

    /// Sends a file to where a ticket says.
    fn sent(&self, ticket: &Reply, bytes: &[u8]) -> String {
        let ticket = ticket.json();
        let object = ticket["url"].as_str().unwrap().trim_start_matches("https://bucket.example.com/");
        assert_eq!(ticket["headers"]["content-length"], bytes.len().to_string());
        self.outside.store_checked(object, bytes, [0x0f; 32]);
        ticket["upload_id"].as_str().unwrap().to_owned()
    }

    async fn confirm(&self, place: &str, upload: &str) -> Reply {
        self.send(Call::post(format!("{place}/confirmation"), &json!({"upload_id": upload})).by(&admin())).await
    }

    async fn with_material(&self) -> (CourseId, String) {
        let course = self.course("aa").await;
        let (place, upload) = self.uploaded(course).await;
        assert_eq!(self.confirm(&place, &upload).await.status, 200);
        (course, place)
    }

    async fn seen(&self, uri: &str, by: &Token) -> Reply {
        self.send(Call::get(uri).by(by)).await
    }
}

#[tokio::test]
async fn a_material_is_announced_uploaded_confirmed_and_downloaded() {
    let house = House::new().await;
    let course = house.course("aa").await;
    let (place, upload) = house.uploaded(course).await;
    // Until it is confirmed, it is nobody's but the authors'.
    check(&house.seen(&place, &ada()).await, 404, "not_found");
    check(&house.seen(&format!("{place}/content"), &ada()).await, 404, "not_found");
    check(&house.seen(&format!("{place}/content"), &admin()).await, 404, "not_found");
    assert_eq!(house.seen(&materials(course), &ada()).await.json()["items"], json!([]));
    let waiting = house.seen(&place, &admin()).await.json();
    assert_eq!((&waiting["current"], &waiting["announced"]["upload_id"]), (&json!(null), &json!(upload)));

    let confirmed = house.confirm(&place, &upload).await;
    assert_eq!((confirmed.status, confirmed.header("etag")), (200, "\"2\""), "{}", confirmed.text);
    assert_eq!(house.confirm(&place, &upload).await.text, confirmed.text, "again changes nothing");
    let seen = house.seen(&place, &ada()).await.json();
    assert_eq!((&seen["title"], &seen["current"]["number"]), (&json!("Slides"), &json!(1)));
    assert_eq!((&seen["versions"], &seen["announced"]), (&json!([]), &json!(null)));
    assert_eq!(house.seen(&materials(course), &ada()).await.json()["items"], json!([seen]));
    for by in [ada(), admin(), Token::machine()] {
        let link = house.seen(&format!("{place}/content"), &by).await;
        assert_eq!((link.status, link.text.as_str()), (303, ""));
        let to = link.header("location");
        assert!(to.starts_with("https://bucket.example.com/materials/") && to.contains(&upload), "{to}");
        assert!(to.ends_with("as=application/pdf&name=slides.pdf"), "{to}");
        assert_eq!(link.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn a_ticket_is_given_once_for_a_key_and_is_kept_nowhere() {
    let house = House::new().await;
    let course = house.course("aa").await;
    let add = |body: Value| Call::post(materials(course), &body).by(&admin()).header("idempotency-key", "m1");
    let first = house.send(add(slides())).await;
    let again = house.send(add(slides())).await;
    assert_eq!((first.status, again.status, &again.text), (201, 201, &first.text), "{}", again.text);
    assert_eq!((first.header("idempotent-replayed"), again.header("idempotent-replayed")), ("", "true"));
    let mut other = slides();
    other["title"] = json!("Another");
    check(&house.send(add(other)).await, 422, "idempotency_key_reused");
    assert_eq!(house.seen(&materials(course), &admin()).await.json()["items"].as_array().unwrap().len(), 1);
    // Once it was confirmed, the same request has no ticket to give any more.
    let place = first.header("location").trim_start_matches("https://api.example.com").to_owned();
    let upload = house.sent(&first, PDF);
    assert_eq!(house.confirm(&place, &upload).await.status, 200);
    check(&house.send(add(slides())).await, 409, "upload_not_announced");
}

#[tokio::test]
async fn earlier_versions_are_the_authors_and_a_retired_material_is_nobodys_else() {
    let house = House::new().await;
    let (_, place) = house.with_material().await;
    let text = "# Notes\n".as_bytes();
    let next = Call::post(format!("{place}/uploads"), &file("notes.md", "markdown", text)).by(&security());
    let next = house.send(next).await;
    assert_eq!(next.status, 201, "{}", next.text);
    let upload = house.sent(&next, text);
    assert!(house.seen(&format!("{place}/content"), &ada()).await.header("location").contains("slides.pdf"));
    assert_eq!(house.confirm(&place, &upload).await.status, 200);
    assert!(house.seen(&format!("{place}/content"), &ada()).await.header("location").contains("notes.md"));
    assert_eq!(house.seen(&format!("{place}/content?version=2"), &ada()).await.status, 303);
    check(&house.seen(&format!("{place}/content?version=1"), &ada()).await, 404, "not_found");
    let old = house.seen(&format!("{place}/content?version=1"), &admin()).await;
    assert!(old.status == 303 && old.header("location").contains("slides.pdf"));
    check(&house.seen(&format!("{place}/content?version=0"), &admin()).await, 400, "invalid_query");
    let whole = house.seen(&place, &admin()).await;
    let names: Vec<_> = whole.json()["versions"].as_array().unwrap().iter().map(|it| it["file_name"].clone()).collect();
    assert_eq!(names, ["slides.pdf", "notes.md"]);

    let change = |tag: &str, body| Call::patch(&place, &body).by(&admin()).header("if-match", tag);
    check(&house.send(Call::patch(&place, &json!({})).by(&admin())).await, 428, "precondition_required");
    check(&house.send(change("\"1\"", json!({"retired": true}))).await, 412, "version_mismatch");
    let retired = house.send(change(whole.header("etag"), json!({"retired": true, "title": "Old slides"}))).await;
    assert_eq!((retired.status, &retired.json()["retired_on"]), (200, &json!("2026-03-02")), "{}", retired.text);
    check(&house.seen(&place, &ada()).await, 404, "not_found");
    check(&house.seen(&format!("{place}/content"), &ada()).await, 404, "not_found");
    assert_eq!(house.seen(&format!("{place}/content?version=1"), &admin()).await.status, 303);
    let more = Call::post(format!("{place}/uploads"), &file("b.pdf", "pdf", PDF)).by(&admin());
    check(&house.send(more).await, 409, "material_retired");
}

#[tokio::test]
async fn what_is_not_what_was_announced_is_refused_and_never_served() {
    let house = House::new().await;
    let course = house.course("aa").await;
    let reply = house.send(Call::post(materials(course), &slides()).by(&admin())).await;
    let place = reply.header("location").trim_start_matches("https://api.example.com").to_owned();
    let ticket = reply.json();
    let upload = ticket["upload_id"].as_str().unwrap();
    check(&house.confirm(&place, upload).await, 422, "upload_missing");
    check(&house.confirm(&place, NOBODY).await, 409, "upload_not_announced");
    let object = ticket["url"].as_str().unwrap().trim_start_matches("https://bucket.example.com/");
    let page = b"<html><script>";
    for (bytes, sum, said) in [
        (PDF[1..].to_vec(), [0x0f; 32], "Its length is another."),
        (PDF.to_vec(), [0; 32], "Its checksum is another."),
        ([&page[..], b"!"].concat(), [0x0f; 32], "Its content is not that of a pdf file."),
    ] {
        house.outside.store_checked(object, bytes, sum);
        let refused = house.confirm(&place, upload).await;
        check(&refused, 422, "file_refused");
        assert_eq!(refused.json()["detail"], said);
        assert!(house.outside.file(object).is_none(), "what is refused is removed");
        for by in [ada(), admin()] {
            check(&house.seen(&format!("{place}/content"), &by).await, 404, "not_found");
        }
    }
    house.outside.store_checked(object, PDF, [0x0f; 32]);
    assert_eq!(house.confirm(&place, upload).await.status, 200);
}

#[tokio::test]
async fn wrong_materials_are_refused() {
    let house = House::new().await;
    let course = house.course("aa").await;
    for (field, value) in [
        ("type", json!("svg")),
        ("type", json!("html")),
        ("type", json!("exe")),
        ("file_name", json!("../slides.pdf")),
        ("file_name", json!("slides")),
        ("file_name", json!("=slides.pdf")),
        ("title", json!("")),
        ("title", json!("=cmd")),
        ("length", json!(-1)),
        ("length", json!("hunter2")),
        ("sha256", json!("0f")),
        ("sha256", json!("zz".repeat(32))),
        ("url", json!("https://example.com")),
    ] {
        let mut wrong = slides();
        wrong[field] = value;
        let reply = house.send(Call::post(materials(course), &wrong).by(&admin())).await;
        check(&reply, 400, "invalid_body");
        assert_eq!(reply.json()["errors"][0]["path"], format!("$.{field}"));
        assert!(!reply.text.contains("hunter2"), "{}", reply.text);
    }
    for (field, value, code, path) in [
        ("file_name", json!("slides.svg"), "file_name_of_another_type", "$.file_name"),
        ("file_name", json!("slides.pdf.exe"), "file_name_of_another_type", "$.file_name"),
        ("length", json!(0), "file_too_large", "$.length"),
        ("length", json!(50 * 1024 * 1024 + 1), "file_too_large", "$.length"),
    ] {
        let mut wrong = slides();
        wrong[field] = value;
        let reply = house.send(Call::post(materials(course), &wrong).by(&admin())).await;
        check(&reply, 422, code);
        assert_eq!(reply.json()["errors"][0]["path"], path);
    }
    let nowhere = format!("/training/courses/{NOBODY}/materials");
    check(&house.send(Call::post(&nowhere, &slides()).by(&admin())).await, 404, "not_found");
    check(&house.seen(&format!("{}/{NOBODY}", materials(course)), &admin()).await, 404, "not_found");
    check(&house.seen(&format!("{}/x", materials(course)), &admin()).await, 404, "not_found");
    assert_eq!(house.seen(&nowhere, &ada()).await.json()["items"], json!([]));
    assert_eq!(house.seen(&materials(course), &admin()).await.json()["items"], json!([]), "nothing half-written");
}

#[tokio::test]
async fn a_material_belongs_to_its_course_alone() {
    let house = House::new().await;
    let (_, place) = house.with_material().await;
    let other = house.course("bb").await;
    let id = place.rsplit('/').next().unwrap();
    let foreign = format!("{}/{id}", materials(other));
    check(&house.seen(&foreign, &admin()).await, 404, "not_found");
    check(&house.seen(&format!("{foreign}/content"), &admin()).await, 404, "not_found");
    check(&house.confirm(&foreign, NOBODY).await, 404, "not_found");
}

/// Callers: somebody, the person, their manager, security, program lead, a machine.
#[tokio::test]
async fn every_cell_of_materials_answers_as_the_table_says() {
    let house = House::new().await;
    let (course, place) = house.with_material().await;
    let callers = [bob(), ada(), mary(), security(), admin(), Token::machine()];
    let cells = || -> Vec<(&str, Call, [u16; 6])> {
        let confirmation = json!({"upload_id": NOBODY});
        vec![
            ("list", Call::get(materials(course)), [200; 6]),
            ("read", Call::get(&place), [200; 6]),
            ("download", Call::get(format!("{place}/content")), [303; 6]),
            ("add", Call::post(materials(course), &slides()), [403, 403, 403, 201, 201, 403]),
            ("change", Call::patch(&place, &json!({})), [403, 403, 403, 428, 428, 403]),
            (
                "upload",
                Call::post(format!("{place}/uploads"), &file("b.pdf", "pdf", PDF)),
                [403, 403, 403, 201, 201, 403],
            ),
            ("confirm", Call::post(format!("{place}/confirmation"), &confirmation), [403, 403, 403, 409, 409, 403]),
        ]
    };
    for (column, caller) in callers.iter().enumerate() {
        for (name, call, expected) in cells() {
            let reply = house.send(call.by(caller)).await;
            assert_eq!(reply.status, expected[column], "{name}, caller {column}: {}", reply.text);
        }
    }
}
