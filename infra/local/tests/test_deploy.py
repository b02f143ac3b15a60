"""What is deployed here is what is deployed to AWS: the template alone decides, and both ways point to real files."""

from __future__ import annotations

import re

import pytest

from guildhall_local import deploy, release
from guildhall_local.paths import FUNCTIONS, ROOT, TEMPLATE
from guildhall_local.say import Failure

TEXT = TEMPLATE.read_text()


def section(name: str) -> str:
    """One section of the template, as text."""
    return re.search(rf"^{name}:\n(.*?)(?=^\S)", TEXT + "\nEnd:", re.DOTALL | re.MULTILINE)[1]


def test_every_parameter_that_is_set_locally_is_one_of_the_template() -> None:
    known = set(re.findall(r"^  (\w+):$", section("Parameters"), re.MULTILINE))
    assert set(deploy._parameters(4999)) <= known


def test_every_output_that_is_used_is_one_of_the_template() -> None:
    known = set(re.findall(r"^  (\w+):$", section("Outputs"), re.MULTILINE))
    sources = "".join(path.read_text() for path in (ROOT / "infra/local/guildhall_local").glob("*.py"))
    used = set(re.findall(r'outputs(?:\[|\.get\()"(\w+)"', sources))
    assert used
    assert used <= known


def test_the_clock_cannot_be_moved_on_aws() -> None:
    assert "GUILDHALL_CLOCK_FILE" not in TEXT


def test_a_release_takes_every_function_from_its_archive(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.setattr(release, "RELEASES", tmp_path)
    text = release._release_template("arm64").read_text()
    for name in FUNCTIONS:
        assert f"{tmp_path}/arm64/{name}.zip" in text
    for path in re.findall(r"DefinitionUri: (\S+)", text):
        assert path.startswith("/")
        assert (ROOT / path).is_file()


def test_an_unknown_architecture_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHITECTURE", "sparc")
    with pytest.raises(Failure, match="arm64 or x86_64"):
        release._architecture()


def test_every_make_target_is_a_command() -> None:
    makefile = (ROOT / "Makefile").read_text()
    commands = set(re.findall(r'add_parser\("([\w-]+)"|^        \("(\w+)"', _main(), re.MULTILINE))
    known = {first or second for first, second in commands}
    targets = set(re.search(r"\.PHONY: (.*)", makefile)[1].split()) - {"help", "fmt"}
    assert targets <= known


def _main() -> str:
    return (ROOT / "infra/local/guildhall_local/__main__.py").read_text()
