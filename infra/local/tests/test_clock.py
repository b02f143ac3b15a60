"""The clock that debug builds obey."""

from __future__ import annotations

import json

from guildhall_local import clock


def test_days_back_and_a_little_later(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(clock, "FILE", tmp_path / "state" / "clock.json")
    clock.back(4, later=120)
    assert json.loads(clock.FILE.read_text()) == {"offset_seconds": -4 * 86_400 + 120}
    clock.back(0)
    assert not clock.FILE.exists()
