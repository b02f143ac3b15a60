"""`make redrive`: moves dead letters back to the queues they came from, once what made them fail is mended.

Every handler is safe to repeat, so a letter that was half handled does no harm.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3

from . import stack as stacks
from .deploy import client, resources
from .quiet import is_dead_letter
from .say import Failure, line, table

_BATCH = 10
_VISIBILITY_SECONDS = 60


def run(stack_name: str | None) -> int:
    """Redrives the local stack, or one in AWS by name."""
    if stack_name is None:
        port = stacks.need_current().port
        moved = _redrive(client("sqs", port), resources(port), _move)
    else:
        session = boto3.Session()
        moved = _redrive(session.client("sqs"), _resources(session, stack_name), _start_move)
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


def _start_move(sqs: Any, dead_letters: str, _source: str) -> int:
    """Starts SQS's own move, which goes on in AWS after this command has ended; answers how many wait for it."""
    told = sqs.get_queue_attributes(QueueUrl=dead_letters, AttributeNames=["ApproximateNumberOfMessages", "QueueArn"])
    waiting = int(told["Attributes"]["ApproximateNumberOfMessages"])
    if waiting:
        try:
            sqs.start_message_move_task(SourceArn=told["Attributes"]["QueueArn"])
        except sqs.exceptions.UnsupportedOperation as error:
            raise Failure(f"{dead_letters.rpartition('/')[2]}: {error}") from None
    return waiting
