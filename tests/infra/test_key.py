"""The key lets in every service that publishes to something encrypted, or its messages vanish without a word."""

from __future__ import annotations

from typing import Any

import pytest
from reading import listed, text


def admitted(template, service: str) -> set[str]:
    """What the key policy allows a service."""
    found: set[str] = set()
    for statement in template.of("AWS::KMS::Key")["Key"]["KeyPolicy"]["Statement"]:
        services = [text(one) for one in listed(statement.get("Principal", {}).get("Service", []))]
        if statement["Effect"] == "Allow" and service in services:
            found.update(listed(statement["Action"]))
    return found


def allowed(template, kind: str, names: str, resource: str, service: str, action: str) -> list[dict[str, Any]]:
    """The statements of a resource's own policies that let a service act on it."""
    found = []
    for policy in template.of(kind).values():
        attached = [text(one) for one in policy[names]]
        for statement in policy["PolicyDocument"]["Statement"]:
            reached = [text(one) for one in listed(statement["Resource"])]
            if (
                f"${{{resource}}}" in attached
                and {f"${{{resource}}}", f"${{{resource}.Arn}}"} & set(reached)
                and statement["Principal"].get("Service") == service
                and action in listed(statement["Action"])
            ):
                assert statement["Condition"], f"{resource} takes anything from {service} in any account"
                found.append(statement)
    return found


def name(value: Any) -> str:
    """The logical name in a reference."""
    return text(value).strip("${}").partition(".")[0]


@pytest.fixture(scope="module")
def publishers(template) -> set[tuple[str, str]]:
    """Which service publishes to which queue or topic, found by what the template wires together."""
    found = set()
    for alarm in template.of("AWS::CloudWatch::Alarm").values():
        for target in alarm["AlarmActions"] + alarm["OKActions"]:
            found.add(("cloudwatch.amazonaws.com", name(target)))
    for rule in template.of("AWS::Events::Rule").values():
        for target in rule["Targets"]:
            found.add(("events.amazonaws.com", name(target["Arn"])))
            found.add(("events.amazonaws.com", name(target["DeadLetterConfig"]["Arn"])))
    for subscription in template.of("AWS::SNS::Subscription").values():
        if subscription["Protocol"] == "sqs":
            found.add(("sns.amazonaws.com", name(subscription["Endpoint"])))
            found.add(("sns.amazonaws.com", name(subscription["RedrivePolicy"]["deadLetterTargetArn"])))
    for destination in template.of("AWS::SES::ConfigurationSetEventDestination").values():
        found.add(("ses.amazonaws.com", name(destination["EventDestination"]["SnsDestination"]["TopicARN"])))
    return found


def test_every_publisher_is_let_in_by_the_key(template, publishers):
    assert {service.partition(".")[0] for service, _ in publishers} == {"cloudwatch", "events", "sns", "ses"}
    for service, target in publishers:
        granted = admitted(template, service)
        assert {"kms:Decrypt"} <= granted and {"kms:GenerateDataKey*", "kms:GenerateDataKey"} & granted, (
            service,
            target,
        )


def test_every_publisher_is_let_in_by_what_it_publishes_to(template, publishers):
    topics = template.of("AWS::SNS::Topic")
    for service, target in publishers:
        if target in topics:
            statements = allowed(template, "AWS::SNS::TopicPolicy", "Topics", target, service, "sns:Publish")
        else:
            statements = allowed(template, "AWS::SQS::QueuePolicy", "Queues", target, service, "sqs:SendMessage")
        assert len(statements) == 1, (service, target)


def test_logs_are_let_in_for_our_groups_only(template):
    assert {"kms:Decrypt", "kms:GenerateDataKey*"} <= admitted(template, "logs.${AWS::Region}.amazonaws.com")
    (statement,) = [
        one for one in template.of("AWS::KMS::Key")["Key"]["KeyPolicy"]["Statement"] if one["Sid"] == "Logs"
    ]
    groups = text(statement["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"])
    assert groups.endswith(":log-group:/guildhall/${AWS::StackName}/*")
    for group in template.of("AWS::Logs::LogGroup").values():
        assert text(group["LogGroupName"]).startswith("/guildhall/${AWS::StackName}/")


def test_everything_that_rests_is_encrypted_with_the_key(template):
    key = "${Key.Arn}"
    for queue in template.of("AWS::SQS::Queue").values():
        assert text(queue["KmsMasterKeyId"]) == key
    for topic in template.of("AWS::SNS::Topic").values():
        assert text(topic["KmsMasterKeyId"]) == key
    for group in template.of("AWS::Logs::LogGroup").values():
        assert text(group["KmsKeyId"]) == key


def test_the_key_turns_over_and_stays(template):
    assert template.of("AWS::KMS::Key")["Key"]["EnableKeyRotation"] is True
    assert template.resources["Key"]["DeletionPolicy"] == "Retain"


def test_the_keys_wide_statements_have_reasons(template):
    metadata = template.resources["Key"]["Metadata"]
    for statement in template.of("AWS::KMS::Key")["Key"]["KeyPolicy"]["Statement"]:
        if "*" in listed(statement["Resource"]):
            assert metadata["AnyResource"][statement["Sid"]]
        if [action for action in listed(statement["Action"]) if action.endswith(":*")]:
            assert metadata["AnyAction"][statement["Sid"]]
