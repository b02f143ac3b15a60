"""A small client of Guildhall's public HTTP API. Whatever is loaded goes this way, so that loading shows the API works
and leaves the same audit trail as a person's own calls."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from .say import Failure

_FIRST_PAUSE = 0.05
_LONGEST_PAUSE = 1.0
_TRIES = 4


@dataclass(frozen=True)
class Answer:
    """What came back: JSON where there was a body."""

    status: int
    headers: dict[str, str]
    body: Any


class Api:
    """The API as one person or machine sees it."""

    def __init__(self, base: str, token: str) -> None:
        self.base = base.rstrip("/")
        self._token = token

    def get(self, path: str, **query: str) -> Any:
        return self.call("GET", path, query=query).body

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: dict[str, str] | None = None,
        etag: str | None = None,
        accept: tuple[int, ...] = (),
    ) -> Answer:
        """Sends a request; a problem that is not among the accepted answers is a failure that quotes it.

        A request that may be repeated safely (a GET, or a POST under its idempotency key) is repeated when the gateway
        is briefly unavailable.
        """
        url = path if path.startswith("http") else self.base + path
        if query:
            url += "?" + urllib.parse.urlencode(query)
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        if method == "POST":
            headers["Idempotency-Key"] = str(uuid.uuid4())
        if etag:
            headers["If-Match"] = etag
        for attempt in range(1, _TRIES + 1):
            answer = _send(urllib.request.Request(url, data, headers, method=method))
            if answer.status not in (429, 502, 503, 504) or attempt == _TRIES:
                break
            time.sleep(0.2 * 2**attempt)
        if answer.status < 400 or answer.status in accept:
            return answer
        raise Failure(f"{method} {path} was answered {answer.status}: {_problem(answer.body)}")

    def pages(self, path: str, **query: str) -> Iterator[Any]:
        """Every item of a listing, page by page, following the `Link` header."""
        answer = self.call("GET", path, query={"limit": "200", **query})
        while True:
            yield from answer.body if isinstance(answer.body, list) else answer.body["items"]
            following = _next_link(answer.headers.get("link", ""))
            if following is None:
                return
            answer = self.call("GET", path + following if following.startswith("?") else self._absolute(following))

    def _absolute(self, link: str) -> str:
        """A link of an answer as an address under our base: behind a gateway its host may be another."""
        if link.startswith(self.base):
            return link
        parts = urllib.parse.urlsplit(link)
        path = parts.path
        for system in ("/directory/", "/program/", "/training/"):
            if system in path:
                path = path[path.index(system) :]
                break
        return self.base + path + (f"?{parts.query}" if parts.query else "")

    def follow(self, started: Answer, ended: Callable[[Any], bool], seconds: float, seen: Callable[[Any], None]) -> Any:
        """Reads the status address of long work until it has ended."""
        location = started.headers.get("location")
        if not location:
            raise Failure("long work was accepted without a status address")
        url = self._absolute(location)
        end = time.monotonic() + seconds
        pause = _FIRST_PAUSE
        while True:
            state = self.call("GET", url).body
            seen(state)
            if ended(state):
                return state
            if time.monotonic() > end:
                raise Failure(f"{urllib.parse.urlsplit(url).path} had not ended after {seconds:.0f} s")
            time.sleep(pause)
            pause = min(pause * 1.5, _LONGEST_PAUSE)

    def change(self, path: str, change: Callable[[Any], Any]) -> None:
        """Reads a settings document, changes it and writes it under the version that was read; nothing when equal."""
        read = self.call("GET", path)
        found = read.body.get("settings", read.body)
        wanted = change(found)
        if wanted != found:
            self.call("PUT", path, wanted, etag=read.headers.get("etag"))


def _send(request: urllib.request.Request) -> Answer:
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return _answer(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as error:
        return _answer(error.code, error.headers, error.read())
    except OSError as error:
        raise Failure(f"the API cannot be reached: {error}") from None


def _answer(status: int, headers: Any, raw: bytes) -> Answer:
    try:
        body = json.loads(raw) if raw else None
    except ValueError:
        body = raw.decode(errors="replace")
    return Answer(status, {name.lower(): value for name, value in headers.items()}, body)


def _problem(body: Any) -> str:
    if not isinstance(body, dict):
        return str(body)[:300]
    text = " · ".join(str(body[key]) for key in ("code", "title", "detail", "message") if body.get(key))
    return text + "".join(f"\n    {json.dumps(problem)}" for problem in (body.get("errors") or [])[:10])


def _next_link(header: str) -> str | None:
    for part in header.split(","):
        address, _, rest = part.partition(";")
        if 'rel="next"' in rest.replace(" ", "") or "rel=next" in rest.replace(" ", ""):
            return address.strip().strip("<>")
    return None
