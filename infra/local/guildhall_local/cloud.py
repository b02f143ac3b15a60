"""Starting and stopping the local cloud, on loopback and in an environment of its own.

The functions inherit that environment, so nothing of the person's AWS configuration may be in it: with it they would
call a real account.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from .paths import LOCAL, REGION, ROOT
from .say import Failure

HOST = "127.0.0.1"
CALLS = "calls.jsonl"
"""In the state folder: what each function asked of the cloud, one distinct call a line."""

_START_SECONDS = 60
_STOP_SECONDS = 8


def endpoint(port: int) -> str:
    return f"http://{HOST}:{port}"


def credentials(port: int) -> dict[str, str]:
    """What makes any AWS client talk to the local cloud and to nothing else."""
    return {
        "AWS_ENDPOINT_URL": endpoint(port),
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_PAGER": "",
    }


def clean_environment(port: int, state: Path) -> dict[str, str]:
    """The whole environment of the local cloud and of the functions it starts."""
    temporary = state / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "HOME": str(state),
        "TMPDIR": str(temporary),
        "PYTHONPATH": str(LOCAL),
        "PYTHONUNBUFFERED": "1",
        **credentials(port),
        "GATEWAY_PORT": str(port),
        "BIND_HOST": HOST,
        "MINISTACK_HOST": HOST,
        "MINISTACK_REGION": REGION,
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "DOCKER_HOST": f"unix://{state}/no-docker",
        "LOG_LEVEL": "WARNING",
        "GUILDHALL_CLOCK_FILE": str(state / "clock.json"),
    }


def free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def need_ports(*ports: int) -> None:
    """Fails with one line when a port is taken."""
    taken = [str(port) for port in ports if not free(port)]
    if taken:
        named = f"port {taken[0]} is" if len(taken) == 1 else f"ports {' and '.join(taken)} are"
        raise Failure(f"{named} taken: choose another with PORT=, or stop what listens there")


def spawn(module: str, arguments: list[str], env: dict[str, str], log: Path) -> int:
    """Starts one of our modules as a process of its own session, so that Ctrl-C reaches only us."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", f"guildhall_local.{module}", *arguments],
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return process.pid


def start(port: int, state: Path) -> int:
    """Starts the local cloud and waits until it answers; returns its process id."""
    log = state / "cloud.log"
    pid = spawn("cloud_process", [str(state / CALLS)], clean_environment(port, state), log)
    try:
        wait_for(f"{endpoint(port)}/_ministack/ready", pid, _START_SECONDS, log)
    except BaseException:
        stop(pid)
        raise
    return pid


def wait_for(url: str, pid: int, seconds: float, log: Path) -> None:
    """Waits until an address answers, or the process behind it has died, or time is up."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not alive(pid):
            raise Failure(f"{log.stem} stopped while starting; its last words are in {log}")
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            pass
        time.sleep(0.1)
    raise Failure(f"{log.stem} did not answer within {seconds:.0f} s; see {log}")


def alive(pid: int) -> bool:
    """Whether a process still runs; one of ours that has ended is collected."""
    try:
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return False
    except ChildProcessError:
        pass
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def stop(pid: int) -> None:
    """Asks a process and what it started to end, and ends what did not listen."""
    if not alive(pid):
        return
    _signal(pid, signal.SIGTERM)
    end = time.monotonic() + _STOP_SECONDS
    while time.monotonic() < end:
        if not alive(pid):
            break
        time.sleep(0.05)
    # Functions it started are in its session; whatever of them is left goes too.
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def get_json(url: str) -> object:
    """Reads one of the local cloud's own pages."""
    with urllib.request.urlopen(url, timeout=30) as answer:
        return json.load(answer)


def sent_mails(address: str) -> list[dict]:
    """Every mail that reached the local SES, oldest first."""
    answer = get_json(f"{address}/_ministack/ses/messages")
    assert isinstance(answer, dict)
    mails = [mail for of_account in answer["messages"].values() for mail in of_account]
    return sorted(mails, key=lambda mail: mail["Timestamp"])
