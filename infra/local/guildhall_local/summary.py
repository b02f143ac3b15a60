"""What `make run` tells at its end: who was mailed what and why, what managers were told, how teams stand, and where
to look next. Names and figures come through the public API; why a mail was written is read from the table itself, as
only the program's own operator can.
"""

from __future__ import annotations

import datetime
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from .api import Api
from .deploy import client
from .say import bold, dim, heading, line, table
from .stack import Stack

_DAYS_BACK = 8
_READ = TypeDeserializer()


def show(api: Api, stack: Stack) -> None:
    """Prints the whole summary."""
    people = {person["person_id"]: person["name"] for person in api.pages("/directory/people")}
    teams = sorted(api.pages("/directory/teams"), key=lambda team: team["name"])
    mails = sorted(_mails(stack), key=lambda mail: _name(people, mail["person"]))
    today = [mail for mail in mails if mail["model"]["date"] in _today_somewhere()]
    _learners(today, people)
    _managers(today, people)
    _escalations(today, people, {team["team_id"]: team["name"] for team in teams})
    if earlier := len(mails) - len(today):
        line()
        line(f"  Before today {earlier} mails were sent; all are in the mail box.")
    _standing(api, teams)
    _addresses(stack)


def _mails(stack: Stack) -> list[dict[str, Any]]:
    """Every mail that was written in the last days, with what its template was given."""
    dynamodb = client("dynamodb", stack.port)
    now = datetime.datetime.now(datetime.timezone.utc).date()
    found = []
    for days in range(-1, _DAYS_BACK):
        query = {
            "TableName": stack.tables["program"],
            "IndexName": "list",
            "KeyConditionExpression": "list_pk = :day",
            "ExpressionAttributeValues": {":day": {"S": f"MAIL#DAY#{now - datetime.timedelta(days=days)}"}},
        }
        for page in dynamodb.get_paginator("query").paginate(**query):
            found += [_READ.deserialize(item["body"]) | {"state": item["state"]["S"]} for item in page["Items"]]
    return found


def _today_somewhere() -> set[str]:
    """The dates that it is now anywhere on earth: a mail is dated by its reader's day."""
    now = datetime.datetime.now(datetime.timezone.utc)
    return {(now + datetime.timedelta(hours=hours)).date().isoformat() for hours in (-12, 0, 14)}


def _name(people: dict[str, str], person: str) -> str:
    return people.get(person, "someone who left")


def _of(mails: list[dict[str, Any]], template: str) -> list[dict[str, Any]]:
    return [mail for mail in mails if mail.get("template") == template]


def why(days_left: int) -> str:
    """The rung of the ladder, in words."""
    if days_left > 1:
        return f"due in {days_left} days"
    if days_left >= 0:
        return "due tomorrow" if days_left else "due today"
    return f"overdue for {-days_left} day{'s' if days_left < -1 else ''}"


def _count(number: Any, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _state(mail: dict[str, Any]) -> str:
    """How far a mail got, where it was not simply sent."""
    return "" if mail["state"] == "sent" else f" [{mail['state']}]"


def _learners(mails: list[dict[str, Any]], people: dict[str, str]) -> None:
    digests = _of(mails, "training-digest")
    heading(f"Who was mailed what, and why ({len(digests)})")
    if not digests:
        line("  nobody: nothing is due on a day of the ladder")
    rows = []
    for mail in digests:
        name = _name(people, mail["person"]) + _state(mail)
        for entry in mail["model"]["lines"]:
            rows.append([name, why(entry["days_left"]), entry["title"]])
            name = ""
    table(rows)


def _managers(mails: list[dict[str, Any]], people: dict[str, str]) -> None:
    digests = _of(mails, "manager-digest")
    heading(f"What managers were told ({len(digests)})")
    if not digests:
        line("  nothing: no report is overdue for 7 days")
    for mail in digests:
        line(f"  {bold(_name(people, mail['person']))}{_state(mail)}")
        rows = []
        for person in mail["model"]["people"]:
            name = _name(people, person["person_id"])
            for course in person["courses"]:
                rows.append([name, f"overdue for {course['days_overdue']} days", course["title"]])
                name = ""
        table(rows, indent="    ")


def _escalations(mails: list[dict[str, Any]], people: dict[str, str], teams: dict[str, str]) -> None:
    digests = _of(mails, "escalation-digest")
    if not digests:
        return
    heading(f"Counts that went further up, without names ({len(digests)})")
    for mail in digests:
        line(f"  {bold(_name(people, mail['person']))}{_state(mail)}")
        rows = [
            [
                teams.get(team["team_id"], "a team"),
                _count(team["people"], "person", "people"),
                _count(team["courses"], "course", "courses"),
                f"longest {team['longest_days_overdue']} days",
            ]
            for team in mail["model"]["teams"]
        ]
        table(rows, indent="    ")


def _standing(api: Api, teams: list[dict[str, Any]]) -> None:
    heading("How teams stand")
    rows = [_standing_row(team["name"], api.get(f"/training/teams/{team['team_id']}")) for team in teams]
    rows.append(_standing_row("The company", api.get("/training/company")))
    table(rows, head=["Team", "compliance", "completion", "people", "judged by"])


def _share(share: dict[str, Any]) -> str:
    """A share in words; what could not be measured is no nought."""
    return f"{share['percent']:.0f} %" if share["state"] == "measured" else "–"


def _standing_row(name: str, standing: dict[str, Any]) -> list[str]:
    judged = {"own": "itself", "department": "its department"}[standing["judged_by"]]
    return [name, _share(standing["compliance"]), _share(standing["completion"]), str(standing["people"]), judged]


def _addresses(stack: Stack) -> None:
    heading("Where to look")
    table([["Mails", stack.mail_url], ["API reference", stack.docs_url], ["API", stack.api_url]])
    line()
    line(f"  {dim('As the manager of a team, ask how your people are getting on:')}")
    line(f'  curl -H "Authorization: Bearer {stack.tokens["manager"]}" "{stack.api_url}/training/reports"')
    line(f"  {dim('Other roles: make token ROLE=program-admin, security, team-lead, builder, service')}")
