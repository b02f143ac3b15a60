"""What `make run` tells at its end: who was mailed what and why, what managers were told, how teams stand, and where
to look next. Everything is read through the public API; only the mails' texts come from the local mail box."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

from . import cloud
from .api import Api
from .say import bold, dim, heading, line, table
from .stack import Stack

_WIDTH = 100


def show(api: Api, stack: Stack) -> None:
    """Prints the whole summary."""
    people = {person["id"]: person for person in api.pages("/directory/people")}
    teams = sorted(api.pages("/directory/teams"), key=lambda team: team["name"])
    mails = list(_mails_of_today(api))
    _learners(mails, people)
    _managers(mails, people)
    _escalations(mails, people, {team["id"]: team["name"] for team in teams})
    _standing(api, teams)
    _addresses(stack, api)


def _mails_of_today(api: Api) -> Iterable[dict[str, Any]]:
    """Mails of the days that are today somewhere, each once, with what its template was given."""
    seen: set[str] = set()
    now = datetime.datetime.now(datetime.timezone.utc).date()
    for day in (now - datetime.timedelta(days=1), now, now + datetime.timedelta(days=1)):
        for entry in api.pages("/program/mails", day=day.isoformat()):
            mail = api.get(f"/program/mails/{_person_of(entry)}/{_id_of(entry)}")
            if _id_of(entry) not in seen:
                seen.add(_id_of(entry))
                yield {**entry, **mail}


def _person_of(mail: dict[str, Any]) -> str:
    return mail.get("person_id") or mail["person"]


def _id_of(mail: dict[str, Any]) -> str:
    return mail.get("mail_id") or mail.get("id") or mail["mail"]


def _name(people: dict[str, Any], person: str) -> str:
    return people.get(person, {}).get("name", "someone who left")


def _of(mails: list[dict[str, Any]], template: str) -> list[dict[str, Any]]:
    return [mail for mail in mails if mail.get("template") == template]


def why(days_left: int) -> str:
    """The rung of the ladder, in words."""
    if days_left > 1:
        return f"due in {days_left} days"
    if days_left >= 0:
        return "due tomorrow" if days_left else "due today"
    return f"overdue for {-days_left} day{'s' if days_left < -1 else ''}"


def _state(mail: dict[str, Any]) -> str:
    state = mail.get("state")
    word = state.get("state", "") if isinstance(state, dict) else str(state)
    return "" if word == "sent" else f" [{word}]"


def _learners(mails: list[dict[str, Any]], people: dict[str, Any]) -> None:
    digests = _of(mails, "training-digest")
    heading(f"Who was mailed what, and why ({len(digests)})")
    if not digests:
        line("  nobody: nothing is due on a day of the ladder")
    rows = []
    for mail in sorted(digests, key=lambda mail: _name(people, _person_of(mail))):
        name = _name(people, _person_of(mail)) + _state(mail)
        for entry in mail["model"]["lines"]:
            rows.append([name, why(entry["days_left"]), entry["title"]])
            name = ""
    table(rows)


def _managers(mails: list[dict[str, Any]], people: dict[str, Any]) -> None:
    digests = _of(mails, "manager-digest")
    heading(f"What managers were told ({len(digests)})")
    if not digests:
        line("  nothing: no report is overdue for 7 days")
    for mail in sorted(digests, key=lambda mail: _name(people, _person_of(mail))):
        line(f"  {bold(_name(people, _person_of(mail)))}{_state(mail)}")
        rows = []
        for person in mail["model"]["people"]:
            name = _name(people, person["person_id"])
            for course in person["courses"]:
                rows.append([name, f"overdue for {course['days_overdue']} days", course["title"]])
                name = ""
        table(rows, indent="    ")


def _escalations(mails: list[dict[str, Any]], people: dict[str, Any], teams: dict[str, str]) -> None:
    digests = _of(mails, "escalation-digest")
    if not digests:
        return
    heading(f"Counts that went further up, without names ({len(digests)})")
    for mail in sorted(digests, key=lambda mail: _name(people, _person_of(mail))):
        line(f"  {bold(_name(people, _person_of(mail)))}{_state(mail)}")
        rows = [
            [
                teams.get(team["team_id"], "a team"),
                f"{team['people']} people",
                f"{team['courses']} courses",
                f"longest {team['longest_days_overdue']} days",
            ]
            for team in mail["model"]["teams"]
        ]
        table(rows, indent="    ")


def _standing(api: Api, teams: list[dict[str, Any]]) -> None:
    heading("How teams stand")
    rows = [_standing_row(team["name"], api.get(f"/training/teams/{team['id']}")) for team in teams]
    rows.append(_standing_row("The company", api.get("/training/company")))
    table(rows, head=["Team", "compliance", "completion", "people", "judged by"])


def _percent(figure: Any) -> str:
    """A figure of the API in words: a number, an object with a value, or none with its reason."""
    if isinstance(figure, dict):
        figure = figure.get("percent", figure.get("value"))
    return "–" if figure is None else f"{float(figure):.0f} %"


def _standing_row(name: str, standing: dict[str, Any]) -> list[str]:
    counted = standing.get("people", standing.get("counted", ""))
    judged = standing.get("judged_by", "")
    if isinstance(judged, dict):
        judged = judged.get("kind", "")
    compliance, completion = _percent(standing.get("compliance")), _percent(standing.get("completion"))
    return [name, compliance, completion, str(counted), str(judged)]


def _addresses(stack: Stack, api: Api) -> None:
    heading("Where to look")
    table(
        [
            ["Mails", stack.mail_url],
            ["API reference", stack.docs_url],
            ["API", stack.api_url],
            ["For scripts", ".local/stack.json"],
        ]
    )
    manager = stack.accounts.get("manager", {})
    line()
    line(f"  {dim('As a manager, ask for the training of your reports:')}")
    token = "$(make -s token ROLE=manager)"
    line(f'  curl -H "Authorization: Bearer {token}" "{stack.api_url}/training/reports"')
    line()
    line(f"  {dim('The same with the token written out:')}" if manager else "")
    line(f'  curl -H "Authorization: Bearer {stack.tokens["manager"]}" "{stack.api_url}/training/reports"')


def sent_count(stack: Stack) -> int:
    """How many mails left the house so far."""
    return len(cloud.sent_mails(stack.endpoint))
