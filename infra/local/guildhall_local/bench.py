"""`make bench`: sizes of the release archives, instructions from a function's start to its first authorised answer, and
how fast the local stack answers. Prints a table and keeps it in `docs/bench.md` and `bench.json`, beside the hash of
the lock file it belongs to. Requests and units per operation are asserted by the tests; here they become dollars.
"""

from __future__ import annotations

import hashlib
import http.server
import json
import os
import re
import shutil
import statistics
import subprocess
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from . import cloud, prices
from .api import Api
from .build import architecture
from .checks import on_stack
from .deploy import client
from .paths import FUNCTIONS, ROOT, TEST_PORT, WORKSHOP
from .release import RELEASES
from .say import Failure, heading, step, table
from .shell import call, environment
from .stack import Stack

_STATE = WORKSHOP / "bench"
_PAGE = ROOT / "docs" / "bench.md"
_FIGURES = ROOT / "bench.json"
_REPEATS = 100
_MARKS = ("<!-- figures -->", "<!-- end of figures -->")
_COST_MARKS = ("<!-- costs -->", "<!-- end of costs -->")


@dataclass
class Figure:
    """One line of the table."""

    name: str
    value: float
    unit: str
    goal: str = ""


def run() -> int:
    """Measures, prints and keeps."""
    figures: list[Figure] = []
    heading("Release build")
    call(["make", "package"], env=environment(ARCHITECTURE=architecture()), what="make package")
    for name in FUNCTIONS:
        size = (RELEASES / architecture() / f"{name}.zip").stat().st_size
        figures.append(Figure(f"zip of {name}", round(size / 1024 / 1024, 2), "MB", "≤ 4"))
    heading("Stack")
    with on_stack(_STATE, TEST_PORT + 20) as file:
        stack = Stack(**json.loads(file.read_text()))
        figures += _latencies(stack)
        if shutil.which("valgrind"):
            with step("Instructions to the first authorised answer"):
                count = _instructions(stack)
            figures.append(Figure("start to first authorised read", round(count / 1e6, 1), "M instructions", "≤ 25"))
        else:
            raise Failure("instructions are counted by valgrind: install it")
    heading("Figures")
    rows = [[figure.name, f"{figure.value:g}", figure.unit, figure.goal] for figure in figures]
    table(rows, head=["Figure", "value", "unit", "goal"])
    _keep(figures)
    return 0


def _latencies(stack: Stack) -> list[Figure]:
    """Milliseconds on a warm function of the debug build: for comparing with itself, not with AWS."""
    api = Api(stack.api_url, stack.tokens["manager"])
    found = []
    for path in ("/directory/me", "/directory/people", "/training/reports", "/training/company"):
        api.get(path)
        taken = []
        for _ in range(_REPEATS):
            started = time.perf_counter()
            api.get(path)
            taken.append((time.perf_counter() - started) * 1000)
        found.append(Figure(f"GET {path}, local, median", round(statistics.median(taken), 1), "ms"))
    return found


# Root certificates in one file, as Amazon Linux keeps them. Debian lists each a second time in a directory, and reading
# them is most of what is counted.
_ROOTS = (Path("/etc/pki/tls/certs/ca-bundle.crt"), Path("/etc/ssl/certs/ca-certificates.crt"))


