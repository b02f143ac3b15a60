"""What the workflow tests in Python stand on: the stack that is up, through its API and the services around it.

They change what all of it shares, so they run alone, after the tests in Rust.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "infra" / "local"))

from guildhall_local import quiet  # noqa: E402 - found through the line above
from guildhall_local.api import Api  # noqa: E402 - the same
from guildhall_local.deploy import client  # noqa: E402 - the same
from guildhall_local.stack import Stack  # noqa: E402 - the same


@pytest.fixture(scope="session")
def stack_file() -> Path:
    name = os.environ.get("GUILDHALL_STACK")
    if not name:
        pytest.fail("GUILDHALL_STACK must name the stack.json of a stack that is up", pytrace=False)
    return Path(name)


@pytest.fixture(scope="session")
def stack(stack_file: Path) -> Stack:
    return Stack(**json.loads(stack_file.read_text()))


@pytest.fixture(scope="session")
def api(stack: Stack) -> Api:
    """The API as the program lead sees it."""
    return Api(stack.api_url, stack.tokens["program-admin"])


@pytest.fixture(scope="session", autouse=True)
def prompt_reactions(stack: Stack) -> Iterator[None]:
    """A reaction that lost a race comes again in seconds, not minutes; what the tests before left is done first."""
    sqs, queue = client("sqs", stack.port), stack.outputs["ReactionsQueueUrl"]
    wait = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["VisibilityTimeout"])["Attributes"]
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "5"})
    quiet.wait(stack.port, int(wait["VisibilityTimeout"]) + 60)
    yield
    sqs.set_queue_attributes(QueueUrl=queue, Attributes=wait)
