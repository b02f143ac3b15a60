"""A company's question bank: how its files are read and loaded, and that the example's questions can be asked."""

from __future__ import annotations

import copy
import json
import re
import unicodedata
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from guildhall_local import company, guidance, questions
from guildhall_local.api import Answer
from guildhall_local.paths import DEFAULT_COMPANY, ROOT
from guildhall_local.say import Failure

ASKED = {
    "kind": "single",
    "text": " What? ",
    "options": [{"id": "A", "text": "This"}, {"id": "b", "text": "That"}],
    "right": ["A"],
    "explanation": "So.",
}
TOPIC = {"area": "Risk", "languages": ["en"], "questions": [ASKED]}
TEST = {
    "code": "Risk-Pre",
    "title": "Before",
    "purpose": "pre",
    "course": "C-1",
    "sections": {"risk": 1},
    "pass_mark": 70,
    "minutes": 15,
    "attempts": 1,
}
BANK = questions.read(DEFAULT_COMPANY)


def without(found: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in found.items() if key != name}


def folder(path: Path, topic: Any, tests: Any = None) -> Path:
    (path / "questions").mkdir(exist_ok=True)
    (path / "questions" / "risk.json").write_text(topic if isinstance(topic, str) else json.dumps(topic))
    if tests is not None:
        (path / "assessments.json").write_text(json.dumps(tests))
    return path


def test_a_topic_gives_its_questions_their_area(tmp_path: Path) -> None:
    bank = questions.read(folder(tmp_path, TOPIC, [TEST]))
    (question,) = bank.questions
    assert question.key == ("risk", "What?")
    assert question.document == {
        "area": "risk",
        "languages": ["en"],
        "kind": "single",
        "text": "What?",
        "options": [{"id": "a", "text": "This"}, {"id": "b", "text": "That"}],
        "right": ["a"],
        "accepted": [],
        "explanation": "So.",
    }
    (assessment,) = bank.assessments
    assert (assessment.code, assessment.course) == ("risk-pre", "C-1")
    assert assessment.terms["sections"] == [{"area": "risk", "questions": 1}]
    assert assessment.terms["days_between"] == 0


def test_no_files_are_no_bank(tmp_path: Path) -> None:
    bank = questions.read(tmp_path)
    assert bank == questions.Bank()
    api = Program()
    questions.load(api, bank, {})
    assert api.calls == []


@pytest.mark.parametrize(
    ("topic", "tests", "why"),
    [
        ('{"area": ', None, r"risk\.json: .*line 1"),
        ([], None, r"risk\.json: expected an object"),
        (without(TOPIC, "area"), None, r"risk\.json: expected area to be a text"),
        ({**TOPIC, "language": "en"}, None, r"risk\.json: language is none of area, questions, languages"),
        ({**TOPIC, "languages": [1]}, None, r"risk\.json: expected languages to be a list of texts"),
        ({**TOPIC, "questions": [ASKED, "x"]}, None, r"risk\.json: question 2: expected an object"),
        ({**TOPIC, "questions": [without(ASKED, "text")]}, None, "question 1: expected text to be a text"),
        ({**TOPIC, "questions": [{**ASKED, "key": "a"}]}, None, "question 1: key is none of kind"),
        ({**TOPIC, "questions": [{**ASKED, "right": "a"}]}, None, "question 1: expected right to be a list"),
        ({**TOPIC, "questions": [{**ASKED, "options": [{"id": "a"}]}]}, None, "question 1, option 1: expected text"),
        ({**TOPIC, "questions": [ASKED, {**ASKED, "text": "What?"}]}, None, "question 2 asks what .*question 1 asks"),
        (TOPIC, {}, r"assessments\.json: expected a list"),
        (TOPIC, [TEST, {**TEST, "code": "risk-pre"}], "assessment 2: the code risk-pre is taken by .*assessment 1"),
        (TOPIC, [{**TEST, "minutes": True}], "assessment 1: expected minutes to be a whole number"),
        (TOPIC, [{**TEST, "sections": ["risk"]}], "assessment 1: expected sections to be an object"),
        (TOPIC, [{**TEST, "sections": {"risk": "1"}}], "assessment 1, sections: expected risk to be a whole number"),
    ],
)
def test_what_is_wrong_with_a_file_is_named_with_its_place(tmp_path: Path, topic: Any, tests: Any, why: str) -> None:
    with pytest.raises(Failure, match=why):
        questions.read(folder(tmp_path, topic, tests))


def test_another_encoding_is_named(tmp_path: Path) -> None:
    folder(tmp_path, TOPIC)
    (tmp_path / "questions" / "risk.json").write_bytes('{"area": "ä"}'.encode("latin-1"))
    with pytest.raises(Failure, match=r"risk\.json is not UTF-8"):
        questions.read(tmp_path)


