"""What only clocks, changes of rules and operators start: machines and tasks that no request waits for."""

from __future__ import annotations

import contextlib
import json
import time
import urllib.request
import uuid
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest

from guildhall_local import company as companies
from guildhall_local import quiet, reminders
from guildhall_local.deploy import client
from guildhall_local.paths import DEFAULT_COMPANY

LIMIT = 90


def invoke(stack, output: str, payload: dict[str, Any]) -> Any:
    """Calls a function as its trigger would."""
    answer = client("lambda", stack.port).invoke(FunctionName=stack.outputs[output], Payload=json.dumps(payload))
    said = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, said
    return said


@contextlib.contextmanager
def short_waits(stack) -> Iterator[None]:
    """While it lasts, a wait of a machine takes a hundredth of its time."""

    def scale(factor: float) -> None:
        body = json.dumps({"stepfunctions._SFN_WAIT_SCALE": factor}).encode()
        urllib.request.urlopen(f"{stack.endpoint}/_ministack/config", body, timeout=10).close()

    scale(0.01)
    try:
        yield
    finally:
        scale(1)


def run_machine(stack, output: str) -> dict[str, Any]:
    """Runs a machine to its end, through what it hands over to; returns what it says."""
    arn, name = stack.outputs[output], f"by-test-{uuid.uuid4()}"
    states = client("stepfunctions", stack.port)
    with short_waits(stack):
        running = states.start_execution(stateMachineArn=arn, name=name, input="{}")["executionArn"]
        said = ended(states, running)
        while "total" not in said:
            said = ended(states, running.replace(name, f"{name}-{said['attempt']}"))
    return said


def ended(states, execution: str) -> dict[str, Any]:
    """Waits for the end of an execution, which must be a good one; returns what it says."""
    end = time.monotonic() + LIMIT
    while (found := states.describe_execution(executionArn=execution))["status"] == "RUNNING":
        if time.monotonic() > end:
            pytest.fail(f"{execution} had not ended after {LIMIT} s")
        time.sleep(0.2)
    assert found["status"] == "SUCCEEDED", found
    return json.loads(found["output"])


def test_the_sweep_finds_nothing_that_the_stream_lost(stack):
    assert invoke(stack, "EventRelayFunction", {"task": "sweep"}) == {"events": 0, "mails": 0, "failed": 0}


def test_the_gauges_of_the_day_are_put(stack):
    assert invoke(stack, "TrainingTasksFunction", {"task": "publish-gauges"})["gauges"] > 0


def test_a_review_looks_at_everybody(stack):
    total = run_machine(stack, "ReviewMachineArn")["total"]
    assert total["people"] >= len(stack.people) and total["failed"] == 0, total


def test_figures_are_right_and_are_put_right_where_they_drifted(stack, api):
    def corrected() -> int:
        total = run_machine(stack, "RebuildMachineArn")["total"]
        assert total["groups"] > 0, total
        return total["corrected"]

    # What the review before it changed may still be on its way: the machine itself waits for that, and counts again.
    assert corrected() == 0
    figures = api.get("/training/company")
    client("dynamodb", stack.port).update_item(
        TableName=stack.tables["program"],
        Key={"pk": {"S": "TRAIN#ROLLUP#COMPANY"}, "sk": {"S": "NOW"}},
        UpdateExpression="ADD clear :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    )
    assert api.get("/training/company")["compliance"]["part"] == figures["compliance"]["part"] + 1
    assert corrected() == 1
    assert api.get("/training/company") == figures


@pytest.fixture(scope="module")
def overdue(stack, api) -> list[tuple[str, str]]:
    """People of the company whose manager was told of an overdue course, with the course's code; each person once."""
    files = companies.read(DEFAULT_COMPANY)
    managed = {row["email"] for row in files.rows("people") if row["manager_email"]}
    late = str(date.today() - timedelta(days=10))
    found = {}
    for row in files.rows("history"):
        if row["completed"] or row["due"] > late or row["email"] not in managed:
            continue
        file = api.get(f"/training/people/{stack.people[row['email']]}")
        course = stack.courses[row["course_code"].lower()]
        if any(it["course_id"] == course and it["status"] == "overdue" for it in file["assignments"]):
            found[row["email"]] = row["course_code"]
    assert len(found) >= 2, found
    return list(found.items())


def test_what_a_manager_was_told_ends_with_a_completion_from_a_file(stack, api, overdue):
    email, course = overdue[0]
    csv = f"email,course_code,completed,score\n{email},{course},{date.today() - timedelta(days=1)},90\n"
    started = api.call("POST", "/training/imports", {"kind": "completions", "csv": csv})
    job = api.follow(started, lambda job: job["state"] != "running", LIMIT, lambda _: None)
    assert (job["state"], job["counts"]["refused"]) == ("finished", 0), job
    file = api.get(f"/training/people/{stack.people[email]}")
    about = [it for it in file["assignments"] if it["course_id"] == stack.courses[course.lower()]]
    assert all(it["status"] != "overdue" for it in about), about


def test_what_a_manager_was_told_goes_with_a_person_to_the_next_manager(stack, api, overdue):
    email, _ = overdue[1]
    path = f"/directory/people/{stack.people[email]}"
    read = api.call("GET", path)
    leads = [stack.accounts[role]["person"] for role in ("program-admin", "security")]
    next_manager = next(person for person in leads if person not in (read.body["person_id"], read.body["manager_id"]))
    api.call("PATCH", path, {"manager_id": next_manager}, etag=read.headers["etag"])
    quiet.wait(stack.port)


def test_who_is_erased_takes_the_mails_along(stack, api):
    tag = uuid.uuid4().hex[:10]
    person = {"email": f"gone.{tag}@example.com", "name": f"Gone {tag}", "job_role": "developer", "country": "DE"}
    person |= {"time_zone": "Etc/UTC", "start": "2024-01-01"}
    person_id = api.call("POST", "/directory/people", person).body["person_id"]
    asked = {"course_id": next(iter(stack.courses.values())), "due": str(date.today() + timedelta(days=5))}
    quiet.wait(stack.port)
    api.call("POST", f"/training/people/{person_id}/assignments", asked)
    reminders.run(api, stack.port, "Reminder run before the erasure")
    today = str(datetime.now(timezone.utc).date())

    def mails() -> int:
        return sum(mail["person_id"] == person_id for mail in api.pages("/program/mails", day=today))

    assert mails() == 1
    api.call("POST", f"/directory/people/{person_id}/erasure")
    quiet.wait(stack.port)
    assert mails() == 0
