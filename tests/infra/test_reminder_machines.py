"""The state machines that look at everybody: the reminder run, and the review after changed rules."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from asl import HISTORY, Run, TaskFailed
from bounds import DUE, PAGE, PAYLOAD, SHARDS

from guildhall_local import prices


class Company:
    """Stand-ins for the tasks: how much is due in each shard, and what goes wrong."""

    def __init__(self, people: dict[int, int], boxes: dict[int, int], page: int = PAGE) -> None:
        self.due = {"remind-people": people, "digest-boxes": boxes}
        self.page = page
        self.broken: set[int] = set()
        self.exhausted: set[int] = set()
        self.stutter = 0  # how often each task fails before it works
        self.answered: dict[str, list[dict[str, Any]]] = {}
        self._failures = 0

    def __call__(self, resource: str, parameters: dict[str, Any]) -> Any:
        assert resource == "arn:aws:states:::lambda:invoke"
        given = parameters["Payload"]
        if self._failures < self.stutter:
            self._failures += 1
            raise TaskFailed("Task.Retryable")
        self._failures = 0
        answer = getattr(self, given["task"].replace("-", "_"))(given)
        self.answered.setdefault(given["task"], []).append(given)
        # What Lambda adds, and a little more than we asked for: neither may travel.
        return {"StatusCode": 200, "SdkHttpMetadata": {"x": "y" * 500}, "Payload": {**answer, "surplus": "z" * 500}}

    def select_due(self, given):
        return {
            "at": given["at"],
            "until": given["at"],
            "run": given["run"],
            "shards": sorted(self.due["remind-people"]),
            "box_shards": sorted(self.due["digest-boxes"]),
        }

    def _one_page(self, given):
        if given["shard"] in self.broken:
            raise TaskFailed("Task.Permanent")
        total = self.due[given["task"]][given["shard"]]
        begun = int((given["cursor"] or "0").partition("#")[0])
        done = min(self.page, total - begun)
        # A cursor is as long as the real one: an instant and an id.
        more = begun + done < total
        cursor = f"{begun + done}#2026-01-01T08:00:00.000000Z#01890a5d-ac96-774b-bcce-b302099a8057" if more else None
        return cursor, done

    def remind_people(self, given):
        cursor, done = self._one_page(given)
        exhausted = given["shard"] in self.exhausted
        counts = {"people": done, "mails": done, "became_overdue": 1, "failed": 0}
        return {"cursor": cursor, **counts, "budget_exhausted": exhausted}

    def digest_boxes(self, given):
        cursor, done = self._one_page(given)
        return {"cursor": cursor, "boxes": done, "mails": done, "failed": 0}

    def finish_run(self, given):
        both = given["people"] + given["boxes"]
        return {
            "run": given["run"],
            "people": sum(one["people"] for one in given["people"]),
            "mails": sum(one["mails"] for one in both),
            "failed": sum(one["failed"] for one in both),
        }


SCHEDULED = {"at": "2026-01-01T08:00:00Z", "ignore_send_hour": False}


def spread(total: int) -> dict[int, int]:
    return dict.fromkeys(range(SHARDS), total // SHARDS)


def test_a_run_reminds_everyone_and_returns_totals(reminders):
    company = Company({0: 60, 5: 1}, {3: 30})
    run = Run(company)
    totals = run.start(reminders, SCHEDULED)
    assert {name: totals[name] for name in ("people", "mails", "failed")} == {"people": 61, "mails": 91, "failed": 0}
    assert len(totals["run"]) == 36
    assert {given["run"] for asked in company.answered.values() for given in asked} == {totals["run"]}


def transitions(reminders, people: dict[int, int], boxes: dict[int, int]) -> tuple[int, int]:
    """What a run takes: transitions and task calls."""
    run = Run(company := Company(people, boxes, page=100))
    run.start(reminders, SCHEDULED)
    return run.transitions, sum(map(len, company.answered.values()))


def test_transitions_are_those_that_are_paid_for(reminders):
    assert transitions(reminders, {}, {}) == (prices.TRANSITIONS_OF_AN_IDLE_RUN, prices.TASKS_OF_A_RUN)
    idle = prices.TRANSITIONS_OF_AN_IDLE_RUN
    assert transitions(reminders, {0: 1}, {})[0] - idle == prices.TRANSITIONS_OF_A_PAGE
    assert transitions(reminders, {0: 301}, {})[0] - idle <= 4 * prices.TRANSITIONS_OF_A_PAGE
    # 500 due over all shards are one page each, however many people there are; every box shard is asked then.
    due = transitions(reminders, spread(512), dict.fromkeys(range(SHARDS), 1))
    calls = prices.measured()[f"{prices.MEASURED_RUN}: task calls"].requests
    assert due == (prices.TRANSITIONS_OF_THE_MEASURED_RUN, calls + 1)


def test_a_run_asked_for_by_hand_keeps_its_id(reminders):
    totals = Run(Company({}, {})).start(reminders, {**SCHEDULED, "run": "01890a5d-ac96-774b-bcce-b302099a8057"})
    assert totals["run"] == "01890a5d-ac96-774b-bcce-b302099a8057"


def test_nothing_due_is_a_run_like_any_other(reminders):
    assert Run(Company({}, {})).start(reminders, SCHEDULED)["people"] == 0


def test_a_broken_shard_stops_no_other_and_is_counted(reminders):
    company = Company({0: 60, 1: 60, 2: 60}, {0: 10, 1: 10})
    company.broken = {1}
    run = Run(company)
    with pytest.raises(TaskFailed, match="Task.Permanent"):
        run.start(reminders, SCHEDULED)
    finished = company.answered["finish-run"][0]
    assert [one["people"] for one in finished["people"]] == [60, 0, 60]
    assert [one["failed"] for one in finished["people"]] == [0, 1, 0]
    assert [one["failed"] for one in finished["boxes"]] == [0, 1]


def test_a_shard_whose_budget_is_spent_stops_early(reminders):
    company = Company({0: 60, 1: 60}, {})
    company.exhausted = {1}
    assert Run(company).start(reminders, SCHEDULED)["people"] == 60 + PAGE


def test_a_passing_fault_is_repeated(reminders):
    company = Company({0: 60}, {0: 10})
    company.stutter = 3
    assert Run(company).start(reminders, SCHEDULED)["people"] == 60


@pytest.mark.parametrize("people", [spread(DUE), {0: DUE}], ids=["spread", "all in one shard"])
def test_history_and_payload_hold_at_20_000_due(reminders, people):
    # As many boxes as people is more than there can be.
    run = Run(Company(people, dict(people)))
    run.start(reminders, SCHEDULED)
    assert run.events < HISTORY
    # Each page may fail once and be repeated.
    pages = 2 * (DUE // PAGE + SHARDS)
    assert run.events + 3 * pages < HISTORY
    assert run.payload < PAYLOAD // 16


def test_only_counts_cursors_and_ids_travel(reminders):
    run = Run(Company({0: 60, 1: 60}, {0: 10}))
    run.start(reminders, SCHEDULED)
    between_states = [data for data in run.seen if not (isinstance(data, dict) and "Payload" in data)]
    assert not [data for data in between_states if "surplus" in json.dumps(data) or "SdkHttp" in json.dumps(data)]


class Everybody:
    """Stand-in for the pages of a review: how many there are in each shard, and how many people fail on each."""

    def __init__(self, pages: int, failing: int = 0, stutter: int = 0) -> None:
        self.pages = pages
        self.failing = failing
        self.stutter = stutter
        self.asked: list[Any] = []
        self._failures = 0

    def __call__(self, resource: str, parameters: dict[str, Any]) -> Any:
        given = parameters["Payload"]
        if self._failures < self.stutter:
            self._failures += 1
            raise TaskFailed("Task.Retryable")
        self._failures = 0
        assert given["task"] == "review-people" and given["review"] == "execution"
        shard, page = (given["cursor"] or {"shard": 0})["shard"], (given["cursor"] or {}).get("page", 0)
        self.asked.append((shard, page))
        following = {"shard": shard, "page": page + 1} if page + 1 < self.pages else {"shard": shard + 1, "page": 0}
        last = following["shard"] == SHARDS
        counts = {"people": PAGE, "changed": 1, "failed": self.failing}
        return {"StatusCode": 200, "Payload": {"cursor": None if last else following, **counts, "surplus": "z" * 500}}


def test_a_review_looks_at_every_page_of_every_shard_once(review):
    everybody = Everybody(3, stutter=2)
    totals = Run(everybody).start(review, {})["total"]
    assert everybody.asked == [(shard, page) for shard in range(SHARDS) for page in range(3)]
    assert totals == {"people": 3 * SHARDS * PAGE, "changed": 3 * SHARDS, "failed": 0}


def test_a_review_that_left_somebody_out_says_so_after_everybody_else(review):
    everybody = Everybody(2, failing=1)
    with pytest.raises(TaskFailed, match="Task.Permanent"):
        Run(everybody).start(review, {})
    assert len(everybody.asked) == 2 * SHARDS


def test_a_review_holds_at_20_000_people(review):
    run = Run(Everybody(DUE // PAGE // SHARDS))
    run.start(review, {})
    assert 2 * run.events < HISTORY and run.payload < PAYLOAD // 16


def test_a_review_waits_for_the_changes_of_its_minute(review, rust, template):
    """Its name is a minute: whatever was recorded in it is written, and no settings from before it are kept."""
    assert "div_euclid(60)" in rust["functions/reactions/src/lib.rs"]
    kept = re.search(
        r"const KEPT: SignedDuration = SignedDuration::from_secs\((\d+)\)", rust["shared/gateways/src/settings.rs"]
    )
    slowest = template.of("AWS::Lambda::Function")["TrainingApi"]["Timeout"]
    assert kept and review["States"]["Settle"]["Seconds"] >= 60 + slowest + int(kept[1])


def test_everything_that_is_reacted_to_is_brought_to_the_queue(rust, template):
    """The rule and the code name the same events, so that neither waits for the other in vain."""
    code = rust["functions/reactions/src/lib.rs"].split("fn react(")[1].split("\nfn ")[0]
    constants = dict(re.findall(r'pub const (\w+): &str = "([\w.]+)";', rust["shared/training/src/events.rs"]))
    reacted = set(re.findall(r'"(directory\.\w+)"', code)) | {
        constants[name] for name in re.findall(r"events::(\w+)", code)
    }
    reacted |= {"program.settings_changed"} if "PROGRAM_SETTINGS_CHANGED" in code else set()
    pattern = template.of("AWS::Events::Rule")["DirectoryEvents"]["EventPattern"]
    assert set(pattern["detail-type"]) == reacted
    assert set(pattern["source"]) == {f"guildhall.{kind.partition('.')[0]}" for kind in reacted}
