"""What the comparison of calls and grants stands on: the roles as they are deployed, and what was recorded.

`GUILDHALL_STACK` names the `stack.json` of a stack against which the black-box tests have just run; the record lies
beside it (`guildhall_local.calls`).
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(Path(__file__).resolve().parent), str(ROOT / "infra" / "local")]

from policy import Call, Policy  # noqa: E402 - the same

from guildhall_local.cloud import CALLS  # noqa: E402 - found through the line above
from guildhall_local.deploy import client, resources  # noqa: E402 - the same


@pytest.fixture(scope="session")
def stack_file() -> Path:
    name = os.environ.get("GUILDHALL_STACK")
    if not name:
        pytest.fail("GUILDHALL_STACK must name the stack.json of a stack that is up", pytrace=False)
    return Path(name)


@pytest.fixture(scope="session")
def functions(stack_file: Path) -> dict[str, str]:
    """Functions by the name CloudFormation gave them, with their names in the template."""
    port = json.loads(stack_file.read_text())["port"]
    return {it["physical"]: it["logical"] for it in resources(port) if it["type"] == "AWS::Lambda::Function"}


@pytest.fixture(scope="session")
def plain(stack_file: Path) -> Callable[[str], str]:
    """Says a name of the cloud in the template's words."""
    found = resources(json.loads(stack_file.read_text())["port"])
    kinds = ("AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SQS::Queue")
    names = {it["physical"].rpartition("/")[2]: it["logical"] for it in found if it["type"] in kinds}

    def said(name: str) -> str:
        for physical, logical in names.items():
            name = name.replace(physical, logical)
        return name.rpartition(":")[2]

    return said


@pytest.fixture(scope="session")
def policies(stack_file: Path, functions: dict[str, str]) -> dict[str, Policy]:
    """What each function's role grants, by the function's name in the template."""
    port = json.loads(stack_file.read_text())["port"]
    iam, lambdas = client("iam", port), client("lambda", port)
    found = {}
    for physical, logical in functions.items():
        role = lambdas.get_function_configuration(FunctionName=physical)["Role"].rpartition("/")[2]
        statements = []
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            statements += iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]["Statement"]
        found[logical] = Policy(statements)
    return found


@pytest.fixture(scope="session")
def calls(stack_file: Path, functions: dict[str, str]) -> dict[str, list[Call]]:
    """Every distinct call, by the function's name in the template."""
    found: dict[str, list[Call]] = {logical: [] for logical in functions.values()}
    for line in (stack_file.parent / CALLS).read_text().splitlines():
        call = json.loads(line)
        found[functions[call["function"]]].append(Call(call["action"], call["resource"], call["conditions"]))
    return found
