"""The reminder cycle of this moment, through the real state machine, whatever the hour."""

from __future__ import annotations

from typing import Any

from . import quiet
from .api import Api
from .say import Failure, step

_RUN_SECONDS = 600


def run(api: Api, port: int, title: str) -> dict[str, Any]:
    """Starts a run, waits for its end and until every mail it wrote was sent; returns what it counted."""
    with step(title) as current:
        started = api.call("POST", "/training/runs", {"ignore_send_hour": True})
        report = api.follow(started, _ended, _RUN_SECONDS, lambda found: current.progress(str(found.get("state", ""))))
        if str(report.get("state")).lower() not in ("finished", "succeeded"):
            raise Failure(f"the reminder run ended as {report.get('state')}")
        counted = [f"{report[name]} {name}" for name in ("people", "mails") if name in report]
        current.progress(", ".join(counted))
    with step("Waiting until nothing is pending"):
        quiet.wait(port)
    return report


def _ended(report: dict[str, Any]) -> bool:
    return str(report.get("state", "running")).lower() not in ("running", "started", "pending")
