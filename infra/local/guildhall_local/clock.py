"""The program's clock in the local cloud: a file that debug builds of the functions obey. Sign-in always uses real
time, and release builds do not contain the code that reads the file."""

from __future__ import annotations

import json

from .paths import STATE

FILE = STATE / "clock.json"
_DAY = 86_400


def back(days: int, later: int = 0) -> None:
    """Sets the program some days back, and some seconds later than that; nought days is now."""
    if days == 0:
        FILE.unlink(missing_ok=True)
        return
    FILE.parent.mkdir(parents=True, exist_ok=True)
    fresh = FILE.with_suffix(".new")
    fresh.write_text(json.dumps({"offset_seconds": later - days * _DAY}))
    fresh.replace(FILE)
