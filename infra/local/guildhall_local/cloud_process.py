"""The local cloud's process: MiniStack without two of its stalls, and with a record of what functions ask of it.

Its Lambda Runtime API leaves Nagle's algorithm on, and after each invocation it waits up to 50 ms for log lines; the
two together make a 5 ms call take 90 ms. And unless it checks every signature, all functions share one access key.
This module changes these three and hands over. It is started by `cloud`, with the file for the record.
"""

import socketserver
import sys
from pathlib import Path

from guildhall_local import calls

FIRST_LINE_WAIT = 0.005
IDLE_WAIT = 0.003


def _without_stalls() -> None:
    socketserver.StreamRequestHandler.disable_nagle_algorithm = True

    from ministack.core import lambda_runtime

    drain = getattr(lambda_runtime.Worker, "_drain_stderr_bounded", None)
    if drain is None:
        print("this MiniStack drains logs in another way; running unpatched", file=sys.stderr)
        return

    def drain_soon(self, first_line_wait=FIRST_LINE_WAIT, idle_confirm=IDLE_WAIT, hard_cap=0.25):  # noqa: ANN001, ANN202
        return drain(self, first_line_wait, idle_confirm, hard_cap)

    lambda_runtime.Worker._drain_stderr_bounded = drain_soon


def _with_record(file: Path) -> None:
    """Gives each function its own name as access key, and shows every request to the recorder before it is served."""
    from ministack import app
    from ministack.core import lambda_runtime
    from ministack.services import lambda_svc, sts

    functions: set[str] = set()
    recorder = calls.Recorder(file, functions)
    of_account = lambda_runtime.execution_credentials
    serve = app._handle_post_body_shortcuts

    def of_function(config: dict) -> dict[str, str]:
        name, role = config["FunctionName"], config["Role"].rpartition("/")[2]
        given = {**of_account(config), "AWS_ACCESS_KEY_ID": name, "AWS_SESSION_TOKEN": f"session-of-{name}"}
        session = {
            "Arn": f"arn:aws:sts::{calls.ACCOUNT}:assumed-role/{role}/{name}",
            "UserId": f"{role}:{name}",
            "SecretAccessKey": given["AWS_SECRET_ACCESS_KEY"],
            "SessionToken": given["AWS_SESSION_TOKEN"],
        }
        # Presigned addresses are verified, so the key must be one that the local cloud knows.
        sts.register_session(name, session)
        functions.add(name)
        return given

    async def record(method, path, headers, body, query_params, request_id):  # noqa: ANN001, ANN202
        recorder.saw(calls.Request(method, path, headers, query_params, body))
        return await serve(method, path, headers, body, query_params, request_id)

    lambda_runtime.execution_credentials = of_function
    lambda_svc.execution_credentials = of_function
    app._handle_post_body_shortcuts = record


if __name__ == "__main__":
    _without_stalls()
    _with_record(Path(sys.argv.pop(1)))
    from ministack.app import main

    main()
