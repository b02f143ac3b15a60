"""A small walker of state machines: enough of the Amazon States Language to run ours with stand-in tasks, count the
history events AWS would write and measure the largest payload. It fails on anything it does not know, so a machine
can't outgrow it unnoticed.

Counted as the Step Functions API reference lists them: entering and leaving a state are one event each; an attempt
of a task is three (scheduled, started, and succeeded, failed or timed out); a map adds started and succeeded, and two
for each iteration. Waiting takes no time here.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

# How many events an execution may write before AWS ends it.
HISTORY = 25_000

Task = Callable[[str, dict[str, Any]], Any]


def states(machine: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every state of a machine by name, those inside of maps included."""
    for name, state in machine["States"].items():
        yield name, state
        if "ItemProcessor" in state:
            yield from states(state["ItemProcessor"])


class TaskFailed(Exception):
    """A task's error, by the name a state machine sees."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass
class Run:
    """One execution: what came out of it and what it cost."""

    task: Task
    execution: str = "execution"
    events: int = 0
    transitions: int = 0
    payload: int = 0
    failed: bool = False
    seen: list[Any] = field(default_factory=list)

    def start(self, machine: dict[str, Any], given: Any) -> Any:
        """Runs to the end; raises `TaskFailed` where the execution fails."""
        self._count(2)
        context = {
            "Execution": {"Id": f"arn:{self.execution}", "Name": self.execution},
            "StateMachine": {"Id": "arn:self"},
        }
        return self._walk(machine, given, context)

    def _measure(self, data: Any) -> None:
        self.payload = max(self.payload, len(json.dumps(data, separators=(",", ":")).encode()))
        self.seen.append(data)

    def _count(self, events: int) -> None:
        self.events += events
        if self.events > HISTORY:
            raise AssertionError(f"more than {HISTORY} history events: AWS would end the execution")

    def _walk(self, machine: dict[str, Any], data: Any, context: dict[str, Any]) -> Any:
        name = machine["StartAt"]
        while True:
            state = machine["States"][name]
            self._measure(data)
            self._count(1)
            self.transitions += 1
            following, data = self._step(state, data, context)
            if state["Type"] != "Fail":
                self._count(1)
            self._measure(data)
            if following is None:
                return data
            name = following

    def _step(self, state: dict[str, Any], data: Any, context: dict[str, Any]) -> tuple[str | None, Any]:
        kind = state["Type"]
        if kind == "Succeed":
            return None, data
        if kind == "Fail":
            raise TaskFailed(state["Error"])
        if kind == "Choice":
            for choice in state["Choices"]:
                if _holds(choice, data, context):
                    return choice["Next"], data
            return state["Default"], data
        if kind == "Pass":
            result = _fill(state["Parameters"], data, context) if "Parameters" in state else data
            return _next(state), _place(state, data, result)
        if kind == "Wait":
            if "TimestampPath" in state:
                # RFC 3339 in UTC with whole seconds: what Step Functions takes.
                datetime.strptime(_path(state["TimestampPath"], data, context), "%Y-%m-%dT%H:%M:%SZ")
            else:
                assert state["Seconds"] > 0, state
            return _next(state), data
        if kind == "Map":
            return _next(state), self._map(state, data, context)
        if kind == "Task":
            return self._task(state, data, context)
        raise NotImplementedError(kind)

    def _map(self, state: dict[str, Any], data: Any, context: dict[str, Any]) -> Any:
        assert state["ItemProcessor"]["ProcessorConfig"]["Mode"] == "INLINE"
        self._count(2)
        results = []
        for index, item in enumerate(_path(state["ItemsPath"], data, context)):
            self._count(2)
            inner = {**context, "Map": {"Item": {"Index": index, "Value": item}}}
            results.append(self._walk(state["ItemProcessor"], _fill(state["ItemSelector"], data, inner), inner))
        return _place(state, data, results)

    def _task(self, state: dict[str, Any], data: Any, context: dict[str, Any]) -> tuple[str | None, Any]:
        parameters = _fill(state["Parameters"], data, context)
        self._measure(parameters)
        retries = [retrier["MaxAttempts"] for retrier in state.get("Retry", [])]
        while True:
            self._count(3)
            try:
                answer = self.task(state["Resource"], parameters)
                break
            except TaskFailed as failed:
                again = next((n for n, r in enumerate(state.get("Retry", [])) if _meant(r, failed.name)), None)
                if again is not None and retries[again] > 0:
                    retries[again] -= 1
                    continue
                for catcher in state.get("Catch", []):
                    if _meant(catcher, failed.name):
                        return catcher["Next"], _place(catcher, data, {"Error": failed.name})
                raise
        self._measure(answer)
        if "ResultSelector" in state:
            answer = _fill(state["ResultSelector"], answer, context)
        return _next(state), _place(state, data, answer)


def _meant(rule: dict[str, Any], error: str) -> bool:
    """Whether a Retry or Catch rule is about an error."""
    wide = {"States.ALL"} if error == "States.Timeout" else {"States.ALL", "States.TaskFailed"}
    return bool({error, *wide} & set(rule["ErrorEquals"]))


def _next(state: dict[str, Any]) -> str | None:
    return None if state.get("End") else state["Next"]


def _place(state: dict[str, Any], data: Any, result: Any) -> Any:
    path = state.get("ResultPath", "$")
    if path is None:
        return data
    if path == "$":
        return result
    assert re.fullmatch(r"\$\.\w+", path), path
    return {**data, path[2:]: result}


def _path(path: str, data: Any, context: dict[str, Any]) -> Any:
    if path.startswith("$$"):
        data, path = context, path[1:]
    for name in path.removeprefix("$").split("."):
        if name:
            data = data[name]
    return data


def _fill(template: Any, data: Any, context: dict[str, Any]) -> Any:
    if isinstance(template, dict):
        filled = {}
        for name, value in template.items():
            if name.endswith(".$"):
                filled[name[:-2]] = _value(value, data, context)
            else:
                filled[name] = _fill(value, data, context)
        return filled
    return template


def _value(expression: str, data: Any, context: dict[str, Any]) -> Any:
    if expression.startswith("$"):
        return _path(expression, data, context)
    called = re.fullmatch(r"States\.(\w+)\((.*)\)", expression)
    assert called, expression
    name, raw = called.groups()
    arguments = [part.strip() for part in raw.split(",")] if raw else []
    values = [
        part[1:-1] if part.startswith("'") else _path(part, data, context) if part.startswith("$") else int(part)
        for part in arguments
    ]
    if name == "MathAdd":
        assert all(isinstance(value, int) for value in values), expression
        return values[0] + values[1]
    if name == "UUID":
        return str(uuid.uuid4())
    if name == "Format":
        return values[0].format(*values[1:])
    raise NotImplementedError(expression)


def _holds(choice: dict[str, Any], data: Any, context: dict[str, Any]) -> bool:
    comparison = next(key for key in choice if key not in {"Variable", "Next"})
    expected = choice[comparison]
    try:
        value = _path(choice["Variable"], data, context)
    except KeyError:
        assert comparison == "IsPresent", choice
        return not expected
    if comparison == "IsPresent":
        return expected
    if comparison == "IsNull":
        return (value is None) == expected
    if comparison == "BooleanEquals":
        assert isinstance(value, bool), choice
        return value is expected
    if comparison == "StringEquals":
        assert isinstance(value, str), choice
        return value == expected
    if comparison == "NumericGreaterThan":
        return value > expected
    if comparison == "NumericGreaterThanEquals":
        return value >= expected
    raise NotImplementedError(comparison)
