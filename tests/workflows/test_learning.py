"""One learner over the years: hired, planned for, tested before and after the first course, known to be competent,
reminded when that runs out, and tested again.

The story begins three years ago and ends today, so the clock is never ahead: reminders go out today only, and to nobody
for a day that is still to come. While the clock is back, nothing may look at anybody but the learner; what would is
ended or waited for before. The learner is forgotten at the end.
"""

from __future__ import annotations

import contextlib
import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from guildhall_local import cloud, quiet, reminders
from guildhall_local.api import Answer, Api
from guildhall_local.deploy import client, resources
from guildhall_local.identity import Pool

LIMIT = 90
HIRED = 1080
"""Days ago. Threat modelling is valid for 36 months, 1095 or 1096 days: its last valid day is two weeks away."""
REFRESHED = 100
"""Days ago: the other course of the path that lapses was done again, long before anything of this story ends."""
AREA = "threat-modelling"
PATH = ("tm-101", "review", "risk-140", "priv-120")
"""What the path of the role `product` requires in the example."""


def running(stack, *machines: str) -> list[dict[str, Any]]:
    """The running executions of the stack's state machines, or of those of these names in the template."""
    states = client("stepfunctions", stack.port)
    all_machines = [it for it in resources(stack.port) if it["type"].endswith("::StateMachine")]
    wanted = [it["physical"] for it in all_machines if not machines or it["logical"] in machines]
    assert wanted
    return [
        execution
        for machine in wanted
        for execution in states.list_executions(stateMachineArn=machine, statusFilter="RUNNING")["executions"]
    ]


def end(stack, execution: dict[str, Any]) -> None:
    """Ends an execution, unless it has ended meanwhile."""
    states = client("stepfunctions", stack.port)
    with contextlib.suppress(states.exceptions.ValidationException, states.exceptions.ExecutionDoesNotExist):
        states.stop_execution(executionArn=execution["executionArn"])


def nobody_is_looked_at(stack) -> None:
    """Returns once no machine is about to look at everybody. A review waits some minutes for further changes before it
    begins: those that wait are ended, for `test_machines` reviews everybody anyway; one at work is waited for."""
    quiet.wait(stack.port)
    states = client("stepfunctions", stack.port)
    limit = time.monotonic() + LIMIT
    while found := running(stack, "TrainingReview", "TrainingRebuild", "TrainingReminders"):
        for execution in found:
            arn = execution["executionArn"]
            last = states.get_execution_history(executionArn=arn, reverseOrder=True, maxResults=1)["events"]
            if last and last[0]["type"] == "WaitStateEntered":
                end(stack, execution)
        if time.monotonic() > limit:
            pytest.fail(f"still at work after {LIMIT} s: {[it['name'] for it in found]}")
        time.sleep(0.2)
    quiet.wait(stack.port)


@contextlib.contextmanager
def days_ago(clock: Path, days: int) -> Iterator[None]:
    """While it lasts, the program lives some days back."""
    fresh = clock.with_suffix(".new")
    fresh.write_text(json.dumps({"offset_seconds": -days * 86_400}))
    fresh.replace(clock)
    try:
        yield
    finally:
        clock.unlink()


@dataclass
class Learner:
    """The learner, and the API as they see it."""

    person_id: str
    email: str
    api: Api

    @property
    def path(self) -> str:
        return f"/training/people/{self.person_id}"

    def accompanied(self, stack) -> list[dict[str, Any]]:
        """The executions that are about this person: they are named after them."""
        return [it for it in running(stack) if self.person_id.replace("-", "") in it["name"]]


@pytest.fixture
def forgotten_afterwards(stack, api) -> Iterator[list[Learner]]:
    """Who is put in here is erased at the end, and nothing goes on waiting for them."""
    people: list[Learner] = []
    yield people
    for learner in people:
        for execution in learner.accompanied(stack):
            end(stack, execution)
        api.call("POST", f"/directory/people/{learner.person_id}/erasure")
    quiet.wait(stack.port)


def hire(stack, api: Api, start: date, hired: list[Learner]) -> Learner:
    """A new product manager, by the program lead, who can sign in."""
    tag = uuid.uuid4().hex[:10]
    person = {"email": f"joiner.{tag}@example.com", "name": f"Joiner {tag}", "job_role": "product", "country": "DE"}
    person |= {"time_zone": "Etc/UTC", "start": str(start), "manager_id": stack.accounts["manager"]["person"]}
    person_id = api.call("POST", "/directory/people", person).body["person_id"]
    pool = Pool(stack.port, stack.outputs)
    learner = Learner(person_id, person["email"], Api(stack.api_url, ""))
    hired.append(learner)
    subject = pool.ensure_user(learner.email)
    path = f"/directory/people/{person_id}"
    etag = api.call("GET", path).headers["etag"]
    api.call("PUT", f"{path}/subject", {"issuer": pool.issuer, "subject": subject}, etag=etag)
    learner.api = Api(stack.api_url, pool.person_token(learner.email))
    quiet.wait(stack.port)
    # Machines wait by the real time, by which everything of the learner's first months has long come: one that asks the
    # program when to ask again would ask every minute while the program is years back.
    for execution in learner.accompanied(stack):
        end(stack, execution)
    return learner


