"""Which queues `make redrive` touches: dead letters that have one way back, and nothing else."""

from __future__ import annotations

import json
from typing import Any

from guildhall_local import redrive

REDRIVE = json.dumps({"deadLetterTargetArn": "arn:MailDeadLetters", "maxReceiveCount": 5})


class Sqs:
    """Three queues: mails, their dead letters, and pointers that no queue would take back."""

    waiting = {"MailQueue": 7, "MailDeadLetters": 2, "RelayDeadLetters": 1}

    def __init__(self) -> None:
        self.started: list[str] = []

    def get_queue_attributes(self, QueueUrl: str, AttributeNames: list[str]) -> dict[str, Any]:  # noqa: N803
        attributes = {"QueueArn": f"arn:{QueueUrl}", "ApproximateNumberOfMessages": str(self.waiting[QueueUrl])}
        if QueueUrl == "MailQueue":
            attributes["RedrivePolicy"] = REDRIVE
        return {"Attributes": {name: attributes[name] for name in AttributeNames if name in attributes}}

    def start_message_move_task(self, SourceArn: str) -> None:  # noqa: N803
        self.started.append(SourceArn)


RESOURCES = [{"logical": name, "physical": name, "type": "AWS::SQS::Queue"} for name in Sqs.waiting]
RESOURCES.append({"logical": "Program", "physical": "Program", "type": "AWS::DynamoDB::Table"})


def test_letters_go_back_to_their_queue_and_pointers_stay() -> None:
    sqs = Sqs()
    assert redrive._redrive(sqs, RESOURCES, redrive._start_move) == {"MailDeadLetters": 2}
    assert sqs.started == ["arn:MailDeadLetters"]


def test_nothing_is_started_where_nothing_waits() -> None:
    sqs = Sqs()
    sqs.waiting = {**Sqs.waiting, "MailDeadLetters": 0}
    assert redrive._redrive(sqs, RESOURCES, redrive._start_move) == {}
    assert sqs.started == []
