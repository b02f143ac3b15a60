"""What functions asked for while the black-box tests ran is what their roles grant: no less, and nothing besides."""

from __future__ import annotations

BY_LAMBDA = "Lambda itself uses it in the function's name; no code of ours calls it"
BY_SERVICES = "the service that holds the data uses the key in the function's name"
BY_S3 = "S3 asks for it where a file is missing: it then says 404 (the caller's mistake), and 403 without"

NOT_CALLED: dict[str, str] = {
    "logs:CreateLogStream": BY_LAMBDA,
    "logs:PutLogEvents": BY_LAMBDA,
    "xray:PutTraceSegments": BY_LAMBDA,
    "xray:PutTelemetryRecords": BY_LAMBDA,
    "sqs:ReceiveMessage": BY_LAMBDA,
    "sqs:DeleteMessage": BY_LAMBDA,
    "sqs:GetQueueAttributes": BY_LAMBDA,
    "dynamodb:DescribeStream": BY_LAMBDA,
    "dynamodb:GetRecords": BY_LAMBDA,
    "dynamodb:GetShardIterator": BY_LAMBDA,
    "dynamodb:ListStreams": BY_LAMBDA,
    "kms:Decrypt": BY_SERVICES,
    "kms:GenerateDataKey": BY_SERVICES,
    "s3:ListBucket": BY_S3,
}
"""Actions that no function calls. One that is called all the same does not belong here."""

NOT_REACHED: dict[tuple[str, str, str], str] = {
    ("EventRelay", "MailQueue", "RelayDeadLetters"): BY_LAMBDA,
}
"""Parts of grants that the black-box tests cannot reach: function, statement and part, with the reason."""


def test_every_function_was_seen(calls):
    assert not [name for name, asked in calls.items() if not asked]


def test_every_call_is_granted(calls, policies):
    refused = [f"{name}: {call}" for name, asked in calls.items() for call in asked if not policies[name].allows(call)]
    assert not refused, "\n".join(sorted(refused))


def test_every_grant_is_needed_by_a_call(calls, policies, plain):
    """A part of a role is needed when the role without it would refuse a call that was made."""
    spare = set()
    for name, policy in policies.items():
        granted = [call for call in calls[name] if policy.allows(call)]
        for statement, part, without in policy.parts():
            if all(map(without.allows, granted)) and not _by_others(policy, statement):
                spare.add((name, statement, plain(part)))
    unexplained = sorted(spare - NOT_REACHED.keys())
    assert not unexplained, "\n".join(map(str, unexplained))
    outlived = sorted(NOT_REACHED.keys() - spare)
    assert not outlived, "\n".join(map(str, outlived))


def _by_others(policy, name):
    """Whether a statement holds nothing but actions of others."""
    (statement,) = [one for one in policy.statements if one["Sid"] == name]
    actions = statement["Action"]
    return set(actions if isinstance(actions, list) else [actions]) <= NOT_CALLED.keys()


def test_what_is_said_not_to_be_called_is_not_called(calls):
    called = {call.action for asked in calls.values() for call in asked}
    assert not called & NOT_CALLED.keys()
