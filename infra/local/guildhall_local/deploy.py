"""Deploying `infra/template.yaml`, the very one that goes to AWS, to the local cloud, and doing by API the little that
the local cloud ignores or that is never in a template: the key that signs mail links, the identities that mail may be
sent from, the time to live of items."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path
from typing import Any

import boto3

from . import build, cloud
from .paths import BOOTSTRAPS, FUNCTIONS, REGION, STACK_NAME, TEMPLATE
from .say import Failure
from .shell import capture, environment

ARTIFACTS = "guildhall-artifacts"
SENDER = "guildhall@example.com"


def client(service: str, port: int) -> Any:
    """An AWS client that can only reach the local cloud."""
    return boto3.client(
        service,
        endpoint_url=cloud.endpoint(port),
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def fingerprint() -> str:
    """What would be deployed, in one word; equal words mean there is nothing to do."""
    digest = hashlib.sha256()
    root = TEMPLATE.parent
    sources = [TEMPLATE, *sorted(root.glob("*.yaml")), *sorted((root.parent / "statemachines").glob("*.json"))]
    for source in sources:
        digest.update(source.read_bytes())
    for name in FUNCTIONS:
        digest.update((BOOTSTRAPS / f"{name}.stamp").read_bytes())
    return digest.hexdigest()


API_ID = "6011d411"
"""The HTTP API's id here. On AWS it is not known before deploying; here it is pinned, so that links in mails can
point to loopback from the start."""


def api_url(port: int) -> str:
    return f"{cloud.endpoint(port)}/_aws/execute-api/{API_ID}/%24default"


def _parameters(port: int) -> dict[str, str]:
    """What differs from a deployment to AWS."""
    return {
        "Stage": "local",
        "Architecture": build.architecture(),
        "ScheduleState": "DISABLED",
        "MailFrom": SENDER,
        "Protection": "off",
        "PublicUrl": api_url(port),
    }


def deploy(port: int, state: Path) -> dict[str, str]:
    """Packages and deploys; returns the stack's outputs."""
    if not TEMPLATE.is_file():
        raise Failure(f"{TEMPLATE} is missing")
    s3 = client("s3", port)
    s3.create_bucket(Bucket=ARTIFACTS)
    packaged = state / "packaged.yaml"
    env = environment(**cloud.credentials(port))
    capture(
        ["aws", "cloudformation", "package", "--template-file", TEMPLATE, "--s3-bucket", ARTIFACTS]
        + ["--output-template-file", packaged],
        env=env,
        what="packaging the template",
    )
    overrides = [f"{name}={value}" for name, value in _parameters(port).items()]
    try:
        capture(
            ["aws", "cloudformation", "deploy", "--template-file", packaged, "--stack-name", STACK_NAME]
            + ["--s3-bucket", ARTIFACTS, "--no-fail-on-empty-changeset"]
            + ["--capabilities", "CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
            + ["--tags", f"ms-custom-id={API_ID}", "--parameter-overrides", *overrides],
            env=env,
            what="deploying the template",
        )
    except Failure as failure:
        raise Failure(f"{failure}\n    {_reasons(port)}".rstrip()) from None
    outputs = _outputs(port)
    _finish(port, outputs)
    return outputs


def _reasons(port: int) -> str:
    """Why resources of the stack failed, as CloudFormation told."""
    try:
        events = client("cloudformation", port).describe_stack_events(StackName=STACK_NAME)["StackEvents"]
    except Exception:  # noqa: BLE001 - there may be no stack at all; the first failure says enough
        return ""
    failed = [event for event in events if event["ResourceStatus"].endswith("_FAILED")]
    return "\n    ".join(
        f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', 'no reason given')}" for event in failed[:5]
    )


def _outputs(port: int) -> dict[str, str]:
    stack = client("cloudformation", port).describe_stacks(StackName=STACK_NAME)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def physical(port: int, logical: str) -> str:
    """The name that CloudFormation gave a resource."""
    answer = client("cloudformation", port).describe_stack_resource(StackName=STACK_NAME, LogicalResourceId=logical)
    return answer["StackResourceDetail"]["PhysicalResourceId"]


def resources(port: int) -> list[dict[str, str]]:
    """Every resource of the stack, with logical name, physical name and type."""
    pages = client("cloudformation", port).get_paginator("list_stack_resources").paginate(StackName=STACK_NAME)
    return [
        {"logical": item["LogicalResourceId"], "physical": item["PhysicalResourceId"], "type": item["ResourceType"]}
        for page in pages
        for item in page["StackResourceSummaries"]
    ]


def _finish(port: int, outputs: dict[str, str]) -> None:
    ensure_link_key(client("ssm", port), outputs["LinkKeyParameter"], outputs.get("KeyArn"))
    ses = client("sesv2", port)
    for identity in (SENDER, SENDER.partition("@")[2]):
        try:
            ses.create_email_identity(EmailIdentity=identity)
        except ses.exceptions.AlreadyExistsException:
            pass
    # A reaction that lost a race comes again after six minutes on AWS; here somebody waits for it.
    client("sqs", port).set_queue_attributes(
        QueueUrl=outputs["ReactionsQueueUrl"], Attributes={"VisibilityTimeout": "20"}
    )
    dynamodb = client("dynamodb", port)
    table = outputs["TableName"]
    if dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]["TimeToLiveStatus"] == "DISABLED":
        dynamodb.update_time_to_live(
            TableName=table, TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires_at"}
        )


def ensure_link_key(ssm: Any, parameter: str | None, key: str | None) -> None:
    """Creates the secret that signs links in mails, once; it is never in a template, a log or a file."""
    if not parameter:
        return
    encryption = {"KeyId": key} if key else {}
    try:
        ssm.put_parameter(
            Name=parameter, Type="SecureString", Value=secrets.token_hex(32), Overwrite=False, **encryption
        )
    except ssm.exceptions.ParameterAlreadyExists:
        pass
