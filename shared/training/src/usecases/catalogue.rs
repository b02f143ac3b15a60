//! Changes of the catalogue and of training's settings. The whole catalogue is one consistency boundary: two writers
//! cannot close a cycle of prerequisites between them.

use kernel::{Cause, Commit, CourseId, Once, Version};

use super::Desk;
use crate::{
    Settings, TrainingError, TrainingWriter, Write, events,
    model::{
        Catalogue, Course, CourseCode, CourseFormat, CourseHours, CourseProvider, CourseUrl, JobRole, PathStep,
        Retirement, RolePath, Title,
    },
};

/// What can be said of a course.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CourseFacts {
    /// What it is called.
    pub title: Title,
    /// What kind of learning it is.
    pub format: CourseFormat,
    /// Who offers it.
    pub provider: CourseProvider,
    /// How long it takes.
    pub hours: CourseHours,
    /// The competency areas it serves.
    pub competencies: Vec<String>,
    /// What must be done before.
    pub prerequisites: Vec<CourseId>,
    /// For how many months a completion is valid.
    pub validity_months: Option<u16>,
    /// The languages it is given in.
    pub languages: Vec<String>,
    /// Where it is taken.
    pub url: Option<CourseUrl>,
}

impl CourseFacts {
    /// What a course says.
    pub fn of(course: &Course) -> Self {
        let course = course.clone();
        Self {
            title: course.title,
            format: course.format,
            provider: course.provider,
            hours: course.hours,
            competencies: course.competencies,
            prerequisites: course.prerequisites,
            validity_months: course.validity_months,
            languages: course.languages,
            url: course.url,
        }
    }

    pub(crate) fn course(
        self,
        id: CourseId,
        code: CourseCode,
        retired: Option<Retirement>,
        version: Version,
    ) -> Course {
        Course {
            id,
            code,
            title: self.title,
            format: self.format,
            provider: self.provider,
            hours: self.hours,
            competencies: self.competencies,
            prerequisites: self.prerequisites,
            validity_months: self.validity_months,
            languages: self.languages,
            url: self.url,
            retired,
            version,
        }
    }
}

/// Makes the idempotency record of a new course from the course.
pub type CourseAnswer<'a> = &'a (dyn Fn(&Course) -> Once + Send + Sync);

/// Publishes a new course.
///
/// # Errors
/// [`TrainingError::Catalogue`] for a taken code, unknown prerequisites or a cycle; store errors.
pub async fn create_course(
    desk: &Desk<'_>,
    code: CourseCode,
    facts: CourseFacts,
    cause: &Cause,
    once: Option<CourseAnswer<'_>>,
) -> Result<Course, TrainingError> {
    let catalogue = desk.reader.catalogue().await?;
    let course = facts.course(CourseId::new(cause.at), code, None, Version::FIRST);
    let commit = save_course(&catalogue, Version::ABSENT, course.clone(), events::COURSE_PUBLISHED, cause)?.0;
    desk.writer.commit(commit.once(once.map(|answer| answer(&course))), cause).await?;
    Ok(course)
}

/// Changes a course of the catalogue as it was read; retires it from now on, or brings it back.
///
/// # Errors
/// [`TrainingError`] for an unknown course, a version that is no longer true, unknown prerequisites or a cycle; store
/// errors, a conflict where the catalogue changed since it was read.
pub async fn change_course(
    writer: &dyn TrainingWriter,
    catalogue: &Catalogue,
    id: CourseId,
    expected: Version,
    facts: CourseFacts,
    retired: bool,
    cause: &Cause,
) -> Result<Course, TrainingError> {
    let old = catalogue.course(id).ok_or(TrainingError::UnknownCourse(id))?;
    if old.version != expected {
        return Err(TrainingError::Stale);
    }
    let today = cause.at.to_zoned(jiff::tz::TimeZone::UTC).date();
    let retired = retired.then(|| old.retired.unwrap_or(Retirement { on: today }));
    let course = facts.course(id, old.code.clone(), retired, expected.next());
    let same = Course { version: expected, ..course.clone() } == *old;
    if same {
        return Ok(old.clone());
    }
    let retires = old.retired.is_none() && course.retired.is_some();
    let kind = if retires { events::COURSE_RETIRED } else { events::COURSE_CHANGED };
    let commit = save_course(catalogue, expected, course.clone(), kind, cause)?.0;
    writer.commit(commit, cause).await?;
    Ok(course)
}

/// The commit that saves a course, and the catalogue after it.
pub(crate) fn save_course(
    catalogue: &Catalogue,
    before: Version,
    course: Course,
    kind: &str,
    cause: &Cause,
) -> Result<(Commit<Write>, Catalogue), TrainingError> {
    let next = catalogue.with_course(course.clone())?;
    let event = events::course(kind, course.id, course.version, cause);
    let guard = Write::Catalogue { before: catalogue.version() };
    Ok((Commit::of(vec![guard, Write::Course { before, course: Box::new(course) }]).event(event), next))
}

/// Sets the path of a role. `expected` is the version that was read, [`Version::ABSENT`] for a path that is not there.
///
/// # Errors
/// [`TrainingError`] for a version that is no longer true, unknown courses or a course that occurs twice; store errors.
pub async fn set_path(
    desk: &Desk<'_>,
    job_role: JobRole,
    steps: Vec<PathStep>,
    expected: Option<Version>,
    cause: &Cause,
) -> Result<RolePath, TrainingError> {
    let catalogue = desk.reader.catalogue().await?;
    let old = catalogue.path(job_role);
    let before = old.map_or(Version::ABSENT, |path| path.version);
    if expected.is_some_and(|expected| expected != before) {
        return Err(TrainingError::Stale);
    }
    if let Some(old) = old.filter(|old| old.steps == steps) {
        return Ok(old.clone());
    }
    let (path, (commit, _)) = save_path(&catalogue, job_role, steps, cause)?;
    desk.writer.commit(commit, cause).await?;
    Ok(path)
}

/// A role's new path, the commit that sets it, and the catalogue after it.
pub(crate) fn save_path(
    catalogue: &Catalogue,
    job_role: JobRole,
    steps: Vec<PathStep>,
    cause: &Cause,
) -> Result<(RolePath, (Commit<Write>, Catalogue)), TrainingError> {
    let before = catalogue.path(job_role).map_or(Version::ABSENT, |path| path.version);
    let path = RolePath { job_role, steps, version: before.next() };
    let next = catalogue.with_path(path.clone())?;
    let guard = Write::Catalogue { before: catalogue.version() };
    let event = events::path(job_role, path.version, cause);
    let commit = Commit::of(vec![guard, Write::Path { before, path: path.clone() }]).event(event);
    Ok((path, (commit, next)))
}

/// Writes a new version of the settings.
///
/// # Errors
/// [`TrainingError::Settings`] when they contradict themselves, [`TrainingError::Stale`] when `expected` is not the
/// latest version; store errors.
pub async fn save_settings(
    desk: &Desk<'_>,
    settings: Settings,
    expected: Version,
    cause: &Cause,
) -> Result<Version, TrainingError> {
    settings.validate()?;
    let latest = desk.reader.settings(None).await?.map_or(Version::ABSENT, |(version, _)| version);
    if latest != expected {
        return Err(TrainingError::Stale);
    }
    let version = latest.next();
    let write = Write::Settings { version, settings: Box::new(settings) };
    desk.writer.commit(Commit::of(vec![write]).event(events::settings(version, cause)), cause).await?;
    Ok(version)
}
