"""Loading a company through the public API, as its program lead would: files in the order in which one needs the other,
each checked by a dry run before it is applied, then settings, then who signs in as whom.

Imports find what is there by natural keys, so loading twice changes nothing.
"""

from __future__ import annotations

import json
from typing import Any

from . import company as companies
from . import guidance, quiet
from .api import Api
from .company import Company
from .deploy import client, physical
from .identity import GROUPS, Pool
from .say import Failure, line, step
from .stack import Stack

_IMPORT_SECONDS = 600
_OUTCOMES = ("created", "changed", "unchanged", "refused")


def first_admin(stack: Stack, company: Company, pool: Pool) -> Api:
    """Makes the first program lead, who then makes everyone else; returns the API as they see it."""
    email = company.sign_ins()["program-admin"]
    name = next((row["name"] for row in company.rows("people") if row["email"] == email), email)
    subject = pool.ensure_user(email, ("program-admin",))
    with step("First program lead"):
        _bootstrap(stack, {"email": email, "name": name, "issuer": pool.issuer, "subject": subject})
    stack.accounts["program-admin"] = {"email": email, "subject": subject}
    return Api(stack.api_url, pool.person_token(email))


def _bootstrap(stack: Stack, person: dict[str, str]) -> None:
    answer = client("lambda", stack.port).invoke(
        FunctionName=physical(stack.port, "DirectoryTasks"),
        Payload=json.dumps({"task": "bootstrap-admin", **person}).encode(),
    )
    said = answer["Payload"].read().decode(errors="replace")
    if answer.get("FunctionError"):
        raise Failure(f"the first program lead could not be made: {said[:400]}")


def everything(api: Api, company: Company, stack: Stack) -> None:
    """Imports every file that is there, and sets what is to be set.

    Settings come first, for they say whether mail leaves the house and when imported work falls due, and functions
    remember them for a minute; what in them names a person or a team follows as soon as those are there.
    """
    settings(api, company, stack, complete=False)
    imports = [(system, kind) for system, kind in companies.KINDS if kind in company.files]
    for system, kind in imports:
        if system == "directory":
            _import(api, system, kind, company.files[kind])
    with step("Waiting until training knows everyone"):
        quiet.wait(stack.port)
    stack.people = {person["email"]: person["person_id"] for person in api.pages("/directory/people")}
    stack.teams = {team["code"]: team["team_id"] for team in api.pages("/directory/teams")}
    settings(api, company, stack, complete=True)
    for system, kind in imports:
        if system == "training":
            _import(api, system, kind, company.files[kind])
    with step("Waiting until everything is counted"):
        quiet.wait(stack.port)
    stack.courses = {course["code"]: course["id"] for course in api.pages("/training/courses")}
    guidance.load(api, company.articles, stack.courses)


def _import(api: Api, system: str, kind: str, text: str) -> None:
    with step(f"{kind}.csv") as current:
        path = f"/{system}/imports"
        current.progress("checking")
        report = api.call("POST", path, {"kind": kind, "dry_run": True, "csv": text}, accept=(422,)).body
        _stop_on_problems(kind, report)
        started = api.call("POST", path, {"kind": kind, "dry_run": False, "csv": text}, accept=(422,))
        _stop_on_problems(kind, started.body)

        def seen(job: dict[str, Any]) -> None:
            total = job["total"]
            current.progress(f"{job['next_row']} of {total}" if total else "starting")

        job = api.follow(started, lambda job: job["state"] != "running", _IMPORT_SECONDS, seen)
        parts = [f"{job['counts'][outcome]} {outcome}" for outcome in _OUTCOMES if job["counts"][outcome]]
        current.progress(", ".join(parts) or job["state"])
        _stop_on_problems(kind, job)
        if job["state"] != "finished":
            raise Failure(f"{kind}.csv: the import ended as {job['state']}")


