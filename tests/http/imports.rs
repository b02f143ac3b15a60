//! Files: dry runs that tell everything that is wrong, imports as jobs, uploads, and files that are hostile or broken.

use serde_json::{Value, json};

use super::harness::{Answer, Call, Town, day, fresh, until};

fn send(system: &str, kind: &str, csv: &str, dry_run: bool) -> Answer {
    let body = json!({"kind": kind, "dry_run": dry_run, "csv": csv});
    Call::post(&format!("/{system}/imports"), &body).by_admin().send()
}

fn problems(report: &Value) -> Vec<(u64, String)> {
    let found = report["problems"].as_array().unwrap().iter();
    found.map(|it| (it["line"].as_u64().unwrap(), it["column"].as_str().unwrap_or_default().to_owned())).collect()
}

fn dry(system: &str, kind: &str, csv: &str) -> Value {
    send(system, kind, csv, true).is(200).json()
}

/// Waits for the end of a job.
pub(crate) fn finish(started: &Answer) -> Value {
    let location = started.header("location").to_owned();
    until("the import ended", || {
        let job = Call::get(&location).by_admin().send().is(200).json();
        (job["state"] != "running").then_some(job)
    })
}

pub(super) fn team_exists(code: &str) -> bool {
    let mut next = Some("?limit=200".to_owned());
    while let Some(query) = next {
        let page = Call::get(&format!("/directory/teams{query}")).by_admin().send().is(200);
        if page.items().iter().any(|item| item["code"] == code) {
            return true;
        }
        next = page.next_page();
    }
    false
}

#[test]
fn a_dry_run_tells_every_problem_with_line_and_column_and_changes_nothing() {
    let town = Town::new();
    let tag = &town.tag;
    let csv = format!(
        "code,name,department\ngood-{tag},Good,d\nbad one,Fine,d\nf-{tag},=HYPERLINK(1),d\ngood-{tag},Twice,d\n,Empty,d\n\
         long-{tag},{},d\n",
        "x".repeat(1001)
    );
    let report = dry("directory", "teams", &csv);
    let found = problems(&report);
    for expected in [(3, "code"), (4, "name"), (5, "code"), (6, "code"), (7, "name")] {
        assert!(found.contains(&(expected.0, expected.1.to_owned())), "{expected:?}: {report}");
    }
    assert!(!found.iter().any(|(line, _)| *line == 2), "{report}");
    assert_eq!(report["problem_count"].as_u64().unwrap(), u64::try_from(found.len()).unwrap());
    assert!(!report.to_string().contains("HYPERLINK"), "what was sent is not told");
    assert!(!team_exists(&format!("good-{tag}")), "a dry run writes nothing");
}

#[test]
fn a_file_with_a_bad_row_is_not_half_written() {
    let town = Town::new();
    let csv = format!("code,name,department\nok-{},Fine,d\nnot ok,Fine,d\n", town.tag);
    let started = send("directory", "teams", &csv, false);
    assert!([202, 422].contains(&started.status), "{}", started.text);
    if started.status == 202 {
        let job = finish(&started);
        assert_eq!(job["state"], "rejected", "{job}");
        assert_eq!(problems(&job), [(3, "code".to_owned())], "{job}");
    }
    assert!(!team_exists(&format!("ok-{}", town.tag)));
}

#[test]
fn formulas_are_refused_in_every_file() {
    let town = Town::new();
    for cell in ["=1+1", "+1", "-1", "@SUM(A1)", "\"\t=1\"", "\"\r=1\"", "=cmd|' /C calc'!A0"] {
        let teams = format!("code,name,department\nt-{},{cell},d\n", town.tag);
        assert!(problems(&dry("directory", "teams", &teams)).contains(&(2, "name".to_owned())), "{cell}");
        let courses = format!("code,title,format,provider,hours\nc-{},{cell},course,internal,1\n", town.tag);
        assert!(problems(&dry("training", "courses", &courses)).contains(&(2, "title".to_owned())), "{cell}");
    }
}

#[test]
fn a_byte_order_mark_and_any_order_of_columns_are_taken() {
    let town = Town::new();
    let csv = format!("\u{feff}name,department,code\r\nTeam,d,b-{}\r\n", town.tag);
    assert_eq!(dry("directory", "teams", &csv)["problem_count"], 0);
    let csv = format!("\u{feff}hours,title,code,provider,format\r\n2,Öl & Gas,b-{},internal,course\r\n", town.tag);
    assert_eq!(dry("training", "courses", &csv)["problem_count"], 0);
}

