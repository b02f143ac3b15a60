"""The functions: what they are told, how long they may take, and what calls them."""

from __future__ import annotations

import re

import pytest
from reading import ROOT, text

# Which configuration type of `runtime::config` each function reads, and its crate.
FUNCTIONS = {
    "DirectoryApi": ("DirectoryApi", "directory-api"),
    "TrainingApi": ("TrainingApi", "training-api"),
    "DirectoryTasks": ("WorkflowTasks", "workflow-tasks"),
    "TrainingTasks": ("WorkflowTasks", "workflow-tasks"),
    "EventRelay": ("EventRelay", "event-relay"),
    "Reactions": ("Reactions", "reactions"),
    "Mailer": ("Mailer", "mailer"),
}
HTTP_SECONDS = 30


@pytest.fixture(scope="module")
def functions(template):
    return template.of("AWS::Lambda::Function")


@pytest.fixture(scope="module")
def config(rust) -> str:
    return rust["shared/runtime/src/config.rs"].split("#[cfg(test)]\nmod tests")[0]


@pytest.fixture(scope="module")
def names(config) -> dict[str, str]:
    """The variables that `runtime::config` names: constant to variable."""
    found = dict(re.findall(r'pub const (\w+): &str = "(\w+)";', config))
    assert found["TABLE"] == "GUILDHALL_TABLE"
    return found


def read_by(config: str, names: dict[str, str], kind: str) -> set[str]:
    """The variables of ours that a configuration type reads."""
    body = re.search(rf"^    {kind} \{{\n(.*?)^    \}}", config, re.DOTALL | re.MULTILINE)
    assert body, f"runtime::config has no {kind}"
    return {names[constant] for constant in re.findall(r"= (\w+) as \w+,", body[1])}


def test_every_function_is_known_here(functions):
    assert set(functions) == set(FUNCTIONS)
    assert {crate for _, crate in FUNCTIONS.values()} == {path.name for path in (ROOT / "functions").iterdir()}


def test_each_function_is_told_exactly_what_it_reads(functions, config, names):
    for name, (kind, _) in FUNCTIONS.items():
        told = set(functions[name]["Environment"]["Variables"])
        assert told == read_by(config, names, kind), name


def test_the_clock_cannot_be_moved(template, names):
    assert names["CLOCK_FILE"] == "GUILDHALL_CLOCK_FILE"
    assert "CLOCK_FILE" not in str(template.whole)


def test_task_functions_serve_one_system_each(functions):
    served = {
        name: functions[name]["Environment"]["Variables"]["GUILDHALL_SYSTEM"] for name in functions if "Tasks" in name
    }
    assert served == {"DirectoryTasks": "directory", "TrainingTasks": "training"}


def test_each_function_runs_its_crate(functions):
    for name, (_, crate) in FUNCTIONS.items():
        function = functions[name]
        assert function["Code"]["S3Key"] == f"target/bootstraps/{crate}"
        assert function["Runtime"] == "provided.al2023" and function["Handler"] == "bootstrap"
        assert function["Architectures"] == [{"Ref": "Architecture"}]
        assert function["TracingConfig"] == {"Mode": "Active"}


def test_each_function_logs_to_a_group_of_its_own(template, functions):
    groups = template.of("AWS::Logs::LogGroup")
    for name, function in functions.items():
        assert function["LoggingConfig"]["LogFormat"] == "JSON"
        assert text(function["LoggingConfig"]["LogGroup"]) == f"${{{name}Logs}}"
        assert f"{name}Logs" in groups
    for name, machine in template.of("AWS::StepFunctions::StateMachine").items():
        (destination,) = machine["LoggingConfiguration"]["Destinations"]
        assert text(destination["CloudWatchLogsLogGroup"]["LogGroupArn"]) == f"${{{name}Logs.Arn}}"
        assert machine["LoggingConfiguration"]["IncludeExecutionData"] is False
        assert machine["TracingConfiguration"]["Enabled"] is True