def of_course(found: list[dict[str, Any]], course: str) -> list[dict[str, Any]]:
    return [it for it in found if it["course_id"] == course]


def start(learner: Learner, code: str) -> dict[str, Any]:
    """Starts an attempt at an assessment, and looks at what the learner is shown."""
    (assessment,) = (it for it in learner.api.pages("/training/assessments") if it["code"] == code)
    taken = learner.api.call("POST", f"{learner.path}/attempts", {"assessment_id": assessment["id"]}).body
    assert taken["attempt"]["state"] == "open" and taken["answered"] is None
    assert len(taken["form"]) == sum(section["questions"] for section in assessment["sections"])
    for question in taken["form"]:
        # What could tell what is right is no part of it: neither the key nor the authors' codes of options.
        assert set(question) == {"number", "question_id", "area", "kind", "text", "options"}
        assert all(set(option) == {"number", "text"} for option in question["options"])
        kept = f"/training/questions/{question['question_id']}"
        assert learner.api.call("GET", kept, accept=(404,)).status == 404
    assert learner.api.call("GET", "/training/questions", accept=(404,)).status == 404
    return taken


def hand_in(learner: Learner, taken: dict[str, Any], answers: list[dict[str, Any]]) -> dict[str, Any]:
    """Hands an attempt in; returns what came of it."""
    path = f"{learner.path}/attempts/{taken['attempt']['id']}/submission"
    done = learner.api.call("POST", path, {"answers": answers}).body
    assert done["form"] is None
    result = done["attempt"]["result"]
    assert done["attempts_left"] == (0 if result["passed"] else done["attempt"]["attempts"] - done["attempt"]["number"])
    if done["attempts_left"] or done["attempt"]["purpose"] == "pre":
        # What is told of a question would help in the next attempt, or in the test after the course.
        assert done["answered"] is None
    else:
        assert all(set(it) == {"question_id", "right", "explanation"} for it in done["answered"])
        assert [it["question_id"] for it in done["answered"]] == [it["question_id"] for it in taken["form"]]
    return result


