"""A company's guidance: articles in Markdown, a file each, and how they get into the library through the public API.

A file is called after the article's code and begins with its facts between two lines `---`: one a line, `name: value`,
several values separated by `;`. Courses are named by their codes.

An article is found again by its code. What is there and says the same is left alone, in whatever state somebody put it;
what says something else is written anew and published; what was retired stays as it is. The one exception is a draft in
its first version that says the same: that is what loading leaves where it was cut off before it could publish, so it is
published. No record tells it from a first draft that a person wrote word for word like the file, which is published
with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .api import Api
from .say import Failure, step

_TEXTS = ("title", "summary", "area", "requirement", "language")
_LISTS = ("tiers", "technologies", "templates", "courses")
_STATES = ("published", "draft", "retired")
_UNORDERED = ("tiers", "technologies", "course_ids")


@dataclass(frozen=True)
class Article:
    """An article as its file has it."""

    code: str
    facts: dict[str, Any]
    """What the API takes, without courses."""
    courses: tuple[str, ...]
    """Codes of courses."""


def read(folder: Path) -> tuple[Article, ...]:
    """Every article of a folder, by code; none where there is no folder."""
    return tuple(parse(path) for path in sorted(folder.glob("*.md")))


def parse(path: Path) -> Article:
    """Reads one file."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise Failure(f"{path} is not UTF-8") from None
    start, _, rest = text.partition("\n")
    head, end, body = rest.partition("\n---\n")
    if start.strip() != "---" or not end:
        raise Failure(f"{path} does not begin with its facts between two lines of ---")
    said: dict[str, str] = {}
    for line in head.splitlines():
        name, colon, value = line.partition(":")
        if not colon or name not in _TEXTS + _LISTS or name in said:
            raise Failure(f"{path}: expected one fact a line, each once: {', '.join(_TEXTS + _LISTS)}")
        said[name] = value.strip()
    missing = [name for name in _TEXTS if not said.get(name)]
    if missing:
        raise Failure(f"{path} says no {', '.join(missing)}")
    values = {name: tuple(filter(None, map(str.strip, said.get(name, "").split(";")))) for name in _LISTS}
    facts: dict[str, Any] = {"code": path.stem, "body": body, **{name: said[name] for name in _TEXTS}}
    facts["tiers"] = [int(tier) if tier.isdecimal() else tier for tier in values["tiers"]]
    facts["technologies"] = list(values["technologies"])
    facts["templates"] = [
        {"kind": kind, "url": url} for kind, _, url in (template.partition(" ") for template in values["templates"])
    ]
    return Article(path.stem, facts, values["courses"])


def load(api: Api, articles: tuple[Article, ...], courses: dict[str, str]) -> None:
    """Writes and publishes articles. `courses` are the ids of the catalogue's courses by code."""
    if not articles:
        return
    with step("guidance") as current:
        # The last state counts: a draft may stand beside what is published.
        known = {
            found["code"]: (found["id"], state)
            for state in _STATES
            for found in api.pages("/training/guidance", state=state)
        }
        for number, article in enumerate(articles, 1):
            current.progress(f"{number} of {len(articles)}")
            _save(api, _document(article, courses), known.get(article.code.lower()))
        current.progress(f"{len(articles)} articles")


def _document(article: Article, courses: dict[str, str]) -> dict[str, Any]:
    ids = {code.lower(): course for code, course in courses.items()}
    unknown = [code for code in article.courses if code.lower() not in ids]
    if unknown:
        raise Failure(f"guidance/{article.code}.md names {', '.join(unknown)}, which courses.csv has not")
    return {**article.facts, "course_ids": [ids[code.lower()] for code in article.courses]}


def _save(api: Api, document: dict[str, Any], known: tuple[str, str] | None) -> None:
    if known is None:
        saved = api.call("POST", "/training/guidance", document)
    else:
        article, state = known
        if state == "retired":
            return
        path = f"/training/guidance/{article}"
        found = api.call("GET", path)
        # A first draft is what loading leaves where it was cut off before it could publish; see the module's text.
        begun = state == "draft" and found.body["version"] == 1
        if _says(found.body, document) and not begun:
            return
        saved = api.call("PUT", path, document, etag=found.headers.get("etag"))
    path = f"/training/guidance/{saved.body['id']}/state"
    api.call("PUT", path, {"state": "published"}, etag=saved.headers.get("etag"))


def _says(found: dict[str, Any], document: dict[str, Any]) -> bool:
    """Whether an article as the API gives it says what a document says."""
    return all(_plain(name, found[name]) == _plain(name, value) for name, value in document.items())


def _plain(name: str, value: Any) -> Any:
    if name == "code":
        return value.lower()
    return sorted({str(one).lower() for one in value}) if name in _UNORDERED else value
