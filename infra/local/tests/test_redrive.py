"""Which queues `make redrive` touches: dead letters that have one way back, and nothing else; what SQS is asked."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from guildhall_local import redrive
from guildhall_local.say import Failure

REDRIVE = json.dumps({"deadLetterTargetArn": "arn:MailDeadLetters", "maxReceiveCount": 5})
EARLIER = {"Status": "FAILED", "StartedTimestamp": 1, "FailureReason": "the reason of last time"}
RUNNING = {"Status": "RUNNING", "StartedTimestamp": 2, "TaskHandle": "handle"}
COMPLETED = {"Status": "COMPLETED", "StartedTimestamp": 2, "ApproximateNumberOfMessagesMoved": 2}
FAILED = {"Status": "FAILED", "StartedTimestamp": 2, "FailureReason": "the key refused"}


class Unsupported(Exception):
    """What SQS answers where a move is under way already."""


class Sqs:
    """Three queues: mails, their dead letters, and pointers that no queue would take back."""

    waiting = {"MailQueue": 7, "MailDeadLetters": 2, "RelayDeadLetters": 1}
    exceptions = SimpleNamespace(UnsupportedOperation=Unsupported)

    def __init__(self, *seen: dict[str, Any], refuses: bool = False) -> None:
        self.started: list[tuple[str, str]] = []
        self.seen = list(seen)
        self.refuses = refuses

    def get_queue_attributes(self, QueueUrl: str, AttributeNames: list[str]) -> dict[str, Any]:  # noqa: N803
        attributes = {"QueueArn": f"arn:{QueueUrl}", "ApproximateNumberOfMessages": str(self.waiting[QueueUrl])}
        if QueueUrl == "MailQueue":
            attributes["RedrivePolicy"] = REDRIVE
        return {"Attributes": {name: attributes[name] for name in AttributeNames if name in attributes}}

    def start_message_move_task(self, SourceArn: str, DestinationArn: str) -> None:  # noqa: N803
        if self.refuses:
            raise Unsupported("there is already a task running")
        self.started.append((SourceArn, DestinationArn))

    def list_message_move_tasks(self, SourceArn: str, MaxResults: int) -> dict[str, Any]:  # noqa: N803
        assert (SourceArn, MaxResults) == ("arn:MailDeadLetters", 1)
        if not self.started:
            return {"Results": [EARLIER]}
        return {"Results": [self.seen.pop(0) if len(self.seen) > 1 else self.seen[0]]}


RESOURCES = [{"logical": name, "physical": name, "type": "AWS::SQS::Queue"} for name in Sqs.waiting]
RESOURCES.append({"logical": "Program", "physical": "Program", "type": "AWS::DynamoDB::Table"})


@pytest.fixture
def move() -> Callable[[Any, str, str], int]:
    return functools.partial(redrive._task_move, pause=0)


def test_letters_go_back_to_their_queue_and_pointers_stay(move) -> None:
    sqs = Sqs(EARLIER, RUNNING, COMPLETED)
    assert redrive._redrive(sqs, RESOURCES, move) == {"MailDeadLetters": 2}
    assert sqs.started == [("arn:MailDeadLetters", "arn:MailQueue")]
    assert sqs.seen == [COMPLETED]


def test_nothing_is_started_where_nothing_waits(move) -> None:
    sqs = Sqs()
    sqs.waiting = {**Sqs.waiting, "MailDeadLetters": 0}
    assert redrive._redrive(sqs, RESOURCES, move) == {}
    assert sqs.started == []


def test_a_move_that_failed_says_why_in_one_line(move) -> None:
    with pytest.raises(Failure, match="^MailDeadLetters: SQS ended the move as FAILED: the key refused$"):
        redrive._redrive(Sqs(RUNNING, FAILED), RESOURCES, move)


def test_a_move_that_cannot_begin_says_why_in_one_line(move) -> None:
    with pytest.raises(Failure, match="^MailDeadLetters: there is already a task running$"):
        redrive._redrive(Sqs(refuses=True), RESOURCES, move)


def test_a_move_that_does_not_end_is_not_waited_for_forever(move) -> None:
    with pytest.raises(Failure, match="goes on by itself"):
        redrive._redrive(Sqs(RUNNING), RESOURCES, move)
