"""Waiting until nothing is under way: no event that was not relayed, no mail that was not sent, no message in a queue.

It asks for the state itself again and again, within a limit, and says what was left when the limit passed.
"""

from __future__ import annotations

import time
from typing import Any

from .deploy import client, resources
from .say import Failure

_SECONDS = 180
_PAUSE = 0.15
_CALM = 3
"""How many looks in a row must find nothing: between relay and queue an event is seen by neither for an instant."""


class Watch:
    """Looks at table and queues of a local stack."""

    def __init__(self, port: int) -> None:
        self._dynamodb = client("dynamodb", port)
        self._sqs = client("sqs", port)
        found = resources(port)
        self._tables = [item["physical"] for item in found if item["type"] == "AWS::DynamoDB::Table"]
        self._queues = [(item["logical"], item["physical"]) for item in found if item["type"] == "AWS::SQS::Queue"]

    def pending(self) -> int:
        """Outbox rows and mails that wait, of all systems: the whole of the sparse `pending` index."""
        count = 0
        for table in self._tables:
            indexes = self._dynamodb.describe_table(TableName=table)["Table"].get("GlobalSecondaryIndexes", [])
            if any(index["IndexName"] == "pending" for index in indexes):
                count += self._dynamodb.scan(TableName=table, IndexName="pending", Select="COUNT")["Count"]
        return count

    def queued(self) -> dict[str, int]:
        """Messages per queue that has any."""
        return {name: depth for name, url in self._queues if (depth := self._depth(url))}

    def _depth(self, url: str) -> int:
        attributes: dict[str, Any] = self._sqs.get_queue_attributes(
            QueueUrl=url,
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        )["Attributes"]
        return sum(int(value) for value in attributes.values())


def is_dead_letter(queue: str) -> bool:
    return "DeadLetter" in queue


def wait(port: int, seconds: float = _SECONDS) -> None:
    """Returns once all is quiet; fails when something became a dead letter or time is up."""
    watch = Watch(port)
    end = time.monotonic() + seconds
    calm = 0
    while True:
        queued = watch.queued()
        dead = {name: depth for name, depth in queued.items() if is_dead_letter(name)}
        if dead:
            letters = ", ".join(f"{depth} in {name}" for name, depth in dead.items())
            raise Failure(f"there are dead letters: {letters}; the functions' logs are in the local cloud's log")
        pending = watch.pending()
        calm = calm + 1 if not pending and not queued else 0
        if calm >= _CALM:
            return
        if time.monotonic() > end:
            left = [f"{pending} pending in the table"] if pending else []
            left += [f"{depth} in {name}" for name, depth in queued.items()]
            raise Failure(f"after {seconds:.0f} s there was still work: {', '.join(left)}")
        time.sleep(_PAUSE)
