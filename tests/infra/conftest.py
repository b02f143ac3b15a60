"""What the template tests stand on: the expanded template, the state machines and the Rust sources."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "infra"), str(HERE.parents[1] / "infra/local")]

import expand  # noqa: E402 - found through the line above
from reading import ROOT, Template  # noqa: E402 - the same


@pytest.fixture(scope="session")
def template() -> Template:
    return Template(expand.expanded())


@pytest.fixture(scope="session")
def machines() -> dict[str, str]:
    """The state machine files as written, by file name."""
    found = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "statemachines").glob("*.asl.json")}
    assert found
    return found


@pytest.fixture(scope="session")
def parsed(machines) -> dict[str, dict[str, Any]]:
    return {name: json.loads(source) for name, source in machines.items()}


@pytest.fixture(scope="session")
def reminders(parsed) -> dict[str, Any]:
    return parsed["training-reminders.asl.json"]


@pytest.fixture(scope="session")
def imports(parsed) -> dict[str, Any]:
    return parsed["import-file.asl.json"]


@pytest.fixture(scope="session")
def review(parsed) -> dict[str, Any]:
    return parsed["training-review.asl.json"]


@pytest.fixture(scope="session")
def rebuild(parsed) -> dict[str, Any]:
    return parsed["training-rebuild.asl.json"]


@pytest.fixture(scope="session")
def rust() -> dict[str, str]:
    """The Rust sources, by path from the root."""
    files = [path for room in ("shared", "functions") for path in (ROOT / room).glob("*/src/**/*.rs")]
    return {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in files}
