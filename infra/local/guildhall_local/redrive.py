"""`make redrive`: moves dead letters back to the queues they came from, once what made them fail is mended.

Every handler is safe to repeat, so a letter that was half handled does no harm.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import boto3

from . import stack as stacks
from .deploy import client, resources
from .quiet import is_dead_letter
from .say import Failure, line, step, table

_BATCH = 10
_VISIBILITY_SECONDS = 60
_PAUSE_SECONDS = 2.0
_LOOKS = 450
"""How often SQS is asked whether it has moved everything: a quarter of an hour in all."""


def run(stack_name: str | None) -> int:
    """Redrives the local stack, or one in AWS by name."""
    if stack_name is None:
        port = stacks.need_current().port
        moved = _redrive(client("sqs", port), resources(port), _move)
    else:
        session = boto3.Session()
        moved = _redrive(session.client("sqs"), _resources(session, stack_name), _task_move)
    if not moved:
        line("There are no dead letters.")
        return 0
    table([[name, str(count)] for name, count in moved.items()], head=["From", "letters"])
    return 0


def _resources(session: Any, stack_name: str) -> list[dict[str, str]]:
    """Every resource of a stack in AWS, as `deploy.resources` has those of the local one."""
    pages = session.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack_name)
    return [
        {"logical": item["LogicalResourceId"], "physical": item["PhysicalResourceId"], "type": item["ResourceType"]}
        for page in pages
        for item in page["StackResourceSummaries"]
    ]


def _redrive(sqs: Any, found: list[dict[str, str]], move: Callable[[Any, str, str], int]) -> dict[str, int]:
    """Moves the letters of every queue that is the dead-letter queue of exactly one other; counts them by queue."""
    queues = {item["logical"]: item["physical"] for item in found if item["type"] == "AWS::SQS::Queue"}
    arns: dict[str, str] = {}
    sources: dict[str, list[str]] = {}
    for name, url in queues.items():
        told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn", "RedrivePolicy"])["Attributes"]
        arns[name] = told["QueueArn"]
        if "RedrivePolicy" in told:
            sources.setdefault(json.loads(told["RedrivePolicy"])["deadLetterTargetArn"], []).append(url)
    moved = {}
    for name, url in queues.items():
        of = sources.get(arns[name], [])
        if is_dead_letter(name) and len(of) == 1 and (count := move(sqs, url, of[0])):
            moved[name] = count
    return moved


def _move(sqs: Any, dead_letters: str, source: str) -> int:
    """Sends each letter to its queue, then deletes it: a failure between the two repeats it, and never loses it."""
    count = 0
    while True:
        found = sqs.receive_message(
            QueueUrl=dead_letters,
            MaxNumberOfMessages=_BATCH,
            VisibilityTimeout=_VISIBILITY_SECONDS,
            MessageAttributeNames=["All"],
        ).get("Messages", [])
        if not found:
            return count
        for letter in found:
            attributes = letter.get("MessageAttributes", {})
            sqs.send_message(QueueUrl=source, MessageBody=letter["Body"], MessageAttributes=attributes)
            sqs.delete_message(QueueUrl=dead_letters, ReceiptHandle=letter["ReceiptHandle"])
            count += 1


def _task_move(sqs: Any, dead_letters: str, source: str, pause: float = _PAUSE_SECONDS) -> int:
    """Has SQS move the letters, and waits until it has; answers how many it moved.

    The destination is named, since a queue of dead letters may also hold what a rule or a subscription could not
    deliver: such a letter remembers no queue, and without a destination the whole move fails.
    """
    name = dead_letters.rpartition("/")[2]
    told = sqs.get_queue_attributes(QueueUrl=dead_letters, AttributeNames=["ApproximateNumberOfMessages", "QueueArn"])
    if not int(told["Attributes"]["ApproximateNumberOfMessages"]):
        return 0
    arn = told["Attributes"]["QueueArn"]
    destination = sqs.get_queue_attributes(QueueUrl=source, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    earlier = _latest(sqs, arn)
    try:
        sqs.start_message_move_task(SourceArn=arn, DestinationArn=destination)
    except sqs.exceptions.UnsupportedOperation as error:
        raise Failure(f"{name}: {error}") from None
    with step(f"SQS moves the letters of {name}"):
        for _ in range(_LOOKS):
            task = _latest(sqs, arn)
            # The list may lag behind the start: then its first task is the one of last time.
            ours = task.get("StartedTimestamp") != earlier.get("StartedTimestamp")
            if ours and task["Status"] == "COMPLETED":
                return int(task.get("ApproximateNumberOfMessagesMoved", 0))
            if ours and task["Status"] in ("FAILED", "CANCELLED"):
                reason = task.get("FailureReason", "SQS gives no reason")
                raise Failure(f"{name}: SQS ended the move as {task['Status']}: {reason}")
            time.sleep(pause)
        raise Failure(f"{name}: SQS is still moving letters, and goes on by itself; look again with the same command")


def _latest(sqs: Any, arn: str) -> dict[str, Any]:
    """The latest move of a queue's letters; empty where there was none."""
    found = sqs.list_message_move_tasks(SourceArn=arn, MaxResults=1).get("Results", [])
    return found[0] if found else {}
