"""The state machines that look after one person for weeks: ask a task, wait until the day it names, ask again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from asl import Run, TaskFailed


@pytest.fixture(scope="module")
def onboarding(machines) -> dict[str, Any]:
    return json.loads(machines["onboarding-training.asl.json"])


@pytest.fixture(scope="module")
def recertification(machines) -> dict[str, Any]:
    return json.loads(machines["recertification.asl.json"])


# ---- how a recertification behaves ----

RECERTIFIED = {
    "person": "01900a5d-ac96-774b-bcce-b302099a8001",
    "certificate": "01900a5d-ac96-774b-bcce-b302099a8002",
    "expires": "2026-09-30",
}


def recertified(machine, answers, stumbles: int = 0) -> tuple[Run, list[dict[str, Any]]]:
    """Runs a recertification whose task answers one thing after another, and fails some times before each."""
    asked: list[dict[str, Any]] = []
    left = iter(answers)
    failures = 0

    def task(_resource: str, parameters: dict[str, Any]) -> Any:
        nonlocal failures
        if failures < stumbles:
            failures += 1
            raise TaskFailed("Task.Retryable")
        failures = 0
        asked.append(parameters["Payload"])
        outcome, until = next(left)
        return {"Payload": {"outcome": outcome, "until": until}}

    run = Run(task)
    run.start(machine, RECERTIFIED)
    return run, asked


WAITS = [("waiting", f"2026-0{month}-02T06:00:00Z") for month in (7, 8, 9)]


@pytest.mark.parametrize("end", ["renewed", "lapsed", "withdrawn", "gone"])
def test_a_recertification_asks_on_check_in_days_until_it_ends(recertification, end):
    for stumbles in (0, 3):
        _, asked = recertified(recertification, [*WAITS, (end, None)], stumbles)
        assert asked == [{"task": "check-recertification", **RECERTIFIED}] * 4


def test_a_recertification_carries_ids_and_dates_alone(recertification):
    """An execution that waits for weeks must mean the same to whatever is deployed meanwhile."""
    run, _ = recertified(recertification, [*WAITS, ("lapsed", None)])
    outcomes = {"waiting", "renewed", "lapsed", "withdrawn", "gone", "check-recertification"}

    def leaves(data: Any) -> Iterator[Any]:
        if isinstance(data, dict):
            for value in data.values():
                yield from leaves(value)
        else:
            yield data

    for data in run.seen:
        for leaf in leaves({name: value for name, value in data.items() if name != "FunctionName"}):
            shape = leaf is None or leaf in outcomes or re.fullmatch(r"[0-9a-f-]{36}|\d{4}-\d\d-\d\d(T[\d:]+Z)?", leaf)
            assert shape, leaf
    assert run.payload < 1024


def test_a_recertification_outlasts_the_ladder_and_ends(recertification):
    day = 24 * 3600
    assert 91 * day < recertification["TimeoutSeconds"] <= 100 * day


def test_a_recertification_that_cannot_be_asked_fails(recertification):
    with pytest.raises(TaskFailed, match="Task.Retryable"):
        recertified(recertification, [("lapsed", None)], stumbles=6)


# ---- how an onboarding behaves ----

JOINER = {"person": "01900a5d-ac96-774b-bcce-b302099a8001", "start": "2026-07-06"}


def accompanied(machine, answers) -> tuple[Run, list[dict[str, Any]]]:
    """Runs an onboarding whose task answers one thing after another."""
    asked: list[dict[str, Any]] = []
    left = iter(answers)

    def task(_resource: str, parameters: dict[str, Any]) -> Any:
        asked.append(parameters["Payload"])
        outcome, until = next(left)
        return {"Payload": {"outcome": outcome, "until": until}}

    run = Run(task)
    run.start(machine, JOINER)
    return run, asked


@pytest.mark.parametrize("end", ["completed", "ended", "left"])
def test_an_onboarding_checks_in_until_it_ends(onboarding, end):
    run, asked = accompanied(onboarding, [*WAITS, ("waiting", "2026-09-30T06:00:00Z"), (end, None)])
    assert asked == [{"task": "check-onboarding", **JOINER}] * 5
    assert run.payload < 1024


def test_an_onboarding_ends_within_a_year(onboarding):
    assert onboarding["TimeoutSeconds"] <= 366 * 24 * 3600


# ---- how a machine behaves that waits for a day the task names ----


@pytest.mark.parametrize("name", ["onboarding-training.asl.json", "recertification.asl.json"])
def test_a_day_that_has_passed_already_is_asked_for_once_a_minute_at_most(machines, name):
    """The task's clock may be behind the machine's: then a wait for its day is over at once, time and again."""
    machine = json.loads(machines[name])
    ways = list(paths_between_tasks(machine["States"]))
    again = [way for way in ways if way[-1] == way[0]]
    assert again, "it asks more than once"
    for way in again:
        waits = [machine["States"][step] for step in way if machine["States"][step]["Type"] == "Wait"]
        assert [wait["TimestampPath"] for wait in waits if "TimestampPath" in wait] == ["$.checked.until"], way
        assert sum(wait.get("Seconds", 0) for wait in waits) >= 60, way


def paths_between_tasks(all_states: dict[str, Any]) -> Iterator[list[str]]:
    """Every way from a task to the next one, states in between included."""
    open_ways = [[name] for name, state in all_states.items() if state["Type"] == "Task"]
    while open_ways:
        way = open_ways.pop()
        state = all_states[way[-1]]
        following = [state["Next"]] if "Next" in state else []
        following += [choice["Next"] for choice in state.get("Choices", [])]
        following += [state["Default"]] if "Default" in state else []
        following += [catcher["Next"] for catcher in state.get("Catch", [])]
        for step in following:
            if all_states[step]["Type"] == "Task":
                yield [*way, step]
            elif step not in way:
                open_ways.append([*way, step])
