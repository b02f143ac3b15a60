"""What every state machine promises about time, errors and the names that others know it by."""

from __future__ import annotations

import json
import re
from typing import Any

from asl import states
from bounds import PAGE, PASSING

RETRIED = {"Task.Retryable"} | PASSING
# An execution is started under a name of its own, so asking twice starts one; that it runs already is the good answer.
STARTED = "StepFunctions.ExecutionAlreadyExistsException"


def every_state(parsed) -> list[tuple[str, dict[str, Any]]]:
    return [(f"{file}: {name}", state) for file, machine in parsed.items() for name, state in states(machine)]


def test_every_machine_and_every_task_has_an_end_in_time(parsed, template):
    shortest = {name: function["Timeout"] for name, function in template.of("AWS::Lambda::Function").items()}
    longest = max(seconds for name, seconds in shortest.items() if name.endswith("Tasks"))
    for file, machine in parsed.items():
        assert machine["TimeoutSeconds"] > 0, file
    for name, state in every_state(parsed):
        if state["Type"] == "Task":
            assert "TimeoutSeconds" in state, name
            if "lambda" in state["Resource"]:
                assert state["TimeoutSeconds"] > longest, f"{name} gives up before the function does"


def test_a_scheduled_run_ends_before_the_next_begins(reminders, template):
    assert template.of("AWS::Scheduler::Schedule")["HourlyReminders"]["ScheduleExpression"] == "cron(0 * * * ? *)"
    assert reminders["TimeoutSeconds"] < 3600


def test_only_named_errors_are_retried(parsed):
    for name, state in every_state(parsed):
        retries = list(state.get("Retry", []))
        starts = state["Type"] == "Task" and "startExecution" in state["Resource"]
        if starts:
            assert retries.pop(0) == {"ErrorEquals": [STARTED], "MaxAttempts": 0}, name
        for retry in retries:
            assert set(retry["ErrorEquals"]) == ({"States.TaskFailed", "States.Timeout"} if starts else RETRIED), name
            assert retry["MaxAttempts"] <= 5 and retry["BackoffRate"] >= 1.5, name
        assert retries or state["Type"] != "Task", f"{name} gives up at the first throttle"


def test_every_error_name_is_one_that_rust_gives(parsed, rust):
    source = rust["shared/runtime/src/task.rs"]
    given = set(re.findall(r'"(Task\.\w+)"', source.split("#[cfg(test)]")[0]))
    assert given == {"Task.Retryable", "Task.Permanent", "Task.Conflict"}
    named = set()
    for _, state in every_state(parsed):
        named.update(error for rule in state.get("Retry", []) + state.get("Catch", []) for error in rule["ErrorEquals"])
        named.update(error for error in [state.get("Error")] if error)
    ours = {name for name in named if not name.startswith(("States.", "Lambda.", "Sandbox.", "StepFunctions."))}
    assert ours and ours <= given


def test_every_task_asked_for_is_one_that_rust_knows(parsed, template, rust):
    asked = {
        state["Parameters"]["Payload"]["task"]
        for _, state in every_state(parsed)
        if state["Type"] == "Task" and "Payload" in state["Parameters"]
    }
    for schedule in template.of("AWS::Scheduler::Schedule").values():
        asked.update(filter(None, [json.loads(schedule["Target"]["Input"]).get("task")]))
    assert {"sweep", "publish-gauges", "select-due"} <= asked
    source = "".join(text for path, text in rust.items() if path.startswith("functions/"))
    # Either spelt out, or the variant of an enum that serde renames.
    renamed = 'rename_all = "kebab-case"' in source

    def known(name: str) -> bool:
        variant = "".join(word.title() for word in name.split("-"))
        return f'"{name}"' in source or (renamed and re.search(rf"\b{variant}\b", source) is not None)

    assert {name for name in asked if not known(name)} == set()


def test_every_task_is_called_with_exactly_what_it_takes(parsed, rust):
    """Tasks refuse unknown fields, so a difference between the two would fail every call."""
    tasks = "functions/workflow-tasks/src/tasks"
    checked = set()
    for path, source in rust.items():
        variants = re.search(r"\benum Task \{(.*?)\n\}", source, re.DOTALL)
        if not (path.startswith(tasks) and variants):
            continue
        for variant, module, struct in re.findall(r"(\w+)\((?:super::)?(\w+)::(\w+)\)", variants[1]):
            beside = rust.get(path.replace("mod.rs", f"{module}.rs")) or rust[f"{tasks}/{module}.rs"]
            body = re.search(rf"struct {struct} \{{(.*?)\n\}}", beside, re.DOTALL)
            assert body, f"{path}: {struct}"
            fields = set(re.findall(r"^ +(?:pub(?:\([^)]*\))? )?(\w+):", body[1], re.MULTILINE))
            name = re.sub(r"(?<!^)([A-Z])", r"-\1", variant).lower()
            for where, state in every_state(parsed):
                payload = state.get("Parameters", {}).get("Payload", {})
                if payload.get("task") == name:
                    assert {key.removesuffix(".$") for key in payload} - {"task"} == fields, f"{where} and {struct}"
                    checked.add(name)
    assert {"select-due", "remind-people", "digest-boxes", "finish-run", "import-chunk", "import-failed"} <= checked
    assert "review-people" in checked


def test_no_task_returns_a_smaller_page_than_the_bounds_assume(rust):
    source = "".join(text for path, text in rust.items() if path.startswith("functions/workflow-tasks/"))
    pages = [int(size) for size in re.findall(r"const \w*PAGE\w*: \w+ = (\d+);", source)]
    assert pages and min(pages) >= PAGE


def test_substitutions_are_supplied_and_used(machines, template):
    deployed = template.of("AWS::StepFunctions::StateMachine")
    used = set()
    for name, properties in deployed.items():
        file = properties["DefinitionS3Location"]["Key"].rpartition("/")[2]
        used.add(file)
        wanted = set(re.findall(r"\$\{(\w+)\}", machines[file]))
        assert wanted == set(properties["DefinitionSubstitutions"]), name
    assert used == set(machines), "a state machine that nothing deploys"


def test_every_state_is_reached(parsed):
    for file, machine in parsed.items():
        for scope in [machine, *(state["ItemProcessor"] for _, state in states(machine) if "ItemProcessor" in state)]:
            reached, waiting = set(), [scope["StartAt"]]
            while waiting:
                name = waiting.pop()
                if name not in reached:
                    reached.add(name)
                    state = scope["States"][name]
                    rules = state.get("Choices", []) + state.get("Catch", [])
                    after = [state.get("Next"), state.get("Default"), *(rule["Next"] for rule in rules)]
                    waiting += [name for name in after if name]
            assert reached == set(scope["States"]), file
