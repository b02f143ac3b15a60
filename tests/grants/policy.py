"""Enough of IAM to judge our own roles: statements that allow, with named actions and string conditions.

Statements are taken as whole: the keys of one call must fit into one statement, since IAM may judge them together.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any


@dataclass(frozen=True)
class Call:
    """What was asked, as the recorder wrote it down."""

    action: str
    resource: str
    conditions: dict[str, list[str]]

    def __str__(self) -> str:
        keys = ", ".join(value for values in self.conditions.values() for value in values)
        return f"{self.action} on {self.resource.rpartition(':')[2]}" + (f" ({keys})" if keys else "")


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _fits(value: str, patterns: Any) -> bool:
    return any(fnmatchcase(value, pattern) for pattern in _listed(patterns))


class Policy:
    """The statements of one role."""

    def __init__(self, statements: list[dict[str, Any]]) -> None:
        self.statements = statements

    def allows(self, call: Call) -> bool:
        return any(self._allowed_by(statement, call) for statement in self.statements)

    @staticmethod
    def _allowed_by(statement: dict[str, Any], call: Call) -> bool:
        assert statement["Effect"] == "Allow"
        if not _fits(call.action, statement["Action"]) or not _fits(call.resource, statement["Resource"]):
            return False
        for operator, conditions in statement.get("Condition", {}).items():
            assert operator in ("ForAllValues:StringLike", "StringEquals"), operator
            for key, patterns in conditions.items():
                values = call.conditions.get(key)
                if values is None or not all(_fits(value, patterns) for value in values):
                    return False
        return True

    def parts(self) -> Iterator[tuple[str, str, Policy]]:
        """Every action, resource and leading key of every statement, with what the role would grant without it."""
        for number, statement in enumerate(self.statements):
            places = [statement, statement]
            names = ["Action", "Resource"]
            for conditions in statement.get("Condition", {}).values():
                places += [conditions] * len(conditions)
                names += list(conditions)
            for place, name in zip(places, names, strict=True):
                for value in _listed(place[name]):
                    yield statement["Sid"], value, self._without(number, name, value)

    def _without(self, number: int, name: str, value: str) -> Policy:
        statements = copy.deepcopy(self.statements)
        place = statements[number]
        if name not in place:
            place = next(conditions for conditions in place["Condition"].values() if name in conditions)
        place[name] = [one for one in _listed(place[name]) if one != value]
        return Policy(statements)
