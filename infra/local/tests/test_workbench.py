"""The small things a newcomer meets: one clear line for a taken port, words for a rung, links and merges."""

from __future__ import annotations

import socket

import pytest

from guildhall_local import api, checks, cloud, load, summary
from guildhall_local.quiet import is_dead_letter
from guildhall_local.say import Failure
from guildhall_local.stack import Stack


def test_a_taken_port_is_one_clear_line() -> None:
    with socket.socket() as taken:
        taken.bind((cloud.HOST, 0))
        taken.listen()
        with pytest.raises(Failure, match="is taken: choose another with PORT=") as failure:
            cloud.need_ports(taken.getsockname()[1])
    assert "\n" not in str(failure.value)


@pytest.mark.parametrize(
    ("days_left", "words"),
    [
        (30, "due in 30 days"),
        (1, "due tomorrow"),
        (0, "due today"),
        (-1, "overdue for 1 day"),
        (-14, "overdue for 14 days"),
    ],
)
def test_a_rung_in_words(days_left: int, words: str) -> None:
    assert summary.why(days_left) == words


def test_no_name_of_the_persons_own_cloud_reaches_the_functions(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:  # noqa: ANN001
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "real")
    found = cloud.clean_environment(4999, tmp_path)
    assert found["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4999"
    assert "AWS_PROFILE" not in found
    assert "AWS_SESSION_TOKEN" not in found


def test_the_next_page_is_found_in_a_link_header() -> None:
    assert api._next_link('</a?cursor=x>; rel="next"') == "/a?cursor=x"
    assert api._next_link('</a>; rel="prev", </b?c=1>; rel="next"') == "/b?c=1"
    assert api._next_link("") is None


def test_links_of_answers_are_followed_under_our_base() -> None:
    client = api.Api("http://127.0.0.1:1/_aws/execute-api/x/%24default", "token")
    wanted = "http://127.0.0.1:1/_aws/execute-api/x/%24default/directory/imports/1"
    assert client._absolute("/directory/imports/1") == wanted
    assert client._absolute("https://elsewhere.example.com/stage/directory/imports/1") == wanted
    assert client._absolute(wanted) == wanted


def test_settings_resolve_people_and_keep_the_rest() -> None:
    stack = Stack(port=1, region="x", pids={}, people={"ada@example.com": "p1"}, teams={"pay": "t1"})
    wanted = load._resolve({"contacts": ["person:ada@example.com"], "teams": ["team:pay"], "hour": 8}, stack)
    assert wanted == {"contacts": ["p1"], "teams": ["t1"], "hour": 8}
    assert load._merged({"a": {"b": 1, "c": 2}, "d": [1]}, {"a": {"b": 3}, "d": [2]}) == {
        "a": {"b": 3, "c": 2},
        "d": [2],
    }
    with pytest.raises(Failure, match="not among"):
        load._resolve("person:none@example.com", stack)


def test_problems_of_rows_are_printed_with_file_and_line() -> None:
    answer = {"problems": [{"line": 7, "column": "email", "expected": "an e-mail address"}], "problem_count": 3}
    with pytest.raises(Failure, match=r"people\.csv:7: email: expected an e-mail address\n    and 2 more"):
        load._stop_on_problems("people", answer)


def test_every_document_is_asked_by_who_may_do_everything_and_by_who_may_do_little(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path,  # noqa: ANN001
) -> None:
    asked: list[tuple[str, str]] = []

    def status(command: list[object]) -> int:
        words = [str(part) for part in command]
        asked.append((words[2].rpartition("/")[2], words[words.index("--header") + 1]))
        return int(asked[-1] == ("training.json", "Authorization: Bearer builder"))

    monkeypatch.setattr(checks, "status", status)
    (tmp_path / "stack.json").write_text('{"api_url": "u", "tokens": {"program-admin": "admin", "builder": "builder"}}')
    with pytest.raises(Failure, match=r"found problems: training\.json as builder$"):
        checks._schemathesis(tmp_path / "stack.json")
    documents = ("directory.json", "training.json")
    assert asked == [(one, f"Authorization: Bearer {role}") for role in ("admin", "builder") for one in documents]


def test_dead_letter_queues_are_known_by_name() -> None:
    assert is_dead_letter("MailDeadLetters")
    assert not is_dead_letter("MailQueue")
