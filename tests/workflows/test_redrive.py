"""A message dies while something it needs is broken, is seen to be dead, and is delivered by `make redrive` afterwards.

What is broken here is the mailer's configuration: a variable is missing, as after a bad deployment.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from guildhall_local import cloud, quiet, reminders
from guildhall_local.deploy import client

LIMIT = 90


def until(what: str, look: Callable[[], Any]) -> Any:
    """Looks again and again until there is something."""
    end = time.monotonic() + LIMIT
    while not (found := look()):
        if time.monotonic() > end:
            pytest.fail(f"waited {LIMIT} s in vain until {what}")
        time.sleep(0.2)
    return found


@contextlib.contextmanager
def mailer_that_cannot_start(stack) -> Iterator[None]:
    """While it lasts, the mailer does not start, and a failed message comes back in a second instead of minutes."""
    sqs, lambdas = client("sqs", stack.port), client("lambda", stack.port)
    queue, mailer = stack.outputs["MailQueueUrl"], stack.outputs["MailerFunction"]
    variables = lambdas.get_function_configuration(FunctionName=mailer)["Environment"]["Variables"]
    wait = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["VisibilityTimeout"])["Attributes"]

    def mailer_with(variables: dict[str, str]) -> None:
        lambdas.update_function_configuration(FunctionName=mailer, Environment={"Variables": variables})

    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "1"})
    mailer_with({name: value for name, value in variables.items() if name != "GUILDHALL_TABLE"})
    try:
        yield
    finally:
        mailer_with(variables)
        sqs.set_queue_attributes(QueueUrl=queue, Attributes=wait)


@contextlib.contextmanager
def ten_minutes_later(clock: Path) -> Iterator[None]:
    """While it lasts, the program lives ten minutes ahead."""
    clock.write_text('{"offset_seconds": 600}')
    try:
        yield
    finally:
        clock.unlink()


def remindable(api) -> str:
    """A new person who is to be reminded now; returns the address."""
    tag = uuid.uuid4().hex[:10]
    person = {"email": f"late.{tag}@example.com", "name": f"Late {tag}", "job_role": "developer", "country": "DE"}
    person |= {"time_zone": "Etc/UTC", "start": "2024-01-01"}
    course = {"code": f"late-{tag}", "title": f"Late {tag}", "format": "course", "provider": "internal", "hours": 1}
    course_id = api.call("POST", "/training/courses", course).body["id"]
    person_id = api.call("POST", "/directory/people", person).body["person_id"]
    asked = {"course_id": course_id, "due": str(date.today() + timedelta(days=5))}
    api.call("POST", f"/training/people/{person_id}/assignments", asked)
    return person["email"]


def test_what_died_in_an_outage_is_delivered_by_redrive(stack, stack_file, api):
    sqs = client("sqs", stack.port)

    def depth(output: str) -> int:
        found = sqs.get_queue_attributes(
            QueueUrl=stack.outputs[output],
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        )
        return sum(int(count) for count in found["Attributes"].values())

    def received() -> int:
        return sum(address in mail["To"] for mail in cloud.sent_mails(stack.endpoint))

    quiet.wait(stack.port)
    with mailer_that_cannot_start(stack):
        address = remindable(api)
        started = api.call("POST", "/training/runs", {"ignore_send_hour": True})
        run = api.follow(started, lambda run: run["state"] != "running", LIMIT, lambda _: None)
        assert run["state"] == "finished" and run["mails"] >= 1
        dead = until("the mails are dead letters", lambda: depth("MailQueueUrl") == 0 and depth("MailDeadLetterUrl"))
        assert dead == run["mails"]
        # Meanwhile the sweep finds them pending for longer than it should take, and queues them once more.
        with ten_minutes_later(stack_file.parent / "clock.json"):
            answer = client("lambda", stack.port).invoke(
                FunctionName=stack.outputs["EventRelayFunction"], Payload='{"task":"sweep"}'
            )
            assert json.loads(answer["Payload"].read()) == {"events": 0, "mails": dead, "failed": 0}
        letters = 2 * dead
        until("those are dead letters, too", lambda: depth("MailDeadLetterUrl") == letters)
    assert received() == 0

    # What an operator sees: the alarm's own condition on the very queue holds.
    name = (
        f"{stack.outputs['ReminderMachineArn'].rpartition(':')[2].removesuffix('-training-reminders')}-MailDeadLetters"
    )
    (alarm,) = client("cloudwatch", stack.port).describe_alarms(AlarmNames=[name])["MetricAlarms"]
    (dimension,) = alarm["Dimensions"]
    assert stack.outputs["MailDeadLetterUrl"].endswith(f"/{dimension['Value']}")
    assert alarm["ComparisonOperator"] == "GreaterThanThreshold" and letters > alarm["Threshold"]

    redrive = [sys.executable, "-m", "guildhall_local", "redrive"]
    environment = {**os.environ, "GUILDHALL_STATE": str(stack_file.parent)}
    done = subprocess.run(redrive, env=environment, capture_output=True, text=True, check=True)
    assert [line.split() for line in done.stdout.splitlines()[1:]] == [["MailDeadLetters", str(letters)]], done.stdout
    until("the mail left the house", received)
    quiet.wait(stack.port)
    assert received() == 1
    again = subprocess.run(redrive, env=environment, capture_output=True, text=True, check=True)
    assert again.stdout.strip() == "There are no dead letters."

    # And nobody is told once more.
    reminders.run(api, stack.port, "Once more")
    assert received() == 1
