"""A company's guidance: how its files are read and loaded, and that what the example teaches holds."""

from __future__ import annotations

import ast
import json
import logging
import re
from pathlib import Path
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse

from guildhall_local import company, guidance
from guildhall_local.api import Answer
from guildhall_local.paths import DEFAULT_COMPANY
from guildhall_local.say import Failure

GOOD = (
    "---\ntitle: T\nsummary: S\narea: a\nrequirement: R: of b\nlanguage: en\ncourses: C-1; C-2\ntiers: 1;2;\n---\n"
    "# B\n\n---\n\nc\n"
)
ARTICLES = {article.code: article for article in guidance.read(DEFAULT_COMPANY / "guidance")}


def test_a_file_is_facts_and_markdown(tmp_path: Path) -> None:
    (tmp_path / "a-b.md").write_text(GOOD)
    (article,) = guidance.read(tmp_path)
    assert (article.code, article.courses) == ("a-b", ("C-1", "C-2"))
    assert article.facts["requirement"] == "R: of b"
    assert article.facts["tiers"] == [1, 2]
    assert article.facts["templates"] == article.facts["technologies"] == []
    assert article.facts["body"] == "# B\n\n---\n\nc\n"


def test_no_folder_is_no_guidance(tmp_path: Path) -> None:
    assert guidance.read(tmp_path / "guidance") == ()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("# B\n", "does not begin with its facts"),
        ("---\ntitle: T\n# B\n", "does not begin with its facts"),
        (GOOD.replace("area: a\n", ""), "says no area"),
        (GOOD.replace("area: a\n", "area: a\narea: b\n"), "each once"),
        (GOOD.replace("area: a\n", "arena: a\n"), "expected one fact a line"),
        (GOOD.replace("area: a\n", "area\n"), "expected one fact a line"),
    ],
)
def test_what_is_wrong_with_a_file_is_named(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "a.md").write_text(text)
    with pytest.raises(Failure, match=why):
        guidance.read(tmp_path)


class Library:
    """The library behind the API, as far as loading needs it."""

    def __init__(self) -> None:
        self.articles: dict[str, dict[str, Any]] = {}
        self.calls: list[str] = []

    def pages(self, path: str, state: str) -> list[dict[str, str]]:
        assert path == "/training/guidance"
        return [{"code": it["code"], "id": id} for id, it in self.articles.items() if it["state"] == state]

    def call(self, method: str, path: str, body: Any = None, *, etag: str | None = None) -> Answer:
        self.calls.append(method)
        if method == "POST":
            self.articles["1"] = {**body, "code": body["code"].lower(), "state": "draft", "version": 1}
        found = self.articles["1"]
        if method == "PUT":
            assert etag == f'"{found["version"]}"'
            changed = {**found, **body, "code": found["code"]}
            if changed != found:
                state = body.get("state", "draft")
                self.articles["1"] = found = {**changed, "state": state, "version": found["version"] + 1}
        return Answer(200, {"etag": f'"{found["version"]}"'}, {**found, "id": "1"})

    def put(self, state: str) -> dict[str, Any]:
        """Somebody gives the article a state; returns it as it is then."""
        found = self.articles["1"]
        self.articles["1"] = {**found, "state": state, "version": found["version"] + 1}
        return dict(self.articles["1"])


def test_loading_publishes_once_and_again_what_changed(tmp_path: Path) -> None:
    library = Library()
    (tmp_path / "A-b.md").write_text(GOOD)
    courses = {"c-1": "x", "c-2": "y"}
    for _ in range(2):
        guidance.load(library, guidance.read(tmp_path), courses)
        assert (library.articles["1"]["state"], library.articles["1"]["version"]) == ("published", 2)
    assert library.articles["1"]["course_ids"] == ["x", "y"]
    (tmp_path / "A-b.md").write_text(GOOD.replace("# B", "# C"))
    guidance.load(library, guidance.read(tmp_path), courses)
    assert (library.articles["1"]["state"], library.articles["1"]["version"]) == ("published", 4)
    assert library.calls.count("POST") == 1
    library.calls.clear()
    guidance.load(library, guidance.read(tmp_path), courses)
    assert library.calls == ["GET"]
    with pytest.raises(Failure, match="C-1"):
        guidance.load(library, guidance.read(tmp_path), {"c-2": "y"})


