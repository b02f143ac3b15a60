"""`make redrive`: moves dead letters back to the queues they came from, once what made them fail is mended.

Every handler is safe to repeat, so a letter that was half handled does no harm.
"""

from __future__ import annotations

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
        queues = {item["logical"]: item["physical"] for item in resources(port) if item["type"] == "AWS::SQS::Queue"}
        moved = _local(client("sqs", port), queues)
    else:
        moved = _aws(stack_name)
    if not moved:
        line("There are no dead letters.")
        return 0
    table([[name, str(count)] for name, count in moved.items()], head=["From", "letters"])
    return 0


def _source_of(sqs: Any, dead_letters: str) -> str | None:
    """The queue whose letters these are, where there is exactly one."""
    sources = sqs.list_dead_letter_source_queues(QueueUrl=dead_letters).get("queueUrls", [])
    return sources[0] if len(sources) == 1 else None


def _local(sqs: Any, queues: dict[str, str]) -> dict[str, int]:
    moved: dict[str, int] = {}
    for name, url in queues.items():
        if is_dead_letter(name) and (source := _source_of(sqs, url)):
            count = _move(sqs, url, source)
            if count:
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


def _aws(stack_name: str) -> dict[str, int]:
    """Starts SQS's own redrive, which runs in AWS after this command has ended."""
    session = boto3.Session()
    sqs, formation = session.client("sqs"), session.client("cloudformation")
    moved: dict[str, int] = {}
    pages = formation.get_paginator("list_stack_resources").paginate(StackName=stack_name)
    for resource in (item for page in pages for item in page["StackResourceSummaries"]):
        if resource["ResourceType"] != "AWS::SQS::Queue" or not is_dead_letter(resource["LogicalResourceId"]):
            continue
        url = resource["PhysicalResourceId"]
        told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages", "QueueArn"])
        waiting = int(told["Attributes"]["ApproximateNumberOfMessages"])
        if not waiting or _source_of(sqs, url) is None:
            continue
        try:
            sqs.start_message_move_task(SourceArn=told["Attributes"]["QueueArn"])
        except sqs.exceptions.UnsupportedOperation as error:
            raise Failure(f"{resource['LogicalResourceId']}: {error}") from None
        moved[resource["LogicalResourceId"]] = waiting
    return moved
