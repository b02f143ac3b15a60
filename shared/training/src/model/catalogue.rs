//! The catalogue as one value: every course, every role path, and the tests that people are asked to take. It refuses
//! cycles of prerequisites, and knows the order in which a role's required courses are planned.

use std::collections::{BTreeMap, BTreeSet};

use kernel::{AssessmentId, CourseId, Version};
use serde::{Deserialize, Serialize};

use super::{AssignmentReason, Course, CourseCode, JobRole};
use crate::assessment::Assessment;

spelled! {
    /// How much a path asks for a course.
    Requirement {
        /// It is planned and reminded of.
        Required = "required",
        /// It is offered.
        Recommended = "recommended",
    }
}

/// One course of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathStep {
    /// Which course.
    pub course: CourseId,
    /// How much it is asked for.
    pub requirement: Requirement,
}

/// What a job role is asked to learn, in plan order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RolePath {
    /// For which role.
    pub job_role: JobRole,
    /// The courses, in the order in which they are planned as far as prerequisites allow.
    pub steps: Vec<PathStep>,
    /// How often it was written.
    pub version: Version,
}

impl RolePath {
    /// The most courses of a path.
    pub const MOST_STEPS: usize = 40;
}

/// Why a course or path does not fit the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatalogueError {
    /// A prerequisite or step names a course that is not there.
    #[error("course {0} is not in the catalogue")]
    Unknown(CourseId),
    /// A course would come before itself.
    #[error("the prerequisites of course {0} lead back to it")]
    Cycle(CourseId),
    /// Another course has the code.
    #[error("another course has the code {}", .0.as_str())]
    CodeTaken(CourseCode),
    /// A path is too long.
    #[error("a path has at most {} courses", RolePath::MOST_STEPS)]
    TooLong,
    /// A path names a course twice.
    #[error("course {0} occurs twice")]
    Twice(CourseId),
}

/// Every course, every path, and every test that people are asked to take. Read with one query; its version guards every
/// change of courses and paths. Tests are guarded by their own.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Catalogue {
    courses: BTreeMap<CourseId, Course>,
    paths: BTreeMap<JobRole, RolePath>,
    tests: BTreeMap<AssessmentId, Assessment>,
    version: Option<Version>,
}

impl Catalogue {
    /// The catalogue as it was stored. Nothing is refused: what was stored passed [`Self::with_course`] before.
    pub fn new(
        courses: impl IntoIterator<Item = Course>,
        paths: impl IntoIterator<Item = RolePath>,
        version: Version,
    ) -> Self {
        Self {
            courses: courses.into_iter().map(|course| (course.id, course)).collect(),
            paths: paths.into_iter().map(|path| (path.job_role, path)).collect(),
            tests: BTreeMap::new(),
            version: Some(version),
        }
    }

    /// The same catalogue with the tests that people are asked to take.
    #[must_use]
    pub fn with_tests(self, tests: impl IntoIterator<Item = Assessment>) -> Self {
        Self { tests: tests.into_iter().map(|test| (test.id, test)).collect(), ..self }
    }

    /// The tests that people are asked to take, by id.
    pub fn tests(&self) -> impl Iterator<Item = &Assessment> {
        self.tests.values()
    }

    /// How often the catalogue was written.
    pub fn version(&self) -> Version {
        self.version.unwrap_or(Version::ABSENT)
    }

    /// Every course, by id.
    pub fn courses(&self) -> impl Iterator<Item = &Course> {
        self.courses.values()
    }

    /// One course.
    pub fn course(&self, id: CourseId) -> Option<&Course> {
        self.courses.get(&id)
    }

    /// One course, by its code.
    pub fn by_code(&self, code: &CourseCode) -> Option<&Course> {
        self.courses.values().find(|course| course.code == *code)
    }

    /// Every path.
    pub fn paths(&self) -> impl Iterator<Item = &RolePath> {
        self.paths.values()
    }

    /// The path of a role.
    pub fn path(&self, role: JobRole) -> Option<&RolePath> {
        self.paths.get(&role)
    }