def test_what_somebody_retired_or_took_back_stays_so(tmp_path: Path) -> None:
    library = Library()
    courses = {"c-1": "x", "c-2": "y"}
    (tmp_path / "A-b.md").write_text(GOOD)
    guidance.load(library, guidance.read(tmp_path), courses)
    taken_back = library.put("draft")
    guidance.load(library, guidance.read(tmp_path), courses)
    assert library.articles["1"] == taken_back
    retired = library.put("retired")
    for text in (GOOD, GOOD.replace("# B", "# C")):
        (tmp_path / "A-b.md").write_text(text)
        guidance.load(library, guidance.read(tmp_path), courses)
        assert library.articles["1"] == retired


def test_loading_that_was_cut_off_before_it_could_publish_goes_on(tmp_path: Path) -> None:
    library = Library()
    (tmp_path / "A-b.md").write_text(GOOD.replace("; C-2", ""))
    (article,) = guidance.read(tmp_path)
    library.call("POST", "/training/guidance", {**article.facts, "course_ids": ["x"]})
    guidance.load(library, (article,), {"c-1": "x"})
    assert (library.articles["1"]["state"], library.articles["1"]["version"]) == ("published", 2)


def test_an_article_says_the_same_in_another_order_and_case() -> None:
    found = {"code": "a-b", "tiers": [1, 2], "technologies": ["aws", "rust"], "course_ids": ["x", "y"], "more": 1}
    wanted = {"code": "A-b", "tiers": [2, 1], "technologies": ["Rust", "aws"], "course_ids": ["y", "x"]}
    assert guidance._says(found, wanted)
    assert not guidance._says(found, {**wanted, "tiers": [1]})


def test_the_example_answers_what_builders_ask() -> None:
    example = company.read(DEFAULT_COMPANY)
    assert set(ARTICLES) == {
        "authentication",
        "dependency-updates",
        "encryption",
        "iam-least-privilege",
        "input-validation",
        "logging",
        "secrets",
        "security-review",
        "threat-modelling",
    }
    courses = {row["code"]: row for row in example.rows("courses")}
    areas = {area for row in courses.values() for area in row["competencies"].split(";")}
    tags = {tag for row in example.rows("workloads") for tag in row["tags"].split(";")}
    for article in ARTICLES.values():
        words = len(article.facts["body"].split())
        assert 300 <= words <= 700, (article.code, words)
        assert set(article.courses) <= set(courses)
        assert article.facts["area"] in areas
        technologies = set(article.facts["technologies"])
        assert not technologies or technologies & tags, article.code
        assert article.courses
    assert courses["REVIEW"]["url"].endswith("/guidance/security-review")
    assert ARTICLES["security-review"].courses == ("REVIEW",)


def blocks(code: str, language: str) -> list[str]:
    """The blocks of code in an article."""
    return re.findall(rf"^```{language}\n(.*?)^```$", ARTICLES[code].facts["body"], re.M | re.S)


def test_every_block_of_code_reads_as_what_it_says() -> None:
    seen = set()
    for code in ARTICLES:
        for language, read in (("python", ast.parse), ("yaml", yaml_parse), ("json", json.loads)):
            for block in blocks(code, language):
                assert read(block), (code, language)
                seen.add((code, language))
        fences = ARTICLES[code].facts["body"].count("\n```")
        assert fences == 2 * sum(len(blocks(code, language)) for language in ("python", "yaml", "json")), code
    assert len(seen) >= 12


def test_every_resource_is_one_of_cloudformation() -> None:
    templates = [yaml_parse(block) for code in ARTICLES for block in blocks(code, "yaml")]
    resources = [it for template in templates if "Resources" in template for it in template["Resources"].values()]
    assert len(resources) >= 9
    for resource in resources:
        assert re.fullmatch(r"AWS::\w+::\w+", resource["Type"])
        assert "Properties" in resource
        assert set(resource) <= {"Type", "Properties", "DeletionPolicy", "UpdateReplacePolicy"}


