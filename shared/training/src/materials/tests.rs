//! Materials over a store and a bucket in memory: only what was looked at and is what was announced is ever handed out.

use futures::executor::block_on;
use kernel::{Cause, CourseId, MaterialId, Principal, UploadId, Version};
use proptest::prelude::*;

use super::{
    Checksum, Fault, FileKind, FileName, MOST_MATERIALS, MOST_VERSIONS, Material, MaterialFile,
    inspect::{TAIL, recognised, wanted},
    samples::{Bucket, archive},
    usecases::{self, MaterialChange, MaterialDesk, Reader},
};
use crate::{
    TrainingError, events,
    model::{Retirement, Title},
    samples::{World, catalogue, cause, course, instant},
};

const NOW: &str = "2026-03-02T10:00:00Z";
const SUM: [u8; 32] = [7; 32];

struct House {
    world: World,
    bucket: Bucket,
    course: CourseId,
}

fn now() -> Cause {
    cause(instant(NOW), Principal::Program)
}

fn file(name: &str, kind: FileKind, bytes: &[u8]) -> MaterialFile {
    let length = u64::try_from(bytes.len()).unwrap();
    MaterialFile { name: FileName::parse(name).unwrap(), kind, length, sha256: Checksum::new(SUM) }
}

fn seen(kind: FileKind, bytes: &[u8]) -> Result<(), Fault> {
    recognised(kind, bytes, bytes, u64::try_from(bytes.len()).unwrap())
}

/// A file of each kind.
fn good(kind: FileKind) -> Vec<u8> {
    match kind {
        FileKind::Pdf => b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec(),
        FileKind::Png => b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR....".to_vec(),
        FileKind::Jpeg => b"\xff\xd8\xff\xe0..JFIF".to_vec(),
        FileKind::Zip => archive(&["lab/readme.md"]),
        FileKind::Text | FileKind::Markdown => "# Grüße\r\n\tTabs and lines".as_bytes().to_vec(),
        FileKind::Pptx => archive(&["[Content_Types].xml", "ppt/presentation.xml"]),
        FileKind::Docx => archive(&["_rels/.rels", "word/document.xml", "[Content_Types].xml"]),
        FileKind::Mp4 => b"\0\0\0\x18ftypmp42....".to_vec(),
    }
}

#[track_caller]
fn refused<T: std::fmt::Debug>(outcome: Result<T, TrainingError>, code: &str) {
    assert_eq!(outcome.map(|_| ()).map_err(|error| error.code()), Err(code));
}

impl House {
    fn new() -> Self {
        let one = course("one", 2.0, &[], None);
        let course = one.id;
        Self { world: World::new(catalogue(vec![one])), bucket: Bucket::default(), course }
    }

    fn desk(&self) -> MaterialDesk<'_> {
        MaterialDesk { reader: &self.world, training: &self.world, writer: &self.world, files: &self.bucket }
    }

    fn add(&self, file: MaterialFile) -> Result<Material, TrainingError> {
        let title = Title::parse("Slides").unwrap();
        block_on(usecases::add(&self.desk(), self.course, title, file, &now(), None))
    }

    fn announce(&self, id: MaterialId, file: MaterialFile) -> Result<Material, TrainingError> {
        block_on(usecases::announce(&self.desk(), self.course, id, file, &now(), None))
    }

    fn confirm(&self, id: MaterialId, upload: UploadId) -> Result<Material, TrainingError> {
        block_on(usecases::confirm(&self.desk(), self.course, id, upload, &now(), None))
    }

    fn download(&self, id: MaterialId, number: Option<u16>, who: Reader) -> Result<String, TrainingError> {
        block_on(usecases::download(&self.desk(), self.course, id, number, who))
    }

    fn upload(&self, material: &Material, bytes: &[u8]) -> UploadId {
        let upload = material.announced.as_ref().unwrap().upload;
        self.bucket.put(&material.object(upload), bytes, Some(SUM));
        upload
    }

    /// A material with a current version.
    fn published(&self, kind: FileKind) -> Material {
        let bytes = good(kind);
        let material = self.add(file(&format!("a.{}", kind.endings()[0]), kind, &bytes)).unwrap();
        let upload = self.upload(&material, &bytes);
        self.confirm(material.id, upload).unwrap()
    }

    fn change(&self, of: &Material, change: MaterialChange) -> Result<Material, TrainingError> {
        block_on(usecases::change(&self.desk(), self.course, of.id, of.version, change, &now()))
    }
}

