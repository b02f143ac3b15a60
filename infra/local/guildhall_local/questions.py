"""A company's question bank and its assessments, and how they get into the program through the public API.

`questions/` has a JSON file for each topic: the competency area that its questions are evidence of, their languages,
and the questions, each as the API takes it. `assessments.json` is a list of assessments; a course is named by its code,
and sections are areas with how many questions are drawn of each.

A question is found again by its area and text, an assessment by its code. What is there and says the same is left
alone, what says something else is written anew, and what its authors retired stays retired. Both are listed once, so
that loading again asks for nothing beside the lists.

Whether a question can be asked is the API's to judge; whatever it refuses is named with its file and place.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .api import Api
from .say import Failure, step

_FILE = {"area": str, "questions": list}
_FILE_MAY = {"languages": list}
_QUESTION = {"kind": str, "text": str}
_QUESTION_MAY = {"options": list, "right": list, "accepted": list, "explanation": str}
_OPTION = {"id": str, "text": str}
_ASSESSMENT = {
    "code": str,
    "title": str,
    "purpose": str,
    "sections": dict,
    "pass_mark": int,
    "minutes": int,
    "attempts": int,
}
_ASSESSMENT_MAY = {"course": str, "days_between": int}
_KINDS = {str: "a text", list: "a list", dict: "an object", int: "a whole number"}


@dataclass(frozen=True)
class Question:
    """A question as its file has it."""

    place: str
    """File and number, for whoever has to mend it."""
    document: dict[str, Any]
    """What the API takes, as the API gives it back."""

    @property
    def key(self) -> tuple[str, str]:
        """What it is found again by."""
        return self.document["area"], self.document["text"]


@dataclass(frozen=True)
class Assessment:
    """An assessment as the file has it."""

    place: str
    code: str
    terms: dict[str, Any]
    """What the API takes, without the course."""
    course: str | None
    """The course's code."""


@dataclass(frozen=True)
class Bank:
    """What a company's folder has of both."""

    questions: tuple[Question, ...] = ()
    assessments: tuple[Assessment, ...] = ()

    def content(self) -> list[Any]:
        """Equal when there is nothing new to load."""
        assessments = [[it.code, it.terms, it.course] for it in self.assessments]
        return [[question.document for question in self.questions], assessments]


def read(folder: Path) -> Bank:
    """The bank of a company's folder; empty where it has none."""
    questions: dict[tuple[str, str], Question] = {}
    for path in sorted((folder / "questions").glob("*.json")):
        for question in _topic(path):
            other = questions.setdefault(question.key, question)
            if other is not question:
                raise Failure(f"{question.place} asks what {other.place} asks; a question is found again by its text")
    path = folder / "assessments.json"
    assessments: dict[str, Assessment] = {}
    for assessment in _assessments(path) if path.is_file() else ():
        other = assessments.setdefault(assessment.code, assessment)
        if other is not assessment:
            raise Failure(f"{assessment.place}: the code {assessment.code} is taken by {other.place}")
    return Bank(tuple(questions.values()), tuple(assessments.values()))


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise Failure(f"{path} is not UTF-8") from None
    except ValueError as error:
        raise Failure(f"{path}: {error}") from None


def _checked(place: str, found: Any, must: dict[str, type], may: dict[str, type] | None = None) -> dict[str, Any]:
    """An object that has the names it must have and no others, each of its type."""
    if not isinstance(found, dict):
        raise Failure(f"{place}: expected an object")
    known = {**must, **(may or {})}
    if unknown := sorted(set(found) - set(known)):
        raise Failure(f"{place}: {', '.join(unknown)} is none of {', '.join(known)}")
    for name, kind in known.items():
        # True is a whole number to Python.
        if (name in must or name in found) and type(found.get(name)) is not kind:
            raise Failure(f"{place}: expected {name} to be {_KINDS[kind]}")
    return found


def _texts(place: str, name: str, found: list[Any]) -> list[str]:
    if not all(isinstance(text, str) for text in found):
        raise Failure(f"{place}: expected {name} to be a list of texts")
    return [text.strip() for text in found]