#[test]
fn a_header_is_complete_and_known() {
    for (system, kind, header) in [
        ("directory", "teams", "code,name"),
        ("directory", "teams", "code,name,department,surprise"),
        ("directory", "teams", "code,code,name,department"),
        ("directory", "people", "email,name"),
        ("directory", "workloads", "code"),
        ("training", "courses", "code,title,format,provider,hours,surprise"),
        ("training", "paths", "job_role"),
        ("training", "exemptions", "email,course_code,reason"),
        ("training", "history", "email"),
        ("training", "completions", "email,course_code,completed,completed"),
    ] {
        let report = dry(system, kind, &format!("{header}\n"));
        assert!(report["problem_count"].as_u64().unwrap() > 0, "{header}: {report}");
        assert!(report["problems"].as_array().unwrap().iter().all(|it| it["line"].as_u64().unwrap() <= 1), "{report}");
    }
    for (system, kind) in [("directory", "teams"), ("training", "courses")] {
        for csv in ["", "\n", "\u{feff}", "\"", "code;name;department\nx;y;z\n"] {
            assert!(dry(system, kind, csv)["problem_count"].as_u64().unwrap() > 0, "{kind} {csv:?}");
        }
    }
}

#[test]
fn rows_of_other_lengths_and_open_quotes_are_told() {
    let town = Town::new();
    for row in ["a", "a,b,c,d", "\"a,b,c"] {
        let csv = format!("code,name,department\n{row}\nfine-{},Fine,d\n", town.tag);
        let report = dry("directory", "teams", &csv);
        assert!(report["problem_count"].as_u64().unwrap() > 0, "{row}: {report}");
    }
}

#[test]
fn a_file_is_named_once() {
    for (system, kind) in [("directory", "teams"), ("training", "courses")] {
        let path = format!("/{system}/imports");
        let neither = json!({"kind": kind, "dry_run": true});
        Call::post(&path, &neither).by_admin().send().problem(422, "one_source");
        let both =
            json!({"kind": kind, "dry_run": true, "csv": "", "upload_id": "01890a5d-ac96-774b-bcce-b302099a8057"});
        Call::post(&path, &both).by_admin().send().problem(422, "one_source");
        let other = json!({"kind": "castles", "dry_run": true, "csv": ""});
        Call::post(&path, &other).by_admin().send().problem(400, "invalid_body").names("$.kind");
    }
}

#[test]
fn a_file_is_imported_once_and_twice_changes_nothing() {
    let town = Town::new();
    let csv = format!("code,name,department\none-{0},One,d\ntwo-{0},Two,d\n", town.tag);
    let key = fresh();
    let body = json!({"kind": "teams", "csv": csv});
    let start = |key: &str| Call::post("/directory/imports", &body).by_admin().key(key).send().is(202);
    let (first, again) = (start(&key), start(&key));
    assert_eq!((again.header("idempotent-replayed"), again.text_at("job_id")), ("true", first.text_at("job_id")));
    assert_eq!(finish(&first)["counts"]["created"], 2);
    let second = finish(&start(&fresh()));
    assert_eq!((&second["counts"]["created"], &second["counts"]["unchanged"]), (&json!(0), &json!(2)), "{second}");
}

#[test]
fn every_kind_of_file_goes_in_and_comes_out() {
    let town = Town::new();
    let tag = &town.tag;
    let import = |system: &str, kind: &str, csv: &str| {
        let report = dry(system, kind, csv);
        assert_eq!(report["problem_count"], 0, "{kind}: {report}");
        let job = finish(&send(system, kind, csv, false).is(202));
        assert_eq!(job["state"], "finished", "{kind}: {job}");
        job
    };
    import("directory", "teams", &format!("code,name,department\nt-{tag},T,d-{tag}\n"));
    let people = "email,name,job_role,country,time_zone,start,teams,manager_email,absences,subject";
    let absences = format!("{}..{}:vacation", day(40), day(50));
    import(
        "directory",
        "people",
        &format!(
            "{people}\nboss.{tag}@example.com,Boss {tag},manager,DE,Europe/Berlin,2020-01-01,,,,\n\
             ada.{tag}@example.com,\"Ada, {tag}\",developer,DE,Europe/Berlin,2024-01-01,t-{tag},boss.{tag}@example.com,{absences},\n"
        ),
    );
    import("directory", "workloads", &format!("code,name,team,tier,kind\nw-{tag},W,t-{tag},1,service\n"));
    import("training", "courses", &format!("code,title,format,provider,hours\nc-{tag},C,course,internal,1.5\n"));
    let found = Call::get(&format!("/directory/people?prefix={tag}")).by_admin().send().is(200);
    let ada = found.items().iter().find(|it| it["email"] == format!("ada.{tag}@example.com")).unwrap().clone();
    let ada = ada["person_id"].as_str().unwrap().to_owned();
    let read = Call::get(&format!("/directory/people/{ada}")).by_admin().send().is(200).json();
    assert_eq!(read["private"]["absences"][0]["from"], day(40), "{read}");
    let who = format!("ada.{tag}@example.com");
    import("training", "exemptions", &format!("email,course_code,reason,until\n{who},c-{tag},Teaches it,{}\n", day(9)));
    let (then, due, done) = (day(-60), day(-30), day(-40));
    let history = format!("email,course_code,assigned,due,completed,source\n{who},c-{tag},{then},{due},{done},lms\n");
    import("training", "history", &history);
    let completions = format!("email,course_code,completed,score\n{who},c-{tag},{},91\n", day(-2));
    import("training", "completions", &completions);
    let file = Call::get(&format!("/training/people/{ada}")).by_admin().send().is(200).json();
    assert_eq!(file["exemptions"][0]["reason"], "Teaches it", "{file}");
    let days: Vec<&Value> =
        file["completions"].as_array().unwrap().iter().map(|completion| &completion["completed_on"]).collect();
    assert_eq!(days.len(), 2, "{file}");
    assert!(days.contains(&&json!(day(-40))) && days.contains(&&json!(day(-2))), "{file}");
    // Again, and nothing is there twice.
    import("training", "completions", &completions);
    import("training", "history", &history);
    let again = Call::get(&format!("/training/people/{ada}")).by_admin().send().is(200).json();
    assert_eq!(again["completions"], file["completions"]);
}

