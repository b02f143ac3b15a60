"""The local mail box in a browser: every mail that reached the local SES, newest first, as HTML and as plain text.

It shows what others wrote, so it trusts none of it: everything is escaped, a mail's HTML is served apart under a
sandbox that runs no script, and requests that name another host are refused.
"""

from __future__ import annotations

import argparse
import datetime
import html
import http.server
import re
import sys
import urllib.parse
from typing import Any

from .cloud import HOST, sent_mails

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #5c6672; --ink: #1f4e79; }
@media (prefers-color-scheme: dark) { :root { --soft: #a8b2bd; --ink: #9cc4ea; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 0 1rem 3rem; font: 16px/1.5 system-ui, sans-serif; }
header { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; padding: 1rem 0; }
h1 { font-size: 1.3rem; margin: 0; flex: 1 1 auto; }
a { color: var(--ink); }
input[type=search] { font: inherit; padding: .45rem .7rem; border: 1px solid var(--line); border-radius: .5rem;
  flex: 1 1 14rem; min-width: 0; background: transparent; color: inherit; }
ul { list-style: none; margin: 0; padding: 0; border-top: 1px solid var(--line); }
li a { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0 1rem; padding: .7rem .25rem;
  border-bottom: 1px solid var(--line); color: inherit; text-decoration: none; }
li a:hover, li a:focus-visible { background: #8881; }
.to { font-weight: 600; font-size: .95rem; overflow-wrap: anywhere; }
.when, .soft { color: var(--soft); font-size: .9rem; white-space: nowrap; }
.subject { grid-column: 1 / -1; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .15rem 1rem; margin: 0 0 1rem; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
iframe { width: 100%; height: 70vh; border: 1px solid var(--line); border-radius: .5rem; background: #fff; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid var(--line); border-radius: .5rem;
  padding: 1rem; font: .9rem/1.5 ui-monospace, monospace; }
h2 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
"""
_PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; form-action 'self'; base-uri 'none'"
_MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "style-src 'unsafe-inline'; img-src data: https:"
)


def _page(title: str, body: str) -> str:
    return (
        "<!doctype html><html lang=en><head><meta charset=utf-8>"
        '<meta name=viewport content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head><body>{body}</body></html>"
    )


def _when(mail: dict[str, Any]) -> str:
    stamp = mail.get("Timestamp")
    try:
        if isinstance(stamp, (int, float)):
            moment = datetime.datetime.fromtimestamp(stamp, datetime.timezone.utc)
        else:
            moment = datetime.datetime.fromisoformat(str(stamp).replace("Z", "+00:00"))
    except ValueError:
        return str(stamp)
    return moment.astimezone().strftime("%d %b, %H:%M")


def _recipients(mail: dict[str, Any]) -> str:
    return ", ".join([*mail.get("To", []), *mail.get("CC", []), *mail.get("BCC", [])])


def list_page(mails: list[dict[str, Any]], search: str) -> str:
    """All mails, or those that hold a text."""
    wanted = search.casefold()
    rows = []
    shown = 0
    for mail in reversed(mails):
        text = f"{_recipients(mail)} {mail['Subject']} {mail.get('BodyText') or ''}"
        if wanted and wanted not in text.casefold():
            continue
        shown += 1
        rows.append(
            f'<li><a href="/mail?id={urllib.parse.quote(mail["MessageId"], safe="")}">'
            f"<span class=to>{html.escape(_recipients(mail)).replace('@', '<wbr>@')}</span>"
            f"<span class=when>{html.escape(_when(mail))}</span>"
            f"<span class=subject>{html.escape(mail['Subject'])}</span></a></li>"
        )
    if not mails:
        listing = "<p>No mail was sent yet.</p>"
    elif not rows:
        listing = f"<p>None of the {len(mails)} mails has this text.</p>"
    else:
        listing = f"<ul>{''.join(rows)}</ul>"
    count = f"{shown} of {len(mails)}" if wanted else f"{len(mails)}"
    return _page(
        "Mails",
        f"<header><h1>Mails <span class=soft>{count}</span></h1>"
        f'<form role=search><input type=search name=q aria-label="Search mails" placeholder="Search address or text" '
        f'value="{html.escape(search, quote=True)}"></form></header><main>{listing}</main>',
    )


def mail_page(mail: dict[str, Any]) -> str:
    """One mail: who, when, what it looks like, and its plain text."""
    identity = urllib.parse.quote(mail["MessageId"], safe="")
    text = mail.get("BodyText") or "This mail has no plain text."
    facts = [("To", _recipients(mail)), ("From", mail["Source"]), ("Sent", _when(mail))]
    listed = "".join(f"<dt>{name}</dt><dd>{html.escape(value)}</dd>" for name, value in facts)
    shown = (
        '<iframe title="The mail as HTML" sandbox="allow-popups allow-popups-to-escape-sandbox" '
        f'src="/html?id={identity}"></iframe>'
        if mail.get("BodyHtml")
        else "<p>This mail has no HTML part.</p>"
    )
    return _page(
        mail["Subject"],
        f'<header><a href="/">← Mails</a></header><main><h1>{html.escape(mail["Subject"])}</h1><dl>{listed}</dl>'
        f"{shown}<h2>Plain text</h2><pre>{html.escape(text)}</pre></main>",
    )


def mail_html(mail: dict[str, Any]) -> str:
    """The mail's own HTML, links opening apart from the frame."""
    text = mail.get("BodyHtml") or ""
    base = '<base target="_blank">'
    marked, count = re.subn(r"(<head[^>]*>)", lambda head: head[1] + base, text, count=1, flags=re.IGNORECASE)
    return marked if count else base + text


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers three pages; there is nothing to change, so only GET."""

    server: MailServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:  # noqa: N802 - the name is http.server's
        parts = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(parts.query))
        if self.headers.get("Host") not in self.server.names:
            self._answer(421, _page("Elsewhere", "<p>This address is not served here.</p>"))
        elif parts.path == "/ready":
            self._answer(200, "ready")
        elif parts.path == "/":
            self._answer(200, list_page(sent_mails(self.server.cloud), query.get("q", "")))
        elif parts.path in ("/mail", "/html"):
            mail = self._mail(query.get("id", ""))
            if mail is None:
                self._answer(404, _page("Not found", '<p>There is no such mail. <a href="/">All mails</a></p>'))
            elif parts.path == "/mail":
                self._answer(200, mail_page(mail))
            else:
                self._answer(200, mail_html(mail), _MAIL_POLICY)
        else:
            self._answer(404, _page("Not found", '<p>Nothing is here. <a href="/">All mails</a></p>'))

    def _mail(self, identity: str) -> dict[str, Any] | None:
        return next((mail for mail in sent_mails(self.server.cloud) if mail["MessageId"] == identity), None)

    def _answer(self, status: int, text: str, policy: str = _PAGE_POLICY) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", policy)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Says nothing: addresses and search words are nobody's business."""


class MailServer(http.server.ThreadingHTTPServer):
    """Listens on loopback only."""

    daemon_threads = True

    def __init__(self, port: int, cloud: str) -> None:
        super().__init__((HOST, port), Handler)
        self.cloud = cloud
        self.names = {f"{name}:{self.server_port}" for name in (HOST, "localhost")}


def main() -> int:
    parser = argparse.ArgumentParser(description="Shows the mails of a local cloud.")
    parser.add_argument("--cloud", required=True, help="address of the local cloud")
    parser.add_argument("--port", required=True, type=int, help="loopback port to listen on")
    arguments = parser.parse_args()
    MailServer(arguments.port, arguments.cloud).serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
