"""A company's files: which there are, what their dates mean today, and who of its people signs in for which role.

Files are the CSV files of the import, with one freedom: a date may be written `today`, `today-40` or `today+14`, so
that the example is always of this moment. Nothing is checked here beyond that; the API's dry run does it better.
"""

from __future__ import annotations

import csv
import datetime
import hashlib
import io
import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import guidance
from .say import Failure

KINDS = (
    ("directory", "teams"),
    ("directory", "people"),
    ("directory", "workloads"),
    ("training", "courses"),
    ("training", "paths"),
    ("training", "exemptions"),
    ("training", "history"),
)
"""System and kind of each import, in the order in which one needs the other."""

OPTIONAL = ("workloads", "exemptions", "history")
ROLES = ("program-admin", "security", "manager", "team-lead", "builder", "other-builder")
"""Roles that someone of the company signs in for; `service` is a machine."""

# A whole date of a cell or a JSON string, never a word of a title.
_RELATIVE = re.compile(r'(?<![^,;@."\r\n])today(?:([+-])(\d{1,4}))?(?![^,;.:"\r\n])')


def resolve_dates(text: str, today: datetime.date) -> str:
    """Replaces day offsets by dates."""

    def replace(match: re.Match[str]) -> str:
        days = int(match[2] or 0) * (-1 if match[1] == "-" else 1)
        return (today + datetime.timedelta(days=days)).isoformat()

    return _RELATIVE.sub(replace, text)


@dataclass(frozen=True)
class Company:
    """A folder of files, read."""

    folder: Path
    files: dict[str, str]
    """CSV text by kind, dates resolved."""
    settings: dict[str, Any]
    """`settings.json`, dates resolved: settings of program and training, and who signs in."""
    day: datetime.date
    """The day that day offsets were counted from."""
    articles: tuple[guidance.Article, ...] = ()
    """`guidance/`: what the library begins with."""

    def rows(self, kind: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.files.get(kind, ""))))

    def days_ago(self) -> int:
        """How many days back the program begins here, so that by now warnings of those days were heard."""
        days = self.settings.get("loaded_days_ago", 0)
        if not isinstance(days, int) or not 0 <= days <= 365:
            raise Failure("settings.json: loaded_days_ago is a number of days from 0 to 365")
        return days

    def fingerprint(self) -> str:
        """Equal when there is nothing new to load."""
        articles = [[article.facts, article.courses] for article in self.articles]
        content = json.dumps([self.files, self.settings, articles], sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()

    def sign_ins(self) -> dict[str, str]:
        """An e-mail address for each role: as `settings.json` says, else found among the people."""
        chosen: dict[str, str] = dict(self.settings.get("sign_in", {}))
        people = [row for row in self.rows("people") if row.get("email") and not row.get("leave")]
        if not people:
            raise Failure(f"{self.folder / 'people.csv'} has no one in it")
        unknown = sorted(set(chosen) - set(ROLES))
        if unknown:
            raise Failure(f"settings.json: sign_in knows no role {', '.join(unknown)}; it knows {', '.join(ROLES)}")
        for role in ROLES:
            if role not in chosen:
                chosen[role] = _someone(role, people, set(chosen.values()))
        return chosen


def _someone(role: str, people: list[dict[str, str]], taken: set[str]) -> str:
    """The likeliest person for a role; anyone still free where nobody fits."""
    reports = Counter(row.get("manager_email", "") for row in people)
    free = [row for row in people if row["email"] not in taken] or people

    def fits(row: dict[str, str]) -> int:
        teams, email = row.get("teams", "").lower(), row["email"]
        return {
            "program-admin": (not row.get("manager_email")) * 2 + (row.get("job_role") == "manager"),
            "security": int("sec" in teams),
            "manager": reports[email],
            "team-lead": len(row.get("leads", "")),
            "builder": (row.get("job_role") == "developer") + bool(row.get("manager_email")),
            "other-builder": (row.get("job_role") == "developer") + bool(row.get("manager_email")),
        }[role]

    return max(free, key=fits)["email"]


def read(folder: Path, today: datetime.date | None = None) -> Company:
    """Reads a company's folder."""
    today = today or datetime.datetime.now(datetime.timezone.utc).date()
    if not folder.is_dir():
        raise Failure(f"{folder} is no folder")
    files: dict[str, str] = {}
    for _, kind in KINDS:
        path = folder / f"{kind}.csv"
        if not path.is_file():
            if kind in OPTIONAL:
                continue
            raise Failure(f"{path} is missing; {folder.name}/ needs teams, people, courses and paths")
        try:
            files[kind] = resolve_dates(path.read_text(encoding="utf-8-sig"), today)
        except UnicodeDecodeError:
            raise Failure(f"{path} is not UTF-8") from None
    settings_path = folder / "settings.json"
    settings: dict[str, Any] = {}
    if settings_path.is_file():
        try:
            settings = json.loads(resolve_dates(settings_path.read_text(encoding="utf-8"), today))
        except ValueError as error:
            raise Failure(f"{settings_path}: {error}") from None
    return Company(folder, files, settings, today, guidance.read(folder / "guidance"))
