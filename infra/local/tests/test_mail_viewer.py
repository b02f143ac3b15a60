"""The mail box trusts nothing that a mail says."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator

import pytest

from guildhall_local import mail_viewer

EVIL = "<script>alert(1)</script>"
MAIL = {
    "MessageId": 'a"b/c@local',
    "Source": f"x{EVIL}@example.com",
    "To": [f"ada{EVIL}@example.com"],
    "Subject": f"Due {EVIL}",
    "BodyText": f"Hello {EVIL}",
    "BodyHtml": f'<html><head><title>x</title></head><body>{EVIL}<a href="https://example.com">go</a></body></html>',
    "Timestamp": 1_770_000_000.0,
}


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, int]]:
    monkeypatch.setattr(mail_viewer, "sent_mails", lambda _cloud: [MAIL])
    server = mail_viewer.MailServer(0, "http://127.0.0.1:1")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield "127.0.0.1", server.server_port
    server.shutdown()
    server.server_close()


def get(address: tuple[str, int], path: str, host: str | None = None) -> tuple[http.client.HTTPResponse, str]:
    connection = http.client.HTTPConnection(*address, timeout=5)
    connection.request("GET", path, headers={"Host": host} if host else {})
    answer = connection.getresponse()
    return answer, answer.read().decode()


@pytest.mark.parametrize("path", ["/", "/?q=%3Cscript%3E", "/mail?id=a%22b%2Fc%40local"])
def test_what_a_mail_says_is_escaped(address: tuple[str, int], path: str) -> None:
    answer, text = get(address, path)
    assert answer.status == 200
    assert "<script" not in text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_a_mails_html_runs_in_a_sandbox(address: tuple[str, int]) -> None:
    answer, text = get(address, "/html?id=a%22b%2Fc%40local")
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox ")
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert '<head><base target="_blank">' in text


def test_another_host_name_is_refused(address: tuple[str, int]) -> None:
    assert get(address, "/", host="mails.example.com")[0].status == 421


@pytest.mark.parametrize("path", ["/mail?id=none", "/html", "/elsewhere"])
def test_what_is_not_there_is_not_found(address: tuple[str, int], path: str) -> None:
    assert get(address, path)[0].status == 404


def test_a_search_finds_by_address_and_text() -> None:
    assert "Due" in mail_viewer.list_page([MAIL], "HELLO")
    assert "None of the 1 mails" in mail_viewer.list_page([MAIL], "nothing")
    assert "No mail was sent yet" in mail_viewer.list_page([], "")
