"""The reminder cycle of this moment, through the real state machine, whatever the hour."""

from __future__ import annotations

from typing import Any

from . import quiet
from .api import Api
from .paths import STATE
from .say import Failure, step

_RUN_SECONDS = 600


def run(api: Api, port: int, title: str) -> dict[str, Any]:
    """Starts a run, waits for its end and until every mail it wrote was sent; returns what it counted."""
    with step(title) as current:
        started = api.call("POST", "/training/runs", {"ignore_send_hour": True})
        report = api.follow(started, lambda found: found["state"] != "running", _RUN_SECONDS, lambda _: None)
        if report["state"] != "finished":
            raise Failure(f"the reminder run ended as {report['state']}")
        current.progress(f"{report['people']} people and {report['boxes']} boxes visited, {report['mails']} mails")
        if report["failed"]:
            raise Failure(f"{report['failed']} visits of the reminder run failed; the log is {STATE / 'cloud.log'}")
    with step("Waiting until nothing is pending"):
        quiet.wait(port)
    return report
