"""What the program costs a month, from measured requests and units and the public price list.

Units come from `tests/costs/*.json`, which the tests assert; alarms and the functions' memory from the template; prices
are list prices of us-east-1 in 2026, in dollars, without free tiers. What people do in a month is assumed and stated;
nothing here was read off a bill.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from typing import Any

from samtranslator.yaml_helper import yaml_parse

from .paths import ROOT, TEMPLATE

_COSTS = ROOT / "tests" / "costs"

MILLION = 1_000_000
PRICES = {
    "write unit": 0.625 / MILLION,
    "read unit": 0.125 / MILLION,
    "mail": 0.10 / 1000,
    "state transition": 0.025 / 1000,
    "queue request": 0.40 / MILLION,
    "event": 1.00 / MILLION,
    "API request": 1.00 / MILLION,
    "invocation": 0.20 / MILLION,
    "GB-second": 0.0000133334,
    "dashboard": 3.00,
    "alarm": 0.10,
    "key": 1.00,
}

# For every 1,000 people in a month.
MAILS = 1720
VISITS = 3000
READS = 18_000
CHANGES = 2_000
EVENTS_PER_CHANGE = 2
VISITS_OF_A_PAGE = 50

# Whatever the number of people.
HOURS = 730
SWEEPS = HOURS * 12
TASKS_OF_A_RUN = 2
SECONDS_OF_AN_INVOCATION = 0.1
# Of the reminder run; held against the state machine by tests/infra.
TRANSITIONS_OF_AN_IDLE_RUN = 8
TRANSITIONS_OF_A_PAGE = 4
MEASURED_RUN = "reminder run, 500 due"
TRANSITIONS_OF_THE_MEASURED_RUN = 136
PAGES = 1650
LONG_POLLS = 1_900_000
CUSTOM_METRICS = 5.10


@dataclass(frozen=True)
class Units:
    """What one operation takes of the table."""

    requests: int
    read_units: float
    write_units: float

    @property
    def dollars(self) -> float:
        return self.read_units * PRICES["read unit"] + self.write_units * PRICES["write unit"]


def measured() -> dict[str, Units]:
    """Every measured operation by name."""
    found: dict[str, Units] = {}
    for file in sorted(_COSTS.glob("*.json")):
        found |= {name: Units(**units) for name, units in json.loads(file.read_text()).items()}
    return found


@functools.cache
def template() -> dict[str, Any]:
    """The template as written."""
    return yaml_parse(TEMPLATE.read_text(encoding="utf-8"))


def alarms() -> int:
    """How many alarms the template has."""
    return sum(it["Type"] == "AWS::CloudWatch::Alarm" for it in template()["Resources"].values())


def memory(function: str) -> float:
    """A function's memory in GB."""
    common = template()["Globals"]["Function"]["MemorySize"]
    return template()["Resources"][function]["Properties"].get("MemorySize", common) / 1024


def invocations(share: float) -> dict[str, float]:
    """How often each function runs in a month. The API's calls are taken to be training's."""
    return {
        "TrainingApi": share * (READS + CHANGES),
        "TrainingTasks": HOURS * TASKS_OF_A_RUN + share * VISITS / VISITS_OF_A_PAGE,
        "EventRelay": SWEEPS + share * CHANGES,
        "Mailer": share * MAILS,
    }


def month(people: int) -> dict[str, float]:
    """Dollars a month by what they are paid for."""
    units = measured()
    share = people / 1000
    run = units[MEASURED_RUN].dollars / 500
    event = units["relay and count an event"].dollars
    read = units["read a person's training"].dollars
    change = units["assign a course"].dollars + EVENTS_PER_CHANGE * event
    table = share * (VISITS * (run + event) + MAILS * units["deliver a mail"].dollars + READS * read + CHANGES * change)
    table += SWEEPS * units["sweep with nothing to do"].dollars
    transitions = HOURS * TRANSITIONS_OF_AN_IDLE_RUN + PAGES * TRANSITIONS_OF_A_PAGE
    compute = sum(
        times * (PRICES["invocation"] + SECONDS_OF_AN_INVOCATION * memory(function) * PRICES["GB-second"])
        for function, times in invocations(share).items()
    )
    events = share * CHANGES * EVENTS_PER_CHANGE * PRICES["event"]
    return {
        f"dashboard, {alarms()} alarms, one key": PRICES["dashboard"] + alarms() * PRICES["alarm"] + PRICES["key"],
        "custom metrics": CUSTOM_METRICS,
        "queues (mostly Lambda's long polling)": (LONG_POLLS + share * MAILS * 3) * PRICES["queue request"],
        "state transitions": transitions * PRICES["state transition"],
        "mails": share * MAILS * PRICES["mail"],
        "table": table,
        "functions, API requests, events": compute + share * (READS + CHANGES) * PRICES["API request"] + events,
        "logs": share * 0.04 * 0.50,
    }


def tables() -> str:
    """Markdown: units an operation, and dollars a month."""
    lines = ["| operation | requests | read units | write units |", "|---|---:|---:|---:|"]
    lines += [f"| {name} | {it.requests} | {it.read_units:g} | {it.write_units:g} |" for name, it in measured().items()]
    lines += [f"| {MEASURED_RUN}: state transitions | {TRANSITIONS_OF_THE_MEASURED_RUN} | 0 | 0 |"]
    small, large = month(1000), month(10_000)
    lines += ["", "| paid for | 1,000 people | 10,000 people |", "|---|---:|---:|"]
    lines += [f"| {name} | {small[name]:.2f} | {large[name]:.2f} |" for name in small]
    lines += [f"| **sum, dollars a month** | **{sum(small.values()):.2f}** | **{sum(large.values()):.2f}** |"]
    return "\n".join(lines)
