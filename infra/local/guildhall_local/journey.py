"""`make run` and `make up`: from a clone to a company whose reminders went out.

A stack that is up is used again: it is deployed anew only when something changed, and loaded anew only when the files
did. Whatever this run started, it stops at its end, unless it was asked to leave it.
"""

from __future__ import annotations

import datetime
import os
import signal
from pathlib import Path
from types import FrameType

from . import build, clock, cloud, company, deploy, load, reminders, summary
from . import stack as stacks
from .api import Api
from .identity import Pool
from .paths import REGION, STATE
from .say import Failure, dim, line, step
from .stack import Stack

# Seconds after which functions read settings anew, and as many again.
_SETTINGS_KNOWN = 120


def run(folder: Path, port: int, *, detached: bool) -> int:
    """Builds, starts, deploys, loads and reminds; then stays until Ctrl-C unless detached."""
    found = stacks.current()
    # A stack that was up over midnight keeps its first day: on another, every date would be a new one.
    today = found.day if found is not None and found.day else None
    files = company.read(folder.resolve(), datetime.date.fromisoformat(today) if today else None)
    if found is None:
        stacks.clear()
        cloud.need_ports(port, port + 1)
    build.functions()
    if found is not None:
        line(f"  using the stack that is up on port {found.port}")
        _bring_up_to_date(found, files, detached=detached)
        return 0
    signal.signal(signal.SIGTERM, _terminated)
    clock.back(0)
    fresh = Stack(port=port, region=REGION, pids={})
    try:
        _start(fresh)
        _bring_up_to_date(fresh, files, detached=detached)
    except BaseException:
        with step("Stopping what was started"):
            stacks.stop(fresh)
        raise
    if detached:
        line(f"  up; stop it with `make down` {dim(str(stacks.FILE))}")
        return 0
    _stay(fresh)
    return 0


def _terminated(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _start(fresh: Stack) -> None:
    port = fresh.port
    with step("Local cloud"):
        fresh.pids["cloud"] = cloud.start(port, STATE)
    fresh.endpoint = cloud.endpoint(port)
    fresh.mail_url = f"{cloud.endpoint(port + 1)}/"
    arguments = ["--cloud", fresh.endpoint, "--port", str(port + 1)]
    log = STATE / "mails.log"
    fresh.pids["mails"] = cloud.spawn("mail_viewer", arguments, cloud.clean_environment(port, STATE), log)
    cloud.wait_for(f"{fresh.mail_url}ready", fresh.pids["mails"], 20, log)


def _bring_up_to_date(current: Stack, files: company.Company, *, detached: bool) -> None:
    if current.deployed != deploy.fingerprint():
        with step("Deploying infra/template.yaml"):
            current.outputs = deploy.deploy(current.port, STATE)
        current.deployed = deploy.fingerprint()
    current.api_url = deploy.api_url(current.port)
    current.docs_url = f"{current.api_url}/docs"
    current.tables = {"program": current.outputs["TableName"]}
    pool = Pool(current.port, current.outputs)
    current.issuer = pool.issuer
    if current.loaded == files.fingerprint():
        line(f"  {files.folder.name} is loaded already")
    else:
        _load(files, current, pool)
    current.tokens = load.tokens(current, pool)
    current.save()
    api = Api(current.api_url, current.tokens["program-admin"])
    reminders.run(api, current.port, "Reminder run of this moment")
    if not detached:
        summary.show(api, current)


def _load(files: company.Company, current: Stack, pool: Pool) -> None:
    """Loads the company, and has it begin some days back where its settings say so."""
    load.describe(files)
    days = 0 if current.loaded else files.days_ago()
    clock.back(days)
    try:
        api = load.first_admin(current, files, pool)
        load.everything(api, files, current)
        load.sign_ins(api, files, current, pool)
        if days:
            # Functions keep settings for a minute: a run right after loading would go by those of before.
            clock.back(days, later=_SETTINGS_KNOWN)
            reminders.run(api, current.port, f"Reminder run of {days} days ago")
    finally:
        clock.back(0)
    current.loaded = files.fingerprint()
    current.day = files.day.isoformat()


def _stay(current: Stack) -> None:
    """Waits for Ctrl-C, or for the local cloud to die, and stops everything."""
    try:
        line()
        line("  Ctrl-C stops everything.")
        os.waitpid(current.pids["cloud"], 0)
    except KeyboardInterrupt:
        line()
        with step("Stopping"):
            stacks.stop(current)
        return
    stacks.stop(current)
    raise Failure(f"the local cloud stopped; its last words are in {STATE / 'cloud.log'}")