def run(code: str) -> dict[str, Any]:
    """What the first Python block of an article defines."""
    names: dict[str, Any] = {"__name__": code}
    exec(compile(blocks(code, "python")[0], code, "exec"), names)
    return names


def test_the_order_of_input_validation_is_checked() -> None:
    taught = run("input-validation")
    parse, invalid = taught["parse_order"], taught["Invalid"]
    assert parse('{"sku": "ABC-1234", "quantity": 100}') == ("ABC-1234", 100)
    for bad in (
        "",
        "[]",
        "nul",
        "[" * 16_000,
        '{"sku": "ABC-1234", "quantity": 1}' + " " * 20_000,
        '{"sku": "ABC-1234"}',
        '{"sku": "ABC-1234", "quantity": 1, "isAdmin": true}',
        '{"sku": "ABC-1234\\n", "quantity": 1}',
        '{"sku": 1, "quantity": 1}',
        '{"sku": "ABC-1234", "quantity": true}',
        '{"sku": "ABC-1234", "quantity": -1}',
        '{"sku": "ABC-1234", "quantity": 1.5}',
        '{"sku": "ABC-1234", "quantity": 101}',
    ):
        with pytest.raises(invalid):
            parse(bad)


def test_the_secret_is_read_again_after_five_minutes_and_never_shown() -> None:
    now, reads = [0.0], []

    class Client:
        def get_secret_value(self, *, SecretId: str) -> dict[str, str]:  # noqa: N803 - boto3's name
            reads.append(SecretId)
            return {"SecretString": f"value {len(reads)}"}

    secret = run("secrets")["Secret"](Client(), "key", lambda: now[0])
    assert [secret.value(), secret.value()] == ["value 1", "value 1"]
    assert "value" not in f"{secret!r}{secret}"
    now[0] = 300.0
    assert secret.value() == "value 2"
    assert reads == ["key", "key"]


def test_the_order_of_authentication_is_only_its_owners() -> None:
    read = run("authentication")["read_order"]
    orders = {"1": {"customer": "ada"}}
    assert read(orders, "1", {"sub": "ada"}) == {"customer": "ada"}
    refusals = []
    for order, who in (("1", "bob"), ("2", "ada")):
        with pytest.raises(LookupError) as refused:
            read(orders, order, {"sub": who})
        refusals.append(str(refused.value))
    assert refusals[0] == refusals[1]


def test_the_line_of_logging_is_one_and_shows_no_secret() -> None:
    taught = run("logging")
    lines: list[str] = []

    class Lines(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    logger = logging.Logger("orders")
    handler = Lines()
    handler.setFormatter(taught["JsonLines"]())
    logger.addHandler(handler)
    taught["log"](logger, "refused", order_id='o\n{"level": "INFO"}', Token="t-1")
    exec(blocks("logging", "python")[1], {"log": taught["log"], "logger": logger})
    first, second = lines
    assert "\n" not in first
    assert json.loads(first) == {
        "level": "INFO",
        "message": "refused",
        "order_id": 'o\n{"level": "INFO"}',
        "Token": "[redacted]",
    }
    assert json.loads(second)["reason"] == "not theirs"


def test_the_signature_of_encryption_holds() -> None:
    taught = run("encryption")
    token = taught["new_token"]()
    assert len(token) >= 43
    assert token != taught["new_token"]()
    assert taught["stored_form"](token) != token
    signed = taught["signature"](b"k", b"m")
    assert taught["is_signed"](b"k", b"m", signed)
    for key, message, given in ((b"k", b"n", signed), (b"x", b"m", signed), (b"k", b"m", ""), (b"k", b"m", "ä")):
        assert not taught["is_signed"](key, message, given)


def test_the_threat_model_answers_each_threat() -> None:
    (block,) = blocks("threat-modelling", "yaml")
    for threat in yaml_parse(block)["threats"]:
        assert set(threat) >= {"id", "what", "where", "answer", "how", "owner"}
        assert threat["answer"] in {"mitigate", "remove", "hand over", "accept"}
        assert ("test" in threat) == (threat["answer"] == "mitigate")