def solved(api: Api, form: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the authors of the questions know to be right, as the form numbers it."""
    answers = []
    for shown in form:
        question = api.get(f"/training/questions/{shown['question_id']}")
        answer: dict[str, Any] = {"question_id": shown["question_id"]}
        if question["kind"] == "short_text":
            answer["text"] = question["accepted"][0]
        else:
            texts = {option["id"]: option["text"] for option in question["options"]}
            numbers = {option["text"]: option["number"] for option in shown["options"]}
            answer["options"] = [numbers[texts[code]] for code in question["right"]]
        answers.append(answer)
    return answers


def competency(learner: Learner, **query: str) -> dict[str, Any]:
    """What is known of the learner in the area of the course."""
    areas = learner.api.get(f"{learner.path}/competencies", **query)["areas"]
    (found,) = (it for it in areas if it["area"] == AREA)
    assert found["state"] == "measured"
    assert found["latest"] == found["history"][-1]
    return found


def counted(api: Api, course: str) -> tuple[int, int]:
    """How many pairs of scores and how much feedback the program counted for a course."""
    figures = api.get(f"/training/courses/{course}/effectiveness")["figures"]
    return figures["learning"]["pairs"], figures["reaction"]["answers"]


def recorded(api: Api, learner: Learner, course: str, day: date) -> None:
    """The learner was there, says the program lead."""
    body = {"date": str(day), "people": [learner.person_id]}
    assert api.call("POST", f"/training/courses/{course}/roster", body).body["recorded"] == [learner.person_id]


def told(stack, learner: Learner) -> list[dict[str, Any]]:
    """Every mail that reached the learner, oldest first."""
    return [mail for mail in cloud.sent_mails(stack.endpoint) if learner.email in mail["To"]]


def is_planned(api: Api, learner: Learner, courses: dict[str, str], today: date) -> None:
    """The plan has what the path requires, threat modelling first."""
    asked = [it for it in api.get(learner.path)["assignments"] if it["required"]]
    due = {it["course_id"]: date.fromisoformat(it["due"]) for it in asked}
    assert {it["status"] for it in asked} == {"open"}
    assert set(due) == {courses[code] for code in PATH}
    first = due[courses["tm-101"]]
    assert first == min(due.values()) and first <= today + timedelta(days=30)
    assert today + timedelta(days=14) <= first and max(due.values()) <= today + timedelta(days=90)

    own, seen = (reader.get(f"{learner.path}/plan") for reader in (learner.api, api))
    required = [it["course_id"] for it in own["entries"] if it["required"]]
    assert required[0] == courses["tm-101"] and sorted(required) == sorted(due)
    assert own["entries"][0]["why"]["reason"] == "threat_modelling"
    # What is to be reached is the learner's to know.
    assert AREA in {goal["area"] for goal in own["goals"]} and seen["goals"] is None


def is_theirs_alone(stack, learner: Learner) -> None:
    """Scores and what follows from them: the manager and whoever runs the program know that they are there, colleagues
    do not."""
    (attempt, *_) = learner.api.pages(f"{learner.path}/attempts")
    own = [f"{learner.path}/{part}" for part in ("competencies", "gaps", "attempts", f"attempts/{attempt['id']}")]
    pool = Pool(stack.port, stack.outputs)
    expected = {"manager": 403, "security": 403, "program-admin": 403, "team-lead": 404, "other-builder": 404}
    for role, status in expected.items():
        other = Api(stack.api_url, pool.person_token(stack.accounts[role]["email"]))
        for path in own:
            assert other.call("GET", path, accept=(status,)).status == status, (role, path)
        file = other.call("GET", learner.path, accept=(404,))
        assert file.status == (200 if status == 403 else 404), role
        assert "score" not in json.dumps(file.body), role
    assert all(learner.api.call("GET", path).status == 200 for path in own)


def certificates(learner: Learner) -> list[dict[str, Any]]:
    """What the learner was awarded for the path, oldest first."""
    found = learner.api.get(f"{learner.path}/certificates")["certificates"]
    assert all((it["kind"], it["job_role"]) == ("path", "product") for it in found)
    return sorted(found, key=lambda it: it["issued_on"])


def test_a_learner_proves_it_is_reminded_years_later_and_proves_it_again(
    stack, stack_file, api, forgotten_afterwards
) -> None:
    today = datetime.now(timezone.utc).date()
    hired_on, refreshed_on = today - timedelta(days=HIRED), today - timedelta(days=REFRESHED)
    courses, clock = stack.courses, stack_file.parent / "clock.json"
    first = courses["tm-101"]
    title = api.get(f"/training/courses/{first}")["title"]
    pairs, answers = counted(api, first)
    nobody_is_looked_at(stack)

    with days_ago(clock, HIRED):
        learner = hire(stack, api, hired_on, forgotten_afterwards)
        assert learner.api.get("/directory/me")["person"]["person_id"] == learner.person_id
        is_planned(api, learner, courses, hired_on)

        # Before the course: nothing is known yet, and nothing is answered.
        before = start(learner, "tm-101-pre")
        result = hand_in(learner, before, [])
        assert (result["score"], result["passed"]) == (0, False)
        assert competency(learner)["latest"]["level"] == "novice"
        (asked,) = of_course(learner.api.get(learner.path)["assignments"], first)
        assert asked["status"] == "open"
        quiet.wait(stack.port)

        # After it: the passed test is the completion.
        taken = start(learner, "tm-101-post")
        result = hand_in(learner, taken, solved(api, taken["form"]))
        assert (result["score"], result["passed"]) == (100, True)
        by_now = learner.api.get(f"{learner.path}/attempts/{before['attempt']['id']}")["answered"]
        assert [it["right"] for it in by_now] == [False] * len(before["form"]), "now it gives nothing away"
        quiet.wait(stack.port)
        file = learner.api.get(learner.path)
        (asked,) = of_course(file["assignments"], first)
        (done,) = of_course(file["completions"], first)
        assert (asked["status"], asked["completed_on"]) == ("completed", str(hired_on))
        assert (done["source"], done["counts"], done["waiting"]) == ("test", True, False)
        ends_on = date.fromisoformat(done["valid_until"])
        assert today < ends_on < today + timedelta(days=30)

        known = competency(learner)
        assert (known["latest"]["score"], known["latest"]["level"]) == (100, "expert")
        assert known["latest"]["source"] == {"kind": "assessment", "attempt_id": taken["attempt"]["id"]}
        assert [it["score"] for it in known["history"]] == [0, 100]
        missing = {gap["area"]: gap for gap in learner.api.get(f"{learner.path}/gaps")["gaps"]}
        assert AREA not in missing
        assert missing["risk"]["standing"] == {"state": "insufficient_data"}
        assert courses["risk-140"] in missing["risk"]["course_ids"]

        # What they think of it is counted, once.
        feedback = f"/training/courses/{first}/feedback"
        pulse = {"completion_id": done["id"], "relevance": 5, "quality": 4, "confidence": 4, "comment": "More drawing"}
        learner.api.call("POST", feedback, pulse)
        again: Answer = learner.api.call("POST", feedback, pulse, accept=(409,))
        assert (again.status, again.body["code"]) == (409, "feedback_given")
        assert [it["comment"] for it in learner.api.get(feedback)["own"]] == ["More drawing"]
        assert counted(api, first) == (pairs + 1, answers + 1)

        # The rest of the path, by roster.
        for code in PATH[1:]:
            recorded(api, learner, courses[code], hired_on)
        quiet.wait(stack.port)
        standing = learner.api.get(learner.path)["standing"]
        assert (standing["clear"], standing["required"], standing["valid"]) == (True, 4, 4)
        (award,) = certificates(learner)
        assert (award["state"], award["issued_on"]) == ("awarded", str(hired_on))

    with days_ago(clock, REFRESHED):
        recorded(api, learner, courses["priv-120"], refreshed_on)
        quiet.wait(stack.port)
        assert len(of_course(learner.api.get(learner.path)["assignments"], first)) == 1, "there is time yet"
        assert [it["state"] for it in certificates(learner)] == ["lapsed", "awarded"]

    # Today: the proof ends in two weeks, its next round opens, and the learner is told.
    is_theirs_alone(stack, learner)
    before = told(stack, learner)
    reminders.run(api, stack.port, "Reminder run three years later")
    old, new = sorted(of_course(learner.api.get(learner.path)["assignments"], first), key=lambda it: it["round"])
    assert (old["status"], old["completed_on"]) == ("completed", str(hired_on))
    assert (new["status"], new["reason"], new["assigned_on"]) == ("open", "recertification", str(today))
    assert ends_on <= date.fromisoformat(new["due"])
    (mail,) = told(stack, learner)[len(before) :]
    assert title in mail["BodyText"] and title.split("?")[0] in mail["BodyHtml"]
    assert "/training/links/" in mail["BodyText"]
    # With it they are asked for what nobody asked of them before, and see where to start it.
    asked = [it for it in learner.api.get(f"{learner.path}/dashboard")["next"] if it["kind"] == "take"]
    assert {it["purpose"] for it in asked} == {"initial", "quarterly", "annual"}
    assert {it["start"] for it in asked} == {f"{learner.path}/attempts"}
    # One digest asks for three; where other tests are published too, the others wait a day.
    named = [it for it in asked if it["title"] in mail["BodyText"] and it["title"] in mail["BodyHtml"]]
    assert len(named) >= 3
    assert certificates(learner)[-1]["expires_on"] == str(ends_on)
    assert learner.accompanied(stack), "a certificate that ends soon is looked after"

    # The same test, passed again: nothing that was is lost.
    taken = start(learner, "tm-101-post")
    result = hand_in(learner, taken, solved(api, taken["form"]))
    assert (result["passed"], taken["attempt"]["number"]) == (True, 1)
    quiet.wait(stack.port)
    file = learner.api.get(learner.path)
    rounds = sorted(of_course(file["assignments"], first), key=lambda it: it["round"])
    assert [(it["status"], it["completed_on"]) for it in rounds] == [
        ("completed", str(hired_on)),
        ("completed", str(today)),
    ]
    proofs = sorted(of_course(file["completions"], first), key=lambda it: it["completed_on"])
    assert [(it["completed_on"], it["counts"]) for it in proofs] == [(str(hired_on), True), (str(today), True)]
    assert [it["valid_until"] for it in proofs][0] == str(ends_on) < proofs[1]["valid_until"]
    assert (file["standing"]["clear"], file["standing"]["valid"]) == (True, 4)
    assert [it["score"] for it in competency(learner)["history"]] == [0, 100, 100]
    then = competency(learner, as_of=str(today - timedelta(days=1)))
    assert (then["latest"]["on"], len(then["history"])) == (str(hired_on), 2)
    lapsed, renewed, awarded = certificates(learner)
    assert [it["state"] for it in (lapsed, renewed, awarded)] == ["lapsed", "renewed", "awarded"]
    assert (renewed["renewed_by"], awarded["renews"], awarded["counts"]) == (awarded["id"], renewed["id"], True)
    assert counted(api, first) == (pairs + 1, answers + 1), "a person is one pair"

    # And nobody is told once more.
    reminders.run(api, stack.port, "Reminder run after the second proof")
    assert len(told(stack, learner)) == len(before) + 1
