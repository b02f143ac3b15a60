//! State machines beside the reminder cycle.

use super::{Kpi, executions, spoilt};

const REVIEWS: &str = "Machines of training that did not end well";
const IMPORTS: &str = "Imports that did not end well";
const REVIEW: &[(&str, &str)] = &[("StateMachineArn", "${TrainingReview}")];
const ONBOARDING: &[(&str, &str)] = &[("StateMachineArn", "${TrainingOnboarding}")];
const RECERTIFICATION: &[(&str, &str)] = &[("StateMachineArn", "${TrainingRecertification}")];
const REBUILD: &[(&str, &str)] = &[("StateMachineArn", "${TrainingRebuild}")];
const DIRECTORY_IMPORT: &[(&str, &str)] = &[("StateMachineArn", "${DirectoryImport}")];
const TRAINING_IMPORT: &[(&str, &str)] = &[("StateMachineArn", "${TrainingImport}")];

/// In the order of the dashboard.
pub(super) const KPIS: &[Kpi] = &[
    spoilt(
        "reviews_failed",
        "Reviews that failed",
        "executions of training-review that failed",
        executions("ExecutionsFailed", REVIEW, "Sum"),
        REVIEWS,
        "ReviewFailedAlarm",
    ),
    spoilt(
        "reviews_timed_out",
        "Reviews that took too long",
        "executions of training-review that timed out",
        executions("ExecutionsTimedOut", REVIEW, "Sum"),
        REVIEWS,
        "ReviewTimedOutAlarm",
    ),
    spoilt(
        "rebuilds_failed",
        "Rebuilds of figures that failed",
        "executions of training-rebuild that failed",
        executions("ExecutionsFailed", REBUILD, "Sum"),
        REVIEWS,
        "RebuildFailedAlarm",
    ),
    spoilt(
        "rebuilds_timed_out",
        "Rebuilds of figures that took too long",
        "executions of training-rebuild that timed out",
        executions("ExecutionsTimedOut", REBUILD, "Sum"),
        REVIEWS,
        "RebuildTimedOutAlarm",
    ),
    spoilt(
        "onboardings_failed",
        "Onboardings that failed",
        "executions of onboarding-training that failed",
        executions("ExecutionsFailed", ONBOARDING, "Sum"),
        REVIEWS,
        "OnboardingFailedAlarm",
    ),
    spoilt(
        "onboardings_timed_out",
        "Onboardings that took too long",
        "executions of onboarding-training that timed out",
        executions("ExecutionsTimedOut", ONBOARDING, "Sum"),
        REVIEWS,
        "OnboardingTimedOutAlarm",
    ),
    spoilt(
        "recertifications_failed",
        "Recertifications that failed",
        "executions of recertification that failed",
        executions("ExecutionsFailed", RECERTIFICATION, "Sum"),
        REVIEWS,
        "RecertificationFailedAlarm",
    ),
    spoilt(
        "recertifications_timed_out",
        "Recertifications that took too long",
        "executions of recertification that timed out",
        executions("ExecutionsTimedOut", RECERTIFICATION, "Sum"),
        REVIEWS,
        "RecertificationTimedOutAlarm",
    ),
    spoilt(
        "directory_imports_failed",
        "Imports of the directory that stopped",
        "executions of import-file for the directory that failed",
        executions("ExecutionsFailed", DIRECTORY_IMPORT, "Sum"),
        IMPORTS,
        "DirectoryImportFailedAlarm",
    ),
    spoilt(
        "directory_imports_timed_out",
        "Imports of the directory that took too long",
        "executions of import-file for the directory that timed out",
        executions("ExecutionsTimedOut", DIRECTORY_IMPORT, "Sum"),
        IMPORTS,
        "DirectoryImportTimedOutAlarm",
    ),
    spoilt(
        "training_imports_failed",
        "Imports of training that stopped",
        "executions of import-file for training that failed",
        executions("ExecutionsFailed", TRAINING_IMPORT, "Sum"),
        IMPORTS,
        "TrainingImportFailedAlarm",
    ),
    spoilt(
        "training_imports_timed_out",
        "Imports of training that took too long",
        "executions of import-file for training that timed out",
        executions("ExecutionsTimedOut", TRAINING_IMPORT, "Sum"),
        IMPORTS,
        "TrainingImportTimedOutAlarm",
    ),
];
