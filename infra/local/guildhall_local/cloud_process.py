"""The local cloud's process: MiniStack without two of its stalls.

Its Lambda Runtime API leaves Nagle's algorithm on, and after each invocation it waits up to 50 ms for log lines; the
two together make a 5 ms call take 90 ms. This module changes both and hands over. It is started by `cloud` and
imports nothing else of this package.
"""

import socketserver
import sys

FIRST_LINE_WAIT = 0.005
IDLE_WAIT = 0.003


def _patch() -> None:
    socketserver.StreamRequestHandler.disable_nagle_algorithm = True

    from ministack.core import lambda_runtime

    drain = getattr(lambda_runtime.Worker, "_drain_stderr_bounded", None)
    if drain is None:
        print("this MiniStack drains logs in another way; running unpatched", file=sys.stderr)
        return

    def drain_soon(self, first_line_wait=FIRST_LINE_WAIT, idle_confirm=IDLE_WAIT, hard_cap=0.25):  # noqa: ANN001, ANN202
        return drain(self, first_line_wait, idle_confirm, hard_cap)

    lambda_runtime.Worker._drain_stderr_bounded = drain_soon


if __name__ == "__main__":
    _patch()
    from ministack.app import main

    main()
