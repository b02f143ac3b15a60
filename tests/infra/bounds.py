"""What state machines are held to: how much there can be, and what a task may answer."""

from __future__ import annotations

PAYLOAD = 256 * 1024
DUE = 20_000
EVERYBODY = 100_000
SHARDS = 16
# The smallest page a task may return; the bounds below are computed with it.
PAGE = 25
# What the service says of itself, and `Lambda.Unknown` and `Sandbox.Timedout`: a worker that was killed or ran out of
# time. Every task is safe to repeat, so these need no other answer than another try.
PASSING = {
    "Lambda.TooManyRequestsException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.Unknown",
    "Sandbox.Timedout",
}
