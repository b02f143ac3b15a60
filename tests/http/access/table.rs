//! The expected answers. One row an operation: its id, what it acts on, and a cell for each caller and object: `+` is
//! done, `x` is 403, `-` is 404.
//!
//! Callers, in order: builder, manager, lead, security, program-admin, service. Objects, in order: their own, their
//! report's (not for builder and lead), their team's, another's; a machine has only another's. What belongs to a team is
//! theirs or another's; what belongs to nobody has one cell a caller.

/// What an operation acts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Thing {
    /// Something of nobody in particular.
    Program,
    /// A person.
    Person,
    /// A team, or what a team owns.
    Team,
}

use Thing::{Person, Program, Team};

pub(super) const TABLE: &[(&str, Thing, &str)] = &[
    ("readMe", Program, "+ + + + + +"),
    ("listPeople", Program, "+ + + + + +"),
    ("readPerson", Person, "+++ ++++ +++ ++++ ++++ +"),
    ("createPerson", Program, "x x x x + +"),
    ("changePerson", Person, "xxx xxxx xxx xxxx ++++ +"),
    ("changeAbsences", Person, "+xx ++xx +xx ++xx ++++ +"),
    ("linkSubject", Person, "xxx xxxx xxx xxxx ++++ x"),
    ("recordLeave", Person, "xxx xxxx xxx xxxx ++++ +"),
    ("exportPerson", Person, "+xx +xxx +xx +xxx ++++ x"),
    ("erasePerson", Person, "xxx xxxx xxx xxxx x+++ x"),
    ("readPersonHistory", Person, "+xx +xxx +xx +xxx ++++ x"),
    ("listTeams", Program, "+ + + + + +"),
    ("readTeam", Team, "++ ++ ++ ++ ++ +"),
    ("listTeamMembers", Team, "++ ++ ++ ++ ++ +"),
    ("createTeam", Program, "x x x x + +"),
    ("changeTeam", Team, "xx xx xx xx ++ +"),
    ("mergeTeam", Team, "xx xx xx xx ++ x"),
    ("splitTeam", Team, "xx xx xx xx ++ x"),
    ("listWorkloads", Program, "+ + + + + +"),
    ("readWorkload", Team, "++ ++ ++ ++ ++ +"),
    ("createWorkload", Team, "xx xx +x xx ++ +"),
    ("changeWorkload", Team, "xx xx +x xx ++ +"),
    ("createDirectoryUpload", Program, "- - - - + -"),
    ("startDirectoryImport", Program, "- - - - + -"),
    ("readDirectoryImport", Program, "- - - - + -"),
    ("readProgramSettings", Program, "- - - + + -"),
    ("changeProgramSettings", Program, "- - - x + -"),
    ("listMails", Program, "- - - - + -"),
    ("readMail", Program, "- - - - + -"),
    ("listCourses", Program, "+ + + + + +"),
    ("readCourse", Program, "+ + + + + +"),
    ("createCourse", Program, "x x x + + x"),
    ("changeCourse", Program, "x x x + + x"),
    ("listPaths", Program, "+ + + + + +"),
    ("readPath", Program, "+ + + + + +"),
    ("changePath", Program, "x x x + + x"),
    ("readLearner", Person, "+-- ++-- +-- ++++ ++++ +"),
    ("listReports", Program, "+ + + + + +"),
    ("planLearner", Person, "x-- x+-- x-- ++++ ++++ +"),
    ("assignCourse", Person, "x-- x+-- x-- ++++ ++++ +"),
    ("extendAssignment", Person, "x-- x+-- x-- x+++ x+++ x"),
    ("cancelAssignment", Person, "x-- xx-- x-- x+++ x+++ x"),
    ("reportCompletion", Person, "+-- +x-- +-- +xxx +xxx x"),
    ("listChecks", Program, "- - - + + -"),
    ("checkCompletion", Person, "x-- x+-- x-- x+++ x+++ x"),
    ("recordRoster", Program, "x x x + + +"),
    ("grantExemption", Person, "x-- xx-- x-- x+++ x+++ x"),
    ("endExemption", Person, "x-- xx-- x-- x+++ x+++ x"),
    ("readTeamTraining", Team, "+x +x +x ++ ++ +"),
    ("readDepartmentTraining", Program, "x x x + + +"),
    ("readCompanyTraining", Program, "+ + + + + +"),
    ("createTrainingUpload", Program, "- - - - + -"),
    ("startTrainingImport", Program, "- - - - + -"),
    ("readTrainingImport", Program, "- - - - + -"),
    ("startReminderRun", Program, "- - - - + -"),
    ("readReminderRun", Program, "- - - - + -"),
    ("readTrainingSettings", Program, "- - - + + -"),
    ("changeTrainingSettings", Program, "- - - x + -"),
];
