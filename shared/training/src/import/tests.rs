use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::{
    effectiveness::{Sums, counted},
    model::LearnerFile,
    samples::{World, catalogue, cause, course, facts, instant},
    usecases::Ground,
};
use futures::executor::block_on;
use kernel::{
    Principal,
    import::{MAX_ROWS, RowProblem},
};

/// A file's good rows, and what is wrong with the others.
struct Read {
    rows: Rows,
    problems: Vec<RowProblem>,
}

fn read(kind: ImportKind, bytes: &[u8]) -> Read {
    let (plan, problems) = Plan::read(kind, bytes);
    Read { rows: plan.rows, problems: problems.sorted() }
}

fn lines(read: &Read) -> Vec<(u32, &str)> {
    read.problems.iter().map(|problem| (problem.line, problem.column.as_ref())).collect()
}

const COURSES: &str = "code,title,format,provider,hours,competencies,prerequisites,validity_months,languages,url\n";

#[test]
fn good_courses_come_with_prerequisites_first() {
    let file = format!(
        "\u{feff}{COURSES}b-2,Second,lab,aws,1.5,threats;design,a-1,12,en;de,https://learn.example.com/b\na-1,First,course,internal,2,,,,,\n"
    );
    let sheet = read(ImportKind::Courses, file.as_bytes());
    assert_eq!(sheet.problems, []);
    let Rows::Courses(rows) = sheet.rows else { panic!("courses") };
    assert_eq!(
        rows.iter().map(|line| (line.line, line.row.code.as_str())).collect::<Vec<_>>(),
        [(3, "a-1"), (2, "b-2")]
    );
}

#[test]
fn every_bad_cell_of_every_row_is_reported() {
    let file =
        format!("{COURSES}x,,song,nobody,many,,,0,,http://a\nok-1,Fine,course,aws,1,,,,,\n,=1+1,course,aws,1,,,,,\n");
    let sheet = read(ImportKind::Courses, file.as_bytes());
    assert_eq!(
        lines(&sheet),
        [
            (2, "code"),
            (2, "format"),
            (2, "hours"),
            (2, "provider"),
            (2, "title"),
            (2, "url"),
            (2, "validity_months"),
            (4, "code"),
            (4, "title"),
        ]
    );
    assert_eq!(sheet.rows.len(), 1);
}

#[test]
fn columns_are_checked_before_rows() {
    let sheet = read(ImportKind::Paths, b"job_role,course_code,course_code,extra\ndeveloper,a-1,a-1,x\n");
    assert_eq!(lines(&sheet), [(1, "column 4"), (1, "course_code"), (1, "requirement")]);
    assert!(read(ImportKind::Paths, b"").problems.len() == 1);
}

#[test]
fn wrong_encodings_formulas_and_keys_that_occur_twice_are_refused() {
    let latin = b"email,course_code,completed\nj\xfcrgen@example.com,a-1,2026-01-01\n";
    assert_eq!(lines(&read(ImportKind::Completions, latin)), [(2, "")]);
    for formula in ["=cmd", "+1", "-1", "@sum"] {
        let file = format!("email,course_code,reason,until\na@example.com,a-1,{formula},2026-01-01\n");
        assert_eq!(lines(&read(ImportKind::Exemptions, file.as_bytes())), [(2, "reason")], "{formula}");
    }
    let twice = "email,course_code,completed\na@example.com,a-1,2026-01-01\nA@EXAMPLE.com,A-1,2026-01-01\n";
    assert_eq!(lines(&read(ImportKind::Completions, twice.as_bytes())), [(3, "")]);
}

#[test]
fn history_is_an_assignment_a_completion_or_both() {
    let file = "email,course_code,assigned,due,completed,source\n\
        a@example.com,a-1,2026-01-01,2026-02-01,,\n\
        a@example.com,a-2,,,2026-01-05,test\n\
        a@example.com,a-3,2026-01-01,2025-02-01,,\n\
        a@example.com,a-4,,,,\n\
        a@example.com,a-5,2026-02-30,2026-03-01,,rumour\n";
    let sheet = read(ImportKind::History, file.as_bytes());
    assert_eq!(sheet.rows.len(), 2);
    let expected = [(4, "due"), (5, "assigned"), (5, "due"), (6, "assigned"), (6, "source")];
    assert_eq!(lines(&sheet), expected);
}

