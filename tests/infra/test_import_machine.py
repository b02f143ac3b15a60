"""How a file is applied: chunk by chunk, in legs where it is long."""

from __future__ import annotations

from typing import Any

import pytest
from asl import HISTORY, Run, TaskFailed
from bounds import PASSING


class Job:
    """Stand-in for the tasks of one import."""

    def __init__(self, chunks: int, attempts: int = 1, fails_at: int | None = None) -> None:
        self.left = chunks
        self.attempts = attempts
        self.fails_at = fails_at
        self.tried = 0
        self.next_leg: dict[str, Any] | None = None
        self.failed: list[str] = []

    def __call__(self, resource: str, parameters: dict[str, Any]) -> Any:
        if resource == "arn:aws:states:::states:startExecution":
            self.next_leg = parameters
            return {"ExecutionArn": "arn"}
        given = parameters["Payload"]
        if given["task"] == "import-failed":
            self.failed.append(given["job"])
            return {"Payload": None}
        assert given["task"] == "import-chunk"
        if self.left == self.fails_at:
            raise TaskFailed("Task.Permanent")
        self.tried += 1
        if self.tried % self.attempts:
            raise TaskFailed("Task.Retryable")
        self.left -= 1
        return {"Payload": {"done": self.left == 0}}


JOB = {"job": "01890a5d-ac96-774b-bcce-b302099a8057"}


def test_a_small_import_is_one_execution(imports):
    job = Job(3)
    Run(job).start(imports, JOB)
    assert job.left == 0 and job.next_leg is None


def test_a_failed_import_says_so_in_its_job(imports):
    job = Job(9, fails_at=4)
    with pytest.raises(TaskFailed, match="Task.Permanent"):
        Run(job).start(imports, JOB)
    assert job.failed == [JOB["job"]]


@pytest.mark.parametrize("name", sorted(PASSING))
def test_a_worker_that_died_or_was_refused_ends_no_import(imports, name):
    class Dying(Job):
        def __call__(self, resource, parameters):
            self.tried += 1
            if self.tried % 3:
                raise TaskFailed(name)
            self.left -= 1
            return {"Payload": {"done": self.left == 0}}

    job = Dying(3)
    Run(job).start(imports, JOB)
    assert job.left == 0 and job.failed == []


def test_a_hundred_thousand_rows_fit_one_execution(imports):
    job = Job(1_000)
    run = Run(job)
    run.start(imports, JOB)
    assert job.next_leg is None and run.events < HISTORY // 2


def test_history_holds_when_every_chunk_is_retried_to_the_last(imports):
    attempts = 1 + imports["States"]["ImportChunk"]["Retry"][0]["MaxAttempts"]
    run = Run(Job(5_000, attempts))
    run.start(imports, JOB)
    assert HISTORY // 2 < run.events < HISTORY


def test_a_long_import_goes_on_in_legs_with_names_of_their_own(imports):
    job, given, names = Job(2_500), JOB, []
    while given:
        job.next_leg = None
        Run(job).start(imports, given)
        given = job.next_leg and job.next_leg["Input"]
        names += [job.next_leg["Name"]] if job.next_leg else []
    assert job.left == 0
    assert names == [f"{JOB['job']}-2", f"{JOB['job']}-3"]


def test_a_leg_that_is_already_under_way_is_not_a_failure(imports):
    class Twice(Job):
        def __call__(self, resource, parameters):
            if resource.endswith("startExecution"):
                raise TaskFailed("StepFunctions.ExecutionAlreadyExistsException")
            return super().__call__(resource, parameters)

    job = Twice(1_500)
    Run(job).start(imports, JOB)
    assert job.failed == []
