"""The small Lambda Runtime API that a release build is measured against, and what was measured last."""

from __future__ import annotations

import hashlib
import json
import re
import urllib.request
from typing import Any

import pytest

from guildhall_local import bench
from guildhall_local.paths import FUNCTIONS, ROOT


def test_an_invocation_is_given_once_and_its_answer_noted() -> None:
    with bench._Runtime({"rawPath": "/directory/me"}) as runtime:
        base = f"http://127.0.0.1:{runtime.server_port}/2018-06-01/runtime/invocation"
        with urllib.request.urlopen(f"{base}/next", timeout=5) as given:
            assert json.load(given) == {"rawPath": "/directory/me"}
            assert given.headers["Lambda-Runtime-Aws-Request-Id"] == "bench"
        answer = urllib.request.Request(f"{base}/bench/response", b'{"statusCode": 200}', method="POST")
        with urllib.request.urlopen(answer, timeout=5) as taken:
            assert taken.status == 202
        assert runtime.answered.wait(5)
        assert runtime.status == 200


def test_figures_are_kept_between_their_marks(monkeypatch, tmp_path) -> None:
    page = tmp_path / "bench.md"
    figures, costs = bench._MARKS, bench._COST_MARKS
    marked = f"{figures[0]}\nold\n{figures[1]}\n\n{costs[0]}\nstale\n{costs[1]}"
    page.write_text(f"# Measurements\n\nBefore.\n\n{marked}\n\nAfter.\n")
    monkeypatch.setattr(bench, "_PAGE", page)
    monkeypatch.setattr(bench, "_FIGURES", tmp_path / "bench.json")
    for _ in range(2):
        bench._keep([bench.Figure("zip of mailer", 2.5, "MB", "≤ 4")])
    text = page.read_text()
    assert "old" not in text and "stale" not in text
    assert text.count("| deliver a mail |") == 1
    assert text.startswith("# Measurements\n\nBefore.")
    assert text.endswith("After.\n")
    assert text.count("| zip of mailer | 2.5 MB | ≤ 4 |") == 1
    assert json.loads((tmp_path / "bench.json").read_text())["figures"][0]["goal"] == "≤ 4"


@pytest.fixture
def measured() -> dict[str, Any]:
    file = ROOT / "bench.json"
    assert file.is_file(), "make bench"
    return json.loads(file.read_text())


def test_what_was_measured_is_of_these_dependencies(measured) -> None:
    assert measured["cargo_lock_sha256"] == hashlib.sha256((ROOT / "Cargo.lock").read_bytes()).hexdigest(), "make bench"


def test_every_figure_with_a_goal_meets_it(measured) -> None:
    goals = {}
    for figure in measured["figures"]:
        if figure["goal"]:
            stated = re.fullmatch(r"≤ (\d+(?:\.\d+)?)", figure["goal"])
            assert stated, f"{figure['name']}: a goal is written as '≤ N', not {figure['goal']!r}"
            goals[figure["name"]] = (float(stated[1]), figure["unit"])
            assert figure["value"] <= float(stated[1]), f"{figure['name']}: {figure['value']} {figure['unit']}"
    expected = {f"zip of {name}": (4.0, "MB") for name in FUNCTIONS}
    assert goals == expected | {"start to first authorised read": (25.0, "M instructions")}
