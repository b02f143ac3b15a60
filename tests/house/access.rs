//! Every cell of the permission table, written out in `docs/access.md`: operation, caller and object. A change of a grant
//! shows as a change of that page; `UPDATE=1` rewrites it.

use std::{collections::BTreeSet, fmt::Write as _, fs};

use jiff::Timestamp;
use kernel::{Actor, Decision, Operation, PersonId, Principal, Role, Subject, TeamId, access::decide};

use super::root;

struct Cast {
    callers: Vec<(&'static str, Actor, Subject)>,
}

/// The callers of the page, each with the object they act on.
fn cast() -> Cast {
    let at = Timestamp::UNIX_EPOCH;
    let (owner, manager, other) = (PersonId::new(at), PersonId::new(at), PersonId::new(at));
    let (team, elsewhere) = (TeamId::new(at), TeamId::new(at));
    let object = Subject { person: Some(owner), manager: Some(manager), teams: vec![team] };
    let actor = |person, roles: &[Role], teams: &[TeamId], leads: &[TeamId]| Actor {
        principal: Principal::Person(person),
        roles: roles.iter().copied().chain([Role::Builder]).collect(),
        teams: teams.to_vec(),
        leads: leads.to_vec(),
    };
    let own_thing = |person| Subject { person: Some(person), ..Subject::default() };
    let service = Actor {
        principal: Principal::Service("portal".to_owned()),
        roles: BTreeSet::from([Role::Service]),
        teams: vec![],
        leads: vec![],
    };
    let callers = vec![
        ("their own", actor(owner, &[], &[], &[]), own_thing(owner)),
        ("their report's", actor(manager, &[Role::Manager], &[elsewhere], &[]), object.clone()),
        ("their team's", actor(other, &[], &[team], &[]), object.clone()),
        ("led team's", actor(other, &[Role::TeamLead], &[team], &[team]), object.clone()),
        ("a stranger's", actor(other, &[], &[elsewhere], &[]), object.clone()),
        ("security", actor(other, &[Role::Security], &[elsewhere], &[]), object.clone()),
        ("security, own", actor(other, &[Role::Security], &[], &[]), own_thing(other)),
        ("program-admin", actor(other, &[Role::ProgramAdmin], &[elsewhere], &[]), object.clone()),
        ("program-admin, own", actor(other, &[Role::ProgramAdmin], &[], &[]), own_thing(other)),
        ("service", service, object),
    ];
    Cast { callers }
}

fn page() -> String {
    let Cast { callers } = cast();
    let mut page = String::from(
        "# Who may do what\n\n\
         Written from `kernel::access`, the one table behind every route. A caller is a person with the object named in\n\
         the column, or holds a role from the token. ✓ allowed · 403 visible, not allowed · 404 not even visible.\n\n",
    );
    let head: Vec<&str> = callers.iter().map(|(name, ..)| *name).collect();
    writeln!(page, "| operation | {} |", head.join(" | ")).unwrap();
    writeln!(page, "|---{}|", "|:-:".repeat(head.len())).unwrap();
    for operation in Operation::ALL {
        let cells: Vec<&str> = callers
            .iter()
            .map(|(_, actor, subject)| match decide(*operation, actor, subject) {
                Decision::Allow => "✓",
                Decision::Forbid => "403",
                Decision::Hide => "404",
            })
            .collect();
        writeln!(page, "| `{}` | {} |", operation.id(), cells.join(" | ")).unwrap();
    }
    page
}

#[test]
#[expect(clippy::disallowed_methods, reason = "UPDATE is said to the test, not to the program")]
fn every_cell_of_the_permission_table_is_as_published() {
    let path = root().join("docs/access.md");
    let page = page();
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let published = fs::read_to_string(&path).unwrap_or_default();
    for (now, then) in page.lines().zip(published.lines().chain(std::iter::repeat(""))) {
        assert_eq!(now, then, "docs/access.md differs; UPDATE=1 rewrites it");
    }
    assert_eq!(page, published);
}