#[test]
fn every_kind_is_taken_as_what_it_is_and_as_nothing_else() {
    for kind in FileKind::ALL {
        let house = House::new();
        let material = house.published(*kind);
        assert_eq!(material.current().map(|current| current.number), Some(1), "{kind}");
        let link = house.download(material.id, None, Reader::Learner).unwrap();
        assert!(link.contains(&format!("as {} named a.", kind.content_type())), "{link}");
        for other in FileKind::ALL {
            let both_text = [kind, other].iter().all(|it| matches!(it, FileKind::Text | FileKind::Markdown));
            // A document and slides are archives, too: whoever calls them so is not wrong.
            let archive = *kind == FileKind::Zip && matches!(other, FileKind::Pptx | FileKind::Docx);
            let (bytes, fits) = (good(*other), kind == other || both_text || archive);
            assert_eq!(seen(*kind, &bytes).is_ok(), fits, "{other} taken as {kind}");
        }
    }
}

#[test]
fn pages_scripts_and_programs_are_no_materials() {
    let page = b"<html><script>alert(1)</script>".as_slice();
    let drawing = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".as_slice();
    let program = b"MZ\x90\0\x03\0\0\0".as_slice();
    for kind in FileKind::ALL.iter().filter(|kind| !matches!(kind, FileKind::Text | FileKind::Markdown)) {
        for bytes in [page, drawing, program, b"".as_slice()] {
            assert!(seen(*kind, bytes).is_err(), "{kind}");
        }
    }
    for bytes in [program, b"\xff\xfeh\0i\0".as_slice(), b"a\0b", b"\x1b[31mred", b"\xe9t\xe9"] {
        assert!(seen(FileKind::Text, bytes).is_err());
    }
    for program in
        ["ppt/vbaProject.bin", "PPT/VBAPROJECT.BIN", "ppt\\vbaProject.bin", "vbaData.xml", "ppt/1-vbaProject.bin"]
    {
        let macros = archive(&["[Content_Types].xml", "ppt/presentation.xml", program]);
        assert_eq!(seen(FileKind::Pptx, &macros), Err(Fault::Content(FileKind::Pptx)), "{program}");
    }
    for bad in [&["ppt/presentation.xml"][..], &["[Content_Types].xml", "x/ppt/presentation.xml"]] {
        assert_eq!(seen(FileKind::Pptx, &archive(bad)), Err(Fault::Content(FileKind::Pptx)), "{bad:?}");
    }
    let twice = archive(&["[Content_Types].xml", "word/document.xml", "Word/document.xml"]);
    assert_eq!(seen(FileKind::Docx, &twice), Err(Fault::Content(FileKind::Docx)));
    let cut = &good(FileKind::Zip)[..60];
    assert_eq!(seen(FileKind::Zip, cut), Err(Fault::Entries(FileKind::Zip)));
    for name in ["a.svg", "a.html", "a.pdf.exe", "a.pptm"] {
        let name = FileName::parse(name).unwrap();
        assert!(FileKind::ALL.iter().all(|kind| !name.fits(*kind)), "{name:?}");
    }
}

#[test]
fn names_end_as_their_type_does_and_lead_nowhere() {
    for good in ["slides.pdf", "Ein Bild.JPEG", "threat.modelling.v2.md", "日本語.txt"] {
        assert!(FileName::parse(good).is_ok(), "{good}");
    }
    for bad in [
        "pdf",
        ".pdf",
        "..pdf",
        "../a.pdf",
        "a/b.pdf",
        "a\\b.pdf",
        "=a.pdf",
        "a\u{202e}fdp.exe",
        "a.",
        "a.p f",
        "a\r\n.pdf",
    ] {
        assert!(FileName::parse(bad).is_err(), "{bad}");
    }
    assert!(FileName::parse(&format!("{}.pdf", "a".repeat(117))).is_err());
    assert!(FileName::parse("Ein Bild.JPEG").unwrap().fits(FileKind::Jpeg));
    let house = House::new();
    refused(house.add(file("a.png", FileKind::Pdf, b"%PDF-")), "file_name_of_another_type");
}

