"""Building the functions for this machine: the whole workspace once, with the flags the tests use too, so that one
build serves both. The release build for AWS is in `release`."""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
from pathlib import Path

from .paths import BOOTSTRAPS, FUNCTIONS, ROOT
from .say import Failure, line, step
from .shell import call, need

FLAGS = ("--workspace", "--all-targets")
"""`run` and `test` must build alike: other flags are another graph, and minutes."""


def architecture() -> str:
    """This machine in Lambda's words."""
    machine = platform.machine().lower()
    known = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
    if machine not in known:
        raise Failure(f"machines of type {machine} cannot run the functions")
    return known[machine]


def _target_folder() -> Path:
    answer = subprocess.run(
        ["cargo", "metadata", "--format-version", "1", "--no-deps", "--offline"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode != 0:
        return ROOT / "target"
    return Path(json.loads(answer.stdout)["target_directory"])


def functions() -> None:
    """Builds everything and lays out one stripped bootstrap per function."""
    need("cargo", "cc", "strip")
    line("  building the functions (minutes the first time, seconds after)")
    call(["cargo", "build", *FLAGS, "--locked"], what="cargo build")
    with step("Bootstraps") as current:
        changed = [name for name in FUNCTIONS if _bootstrap(_target_folder() / "debug" / name, name)]
        current.progress(f"{len(changed)} changed" if changed else "none changed")


def _bootstrap(binary: Path, name: str) -> bool:
    """Copies and strips one binary, unless the copy is of this very build."""
    if not binary.is_file():
        raise Failure(f"{binary} was not built")
    folder = BOOTSTRAPS / name
    stamp = BOOTSTRAPS / f"{name}.stamp"
    seen = binary.stat()
    mark = f"{seen.st_mtime_ns} {seen.st_size}"
    if stamp.is_file() and stamp.read_text() == mark and (folder / "bootstrap").is_file():
        return False
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / "bootstrap.new"
    shutil.copyfile(binary, fresh)
    fresh.chmod(0o755)
    call(["strip", fresh], what="strip")
    fresh.replace(folder / "bootstrap")
    stamp.write_text(mark)
    return True