#[test]
fn a_course_of_a_file_is_as_small_as_one_over_http() {
    let many = |what: &str| (0..=20).map(|n| format!("{what}-{n}")).collect::<Vec<_>>().join(";");
    let file = format!(
        "{COURSES}a-1,A,course,aws,1,{},,,,\na-2,A,course,aws,1,{},,,,\na-3,A,course,aws,1,,{},,,\n",
        many("area"),
        "x".repeat(41),
        many("course"),
    );
    let sheet = read(ImportKind::Courses, file.as_bytes());
    assert_eq!(lines(&sheet), [(2, "competencies"), (3, "competencies"), (4, "prerequisites")]);
}

#[test]
fn courses_that_need_each_other_are_reported() {
    let file = format!("{COURSES}a-1,A,course,aws,1,,b-2,,,\nb-2,B,course,aws,1,,a-1,,,\nc-3,C,course,aws,1,,,,,\n");
    let sheet = read(ImportKind::Courses, file.as_bytes());
    assert_eq!(lines(&sheet), [(2, "prerequisites"), (3, "prerequisites")]);
    assert_eq!(sheet.rows.len(), 1);
}

#[test]
fn long_cells_and_long_files_are_refused() {
    let long = format!("email,course_code,reason,until\na@example.com,a-1,{},2026-01-01\n", "x".repeat(1001));
    assert_eq!(lines(&read(ImportKind::Exemptions, long.as_bytes())), [(2, "reason")]);
    let mut path = "job_role,course_code,requirement\n".to_owned();
    for row in 0..=40 {
        let _ = writeln!(path, "developer,c-{row},required");
    }
    assert_eq!(lines(&read(ImportKind::Paths, path.as_bytes())), [(42, "")]);
    let mut many = "email,course_code,completed\n".to_owned();
    for row in 0..=MAX_ROWS {
        let _ = writeln!(many, "ada@example.com,c-{row},2026-01-01");
    }
    let sheet = read(ImportKind::Completions, many.as_bytes());
    assert_eq!((sheet.rows.len(), sheet.problems.len()), (usize::try_from(MAX_ROWS).unwrap(), 1));
}

#[test]
fn problems_quote_nothing_of_the_file() {
    let sheet = read(ImportKind::Completions, b"email,course_code,completed\nada lovelace,?,yesterday\n");
    assert_eq!(sheet.problems.len(), 3);
    let said = format!("{:?}", sheet.problems);
    assert!(!said.contains("lovelace") && !said.contains("yesterday"));
    assert_eq!(sheet.problems[2], RowProblem::new(2, "email", "an e-mail address"));
}

#[test]
fn everything_wrong_with_a_row_is_named_at_once() {
    let world = World::new(catalogue(vec![course("known-1", 2.0, &[], None)]));
    let check = |kind, file: &str| {
        let (plan, mut problems) = Plan::read(kind, file.as_bytes());
        problems.append(block_on(plan.check(&world.desk(), instant("2026-01-05T12:00:00Z"))).unwrap());
        problems.sorted().into_iter().map(|it| (it.line, it.column.into_owned())).collect::<Vec<_>>()
    };
    let columns = |line, all: &[&str]| all.iter().map(|it| (line, (*it).to_owned())).collect::<Vec<_>>();
    let row = "email,course_code,completed,score\nnobody@example.com,other-1,2026-01-08,many\n";
    assert_eq!(check(ImportKind::Completions, row), columns(2, &["completed", "course_code", "email", "score"]));
    // It is the sixth already where the day begins first, and the seventh nowhere.
    for (day, wrong) in [("2026-01-06", &[][..]), ("2026-01-07", &["completed"])] {
        let row = format!("email,course_code,assigned,due,completed\nnobody@example.com,known-1,,,{day}\n");
        let expected = [wrong, &["email"]].concat();
        assert_eq!(check(ImportKind::History, &row), columns(2, &expected), "{day}");
    }
}