def test_the_apis_answer_before_the_gateway_gives_up(functions):
    for name in ("DirectoryApi", "TrainingApi"):
        assert functions[name]["Timeout"] < HTTP_SECONDS


def test_no_function_has_an_address_of_its_own(template):
    kinds = {one["Type"] for one in template.resources.values()}
    assert "AWS::Lambda::Url" not in kinds
    assert "FunctionUrlConfig" not in str(template.whole)


def test_a_lease_outlives_the_mailer(functions, rust):
    source = "".join(text for path, text in rust.items() if path.startswith(("shared/mail/src/", "functions/mailer/")))
    lease = re.search(r"const LEASE: \w+ = \w+::from_(secs|mins)\((\d+)\)", source)
    assert lease, "the mail rules name their lease"
    assert int(lease[2]) * (60 if lease[1] == "mins" else 1) >= functions["Mailer"]["Timeout"]


# ---- event sources ----


def sources(template):
    for name, mapping in template.of("AWS::Lambda::EventSourceMapping").items():
        yield name, mapping, text(mapping["FunctionName"]).strip("${}"), text(mapping["EventSourceArn"]).strip("${}")


def test_a_message_stays_hidden_while_it_is_worked_on(template, functions):
    queues = template.of("AWS::SQS::Queue")
    for name, mapping, function, source in sources(template):
        queue = queues.get(source.removesuffix(".Arn"))
        if queue:
            window = mapping.get("MaximumBatchingWindowInSeconds", 0)
            assert queue["VisibilityTimeout"] >= 6 * functions[function]["Timeout"] + window, name


def test_one_bad_message_fails_alone(template):
    for name, mapping, *_ in sources(template):
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"], name


def test_a_poison_record_blocks_nothing_for_long(template):
    ((_, mapping, function, _),) = [one for one in sources(template) if one[3] == "Program.StreamArn"]
    assert function == "EventRelay"
    assert 60 <= mapping["MaximumRecordAgeInSeconds"] <= 3600
    assert mapping["BisectBatchOnFunctionError"] is True
    assert text(mapping["DestinationConfig"]["OnFailure"]["Destination"]) == "${RelayDeadLetters.Arn}"


def test_the_senders_are_capped_by_parameter(template):
    capped = {name: mapping.get("ScalingConfig") for name, mapping, *_ in sources(template)}
    expected = {"Fn::If": ["SendsSlowly", 2, {"Ref": "SendConcurrency"}]}
    assert capped["MailToMailer"] == {"MaximumConcurrency": expected}
    assert template.whole["Conditions"]["SendsSlowly"] == {"Fn::Equals": [{"Ref": "SendConcurrency"}, 2]}


def test_every_event_source_may_be_read_by_its_function(template):
    for name, _, function, source in sources(template):
        reads = {
            text(resource).strip("${}")
            for role, statement, _ in template.statements()
            if role == f"{function}Role" and {"sqs:ReceiveMessage", "dynamodb:GetRecords"} & set(statement["Action"])
            for resource in (
                statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
            )
        }
        assert source in reads, name


# ---- schedules ----


def test_everything_on_the_clock_can_be_switched_off_and_is_not_lost(template):
    for name, schedule in template.of("AWS::Scheduler::Schedule").items():
        assert text(schedule["State"]) == "${ScheduleState}", name
        assert text(schedule["Target"]["DeadLetterConfig"]["Arn"]) == "${ScheduleDeadLetters.Arn}", name
        assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}, name


def test_the_clock_may_start_what_it_should_and_nothing_else(template):
    targets = {text(one["Target"]["Arn"]) for one in template.of("AWS::Scheduler::Schedule").values()}
    may = set()
    for role, statement, _ in template.statements():
        if role == "ScheduleRole" and statement["Sid"] in {"Reminders", "Tasks"}:
            resources = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
            may |= {text(resource) for resource in resources}
    assert may == targets