    /// The catalogue with a course added or replaced.
    ///
    /// # Errors
    /// [`CatalogueError`] for unknown prerequisites, a cycle, or a code that another course has.
    pub fn with_course(&self, course: Course) -> Result<Self, CatalogueError> {
        if self.courses.values().any(|other| other.code == course.code && other.id != course.id) {
            return Err(CatalogueError::CodeTaken(course.code));
        }
        let id = course.id;
        let mut next = self.clone();
        let prerequisites = course.prerequisites.clone();
        next.courses.insert(id, course);
        if let Some(unknown) = prerequisites.iter().find(|other| !next.courses.contains_key(other)) {
            return Err(CatalogueError::Unknown(*unknown));
        }
        if next.leads_back(id) {
            return Err(CatalogueError::Cycle(id));
        }
        next.version = Some(self.version().next());
        Ok(next)
    }

    /// The catalogue with a path set.
    ///
    /// # Errors
    /// [`CatalogueError`] for unknown courses and for a course that occurs twice.
    pub fn with_path(&self, path: RolePath) -> Result<Self, CatalogueError> {
        if path.steps.len() > RolePath::MOST_STEPS {
            return Err(CatalogueError::TooLong);
        }
        let mut seen = BTreeSet::new();
        for step in &path.steps {
            if !self.courses.contains_key(&step.course) {
                return Err(CatalogueError::Unknown(step.course));
            }
            if !seen.insert(step.course) {
                return Err(CatalogueError::Twice(step.course));
            }
        }
        let mut next = self.clone();
        next.paths.insert(path.job_role, path);
        next.version = Some(self.version().next());
        Ok(next)
    }

    fn leads_back(&self, start: CourseId) -> bool {
        let mut seen = BTreeSet::new();
        let mut open: Vec<CourseId> = self.prerequisites(start).to_vec();
        while let Some(course) = open.pop() {
            if course == start {
                return true;
            }
            if seen.insert(course) {
                open.extend_from_slice(self.prerequisites(course));
            }
        }
        false
    }

    fn prerequisites(&self, course: CourseId) -> &[CourseId] {
        self.courses.get(&course).map_or(&[], |course| course.prerequisites.as_slice())
    }

    /// What a role is required to do, in plan order: threat modelling first, then the path, every course after its
    /// prerequisites. Retired courses are left out.
    pub fn required(&self, role: JobRole, threat_modelling: Option<&CourseCode>) -> Vec<(CourseId, AssignmentReason)> {
        let Some(path) = self.paths.get(&role) else { return Vec::new() };
        let steps: Vec<CourseId> = path
            .steps
            .iter()
            .filter(|step| step.requirement == Requirement::Required)
            .map(|step| step.course)
            .collect();
        let first = threat_modelling.and_then(|code| self.by_code(code)).map(|course| course.id);
        let asked: BTreeSet<CourseId> = first.iter().chain(&steps).copied().collect();
        let mut order = Vec::new();
        let mut seen = BTreeSet::new();
        for course in first.iter().chain(&steps) {
            self.visit(*course, &mut seen, &mut order);
        }
        order
            .into_iter()
            .filter(|course| self.courses.get(course).is_some_and(|course| course.retired.is_none()))
            .map(|course| {
                let asked = asked.contains(&course);
                (course, if asked { AssignmentReason::RolePath } else { AssignmentReason::Prerequisite })
            })
            .collect()
    }

    /// A course after everything that must be done before it, each after its own prerequisites; retired ones included.
    pub fn with_prerequisites(&self, course: CourseId) -> Vec<CourseId> {
        let mut order = Vec::new();
        self.visit(course, &mut BTreeSet::new(), &mut order);
        order
    }

    /// Depth first, so that prerequisites stand before what needs them. A course is marked before its prerequisites are
    /// visited: even a cycle, which is refused on writing, would end.
    fn visit(&self, start: CourseId, seen: &mut BTreeSet<CourseId>, order: &mut Vec<CourseId>) {
        let mut stack = vec![(start, false)];
        while let Some((course, prerequisites_done)) = stack.pop() {
            if prerequisites_done {
                order.push(course);
            } else if seen.insert(course) {
                stack.push((course, true));
                stack.extend(self.prerequisites(course).iter().rev().map(|other| (*other, false)));
            }
        }
    }
}