#[test]
fn every_kind_has_its_longest_length() {
    let house = House::new();
    for kind in FileKind::ALL {
        let mut long = file(&format!("a.{}", kind.endings()[0]), *kind, b"x");
        long.length = kind.most_bytes();
        assert!(long.check().is_ok() && kind.most_bytes() <= FileKind::MOST_BYTES);
        long.length += 1;
        refused(house.add(long.clone()), "file_too_large");
        long.length = 0;
        refused(house.add(long), "file_too_large");
    }
    assert!(house.world.events().is_empty());
}

#[test]
fn a_long_film_is_looked_at_by_its_beginning_alone() {
    let mut film = file("a.mp4", FileKind::Mp4, b"");
    film.length = 200 * 1024 * 1024;
    assert_eq!(wanted(&film), (32, 0));
    let mut lab = file("a.zip", FileKind::Zip, b"");
    lab.length = 90 * 1024 * 1024;
    assert_eq!(wanted(&lab), (32, TAIL));
    lab.length = 20;
    assert_eq!(wanted(&lab), (20, 20));
}

/// Slides of which the list of entries begins so many bytes before the end that is looked at.
fn listed_before(bytes: i64) -> Vec<u8> {
    let mut names: Vec<String> = ["[Content_Types].xml", "ppt/presentation.xml"].map(str::to_owned).into();
    let list = |names: &[String]| names.iter().map(|name| 46 + name.len()).sum::<usize>() + 22;
    let wanted = usize::try_from(i64::try_from(TAIL).unwrap() + bytes).unwrap();
    while wanted - list(&names) > 20_000 {
        names.push(format!("ppt/media/{:05}{}", names.len(), "x".repeat(10_000)));
    }
    names.push("y".repeat(wanted - list(&names) - 46));
    archive(&names.iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn an_archive_is_looked_at_by_both_ends_and_refused_where_its_list_is_longer() {
    for (bytes, code) in [(0, None), (1, Some("file_refused")), (200_000, Some("file_refused"))] {
        let house = House::new();
        let slides = listed_before(bytes);
        let material = house.add(file("a.pptx", FileKind::Pptx, &slides)).unwrap();
        let upload = house.upload(&material, &slides);
        let outcome = house.confirm(material.id, upload);
        assert_eq!(outcome.map(|_| ()).map_err(|error| error.code()).err(), code, "{bytes}");
        let length = u64::try_from(slides.len()).unwrap();
        assert_eq!(*house.bucket.parts.lock().unwrap(), [(0, 32), (length - TAIL, TAIL)]);
    }
}

#[test]
fn what_was_not_looked_at_or_failed_is_never_handed_out() {
    let house = House::new();
    let bytes = good(FileKind::Pdf);
    let material = house.add(file("a.pdf", FileKind::Pdf, &bytes)).unwrap();
    let upload = material.announced.as_ref().unwrap().upload;
    let object = material.object(upload);
    let nothing = || {
        for who in [Reader::Author, Reader::Learner] {
            for number in [None, Some(0), Some(1)] {
                refused(house.download(material.id, number, who), "unknown_material");
            }
        }
    };
    refused(house.confirm(material.id, upload), "upload_missing");
    nothing();
    let longer = [&bytes[..], b"x"].concat();
    let another = b"<html>as long as needed".to_vec();
    for (stored, sum, fault) in [
        (&longer, Some(SUM), Fault::Length),
        (&bytes, Some([8; 32]), Fault::Checksum),
        (&bytes, None, Fault::Checksum),
        (&another[..bytes.len()].to_vec(), Some(SUM), Fault::Content(FileKind::Pdf)),
    ] {
        house.bucket.put(&object, stored, sum);
        match house.confirm(material.id, upload) {
            Err(TrainingError::Materials(super::Error::Refused(found))) => assert_eq!(found, fault),
            other => panic!("{other:?}"),
        }
        assert!(house.bucket.files.lock().unwrap().is_empty(), "what is refused is removed");
        nothing();
    }
    // Where it cannot be removed, it is refused all the same.
    *house.bucket.keeps.lock().unwrap() = true;
    house.bucket.put(&object, &longer, Some(SUM));
    for _ in 0..2 {
        refused(house.confirm(material.id, upload), "file_refused");
    }
    // Nothing was half written: the right bytes are taken all the same.
    house.bucket.put(&object, &bytes, Some(SUM));
    *house.bucket.down.lock().unwrap() = true;
    refused(house.confirm(material.id, upload), "unavailable");
    *house.bucket.down.lock().unwrap() = false;
    house.confirm(material.id, upload).unwrap();
    assert!(house.download(material.id, Some(1), Reader::Learner).is_ok());
    assert_eq!(house.world.kinds(), [events::MATERIAL_ANNOUNCED, events::MATERIAL_PUBLISHED]);
}

#[test]
fn a_confirmation_counts_once_and_only_for_what_is_announced() {
    let house = House::new();
    let bytes = good(FileKind::Pdf);
    let first = house.add(file("a.pdf", FileKind::Pdf, &bytes)).unwrap();
    let old = house.upload(&first, &bytes);
    // A later announcement takes the place of the first; its ticket is worth nothing any more.
    let second = house.announce(first.id, file("b.pdf", FileKind::Pdf, &bytes)).unwrap();
    assert!(house.bucket.files.lock().unwrap().is_empty(), "nobody confirms it any more");
    house.bucket.put(&first.object(old), &bytes, Some(SUM));
    let new = house.upload(&second, &bytes);
    assert_ne!(second.object(old), second.object(new));
    refused(house.confirm(first.id, old), "upload_not_announced");
    let gone = block_on(usecases::ticket(&house.desk(), &second, old));
    refused(gone, "upload_not_announced");
    assert_eq!(
        block_on(usecases::ticket(&house.desk(), &second, new)).unwrap().0,
        format!("put {}", second.object(new))
    );
    let confirmed = house.confirm(first.id, new).unwrap();
    assert_eq!(house.confirm(first.id, new).unwrap(), confirmed);
    assert_eq!(confirmed.versions.len(), 1);
    refused(house.confirm(first.id, UploadId::new(instant(NOW))), "upload_not_announced");
    refused(house.confirm(MaterialId::new(instant(NOW)), new), "unknown_material");
}

#[test]
fn learners_get_the_current_version_and_authors_every_one() {
    let house = House::new();
    let first = house.published(FileKind::Pdf);
    let bytes = good(FileKind::Docx);
    let second = house.announce(first.id, file("b.docx", FileKind::Docx, &bytes)).unwrap();
    // Until it is confirmed, the first one is current.
    assert!(house.download(first.id, None, Reader::Learner).unwrap().ends_with("named a.pdf"));
    let upload = house.upload(&second, &bytes);
    house.world.lose_races(1);
    let second = house.confirm(first.id, upload).unwrap();
    assert!(house.download(first.id, None, Reader::Learner).unwrap().ends_with("named b.docx"));
    assert!(house.download(first.id, Some(2), Reader::Learner).is_ok());
    refused(house.download(first.id, Some(1), Reader::Learner), "unknown_material");
    assert!(house.download(first.id, Some(1), Reader::Author).unwrap().ends_with("named a.pdf"));

    let retired = house.change(&second, MaterialChange { retired: Some(true), title: None }).unwrap();
    assert_eq!(retired.retired, Some(Retirement { on: "2026-03-02".parse().unwrap() }));
    assert_eq!(retired.versions, second.versions);
    refused(house.download(first.id, None, Reader::Learner), "unknown_material");
    assert!(house.download(first.id, Some(1), Reader::Author).is_ok());
    refused(house.announce(first.id, file("c.pdf", FileKind::Pdf, b"%PDF-")), "material_retired");
    refused(house.change(&second, MaterialChange::default()), "stale");
    let back = house.change(&retired, MaterialChange { retired: Some(false), title: None }).unwrap();
    assert!(house.download(back.id, None, Reader::Learner).is_ok());
    assert_eq!(house.change(&back, MaterialChange::default()).unwrap().version, back.version);
    let title = Title::parse("Handout").ok();
    assert_eq!(
        house.change(&back, MaterialChange { title: title.clone(), retired: None }).unwrap().title,
        title.unwrap()
    );
}

#[test]
fn courses_and_materials_have_bounds() {
    let house = House::new();
    let bytes = good(FileKind::Text);
    let text = || file("a.txt", FileKind::Text, &bytes);
    for _ in 0..MOST_MATERIALS {
        house.add(text()).unwrap();
    }
    refused(house.add(text()), "materials_full");
    let house = House::new();
    let mut material = house.add(text()).unwrap();
    for number in 1..=MOST_VERSIONS {
        let upload = house.upload(&material, &bytes);
        let confirmed = house.confirm(material.id, upload).unwrap();
        assert_eq!(usize::from(confirmed.current().unwrap().number), number);
        if number < MOST_VERSIONS {
            material = house.announce(material.id, text()).unwrap();
        }
    }
    refused(house.announce(material.id, text()), "versions_full");
    let elsewhere = CourseId::new(instant(NOW));
    let title = Title::parse("Slides").unwrap();
    let unknown = block_on(usecases::add(&house.desk(), elsewhere, title, text(), &now(), None));
    refused(unknown, "unknown_course");
}

#[test]
fn nothing_new_is_added_to_a_retired_course() {
    let mut one = course("one", 2.0, &[], None);
    one.retired = Some(Retirement { on: "2026-03-01".parse().unwrap() });
    let house = House { course: one.id, world: World::new(catalogue(vec![one])), bucket: Bucket::default() };
    refused(house.add(file("a.txt", FileKind::Text, b"hello")), "course_retired");
}

#[test]
fn events_name_no_file() {
    let house = House::new();
    let material = house.published(FileKind::Pdf);
    let events = house.world.events();
    assert_eq!(events[1].data, serde_json::json!({"course": house.course, "current": 1, "version": Version::new(2)}));
    for event in events {
        assert!(events::ALL.contains(&event.kind.as_str()) && event.subject == material.id.to_string());
        assert!(!serde_json::to_string(&event).unwrap().contains("a.pdf"));
    }
}

proptest! {
    #[test]
    fn a_macro_is_seen_whatever_else_is_changed_in_an_archive(at in any::<prop::sample::Index>(), to in any::<u8>()) {
        let good = archive(&["[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"]);
        let mut bytes = good.clone();
        let at = at.index(bytes.len());
        bytes[at] = to;
        let name = b"vbaProject.bin";
        let listed = bytes.windows(name.len()).filter(|window| window.eq_ignore_ascii_case(name)).count() == 2;
        prop_assert!(seen(FileKind::Docx, &bytes).is_err() || !listed);
    }

    #[test]
    fn a_checksum_has_one_spelling(bytes in any::<[u8; 32]>()) {
        let text = Checksum::new(bytes).to_string();
        prop_assert_eq!(Checksum::parse(&text), Ok(Checksum::new(bytes)));
        prop_assert_eq!(Checksum::parse(&text.to_uppercase()).unwrap().to_string(), text);
    }

    #[test]
    fn no_bytes_make_a_look_fail_otherwise_than_by_saying_so(
        head in proptest::collection::vec(any::<u8>(), 0..64), tail in proptest::collection::vec(any::<u8>(), 0..64),
        length in any::<u64>(),
    ) {
        for kind in FileKind::ALL {
            let _ = recognised(*kind, &head, &tail, length);
        }
        for raw in [format!("{head:x?}"), String::from_utf8_lossy(&head).into_owned()] {
            prop_assert!(Checksum::parse(&raw).is_ok() == (raw.len() == 64 && raw.bytes().all(|byte| byte.is_ascii_hexdigit())));
        }
    }
}
