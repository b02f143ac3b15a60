"""What is deployed here is what is deployed to AWS: the template alone decides, and both ways point to real files."""

from __future__ import annotations

import io
import re
import sys
import zipfile
from pathlib import Path

import botocore.exceptions
import pytest
from elftools.elf.elffile import ELFFile

from guildhall_local import __main__ as main
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


@pytest.fixture
def quiet_environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("ARCHITECTURE", "PARAMETERS", "STACK"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_sam_is_told_the_stack_the_architecture_and_every_parameter(quiet_environment: pytest.MonkeyPatch) -> None:
    origins = "CorsOrigins=https://a.example.com,https://b.example.com"
    quiet_environment.setenv("PARAMETERS", f"MailFrom=s@example.com '{origins}'")
    command = release._sam("guild", Path("/t.yaml"), ["--confirm-changeset"])
    assert command[:6] == ["sam", "deploy", "--template-file", "/t.yaml", "--stack-name", "guild"]
    start = command.index("--parameter-overrides") + 1
    assert command[start : start + 3] == ["Architecture=arm64", "MailFrom=s@example.com", origins]
    assert command[start + 3 :] == ["--no-fail-on-empty-changeset", "--confirm-changeset"]
    capabilities = command[command.index("--capabilities") + 1 : start - 1]
    assert set(capabilities) == {"CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"}


def test_a_parameter_without_a_name_is_told(quiet_environment: pytest.MonkeyPatch) -> None:
    quiet_environment.setenv("PARAMETERS", "MailFrom s@example.com")
    with pytest.raises(Failure, match="'MailFrom'.*Name=value"):
        release._parameters()


class Account:
    """An AWS account with or without the stack."""

    class ClientError(Exception):
        response = {"Error": {"Code": "ValidationError"}}

    def __init__(self, stacks: set[str]) -> None:
        self.stacks = stacks
        self.exceptions = self

    def client(self, _service: str) -> Account:
        return self

    def get_caller_identity(self) -> None:
        pass

    def describe_stacks(self, StackName: str) -> None:  # noqa: N803
        if StackName not in self.stacks:
            raise self.ClientError


def test_a_first_deployment_names_the_sender_before_anything_is_built(quiet_environment: pytest.MonkeyPatch) -> None:
    with pytest.raises(Failure, match='first deployment needs PARAMETERS="MailFrom='):
        release._need_account(Account(set()), "guildhall")
    release._need_account(Account({"guildhall"}), "guildhall")
    quiet_environment.setenv("PARAMETERS", "MailFrom=s@example.com")
    release._need_account(Account(set()), "guildhall")


def test_without_credentials_one_line_says_so_before_anything_is_built(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    def nobody(*_: object) -> int:
        raise botocore.exceptions.NoCredentialsError

    monkeypatch.setattr(sys, "argv", ["guildhall_local", "deploy"])
    monkeypatch.setattr(main.environment, "enter", lambda _: None)
    monkeypatch.setattr(release, "need", lambda *_: None)
    monkeypatch.setattr(release, "package", lambda: pytest.fail("nothing is built"))
    monkeypatch.setattr(release, "_need_account", nobody)
    assert main.main() == 1
    assert capsys.readouterr().err.splitlines() == ["✗ AWS: Unable to locate credentials"]


def test_a_library_that_is_missing_is_added_or_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    called: list[list[str]] = []
    monkeypatch.setattr(release, "capture", lambda *_, **__: f"{tmp_path}/none\n")
    monkeypatch.setattr(release, "call", lambda command, **_: called.append(command))
    monkeypatch.setattr(release.shutil, "which", lambda _: "/usr/bin/rustup")
    release._need_target("aarch64-unknown-linux-gnu")
    assert called == [["rustup", "target", "add", "aarch64-unknown-linux-gnu"]]
    monkeypatch.setattr(release.shutil, "which", lambda _: None)
    with pytest.raises(Failure, match="aarch64-unknown-linux-gnu is missing"):
        release._need_target("aarch64-unknown-linux-gnu")


def test_equal_builds_give_equal_archives(tmp_path: Path) -> None:
    bootstrap = tmp_path / "bootstrap"
    bootstrap.write_bytes(Path(sys.executable).read_bytes())
    size = release._zip(bootstrap, tmp_path / "one.zip")
    release._zip(bootstrap, tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    assert size < bootstrap.stat().st_size
    (entry,) = zipfile.ZipFile(tmp_path / "one.zip").infolist()
    assert (entry.filename, entry.external_attr >> 16) == ("bootstrap", 0o755)


def test_only_what_a_panic_would_read_is_blanked() -> None:
    program = Path(sys.executable).read_bytes()
    blank = release.without_unwinding(program)
    before, after = (ELFFile(io.BytesIO(of)) for of in (program, blank))
    assert len(blank) == len(program)
    for section in before.iter_sections():
        now = after.get_section_by_name(section.name).data()
        if section.name in (".eh_frame", ".eh_frame_hdr"):
            assert any(section.data()) and not any(now), section.name
        else:
            assert now == section.data(), section.name


def test_a_function_over_the_budget_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(release, "need", lambda *_: None)
    monkeypatch.setattr(release, "_need_target", lambda _: None)
    monkeypatch.setattr(release, "call", lambda *_, **__: None)
    heavy = {"mailer": 4 * 1024 * 1024 + 1}
    monkeypatch.setattr(release, "_zip", lambda bootstrap, _: heavy.get(bootstrap.parent.name, 4 * 1024 * 1024))
    with pytest.raises(Failure, match="over 4 MB: mailer$"):
        release.package()


def test_what_builds_a_release_is_pinned_with_hashes() -> None:
    text = (ROOT / "infra/local/requirements-release.txt").read_text()
    for tool in ("aws-sam-cli", "cargo-lambda", "ziglang"):
        assert re.search(rf"^{tool}==[\d.]+ \\\n    --hash=sha256:", text, re.MULTILINE), tool


def test_every_make_target_is_a_command() -> None:
    makefile = (ROOT / "Makefile").read_text()
    commands = set(re.findall(r'add_parser\("([\w-]+)"|^        \("(\w+)"', _main(), re.MULTILINE))
    known = {first or second for first, second in commands}
    targets = set(re.search(r"\.PHONY: (.*)", makefile)[1].split()) - {"help", "fmt"}
    assert targets <= known


def _main() -> str:
    return (ROOT / "infra/local/guildhall_local/__main__.py").read_text()
