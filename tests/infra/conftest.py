"""What the template tests stand on: the expanded template, the state machines, and a few ways to look at them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "infra"), str(Path(__file__).parent)]

import expand  # noqa: E402 - found through the line above


class Template:
    """The expanded template."""

    def __init__(self, template: dict[str, Any]) -> None:
        self.whole = template
        self.parameters: dict[str, Any] = template["Parameters"]
        self.resources: dict[str, Any] = template["Resources"]

    def of(self, kind: str) -> dict[str, dict[str, Any]]:
        """The properties of every resource of a type, by logical name. At least one, or a test would be empty."""
        found = {name: one.get("Properties", {}) for name, one in self.resources.items() if one["Type"] == kind}
        assert found, f"no {kind} in the template"
        return found

    def statements(self) -> Iterator[tuple[str, dict[str, Any], dict[str, str]]]:
        """Every statement of every role: the role, the statement, and the reasons in the role's metadata."""
        for name, role in self.of("AWS::IAM::Role").items():
            assert "ManagedPolicyArns" not in role, f"{name}: statements, not managed policies"
            reasons = self.resources[name].get("Metadata", {}).get("AnyResource", {})
            for policy in role["Policies"]:
                for statement in policy["PolicyDocument"]["Statement"]:
                    yield name, statement, reasons


def listed(value: Any) -> list[Any]:
    """One or several, as several."""
    return value if isinstance(value, list) else [value]


def text(value: Any) -> str:
    """A value with its references spelt out as `${Name}` or `${Name.Attribute}`, so that it can be compared."""
    if isinstance(value, dict) and len(value) == 1:
        (function, argument), *_ = value.items()
        if function == "Ref":
            return f"${{{argument}}}"
        if function == "Fn::GetAtt":
            return "${" + (argument if isinstance(argument, str) else ".".join(argument)) + "}"
        if function == "Fn::Sub":
            if isinstance(argument, str):
                return argument
            pattern, names = argument
            for name, inner in names.items():
                pattern = pattern.replace(f"${{{name}}}", text(inner))
            return pattern
    return value if isinstance(value, str) else json.dumps(value)


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
def rust() -> dict[str, str]:
    """The Rust sources, by path from the root."""
    files = [path for room in ("shared", "functions") for path in (ROOT / room).glob("*/src/**/*.rs")]
    return {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in files}
