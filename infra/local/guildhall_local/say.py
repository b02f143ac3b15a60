"""What a person sees in the terminal: steps with their time, one clear line for a failure. No logging framework."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator

_TTY = sys.stdout.isatty() and not os.environ.get("NO_COLOR")


class Failure(Exception):
    """Something the person can do something about; its text is the one line they see."""


def bold(text: str) -> str:
    return f"\033[1m{text}\033[0m" if _TTY else text


def dim(text: str) -> str:
    return f"\033[2m{text}\033[0m" if _TTY else text


def line(text: str = "") -> None:
    print(text, flush=True)


def heading(text: str) -> None:
    line()
    line(bold(text))


def failed(text: str) -> None:
    mark = "\033[31m✗\033[0m" if _TTY else "✗"
    print(f"{mark} {text}", file=sys.stderr, flush=True)


def took(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 60 else f"{seconds / 60:.1f} min"


class Step:
    """A step under way. On a terminal its one line is rewritten; elsewhere only the result is printed."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.note = ""
        self._started = time.monotonic()
        if _TTY:
            print(f"  {text} …", end="", flush=True)

    def progress(self, note: str) -> None:
        self.note = note
        if _TTY:
            print(f"\r\033[K  {self.text} … {dim(note)}", end="", flush=True)

    def _close(self, mark: str) -> None:
        note = f" ({self.note})" if self.note else ""
        start = "\r\033[K" if _TTY else ""
        spent = dim(took(time.monotonic() - self._started))
        print(f"{start}{mark} {self.text}{note} {spent}", flush=True)


@contextlib.contextmanager
def step(text: str) -> Iterator[Step]:
    """Shows a step and how long it took."""
    current = Step(text)
    try:
        yield current
    except BaseException:
        current._close("✗")
        raise
    current._close("✓")


def _number(cell: str) -> bool:
    return cell in ("", "–") or cell.rstrip(" %").replace(".", "").isdigit()


def table(rows: list[list[str]], head: list[str] | None = None, indent: str = "  ") -> None:
    """Prints columns as wide as their widest cell; columns whose cells all look like numbers are right-aligned."""
    everything = ([head] if head else []) + rows
    if not everything:
        return
    widths = [max(len(row[column]) for row in everything) for column in range(len(everything[0]))]
    numeric = [bool(rows) and all(_number(row[column]) for row in rows) for column in range(len(widths))]

    def render(row: list[str]) -> str:
        cells = [
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, numeric, strict=True)
        ]
        return (indent + "  ".join(cells)).rstrip()

    if head:
        line(dim(render(head)))
    for row in rows:
        line(render(row))
