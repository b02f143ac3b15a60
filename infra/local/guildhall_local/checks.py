"""`make test`, `make lint`, `make test-pages`: which runners are called, in which order, and how long each took.

A stage that fails does not stop the others, so that one run tells everything; the command fails at its end.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from . import build, cloud, say
from .paths import LOCAL, ROOT, TEST_PORT, WORKSHOP
from .say import Failure, heading, line, took
from .shell import call, capture, environment, need, status

DENY_VERSION = "0.20.2"
_TEST_STATE = WORKSHOP / "test"
_PAGES_STATE = WORKSHOP / "pages"


class Stages:
    """Runs stages one after the other and remembers what came of each."""

    def __init__(self) -> None:
        self._done: list[tuple[str, bool, float]] = []

    def run(self, name: str, stage: Callable[[], None]) -> bool:
        heading(name)
        started = time.monotonic()
        try:
            stage()
            good = True
        except Failure as failure:
            say.failed(str(failure))
            good = False
        self._done.append((name, good, time.monotonic() - started))
        return good

    def close(self) -> int:
        """Prints the stages; the exit code is 0 when all were good."""
        heading("Stages")
        say.table([["✓" if good else "✗", name, took(seconds)] for name, good, seconds in self._done])
        total = sum(seconds for _, _, seconds in self._done)
        bad = [name for name, good, _ in self._done if not good]
        line(f"  {took(total)} in all" + (f"; failed: {', '.join(bad)}" if bad else ""))
        return 1 if bad else 0


def _rust(only: str | None = None, env: dict[str, str] | None = None) -> None:
    """Runs Rust tests: those of one binary of the crate `tests`, or all that need no stack.

    The whole workspace is always selected, because picking packages would build another graph.
    """
    need("cargo", "cc")
    if shutil.which("cargo-nextest"):
        stacks = " + ".join(f"binary_id(tests::{name})" for name in _of_stack())
        wanted = f"binary_id(tests::{only})" if only else f"not ({stacks})" if stacks else "all()"
        command = ["cargo", "nextest", "run", *build.FLAGS, "--locked", "--no-fail-fast", "-E", wanted]
    else:
        chosen = [only] if only else [name for name in _targets() if name not in _of_stack()]
        command = ["cargo", "test", "--workspace", "--locked", "--no-fail-fast"]
        command += [] if only else ["--lib", "--bins"]
        command += [part for name in chosen for part in ("--test", name)]
    call(command, env=env, what="Rust tests")


def _targets() -> list[str]:
    """The names of all integration test binaries of the workspace."""
    found = json.loads(capture(["cargo", "metadata", "--format-version", "1", "--no-deps"], what="cargo metadata"))
    targets = [target for package in found["packages"] for target in package["targets"]]
    return sorted({target["name"] for target in targets if "test" in target["kind"]})


def _of_stack() -> list[str]:
    """The test binaries that need a stack."""
    return [name for name in _targets() if name == "stack"]


def _pytest() -> None:
    folders = [ROOT / "tests" / "infra", ROOT / "tests" / "calendar", LOCAL / "tests"]
    call(["pytest", "-q", *folders], what="Python tests")


def _pytest_on(stack_file: Path, folder: str) -> None:
    """Runs a folder of Python tests against a stack that is up."""
    env = environment(GUILDHALL_STACK=str(stack_file))
    call(["pytest", "-q", ROOT / "tests" / folder], env=env, what=f"tests/{folder}")


def workbench() -> int:
    """`make check-workbench`: the tests of this program, for each Python it promises to run on."""
    return status(["pytest", "-q", LOCAL / "tests"])


def _guildhall(command: str, state: Path, *arguments: str) -> None:
    """Runs a command of this program on a state folder of its own."""
    env = environment(GUILDHALL_STATE=str(state))
    call([sys.executable, "-m", "guildhall_local", command, *arguments], env=env, what=f"make {command}")


def _schemathesis(stack_file: Path) -> None:
    """Calls every documented operation with what its schema allows and forbids, as who may do everything; then, with a
    few examples each, as somebody without any role, who is mostly refused."""
    stack = json.loads(stack_file.read_text())
    documents = sorted((ROOT / "infra" / "openapi").glob("*.json"))
    if not documents:
        raise Failure("infra/openapi has no documents")
    examples = os.environ.get("SCHEMATHESIS_EXAMPLES", "15")
    callers = {
        "program-admin": ("examples,coverage,fuzzing", examples),
        # Without the coverage of each field, which would be as long again and is refused before it is looked at.
        "builder": ("examples,fuzzing", "2"),
    }
    bad = [
        f"{document.name} as {role}"
        for role, (phases, most) in callers.items()
        for document in documents
        if status(_schemathesis_call(document, stack, role, phases, most)) != 0
    ]
    if bad:
        raise Failure(f"schemathesis found problems: {', '.join(bad)}")


def _schemathesis_call(
    document: Path, stack: dict[str, Any], role: str, phases: str, examples: str
) -> list[str | Path]:
    """The command that calls a document's operations as somebody with a role, up to so many examples an operation."""
    checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
    return [
        *("schemathesis", "run", document, "--url", stack["api_url"], "--checks", checks),
        *("--header", f"Authorization: Bearer {stack['tokens'][role]}"),
        *("--max-examples", examples, "--seed", "1", "--workers", "1"),
        *("--phases", phases, "--generation-database", ":memory:", "--warnings", "off"),
    ]


