"""What each function asked of the cloud: every distinct call, in the words of IAM, in a file.

The local cloud checks no role, so a stack that works here could be refused on AWS, or hold rights that nobody uses.
`cloud_process` therefore gives every function an access key of its own and shows each request it serves to a recorder.
A call is written down once, as action, resource and conditions, transactions by their members; ids and other variable
parts of keys become `*`. `tests/grants` compares the file with the roles. A request that is not understood is written
down under a name that no role grants.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

ACCOUNT = "000000000000"
_MEMBERS = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}
_OBJECTS = {"GET": "GetObject", "HEAD": "GetObject", "PUT": "PutObject", "DELETE": "DeleteObject"}


@dataclass(frozen=True)
class Request:
    """A request to the local cloud, as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    query: Mapping[str, list[str]]
    body: bytes

    def scope(self) -> tuple[str, str, str] | None:
        """Access key, region and service of the signature, in a header or in a presigned address."""
        signed = re.search(r"Credential=([^,\s]+)", self.headers.get("authorization", ""))
        scope = signed[1] if signed else (self.query.get("X-Amz-Credential") or [""])[0]
        parts = scope.split("/")
        return (parts[0], parts[2], parts[3]) if len(parts) == 5 else None


@dataclass(frozen=True)
class Call:
    """One call as IAM would judge it."""

    action: str
    resource: str
    conditions: dict[str, list[str]] = field(default_factory=dict)


def shape(key: str) -> str:
    """A partition key with its variable parts as `*`: what stays are words in capitals."""
    return "#".join(part if re.fullmatch(r"[A-Z]+", part) else "*" for part in key.split("#"))


def understood(request: Request, region: str, service: str) -> Iterator[Call]:
    """What a request asks for."""
    method, path = request.method, request.path
    target = request.headers.get("x-amz-target", "")
    operation = target.rpartition(".")[2]
    arn = f"arn:aws:{{}}:{region}:{ACCOUNT}:{{}}".format
    try:
        if service == "dynamodb":
            yield from _of_table(operation, json.loads(request.body), arn)
        elif service == "sqs":
            queue = json.loads(request.body)["QueueUrl"].rpartition("/")[2]
            yield Call(f"sqs:{operation.removesuffix('Batch')}", arn("sqs", queue))
        elif service == "ssm":
            yield Call(f"ssm:{operation}", arn("ssm", "parameter" + json.loads(request.body)["Name"]))
        elif service == "states":
            yield Call(f"states:{operation}", json.loads(request.body)["stateMachineArn"])
        elif service == "events":
            for bus in sorted({entry["EventBusName"] for entry in json.loads(request.body)["Entries"]}):
                yield Call(f"events:{operation}", bus if bus.startswith("arn:") else arn("events", f"event-bus/{bus}"))
        elif (method, path) == ("POST", "/v2/email/outbound-emails"):
            yield from _of_mail(json.loads(request.body), arn)
        elif found := re.fullmatch(r"/service/GraniteServiceVersion20100801/operation/(\w+)", path):
            yield Call(f"cloudwatch:{found[1]}", "*", {"cloudwatch:namespace": [_namespace(request)]})
        elif service == "s3" and method in _OBJECTS:
            bucket, _, key = unquote(path).lstrip("/").partition("/")
            yield Call(f"s3:{_OBJECTS[method]}", f"arn:aws:s3:::{bucket}/{_object(key)}")
        else:
            yield Call(f"{service}:?", f"{method} {path} {target}")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        yield Call(f"{service}:?", f"{method} {path} {target}: {error!r}")


def _object(key: str) -> str:
    folder, slash, _ = key.rpartition("/")
    return f"{folder}{slash}*"


def _of_mail(mail: dict[str, Any], arn: Any) -> Iterator[Call]:
    sender = mail["FromEmailAddress"]
    address = (re.search(r"<([^>]*)>", sender) or ["", sender])[1]
    conditions = {"ses:FromAddress": [address]}
    yield Call("ses:SendEmail", arn("ses", f"identity/{address}"), conditions)
    yield Call("ses:SendEmail", arn("ses", f"identity/{address.rpartition('@')[2]}"), conditions)
    yield Call("ses:SendEmail", arn("ses", f"configuration-set/{mail['ConfigurationSetName']}"), conditions)


def _namespace(request: Request) -> str:
    """The namespace in a CBOR map: a text of 9 characters, and the text after it."""
    zipped = "gzip" in request.headers.get("content-encoding", "")
    body = gzip.decompress(request.body) if zipped else request.body
    _, name, rest = body.partition(b"\x69Namespace")
    if not name or not 0x60 <= rest[0] <= 0x77:
        raise ValueError("no namespace")
    return rest[1 : 1 + rest[0] - 0x60].decode()


def _of_table(operation: str, asked: dict[str, Any], arn: Any) -> Iterator[Call]:
    """One call for each action and resource, with all the leading keys that meet in it: they may be judged together."""
    keys: dict[tuple[str, str], set[str]] = {}

    def touch(action: str, table: str, key: str) -> None:
        keys.setdefault((f"dynamodb:{action}", arn("dynamodb", f"table/{table}")), set()).add(shape(key))

    def partition(item: dict[str, Any]) -> str:
        return item["pk"]["S"]

    if operation == "TransactWriteItems":
        for member in asked["TransactItems"]:
            ((kind, write),) = member.items()
            touch(_MEMBERS[kind], write["TableName"], partition(write.get("Item") or write["Key"]))
    elif operation == "TransactGetItems":
        for member in asked["TransactItems"]:
            touch("GetItem", member["Get"]["TableName"], partition(member["Get"]["Key"]))
    elif operation == "BatchGetItem":
        for table, wanted in asked["RequestItems"].items():
            for key in wanted["Keys"]:
                touch(operation, table, partition(key))
    elif operation == "Query":
        name, _, value = asked["KeyConditionExpression"].split(" AND ")[0].partition(" = ")
        name = asked.get("ExpressionAttributeNames", {}).get(name, name)
        index = asked.get("IndexName")
        if name != (f"{index}_pk" if index else "pk"):
            raise ValueError(f"the first condition is on {name}")
        table = asked["TableName"] + (f"/index/{index}" if index else "")
        touch(operation, table, asked["ExpressionAttributeValues"][value.strip()]["S"])
    else:
        touch(operation, asked["TableName"], partition(asked.get("Item") or asked["Key"]))
    for (action, resource), leading in sorted(keys.items()):
        yield Call(action, resource, {"dynamodb:LeadingKeys": sorted(leading)})


class Recorder:
    """Writes down each distinct call of those callers that are functions; everyone else signs as somebody else."""

    def __init__(self, file: Path, functions: set[str]) -> None:
        self._file = file
        self._functions = functions
        self._seen: set[str] = set()
        file.write_text("")

    def saw(self, request: Request) -> None:
        scope = request.scope()
        if scope is None or scope[0] not in self._functions:
            return
        for call in understood(request, *scope[1:]):
            line = json.dumps({"function": scope[0], **asdict(call)}, sort_keys=True)
            if line not in self._seen:
                self._seen.add(line)
                with self._file.open("a") as out:
                    out.write(line + "\n")