/// What files of history come to for one person who knows none of it, one after another: due dates counted, and met.
fn punctuality(files: &[&str]) -> (i64, i64) {
    let catalogue = catalogue(vec![course("a-1", 2.0, &[], None)]);
    let cause = cause(instant("2026-03-02T10:00:00Z"), Principal::Program);
    let settings = crate::Settings::default();
    let today = "2026-03-02".parse().unwrap();
    let ground = Ground { catalogue: &catalogue, settings: &settings, today, cause: &cause };
    let mut file = LearnerFile::new(facts("UTC"));
    let mut sums = Sums::default();
    for rows in files {
        let text = format!("email,course_code,assigned,due,completed,source\n{rows}");
        let Rows::History(rows) = read(ImportKind::History, text.as_bytes()).rows else { panic!("history") };
        assert!(!rows.is_empty(), "{text}");
        for line in &rows {
            for it in history::history_row(&mut file, &ground, line).unwrap() {
                if let Some((_, more)) = counted(&it.event(file.person(), &cause)).unwrap() {
                    sums = sums.plus(&more);
                }
            }
        }
    }
    (sums.due, sums.met)
}

#[test]
fn history_counts_as_in_time_or_not_by_the_date_that_came_with_it() {
    let row = |assigned: &str, due: &str, done: &str| format!("a@example.com,a-1,{assigned},{due},{done},lms\n");
    let (jan, feb) = ("2025-01-01", "2025-02-01");
    let (early, late) = (row(jan, feb, feb), row(jan, feb, "2025-02-02"));
    assert_eq!(punctuality(&[&early]), (1, 1));
    assert_eq!(punctuality(&[&late]), (1, 0));
    // What was brought in before, and a further look at the same, counts once.
    assert_eq!(punctuality(&[&early, &early]), (1, 1));
    assert_eq!(punctuality(&[&early, &late]), (1, 1));
    assert_eq!(
        punctuality(&[&row("2026-01-01", "2026-04-01", ""), &row("2026-01-01", "2026-04-01", "2026-02-01")]),
        (1, 1)
    );
    // A round of its own has a date of its own.
    assert_eq!(punctuality(&[&format!("{early}{}", row("2026-01-01", "2026-02-01", "2026-02-20"))]), (2, 1));
    // What answers a date that came before, without naming it.
    assert_eq!(punctuality(&[&row("2026-01-01", "2026-04-01", ""), &row("", "", "2026-02-01")]), (1, 1));
    // Without a date there is nothing to be in time for.
    assert_eq!(punctuality(&[&row("", "", "2025-02-01")]), (0, 0));
}

#[test]
fn history_that_answers_what_was_planned_here_meets_no_date_of_a_file() {
    let catalogue = catalogue(vec![course("a-1", 2.0, &[], None)]);
    let id = catalogue.courses().next().unwrap().id;
    let cause = cause(instant("2026-03-02T10:00:00Z"), Principal::Program);
    let (settings, today) = (crate::Settings::default(), "2026-03-02".parse().unwrap());
    let ground = Ground { catalogue: &catalogue, settings: &settings, today, cause: &cause };
    let mut file = LearnerFile::new(facts("UTC"));
    file.assignments.push(crate::model::Assignment::new(
        id,
        today,
        "2026-06-01".parse().unwrap(),
        crate::model::AssignmentSource::Plan,
        crate::model::AssignmentReason::RolePath,
    ));
    let text = "email,course_code,assigned,due,completed,source\na@example.com,a-1,,,2025-02-01,lms\n";
    let Rows::History(rows) = read(ImportKind::History, text.as_bytes()).rows else { panic!("history") };
    for it in history::history_row(&mut file, &ground, &rows[0]).unwrap() {
        assert_eq!(counted(&it.event(file.person(), &cause)).unwrap(), None);
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), text in "[a-z,;=\"\\n@0-9-]{0,200}") {
        for kind in ImportKind::ALL {
            let _ = read(*kind, &bytes);
            let _ = read(*kind, format!("email,course_code,completed\n{text}").as_bytes());
        }
    }
}