def _need_room(state: Path, port: int) -> None:
    """Stops what an earlier run was cut off from stopping, and fails before anything is built when a port is taken."""
    if (state / "stack.json").is_file():
        _guildhall("down", state)
    cloud.need_ports(port, port + 1)


def test() -> int:
    """`make test`."""
    need("cargo", "cc", "strip")
    port = int(os.environ.get("PORT", TEST_PORT))
    _need_room(_TEST_STATE, port)
    stages = Stages()
    if not stages.run("Build", lambda: call(["cargo", "build", *build.FLAGS, "--locked"], what="cargo build")):
        return stages.close()
    stages.run("Rust, without a stack", _rust)
    stages.run("Template, state machines, calendar files and the workbench", _pytest)
    _with_stack(stages, _TEST_STATE, port, _against_stack)
    return stages.close()


def _against_stack(stages: Stages, stack_file: Path) -> None:
    env = environment(GUILDHALL_STACK=str(stack_file))
    if _of_stack():
        stages.run("Rust, against the stack", lambda: _rust("stack", env))
    stages.run("OpenAPI against the stack", lambda: _schemathesis(stack_file))
    stages.run("Machines and dead letters", lambda: _pytest_on(stack_file, "workflows"))
    # Last, since it judges what all of the above made the functions ask for.
    stages.run("Calls are grants", lambda: _pytest_on(stack_file, "grants"))


@contextlib.contextmanager
def on_stack(state: Path, port: int) -> Iterator[Path]:
    """A stack of its own while something runs; gives its `stack.json`."""
    _guildhall("up", state, "--port", str(port))
    try:
        yield state / "stack.json"
    finally:
        _guildhall("down", state)


def _with_stack(stages: Stages, state: Path, port: int, body: Callable[[Stages, Path], None]) -> None:
    """Runs stages while a stack of their own is up; starting it is a stage too."""
    with contextlib.ExitStack() as stack:
        files: list[Path] = []
        if stages.run("Start a stack", lambda: files.append(stack.enter_context(on_stack(state, port)))):
            body(stages, files[0])


def test_pages() -> int:
    """`make test-pages`."""
    if not any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")):
        raise Failure("the page tests need a browser: install chromium")
    port = int(os.environ.get("PORT", TEST_PORT + 10))
    _need_room(_PAGES_STATE, port)
    stages = Stages()

    def pages(stages: Stages, stack_file: Path) -> None:
        stages.run("Pages and mails in a browser", lambda: _pytest_on(stack_file, "pages"))

    _with_stack(stages, _PAGES_STATE, port, pages)
    return stages.close()


def _deny() -> str:
    """cargo-deny in the version this project was checked with, built once where it is absent."""
    own = WORKSHOP / "tools" / "bin" / "cargo-deny"
    for candidate in (str(own), shutil.which("cargo-deny")):
        if candidate and Path(candidate).is_file():
            told = subprocess.run([candidate, "--version"], capture_output=True, text=True, check=False).stdout
            if DENY_VERSION in told:
                return candidate
    line(f"  building cargo-deny {DENY_VERSION} (once, some minutes)")
    call(
        ["cargo", "install", "--quiet", "--locked", "--debug", "--root", WORKSHOP / "tools", "--version", DENY_VERSION]
        + ["cargo-deny"],
        what="installing cargo-deny",
    )
    return str(own)


def lint() -> int:
    """`make lint`."""
    need("cargo")
    stages = Stages()
    stages.run("Rust format", lambda: call(["cargo", "fmt", "--all", "--check"], what="cargo fmt --check"))
    clippy = ["cargo", "clippy", *build.FLAGS, "--locked", "--", "-D", "warnings"]
    stages.run("Clippy", lambda: call(clippy, what="clippy"))
    stages.run("Python", _lint_python)
    stages.run("Spelling", lambda: call(["typos", "--config", ".typos.toml"], what="typos"))
    stages.run("Template", lambda: call(["cfn-lint", "infra/template.yaml"], what="cfn-lint"))
    # The advisory database is checked by the shipped workflow, which can reach it.
    stages.run(
        "Dependencies",
        lambda: call([_deny(), "--locked", "check", "bans", "licenses", "sources"], what="cargo-deny"),
    )
    return stages.close()


_PYTHON = ["infra", "tests"]


def _lint_python() -> None:
    call(["ruff", "check", *_PYTHON], what="ruff check")
    call(["ruff", "format", "--check", *_PYTHON], what="ruff format --check")


def format_code() -> int:
    """`make fmt`."""
    status(["cargo", "fmt", "--all"])
    status(["ruff", "check", "--fix", "--quiet", *_PYTHON])
    status(["ruff", "format", *_PYTHON])
    return 0