class Program:
    """The bank and the assessments behind the API, as far as loading needs them."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, dict[str, Any]]] = {"questions": {}, "assessments": {}}
        self.calls: list[str] = []
        self.refuses = "nothing"

    def pages(self, path: str) -> list[dict[str, Any]]:
        self.calls.append(f"LIST {path}")
        return [without(it, "version") for it in copy.deepcopy(list(self.kept[path.rpartition("/")[2]].values()))]

    def call(self, method: str, path: str, body: Any = None, *, etag: str | None = None) -> Answer:
        self.calls.append(f"{method} {path}")
        _, _, kind, *rest = path.split("/")
        kept = self.kept[kind]
        if method == "POST":
            if self.refuses in json.dumps(body):
                raise Failure("422 expected a right option")
            id = str(len(kept) + 1)
            facts = {"code": body["code"], **body["terms"]} if kind == "assessments" else body
            kept[id] = {"id": id, "retired": False, "version": 1, **facts}
            return Answer(201, {}, {"id": id})
        found = kept[rest[0]]
        if method == "PUT":
            assert etag == f'"{found["version"]}"'
            assert "code" not in body
            found.update(body, version=found["version"] + 1)
        return Answer(200, {"etag": f'"{found["version"]}"'}, {"id": rest[0]})


def test_loading_writes_once_and_again_what_changed(tmp_path: Path) -> None:
    api = Program()
    courses = {"c-1": "x"}
    bank = questions.read(folder(tmp_path, TOPIC, [TEST]))
    questions.load(api, bank, courses)
    lists = ["LIST /training/questions", "LIST /training/assessments"]
    assert api.calls == [lists[0], "POST /training/questions", lists[1], "POST /training/assessments"]
    assert api.kept["assessments"]["1"]["course_id"] == "x"

    api.calls.clear()
    before = copy.deepcopy(api.kept)
    questions.load(api, questions.read(tmp_path), courses)
    assert api.calls == lists
    assert api.kept == before

    api.calls.clear()
    api.kept["questions"]["1"]["retired"] = True
    folder(tmp_path, {**TOPIC, "questions": [{**ASKED, "right": ["b"]}]}, [{**TEST, "pass_mark": 80}])
    questions.load(api, questions.read(tmp_path), courses)
    assert [call for call in api.calls if call.startswith("P")] == [
        "PUT /training/questions/1",
        "PUT /training/assessments/1",
    ]
    assert (api.kept["questions"]["1"]["right"], api.kept["questions"]["1"]["retired"]) == (["b"], True)
    assert (api.kept["assessments"]["1"]["pass_mark"], api.kept["assessments"]["1"]["code"]) == (80, "risk-pre")


def test_a_course_that_is_not_there_stops_it_before_anything_is_written(tmp_path: Path) -> None:
    api = Program()
    with pytest.raises(Failure, match=r"assessment 1 names C-1, which courses\.csv has not"):
        questions.load(api, questions.read(folder(tmp_path, TOPIC, [TEST])), {"c-2": "y"})
    assert api.calls == []


def test_what_the_api_refuses_is_named_with_its_place(tmp_path: Path) -> None:
    api = Program()
    api.refuses = "What?"
    with pytest.raises(Failure, match=r"risk\.json: question 1: 422 expected a right option"):
        questions.load(api, questions.read(folder(tmp_path, TOPIC)), {})


def test_a_change_of_the_bank_is_something_new_to_load(tmp_path: Path) -> None:
    for name in ("teams", "people", "courses", "paths"):
        (tmp_path / f"{name}.csv").write_text("code\n")
    prints = {company.read(tmp_path).fingerprint()}
    folder(tmp_path, TOPIC)
    prints.add(company.read(tmp_path).fingerprint())
    folder(tmp_path, TOPIC, [TEST])
    prints.add(company.read(tmp_path).fingerprint())
    folder(tmp_path, {**TOPIC, "questions": [{**ASKED, "right": ["b"]}]}, [TEST])
    prints.add(company.read(tmp_path).fingerprint())
    assert len(prints) == 4


# What the example asks.

BY_TOPIC = defaultdict(list)
for _question in BANK.questions:
    BY_TOPIC[Path(_question.place.partition(": ")[0]).stem].append(_question.document)
ALL = [question.document for question in BANK.questions]


def folded(text: str) -> str:
    """As the service compares answers: without case, accents and spacing."""
    plain = "".join(it for it in unicodedata.normalize("NFKD", text) if not unicodedata.combining(it))
    return " ".join(plain.lower().split())


def validator(name: str) -> Draft202012Validator:
    document = json.loads((ROOT / "infra" / "openapi" / "training.json").read_text())
    return Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": document["components"]})


def test_every_topic_of_the_guidance_has_questions_of_every_kind() -> None:
    assert set(BY_TOPIC) == {article.code for article in guidance.read(DEFAULT_COMPANY / "guidance")}
    for topic, asked in BY_TOPIC.items():
        assert 6 <= len(asked) <= 8, topic
        assert {question["kind"] for question in asked} == {"single", "multiple", "ordering", "short_text"}, topic


def test_every_topic_is_evidence_of_what_its_article_is_about() -> None:
    for article in guidance.read(DEFAULT_COMPANY / "guidance"):
        areas = {question["area"] for question in BY_TOPIC[article.code]}
        assert areas == {article.facts["area"]}, article.code


def test_the_contract_takes_every_question_and_assessment() -> None:
    takes_question, takes_assessment = validator("QuestionDocument"), validator("NewAssessment")
    for question in BANK.questions:
        assert not list(takes_question.iter_errors(question.document)), question.place
    for it in BANK.assessments:
        terms = {**it.terms, "course_id": None}
        assert not list(takes_assessment.iter_errors({"code": it.code, "terms": terms})), it.place


def test_every_question_has_a_right_answer_and_not_only_right_ones() -> None:
    for question in ALL:
        ids = [option["id"] for option in question["options"]]
        texts = [option["text"] for option in question["options"]]
        right, accepted, text = question["right"], question["accepted"], question["text"]
        assert len(set(ids)) == len(ids) and len({folded(it) for it in texts}) == len(texts), text
        assert len(set(right)) == len(right) and set(right) <= set(ids), text
        if question["kind"] == "short_text":
            assert accepted and not ids and not right, text
            assert len({folded(it) for it in accepted}) == len(accepted), text
        else:
            assert not accepted and right and 3 <= len(ids) <= 6, text
        if question["kind"] == "single":
            assert len(right) == 1, text
        if question["kind"] == "multiple":
            assert 1 < len(right) < len(ids), text
            assert "Choose all" in text, text
        if question["kind"] == "ordering":
            assert sorted(right) == sorted(ids), text


def test_the_example_has_as_many_questions_as_its_readme_says() -> None:
    assert f"asked {len(ALL)} questions" in (DEFAULT_COMPANY / "README.md").read_text()


def test_no_question_is_asked_twice_and_every_one_is_explained() -> None:
    assert max(Counter(folded(question["text"]) for question in ALL).values()) == 1
    for question in ALL:
        assert len(question["explanation"].split()) >= 6, question["text"]
        assert question["languages"] == ["en"]


def test_whoever_knows_nothing_does_not_find_the_right_option_by_its_length() -> None:
    singles = [question for question in ALL if question["kind"] == "single"]

    def is_longest(question: dict[str, Any]) -> bool:
        lengths = {option["id"]: len(option["text"]) for option in question["options"]}
        return lengths[question["right"][0]] == max(lengths.values())

    assert sum(map(is_longest, singles)) <= len(singles) * 0.4


def test_questions_are_of_areas_that_courses_teach() -> None:
    courses = company.read(DEFAULT_COMPANY).rows("courses")
    taught = {area for row in courses for area in row["competencies"].split(";")}
    assert {question["area"] for question in ALL} <= taught


def test_every_assessment_can_be_drawn_and_most_of_them_differently_each_time() -> None:
    bank = Counter(question["area"] for question in ALL)
    for it in BANK.assessments:
        drawn = {section["area"]: section["questions"] for section in it.terms["sections"]}
        assert all(count < bank[area] for area, count in drawn.items()), it.code
        assert sum(drawn.values()) <= 60
        # A minute a question is enough, and two minutes are too many.
        assert sum(drawn.values()) * 1.5 <= it.terms["minutes"] <= sum(drawn.values()) * 2.5, it.code
        assert 41 <= it.terms["pass_mark"] <= 86


def test_assessments_are_of_every_purpose_and_those_of_a_course_ask_what_it_teaches() -> None:
    assert {it.terms["purpose"] for it in BANK.assessments} == {
        "initial",
        "quarterly",
        "annual",
        "pre",
        "post_training",
    }
    courses = {row["code"]: row for row in company.read(DEFAULT_COMPANY).rows("courses")}
    pairs: dict[str, dict[str, Any]] = defaultdict(dict)
    for it in BANK.assessments:
        assert (it.course is not None) == (it.terms["purpose"] in ("pre", "post_training")), it.code
        if it.course:
            areas = {section["area"] for section in it.terms["sections"]}
            assert areas <= set(courses[it.course]["competencies"].split(";")), it.code
            pairs[it.course][it.terms["purpose"]] = it.terms["sections"]
    assert {"TM-101", "REVIEW", "CODE-201"} <= set(pairs)
    # What is compared before and after is drawn in the same way.
    assert all(pair["pre"] == pair["post_training"] for pair in pairs.values())


def options_of(topic: str, words: str) -> tuple[dict[str, str], list[str]]:
    """The options of a question by their codes, and which are right."""
    (question,) = (it for it in BY_TOPIC[topic] if words in it["text"])
    return {option["id"]: option["text"] for option in question["options"]}, question["right"]


def test_what_is_said_of_python_is_true() -> None:
    texts = {"feed": "ABC-1234\n", "before": "xABC-1234", "small": "abc-1234", "digits": "ABC-12345"}
    options, right = options_of("input-validation", "three capital letters")
    assert set(options) == set(texts)
    assert [id for id, text in texts.items() if re.match(r"[A-Z]{3}-[0-9]{4}$", text)] == right
    assert not re.fullmatch(r"[A-Z]{3}-[0-9]{4}", texts["feed"])

    checks, right = options_of("input-validation", "refuse true")
    assert [id for id, check in checks.items() if not eval(check, {"quantity": True})] == right
    assert all(eval(check, {"quantity": 7}) for check in checks.values())
