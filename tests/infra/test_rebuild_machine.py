"""How figures are put right: counted, noted, counted again."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from asl import HISTORY, Run, TaskFailed, states
from bounds import EVERYBODY, PAGE, PAYLOAD, SHARDS


class Ledger:
    """Stand-in for the tasks of a rebuild: how many pages a count has, how often figures turn out unsettled, and how
    often each call fails before it works."""

    def __init__(self, pages: int, unsettled: int = 0, waiting: int = 0, stutter: int = 0) -> None:
        self.pages = pages
        self.unsettled = unsettled
        self.waiting = waiting
        self.stutter = stutter
        self.asked: list[tuple[str, ...]] = []
        self.following: dict[str, Any] | None = None
        self._failures = 0

    def __call__(self, resource: str, parameters: dict[str, Any]) -> Any:
        if resource == "arn:aws:states:::states:startExecution":
            assert parameters["StateMachineArn"] == "arn:self"
            self.following = parameters
            return {"ExecutionArn": "arn", "surplus": "z" * 500}
        if self._failures < self.stutter:
            self._failures += 1
            raise TaskFailed("Task.Retryable")
        self._failures = 0
        given = dict(parameters["Payload"])
        task = given.pop("task")
        if task == "count-standings":
            page = (given["cursor"] or {"page": 0})["page"]
            self.asked.append((given["rebuild"], given["count"], str(page)))
            more = page + 1 < self.pages
            return {"Payload": {"cursor": {"page": page + 1} if more else None, "people": PAGE, "surplus": "z" * 500}}
        self.asked.append((given["rebuild"], task))
        if task == "note-figures":
            self.waiting -= 1
            if self.waiting >= 0:
                raise TaskFailed("Task.Conflict")
            return {"Payload": {"groups": 3}}
        assert task == "correct-figures"
        self.unsettled -= 1
        if self.unsettled >= 0:
            raise TaskFailed("Task.Conflict")
        return {"Payload": {"groups": 3, "corrected": 1}}


def rebuilt(machine: dict[str, Any], ledger: Ledger) -> list[Run]:
    """Every execution of a rebuild, as each starts the next; ends as the last of them ends."""
    runs, name, given = [], "figures", {}
    while True:
        ledger.following = None
        runs.append(Run(ledger, execution=name))
        try:
            runs[-1].start(machine, given)
        except TaskFailed as failed:
            assert failed.name == "Task.Conflict" and ledger.following is None
            runs[-1].failed = True
            return runs
        if ledger.following is None:
            return runs
        name, given = ledger.following["Name"], ledger.following["Input"]


def once(name: str) -> list[tuple[str, ...]]:
    return [
        (name, "first", "0"),
        (name, "first", "1"),
        (name, "note-figures"),
        (name, "second", "0"),
        (name, "second", "1"),
        (name, "correct-figures"),
    ]


def test_figures_are_noted_between_two_counts(rebuild):
    ledger = Ledger(2)
    assert Run(ledger).start(rebuild, {})["total"] == {"groups": 3, "corrected": 1}
    assert ledger.asked == once("execution-1") and ledger.following is None


def test_a_count_that_was_overtaken_starts_again_under_another_name(rebuild):
    ledger = Ledger(2, unsettled=2)
    runs = rebuilt(rebuild, ledger)
    assert ledger.asked == once("figures-1") + once("figures-2") + once("figures-3")
    assert [run.execution for run in runs] == ["figures", "figures-2", "figures-3"]
    ledger = Ledger(2, waiting=1)
    rebuilt(rebuild, ledger)
    assert ledger.asked == once("figures-1")[:3] + once("figures-2")


def test_an_attempt_that_is_already_under_way_is_not_a_failure(rebuild):
    class Twice(Ledger):
        def __call__(self, resource, parameters):
            if resource.endswith("startExecution"):
                raise TaskFailed("StepFunctions.ExecutionAlreadyExistsException")
            return super().__call__(resource, parameters)

    Run(Twice(2, unsettled=1)).start(rebuild, {})


def test_an_attempt_that_could_not_be_started_at_once_is_asked_for_again(rebuild):
    class Busy(Ledger):
        refusals = ["StepFunctions.SfnException", "States.Timeout"]

        def __call__(self, resource, parameters):
            if resource.endswith("startExecution") and self.refusals:
                raise TaskFailed(self.refusals.pop())
            return super().__call__(resource, parameters)

    runs = rebuilt(rebuild, Busy(2, unsettled=1))
    assert [run.execution for run in runs] == ["figures", "figures-2"]


def test_an_attempt_that_cannot_be_handed_over_fails(rebuild):
    class Refused(Ledger):
        def __call__(self, resource, parameters):
            if resource.endswith("startExecution"):
                raise TaskFailed("StepFunctions.StateMachineDeletingException")
            return super().__call__(resource, parameters)

    with pytest.raises(TaskFailed, match="StepFunctions"):
        Run(Refused(2, unsettled=1)).start(rebuild, {})


@pytest.mark.parametrize("stutter", [0, 4], ids=["at once", "at the last try"])
def test_a_rebuild_gives_up_in_the_end_and_holds_at_100_000_people(rebuild, stutter):
    assert all(state.get("Retry", [{"MaxAttempts": 4}])[-1]["MaxAttempts"] == 4 for _, state in states(rebuild))
    runs = rebuilt(rebuild, ledger := Ledger(EVERYBODY // 200 + SHARDS, unsettled=99, stutter=stutter))
    assert [run.execution for run in runs] == ["figures", *(f"figures-{attempt}" for attempt in range(2, 7))]
    assert len({name for name, *_ in ledger.asked}) == 6 and runs[-1].failed
    for run in runs:
        assert run.events < HISTORY and run.payload < PAYLOAD // 16
        assert not any("surplus" in json.dumps(data) for data in run.seen if isinstance(data, dict) and "root" in data)


def test_a_page_of_a_rebuild_is_as_long_as_its_bounds_assume(rust):
    assert "const PAGE: Limit = Limit::MAX;" in rust["shared/training/src/usecases/figures.rs"]
    assert re.search(r"pub const MAX: Self = Self\((\d+)\)", rust["shared/kernel/src/page.rs"])[1] == "200"


def test_a_rebuild_waits_for_indexes_after_each_count(rebuild):
    assert rebuild["States"]["More"]["Choices"][0]["Next"] == "Settle"
    assert rebuild["States"]["Settle"]["Seconds"] >= 60
