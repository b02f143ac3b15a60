"""What the program is said to cost is what its prices come to, for the template as it is."""

from __future__ import annotations

import os
import re

from guildhall_local import bench, prices
from guildhall_local.paths import ROOT


def test_the_readme_says_what_the_prices_come_to() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    said = re.search(r"\*\*(\d+) dollars a month for 1,000 people, (\d+) for 10,000\*\*", text)
    assert said, "README.md gives the two figures in bold"
    assert [int(figure) for figure in said.groups()] == [
        round(sum(prices.month(people).values())) for people in (1000, 10_000)
    ]


def test_the_page_of_figures_says_it_line_by_line() -> None:
    page = ROOT / "docs" / "bench.md"
    text = page.read_text(encoding="utf-8")
    if os.environ.get("UPDATE"):
        page.write_text(bench.priced(text), encoding="utf-8")
    else:
        assert text == bench.priced(text), "UPDATE=1 rewrites it"


def test_more_than_half_is_cloudwatch_as_the_readme_says() -> None:
    for people in (1000, 10_000):
        cost = prices.month(people)
        watching = prices.CUSTOM_METRICS + prices.PRICES["dashboard"] + prices.alarms() * prices.PRICES["alarm"]
        assert watching > sum(cost.values()) / 2


def test_every_alarm_and_every_functions_own_memory_count(monkeypatch) -> None:
    monkeypatch.setattr(
        prices,
        "template",
        lambda: {
            "Globals": {"Function": {"MemorySize": 256}},
            "Resources": {
                "OneAlarm": {"Type": "AWS::CloudWatch::Alarm"},
                "OtherAlarm": {"Type": "AWS::CloudWatch::Alarm"},
                "Mailer": {"Type": "AWS::Serverless::Function", "Properties": {}},
                "TrainingApi": {"Type": "AWS::Serverless::Function", "Properties": {"MemorySize": 512}},
            },
        },
    )
    assert prices.alarms() == 2
    assert (prices.memory("Mailer"), prices.memory("TrainingApi")) == (0.25, 0.5)