def _instructions(stack: Stack) -> int:
    """Runs the release build of the directory's API under callgrind, for one request."""
    function = stack.outputs["DirectoryApiFunction"]
    configuration = client("lambda", stack.port).get_function_configuration(FunctionName=function)
    variables = configuration["Environment"]["Variables"]
    bootstrap = RELEASES / architecture() / "directory-api" / "bootstrap"
    report = _STATE / "callgrind.out"
    roots = {"SSL_CERT_FILE": str(file)} if (file := next(filter(Path.is_file, _ROOTS), None)) else {}
    with _Runtime(_event(stack)) as runtime:
        process = subprocess.Popen(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={report}", str(bootstrap)],
            env={
                "PATH": os.environ["PATH"],
                **cloud.credentials(stack.port),
                **variables,
                **roots,
                "AWS_LAMBDA_RUNTIME_API": f"{cloud.HOST}:{runtime.server_port}",
                "AWS_LAMBDA_FUNCTION_NAME": function,
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(configuration["MemorySize"]),
                "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
                "AWS_LAMBDA_LOG_STREAM_NAME": "bench",
                "AWS_LAMBDA_LOG_GROUP_NAME": "bench",
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        answered = runtime.answered.wait(timeout=180)
        process.terminate()
        words = process.communicate(timeout=60)[1]
    if not answered or runtime.status != 200:
        raise Failure(f"the release build did not answer as expected (status {runtime.status})")
    counted = re.search(r"Collected\s*:\s*(\d+)", words)
    if counted is None:
        raise Failure("callgrind printed no count")
    return int(counted[1])


def _event(stack: Stack) -> dict[str, Any]:
    """What API Gateway would hand over for an authorised read."""
    account = stack.accounts["manager"]
    claims = {
        "iss": stack.issuer,
        "sub": account["subject"],
        "client_id": stack.outputs["PortalClientId"],
        "token_use": "access",
        "scope": "guildhall/use openid",
        "exp": str(int(time.time()) + 3600),
        "iat": str(int(time.time())),
    }
    path = "/directory/me"
    return {
        "version": "2.0",
        "routeKey": "ANY /directory/{proxy+}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"host": "api.example.com", "accept": "application/json"},
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "bench",
            "authorizer": {"jwt": {"claims": claims, "scopes": ["guildhall/use"]}},
            "domainName": "api.example.com",
            "domainPrefix": "api",
            "http": {"method": "GET", "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "b"},
            "requestId": "bench",
            "routeKey": "ANY /directory/{proxy+}",
            "stage": "$default",
            "time": "01/Jan/2026:00:00:00 +0000",
            "timeEpoch": 1_767_225_600_000,
        },
        "isBase64Encoded": False,
    }


class _Runtime(http.server.ThreadingHTTPServer):
    """As much of the Lambda Runtime API as one invocation needs."""

    daemon_threads = True

    def __init__(self, event: dict[str, Any]) -> None:
        super().__init__((cloud.HOST, 0), _RuntimeHandler)
        self.event = json.dumps(event).encode()
        self.given = threading.Event()
        self.answered = threading.Event()
        self.status = 0

    def __enter__(self) -> _Runtime:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """Says nothing: the function is stopped while it asks for more."""


class _RuntimeHandler(http.server.BaseHTTPRequestHandler):
    server: _Runtime
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:  # noqa: N802 - the name is http.server's
        if self.server.given.is_set():
            self.server.answered.wait()
            return
        self.server.given.set()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(self.server.event)))
        self.send_header("Lambda-Runtime-Aws-Request-Id", "bench")
        self.send_header("Lambda-Runtime-Deadline-Ms", str(int(time.time() * 1000) + 120_000))
        arn = "arn:aws:lambda:us-east-1:000000000000:function:bench"
        self.send_header("Lambda-Runtime-Invoked-Function-Arn", arn)
        self.end_headers()
        self.wfile.write(self.server.event)

    def do_POST(self) -> None:  # noqa: N802 - the name is http.server's
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self.path.endswith("/response"):
            self.server.status = json.loads(body).get("statusCode", 0)
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()
        self.server.answered.set()

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


def _keep(figures: list[Figure]) -> None:
    lock = hashlib.sha256((ROOT / "Cargo.lock").read_bytes()).hexdigest()
    content = {"cargo_lock_sha256": lock, "figures": [asdict(figure) for figure in figures]}
    _FIGURES.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    rows = "\n".join(f"| {figure.name} | {figure.value:g} {figure.unit} | {figure.goal} |" for figure in figures)
    kept = f"{_MARKS[0]}\n| figure | value | goal |\n|---|---|---|\n{rows}\n{_MARKS[1]}"
    _PAGE.write_text(priced(between(_PAGE.read_text(), _MARKS, kept)))


def priced(text: str) -> str:
    """The page with today's costs: they follow from the tests' counts and the template, not from a run."""
    return between(text, _COST_MARKS, f"{_COST_MARKS[0]}\n{prices.tables()}\n{_COST_MARKS[1]}")


def between(text: str, marks: tuple[str, str], new: str) -> str:
    """The text with what stands between two marks, marks included, replaced; as it is where it lacks them."""
    if not all(mark in text for mark in marks):
        return text
    before, _, rest = text.partition(marks[0])
    return before + new + rest.partition(marks[1])[2]
