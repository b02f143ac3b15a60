"""`make package` and `make deploy`: release builds for Amazon Linux, zipped as Lambda wants them, and their deployment.

cargo-lambda with zig links against the C library of Amazon Linux, older than that of most machines; both are pinned.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import shutil
import zipfile
from pathlib import Path
from typing import Any

from .deploy import ensure_link_key
from .paths import FUNCTIONS, ROOT, STACK_NAME, TEMPLATE
from .say import Failure, line, step, table
from .shell import call, capture, need

_TARGETS = {"arm64": "aarch64-unknown-linux-gnu", "x86_64": "x86_64-unknown-linux-gnu"}
_BUDGET = 4 * 1024 * 1024
RELEASES = ROOT / "target" / "releases"


def _architecture() -> str:
    wanted = os.environ.get("ARCHITECTURE", "arm64")
    if wanted not in _TARGETS:
        raise Failure("ARCHITECTURE is arm64 or x86_64")
    return wanted


def package() -> int:
    """Builds every function for release and zips it; returns 1 when one is over its budget."""
    need("cargo", "rustc", "cargo-lambda")
    architecture = _architecture()
    target = _TARGETS[architecture]
    _need_target(target)
    line(f"  building for {architecture} (several minutes: link-time optimisation over everything)")
    binaries = [part for name in FUNCTIONS for part in ("--package", name)]
    call(
        ["cargo-lambda", "lambda", "build", "--release", "--locked", "--target", target, *binaries]
        + ["--lambda-dir", RELEASES / architecture],
        what="cargo lambda build",
    )
    rows, heavy = [], []
    for name in FUNCTIONS:
        size = _zip(RELEASES / architecture / name / "bootstrap", RELEASES / architecture / f"{name}.zip")
        rows.append([name, f"{size / 1024 / 1024:.2f} MB"])
        if size > _BUDGET:
            heavy.append(name)
    table(rows, head=["Function", "zip"])
    if heavy:
        raise Failure(f"over 4 MB: {', '.join(heavy)}")
    return 0


def _need_target(target: str) -> None:
    """Adds Rust's library for the machines of AWS where it is missing."""
    library = capture(["rustc", "--print", "target-libdir", "--target", target], what="rustc").strip()
    if not Path(library).is_dir():
        if shutil.which("rustup") is None:
            raise Failure(f"Rust's library for {target} is missing; with rustup it would be added")
        call(["rustup", "target", "add", target], what="rustup target add")


def without_unwinding(program: bytes) -> bytes:
    """The program with its unwinding tables blanked: a release build aborts at a panic and never reads them.

    Nothing compresses as well as zeros.
    """
    from elftools.elf.elffile import ELFFile

    blank = bytearray(program)
    elf = ELFFile(io.BytesIO(program))
    for name in (".eh_frame", ".eh_frame_hdr"):
        section = elf.get_section_by_name(name)
        if section is not None:
            start, size = section["sh_offset"], section["sh_size"]
            blank[start : start + size] = bytes(size)
    return bytes(blank)


def _zip(bootstrap: Path, archive: Path) -> int:
    """Zips a bootstrap so that equal builds give equal archives."""
    entry = zipfile.ZipInfo("bootstrap", date_time=(2020, 1, 1, 0, 0, 0))
    entry.external_attr = 0o755 << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(archive, "w") as out:
        out.writestr(entry, without_unwinding(bootstrap.read_bytes()), compresslevel=9)
    return archive.stat().st_size


def _release_template(architecture: str) -> Path:
    """The template with the release archives in place of this machine's builds; nothing else differs."""
    text = TEMPLATE.read_text()
    for name in FUNCTIONS:
        text = text.replace(f"../target/bootstraps/{name}/", str(RELEASES / architecture / f"{name}.zip"))
    text = text.replace("../statemachines/", f"{ROOT}/statemachines/")
    if "../" in text:
        raise Failure("the template points to a file that `make deploy` does not know")
    copy = RELEASES / "template.yaml"
    copy.write_text(text)
    return copy


def _parameters() -> list[str]:
    """What is said to the template: `PARAMETERS`, in the shell's own quoting, and what was built."""
    given = shlex.split(os.environ.get("PARAMETERS", ""))
    odd = [one for one in given if not re.fullmatch(r"[A-Za-z0-9]+=.*", one, re.DOTALL)]
    if odd:
        raise Failure(f"PARAMETERS holds {odd[0]!r}, which is not Name=value")
    return [f"Architecture={_architecture()}", *given]


def _sam(stack: str, template: Path, options: list[str]) -> list[str]:
    return [
        *["sam", "deploy", "--template-file", str(template), "--stack-name", stack, "--resolve-s3"],
        *["--capabilities", "CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        *["--parameter-overrides", *_parameters(), "--no-fail-on-empty-changeset", *options],
    ]


def _need_account(boto3: Any, stack: str) -> None:
    """Fails before minutes of building when there are no credentials, or what a first deployment needs is not said."""
    boto3.client("sts").get_caller_identity()
    said = {one.partition("=")[0] for one in _parameters()}
    formation = boto3.client("cloudformation")
    try:
        formation.describe_stacks(StackName=stack)
    except formation.exceptions.ClientError as error:
        if error.response["Error"]["Code"] != "ValidationError":
            raise
        if "MailFrom" not in said:
            first = 'PARAMETERS="MailFrom=security@example.com"'
            raise Failure(f"there is no stack {stack} yet; its first deployment needs {first}") from None


def deploy(options: list[str]) -> int:
    """Packages, deploys with `sam deploy`, and creates the key that signs links in mails unless it is there.

    The account is the one the person's AWS configuration names; options are passed on to `sam deploy`, for instance
    `make deploy OPTIONS="--confirm-changeset"`.
    """
    import boto3

    need("sam")
    stack = os.environ.get("STACK") or STACK_NAME
    _need_account(boto3, stack)
    package()
    call(_sam(stack, _release_template(_architecture()), options), what="sam deploy")
    with step("Key that signs links"):
        described = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
        outputs = {item["OutputKey"]: item["OutputValue"] for item in described.get("Outputs", [])}
        ensure_link_key(boto3.client("ssm"), outputs.get("LinkKeyParameter"), outputs.get("KeyArn"))
    table([[name, outputs[name]] for name in sorted(outputs)], head=["Output", "value"])
    return 0