#[test]
fn rows_that_name_nobody_are_told() {
    let town = Town::new();
    let tag = &town.tag;
    let course = town.course("c");
    let report = dry(
        "training",
        "completions",
        &format!("email,course_code,completed,score\nno.{tag}@example.com,{},2024-01-01,\n", course.code),
    );
    assert_eq!(problems(&report), [(2, "email".to_owned())], "{report}");
    let ada = town.person("ada");
    let rows = [
        format!("{},no-{tag},2024-01-01,", ada.email),
        format!("{},{},2024-13-01,", ada.email, course.code),
        format!("{},{},2024-01-01,101", ada.email, course.code),
    ];
    let report = dry("training", "completions", &format!("email,course_code,completed,score\n{}\n", rows.join("\n")));
    let expected = [(2, "course_code"), (3, "completed"), (4, "score")];
    assert_eq!(problems(&report), expected.map(|(line, column)| (line, column.to_owned())), "{report}");
}

#[test]
fn a_body_may_hold_a_file_of_megabytes_and_no_more() {
    let town = Town::new();
    let body = |bytes: usize| {
        let row = |number: usize| format!("{}-{number:06},{},course,internal,1\n", town.tag, "x".repeat(150));
        let rows = bytes / row(0).len();
        let csv = format!("code,title,format,provider,hours\n{}", (0..rows).map(row).collect::<String>());
        (rows, json!({"kind": "courses", "dry_run": true, "csv": csv}))
    };
    for bytes in [64 * 1024, 65 * 1024, 1024 * 1024, 4 * 1024 * 1024] {
        let (rows, body) = body(bytes);
        let report = Call::post("/training/imports", &body).by_admin().send().is(200).json();
        assert_eq!((&report["rows"], &report["problem_count"]), (&json!(rows), &json!(0)), "{bytes} bytes: {report}");
    }
    for system in ["directory", "training"] {
        let large = Call::post(&format!("/{system}/imports"), &body(6 * 1024 * 1024).1).by_admin().send();
        large.problem(413, "body_too_large");
    }
}

#[test]
fn a_body_that_is_no_json_text_is_refused() {
    let csv = "\"csv\":\"code,name,department\\n\"";
    let body = |inner: &[u8]| [b"{\"kind\":\"teams\",\"dry_run\":true,", inner, b"}"].concat();
    let send = |body: Vec<u8>| Call::new("POST", "/directory/imports").by_admin().raw("application/json", body).send();
    send(body(csv.as_bytes())).is(200);
    send([b"\xef\xbb\xbf", &body(csv.as_bytes())[..]].concat()).problem(400, "invalid_body");
    send(body(format!("{csv},{csv}").as_bytes())).problem(400, "invalid_body");
    send(body(b"\"csv\":[1]")).problem(400, "invalid_body");
}

#[test]
fn a_row_that_changed_changes_what_is_found() {
    let town = Town::new();
    let (tag, later) = (&town.tag, fresh());
    let people = |name: &str| {
        format!(
            "email,name,job_role,country,time_zone,start\nada.{tag}@example.com,{name},developer,DE,Etc/UTC,2024-01-01\n"
        )
    };
    let import = |csv: &str| finish(&send("directory", "people", csv, false).is(202));
    let found = |prefix: &str| {
        let page = Call::get(&format!("/directory/people?prefix={prefix}")).by_admin().send().is(200);
        page.items().iter().filter(|it| it["email"] == format!("ada.{tag}@example.com")).count()
    };
    assert_eq!(import(&people(tag))["counts"]["created"], 1);
    assert_eq!((found(tag), found(&later)), (1, 0));
    assert_eq!(import(&people(&later))["counts"]["changed"], 1);
    until("the person is found by the new name alone", || (found(tag) == 0 && found(&later) == 1).then_some(()));
    assert_eq!(import(&people(&later))["counts"]["unchanged"], 1);
}
