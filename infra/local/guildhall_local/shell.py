"""Starting other programs, and saying in one line what is missing when they are not there."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from .paths import ROOT
from .say import Failure

_ADVICE = {
    "cargo": "Rust is needed: install it with rustup (https://rustup.rs), then open a new shell",
    "strip": "`strip` is needed: install binutils",
    "cc": "a C compiler is needed to link Rust programs: install gcc or clang",
    "git": "git is needed",
    "rustc": "Rust is needed: install it with rustup (https://rustup.rs), then open a new shell",
    "sam": "`sam` is not in the virtual environment: delete .local/venv-release and call this again",
    "cargo-lambda": "`cargo-lambda` is not in the virtual environment: delete .local/venv-release and call this again",
}


def need(*tools: str) -> None:
    """Fails with advice for the first tool that is missing."""
    for tool in tools:
        if shutil.which(tool) is None:
            raise Failure(_ADVICE.get(tool, f"`{tool}` is needed and was not found"))


def call(
    command: Sequence[str | Path], *, cwd: Path = ROOT, env: Mapping[str, str] | None = None, what: str | None = None
) -> None:
    """Runs a command whose output the person should see; fails when it does."""
    code = status(command, cwd=cwd, env=env)
    if code != 0:
        raise Failure(f"{what or ' '.join(map(str, command[:3]))} failed (exit code {code})")


def status(command: Sequence[str | Path], *, cwd: Path = ROOT, env: Mapping[str, str] | None = None) -> int:
    """Runs a command whose output the person should see, and returns its exit code."""
    try:
        return subprocess.run(
            [str(part) for part in command], cwd=cwd, env=None if env is None else dict(env), check=False
        ).returncode
    except FileNotFoundError:
        raise Failure(f"`{command[0]}` was not found") from None


def capture(
    command: Sequence[str | Path], *, cwd: Path = ROOT, env: Mapping[str, str] | None = None, what: str | None = None
) -> str:
    """Runs a command quietly and returns what it printed; on failure shows its last lines."""
    try:
        done = subprocess.run(
            [str(part) for part in command],
            cwd=cwd,
            env=None if env is None else dict(env),
            check=False,
            capture_output=True,
            text=True,
        )
    except FileNotFoundError:
        raise Failure(f"`{command[0]}` was not found") from None
    if done.returncode != 0:
        tail = "\n    ".join((done.stderr or done.stdout).strip().splitlines()[-12:])
        raise Failure(f"{what or command[0]} failed:\n    {tail}")
    return done.stdout


def environment(**changes: str) -> dict[str, str]:
    """This process's environment with changes."""
    return {**os.environ, **changes}