def _stop_on_problems(kind: str, answer: Any) -> None:
    """Prints what is wrong with which row, and stops."""
    problems = answer.get("problems") or [] if isinstance(answer, dict) else []
    if not problems:
        if isinstance(answer, dict) and answer.get("code"):
            raise Failure(f"{kind}.csv: {answer.get('detail') or answer['code']}")
        return
    shown = [
        f"{kind}.csv:{problem.get('line', '?')}: {problem.get('column') or 'row'}: expected {problem.get('expected')}"
        for problem in problems[:20]
    ]
    count = answer.get("problem_count") or len(problems)
    more = f"\n    and {count - len(shown)} more" if count > len(shown) else ""
    raise Failure(f"{kind}.csv has {count} problem(s):\n    " + "\n    ".join(shown) + more)


def settings(api: Api, company: Company, stack: Stack, *, complete: bool) -> None:
    """Sets what `settings.json` says and leaves everything else as it is."""
    with step("Settings" if complete else "Settings that name nobody"):
        for document in ("program", "training"):
            found = company.settings.get(document, {})
            wanted = {name: value for name, value in found.items() if complete or not _names_someone(value)}
            wanted = _resolve(wanted, stack)
            if wanted:
                api.change(f"/{document}/settings", lambda found, wanted=wanted: _merged(found, wanted))


_REFERENCES = ("person:", "team:")


def _names_someone(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_names_someone, value.values()))
    if isinstance(value, list):
        return any(map(_names_someone, value))
    return isinstance(value, str) and value.startswith(_REFERENCES)


def _resolve(value: Any, stack: Stack) -> Any:
    """Turns `person:<e-mail>` and `team:<code>` into ids."""
    if isinstance(value, dict):
        return {key: _resolve(part, stack) for key, part in value.items()}
    if isinstance(value, list):
        return [_resolve(part, stack) for part in value]
    if isinstance(value, str) and value.startswith(_REFERENCES):
        kind, _, name = value.partition(":")
        known = stack.people if kind == "person" else stack.teams
        if name not in known:
            raise Failure(f"settings.json names {value}, which is not among the company's files")
        return known[name]
    return value


def _merged(found: Any, wanted: Any) -> Any:
    if isinstance(found, dict) and isinstance(wanted, dict):
        return {**found, **{key: _merged(found.get(key), part) for key, part in wanted.items()}}
    return wanted


def sign_ins(api: Api, company: Company, stack: Stack, pool: Pool) -> None:
    """Lets one person of each role sign in, and gets each a token."""
    with step("People who sign in"):
        for role, email in company.sign_ins().items():
            subject = pool.ensure_user(email, (role,) if role in GROUPS else ())
            person = stack.people.get(email)
            if person is None:
                raise Failure(f"settings.json lets {email} sign in as {role}, who is not in people.csv")
            if role != "program-admin":
                path = f"/directory/people/{person}/subject"
                etag = api.call("GET", f"/directory/people/{person}").headers.get("etag")
                api.call("PUT", path, {"issuer": pool.issuer, "subject": subject}, etag=etag)
            stack.accounts[role] = {"email": email, "subject": subject, "person": person}


def tokens(stack: Stack, pool: Pool) -> dict[str, str]:
    """A fresh token for each role, for someone the directory does not know, and for a machine."""
    fresh = {role: pool.person_token(account["email"]) for role, account in stack.accounts.items()}
    stranger = "stranger@example.com"
    pool.ensure_user(stranger)
    fresh["stranger"] = pool.person_token(stranger)
    fresh["service"] = pool.service_token()
    return fresh


def describe(company: Company) -> None:
    """Says what is about to be loaded."""
    counts = {kind: len(company.rows(kind)) for _, kind in companies.KINDS}
    zones = len({row.get("time_zone") for row in company.rows("people")} - {"", None})
    line(
        f"  {company.folder.name}: {counts['people']} people in {counts['teams']} teams and {zones} time zones, "
        f"{counts['workloads']} workloads, {counts['courses']} courses, {len(company.articles)} articles"
    )
