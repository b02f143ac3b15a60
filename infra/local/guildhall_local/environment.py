"""The Python packages a command needs, pinned with hashes, in virtual environments of the project's own.

An environment is made anew only when its list of packages or the Python version changed. `enter` starts the program
over inside it, so that the person needs nothing but Python itself.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from .paths import LOCAL, WORKSHOP
from .say import Failure, line, step


@dataclass(frozen=True)
class Environment:
    """A virtual environment and the list it is made from."""

    name: str
    requirements: str

    @property
    def folder(self) -> Path:
        return WORKSHOP / self.name

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"


RUN = Environment("venv", "requirements.txt")
TEST = Environment("venv-test", "requirements-test.txt")
PAGES = Environment("venv-pages", "requirements-pages.txt")
RELEASE = Environment("venv-release", "requirements-release.txt")


def _stamp(wanted: Environment) -> str:
    packages = (LOCAL / wanted.requirements).read_bytes()
    return f"{sys.version_info[0]}.{sys.version_info[1]} {hashlib.sha256(packages).hexdigest()}"


def ensure(wanted: Environment) -> None:
    """Makes the environment unless it is there already."""
    stamp = wanted.folder / "stamp"
    if stamp.is_file() and stamp.read_text() == _stamp(wanted) and wanted.python.exists():
        return
    line(f"  preparing Python packages in .local/{wanted.name} (once)")
    shutil.rmtree(wanted.folder, ignore_errors=True)
    wanted.folder.parent.mkdir(parents=True, exist_ok=True)
    with step("Python packages"):
        made = subprocess.run(
            [sys.executable, "-m", "venv", str(wanted.folder)], capture_output=True, text=True, check=False
        )
        if made.returncode != 0:
            shutil.rmtree(wanted.folder, ignore_errors=True)
            raise Failure("Python cannot make virtual environments: install its venv module (Debian: python3-venv)")
        install = [str(wanted.python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        # The list is complete, so nothing is resolved: what is not on it, with its hash, does not come in.
        install += ["--require-hashes", "--no-deps", "--only-binary", ":all:"]
        done = subprocess.run(
            [*install, "-r", str(LOCAL / wanted.requirements)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            shutil.rmtree(wanted.folder, ignore_errors=True)
            last = (done.stderr.strip().splitlines() or ["no output"])[-1]
            raise Failure(f"the Python packages could not be installed: {last}")
        stamp.write_text(_stamp(wanted))


def enter(wanted: Environment) -> None:
    """Continues inside the environment, starting this program over when it is not there yet."""
    if Path(sys.prefix).resolve() == wanted.folder.resolve():
        return
    ensure(wanted)
    search = os.pathsep.join(filter(None, [str(LOCAL), os.environ.get("PYTHONPATH", "")]))
    path = os.pathsep.join([str(wanted.folder / "bin"), os.environ.get("PATH", "")])
    os.environ.update(PYTHONPATH=search, PATH=path, VIRTUAL_ENV=str(wanted.folder))
    os.execv(wanted.python, [str(wanted.python), "-m", "guildhall_local", *sys.argv[1:]])
