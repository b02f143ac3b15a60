"""The local stack that is up: what `.local/stack.json` says of it, and stopping it.

The file is for scripts as much as for this program: `api_url`, `mail_url`, `docs_url`, `tokens` by role and `tables`
are its promise; the rest may change.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import urllib.request
from dataclasses import asdict, dataclass, field

from . import cloud
from .paths import STATE
from .say import Failure, line, step

FILE = STATE / "stack.json"


@dataclass
class Stack:
    """What is up, and where."""

    port: int
    region: str
    pids: dict[str, int]
    endpoint: str = ""
    api_url: str = ""
    mail_url: str = ""
    docs_url: str = ""
    issuer: str = ""
    tokens: dict[str, str] = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    accounts: dict[str, dict[str, str]] = field(default_factory=dict)
    """By role: e-mail address, subject and person id of who signs in with it."""
    people: dict[str, str] = field(default_factory=dict)
    """Person ids by e-mail address."""
    teams: dict[str, str] = field(default_factory=dict)
    """Team ids by code."""
    courses: dict[str, str] = field(default_factory=dict)
    """Course ids by code."""
    deployed: str = ""
    loaded: str = ""
    day: str = ""
    """The day that day offsets of the files were counted from."""

    def save(self) -> None:
        """Writes the file whole or not at all, readable by its owner only: it holds tokens."""
        FILE.parent.mkdir(parents=True, exist_ok=True)
        fresh = FILE.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps(asdict(self), indent=2) + "\n")
        fresh.replace(FILE)


def _read() -> Stack | None:
    try:
        return Stack(**json.loads(FILE.read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def current() -> Stack | None:
    """The stack that is up, or nothing when the file is absent or what it speaks of has gone."""
    found = _read()
    if found is None or not all(map(cloud.alive, found.pids.values())) or not _answers(found.port):
        return None
    return found


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"{cloud.endpoint(port)}/_ministack/ready", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def need_current() -> Stack:
    found = current()
    if found is None:
        raise Failure("nothing is up: start it with `make up` or `make run`")
    return found


def stop(found: Stack) -> None:
    """Stops what a stack started and forgets it."""
    for pid in found.pids.values():
        if _ours(pid):
            cloud.stop(pid)
    FILE.unlink(missing_ok=True)
    shutil.rmtree(STATE / "tmp", ignore_errors=True)


def _ours(pid: int) -> bool:
    """Whether a process is of this program: after a crash its number may be someone else's."""
    told = subprocess.run(["ps", "-p", str(pid), "-o", "command="], capture_output=True, text=True, check=False)
    return "guildhall_local" in told.stdout


def clear() -> bool:
    """Stops whatever the file speaks of, even where only a part of it is left; says whether there was anything."""
    found = _read()
    if found is None:
        FILE.unlink(missing_ok=True)
        return False
    stop(found)
    return True


def down() -> int:
    """`make down`."""
    with step("Stopping"):
        there = clear()
    if not there:
        line("  nothing was up")
    return 0
