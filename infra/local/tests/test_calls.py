"""How a request becomes a call in the words of IAM."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from guildhall_local.calls import Call, Recorder, Request, shape, understood

REGION = "us-east-1"
TABLE = f"arn:aws:dynamodb:{REGION}:000000000000:table/program"


def request(service: str, target: str = "", body: Any = b"", method: str = "POST", path: str = "/") -> Request:
    headers = {
        "authorization": f"AWS4-HMAC-SHA256 Credential=mailer/20260101/{REGION}/{service}/aws4_request, Signature=0"
    }
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Request(method, path, {**headers, "x-amz-target": target}, {}, raw)


def calls(service: str, *rest: Any, **named: Any) -> list[Call]:
    return list(understood(request(service, *rest, **named), REGION, service))


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("DIR#PERSON#01890a5d-ac96-774b-bcce-b302099a8057", "DIR#PERSON#*"),
        ("TRAIN#CATALOGUE", "TRAIN#CATALOGUE"),
        ("TRAIN#BOX#01890a5d#MANAGER", "TRAIN#BOX#*#MANAGER"),
        ("MAIL#DAY#2026-01-01", "MAIL#DAY#*"),
        ("DIR#FIND#PERSON#ad", "DIR#FIND#PERSON#*"),
    ],
)
def test_a_key_keeps_its_words_and_loses_whom_it_names(key: str, expected: str) -> None:
    assert shape(key) == expected


def test_a_transaction_is_its_members_with_the_keys_that_meet() -> None:
    members = [
        {"Put": {"TableName": "program", "Item": {"pk": {"S": "TRAIN#PERSON#1"}}}},
        {"Put": {"TableName": "program", "Item": {"pk": {"S": "MAIL#PERSON#1"}}}},
        {"ConditionCheck": {"TableName": "program", "Key": {"pk": {"S": "TRAIN#CATALOGUE"}}}},
    ]
    found = calls("dynamodb", "DynamoDB_20120810.TransactWriteItems", {"TransactItems": members})
    assert found == [
        Call("dynamodb:ConditionCheckItem", TABLE, {"dynamodb:LeadingKeys": ["TRAIN#CATALOGUE"]}),
        Call("dynamodb:PutItem", TABLE, {"dynamodb:LeadingKeys": ["MAIL#PERSON#*", "TRAIN#PERSON#*"]}),
    ]


def test_a_query_of_an_index_is_on_the_index() -> None:
    query = {"TableName": "program", "IndexName": "next", "ExpressionAttributeNames": {"#p": "next_pk"}}
    query |= {"KeyConditionExpression": "#p = :p AND next_sk < :s", "ExpressionAttributeValues": {":p": {"S": "A#1"}}}
    (call,) = calls("dynamodb", "DynamoDB_20120810.Query", query)
    assert call == Call("dynamodb:Query", f"{TABLE}/index/next", {"dynamodb:LeadingKeys": ["A#*"]})


def test_a_mail_is_judged_by_its_sender() -> None:
    mail = {"FromEmailAddress": "Guildhall <g@example.com>", "ConfigurationSetName": "set"}
    found = calls("ses", "", mail, path="/v2/email/outbound-emails")
    assert {call.resource.rpartition(":")[2] for call in found} == {
        "identity/g@example.com",
        "identity/example.com",
        "configuration-set/set",
    }
    assert all(call.conditions == {"ses:FromAddress": ["g@example.com"]} for call in found)


def test_a_metric_is_judged_by_its_namespace() -> None:
    path = "/service/GraniteServiceVersion20100801/operation/PutMetricData"
    (call,) = calls("monitoring", "", b"\xa1\x69Namespace\x69Guildhall", path=path)
    assert call == Call("cloudwatch:PutMetricData", "*", {"cloudwatch:namespace": ["Guildhall"]})


@pytest.mark.parametrize(
    ("service", "target", "body"),
    [
        ("dynamodb", "DynamoDB_20120810.Scan", {"TableName": "program"}),
        ("dynamodb", "DynamoDB_20120810.ExecuteStatement", {"Statement": "SELECT 1"}),
        ("sqs", "AmazonSQS.ListQueues", {}),
        ("iam", "", b"Action=CreateUser"),
    ],
)
def test_what_is_not_understood_is_a_call_that_nobody_grants(service: str, target: str, body: Any) -> None:
    (call,) = calls(service, target, body)
    assert call.action == f"{service}:?"


def test_each_call_of_a_function_is_written_once_and_nobody_elses(tmp_path: Path) -> None:
    file = tmp_path / "calls.jsonl"
    recorder = Recorder(file, {"mailer"})
    for _ in range(2):
        recorder.saw(request("sqs", "AmazonSQS.SendMessage", {"QueueUrl": "http://127.0.0.1/0/mails"}))
    recorder.saw(Request("GET", "/b/k", {"authorization": "Credential=test/20260101/r/s3/aws4_request"}, {}, b""))
    presigned = {"X-Amz-Credential": ["mailer/20260101/us-east-1/s3/aws4_request"]}
    recorder.saw(Request("PUT", "/files/uploads/training/1.csv", {}, presigned, b"x"))
    written = [json.loads(line) for line in file.read_text().splitlines()]
    assert [(it["function"], it["action"]) for it in written] == [
        ("mailer", "sqs:SendMessage"),
        ("mailer", "s3:PutObject"),
    ]
    assert written[1]["resource"] == "arn:aws:s3:::files/uploads/training/*"
