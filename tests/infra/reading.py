"""Ways to look at the expanded template."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


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