def _topic(path: Path) -> list[Question]:
    """The questions of a file."""
    topic = _checked(str(path), _json(path), _FILE, _FILE_MAY)
    shared = {
        "area": topic["area"].strip().lower(),
        "languages": _texts(str(path), "languages", topic.get("languages", [])),
    }
    return [_question(f"{path}: question {place}", found, shared) for place, found in enumerate(topic["questions"], 1)]


def _question(place: str, found: Any, shared: dict[str, Any]) -> Question:
    found = _checked(place, found, _QUESTION, _QUESTION_MAY)
    options = [
        _checked(f"{place}, option {number}", option, _OPTION)
        for number, option in enumerate(found.get("options", []), 1)
    ]
    document = {
        **shared,
        "kind": found["kind"],
        "text": found["text"].strip(),
        "options": [{"id": it["id"].strip().lower(), "text": it["text"].strip()} for it in options],
        "right": [code.lower() for code in _texts(place, "right", found.get("right", []))],
        "accepted": _texts(place, "accepted", found.get("accepted", [])),
        "explanation": found["explanation"].strip() if "explanation" in found else None,
    }
    return Question(place, document)


def _assessments(path: Path) -> list[Assessment]:
    found = _json(path)
    if not isinstance(found, list):
        raise Failure(f"{path}: expected a list of assessments")
    return [_assessment(f"{path}: assessment {number}", one) for number, one in enumerate(found, 1)]


def _assessment(place: str, found: Any) -> Assessment:
    found = _checked(place, found, _ASSESSMENT, _ASSESSMENT_MAY)
    sections = found["sections"]
    _checked(f"{place}, sections", sections, dict.fromkeys(sections, int))
    terms = {name: found[name] for name in ("purpose", "pass_mark", "minutes", "attempts")}
    terms["title"] = found["title"].strip()
    terms["days_between"] = found.get("days_between", 0)
    terms["sections"] = [{"area": area.strip().lower(), "questions": count} for area, count in sections.items()]
    return Assessment(place, found["code"].strip().lower(), terms, found.get("course"))


def load(api: Api, bank: Bank, courses: dict[str, str]) -> None:
    """Writes what is missing or says something else. `courses` are the ids of the catalogue's courses by code."""
    if not bank.questions and not bank.assessments:
        return
    with step("questions and assessments") as current:
        terms = [_terms(assessment, courses) for assessment in bank.assessments]
        known: dict[Any, dict[str, Any]] = {}
        for found in api.pages("/training/questions") if bank.questions else ():
            known.setdefault((found["area"], found["text"]), found)
        for number, question in enumerate(bank.questions, 1):
            current.progress(f"{number} of {len(bank.questions)} questions")
            new = question.document
            _save(api, "/training/questions", question.place, known.get(question.key), new, new)
        known = {found["code"]: found for found in api.pages("/training/assessments")} if bank.assessments else {}
        for assessment, wanted in zip(bank.assessments, terms, strict=True):
            new = {"code": assessment.code, "terms": wanted}
            _save(api, "/training/assessments", assessment.place, known.get(assessment.code), wanted, new)
        current.progress(f"{len(bank.questions)} questions, {len(bank.assessments)} assessments")


def _terms(assessment: Assessment, courses: dict[str, str]) -> dict[str, Any]:
    if assessment.course is None:
        return {**assessment.terms, "course_id": None}
    ids = {code.lower(): course for code, course in courses.items()}
    course = ids.get(assessment.course.strip().lower())
    if course is None:
        raise Failure(f"{assessment.place} names {assessment.course}, which courses.csv has not")
    return {**assessment.terms, "course_id": course}


def _save(
    api: Api, path: str, place: str, found: dict[str, Any] | None, wanted: dict[str, Any], new: dict[str, Any]
) -> None:
    try:
        if found is None:
            api.call("POST", path, new)
        elif any(found[name] != value for name, value in wanted.items()):
            one = f"{path}/{found['id']}"
            etag = api.call("GET", one).headers.get("etag")
            api.call("PUT", one, {**wanted, "retired": found["retired"]}, etag=etag)
    except Failure as refused:
        raise Failure(f"{place}: {refused}") from None
