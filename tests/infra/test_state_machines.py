"""The state machines: what they promise about time, errors, size and each other's names, and how they behave."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from asl import HISTORY, Run, TaskFailed

from guildhall_local import prices

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
RETRIED = {"Task.Retryable"} | PASSING
# An execution is started under a name of its own, so asking twice starts one; that it runs already is the good answer.
STARTED = "StepFunctions.ExecutionAlreadyExistsException"


def states(machine: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, state in machine["States"].items():
        yield name, state
        if "ItemProcessor" in state:
            yield from states(state["ItemProcessor"])


@pytest.fixture(scope="module")
def parsed(machines) -> dict[str, dict[str, Any]]:
    return {name: json.loads(source) for name, source in machines.items()}


@pytest.fixture(scope="module")
def reminders(parsed):
    return parsed["training-reminders.asl.json"]


@pytest.fixture(scope="module")
def imports(parsed):
    return parsed["import-file.asl.json"]


@pytest.fixture(scope="module")
def review(parsed):
    return parsed["training-review.asl.json"]


@pytest.fixture(scope="module")
def rebuild(parsed):
    return parsed["training-rebuild.asl.json"]


def every_state(parsed) -> list[tuple[str, dict[str, Any]]]:
    return [(f"{file}: {name}", state) for file, machine in parsed.items() for name, state in states(machine)]


def test_every_machine_and_every_task_has_an_end_in_time(parsed, template):
    shortest = {name: function["Timeout"] for name, function in template.of("AWS::Lambda::Function").items()}
    longest = max(seconds for name, seconds in shortest.items() if name.endswith("Tasks"))
    for file, machine in parsed.items():
        assert machine["TimeoutSeconds"] > 0, file
    for name, state in every_state(parsed):
        if state["Type"] == "Task":
            assert "TimeoutSeconds" in state, name
            if "lambda" in state["Resource"]:
                assert state["TimeoutSeconds"] > longest, f"{name} gives up before the function does"


def test_a_scheduled_run_ends_before_the_next_begins(reminders, template):
    assert template.of("AWS::Scheduler::Schedule")["HourlyReminders"]["ScheduleExpression"] == "cron(0 * * * ? *)"
    assert reminders["TimeoutSeconds"] < 3600


def test_only_named_errors_are_retried(parsed):
    for name, state in every_state(parsed):
        retries = list(state.get("Retry", []))
        starts = state["Type"] == "Task" and "startExecution" in state["Resource"]
        if starts:
            assert retries.pop(0) == {"ErrorEquals": [STARTED], "MaxAttempts": 0}, name
        for retry in retries:
            assert set(retry["ErrorEquals"]) == ({"States.TaskFailed", "States.Timeout"} if starts else RETRIED), name
            assert retry["MaxAttempts"] <= 5 and retry["BackoffRate"] >= 1.5, name
        assert retries or state["Type"] != "Task", f"{name} gives up at the first throttle"


def test_every_error_name_is_one_that_rust_gives(parsed, rust):
    source = rust["shared/runtime/src/task.rs"]
    given = set(re.findall(r'"(Task\.\w+)"', source.split("#[cfg(test)]")[0]))
    assert given == {"Task.Retryable", "Task.Permanent", "Task.Conflict"}
    named = set()
    for _, state in every_state(parsed):
        named.update(error for rule in state.get("Retry", []) + state.get("Catch", []) for error in rule["ErrorEquals"])
        named.update(error for error in [state.get("Error")] if error)
    ours = {name for name in named if not name.startswith(("States.", "Lambda.", "Sandbox.", "StepFunctions."))}
    assert ours and ours <= given


def test_every_task_asked_for_is_one_that_rust_knows(parsed, template, rust):
    asked = {
        state["Parameters"]["Payload"]["task"]
        for _, state in every_state(parsed)
        if state["Type"] == "Task" and "Payload" in state["Parameters"]
    }
    for schedule in template.of("AWS::Scheduler::Schedule").values():
        asked.update(filter(None, [json.loads(schedule["Target"]["Input"]).get("task")]))
    assert {"sweep", "publish-gauges", "select-due"} <= asked
    source = "".join(text for path, text in rust.items() if path.startswith("functions/"))
    # Either spelt out, or the variant of an enum that serde renames.
    renamed = 'rename_all = "kebab-case"' in source

    def known(name: str) -> bool:
        variant = "".join(word.title() for word in name.split("-"))
        return f'"{name}"' in source or (renamed and re.search(rf"\b{variant}\b", source) is not None)

    assert {name for name in asked if not known(name)} == set()


def test_every_task_is_called_with_exactly_what_it_takes(parsed, rust):
    """Tasks refuse unknown fields, so a difference between the two would fail every call."""
    tasks = "functions/workflow-tasks/src/tasks"
    checked = set()
    for path, source in rust.items():
        variants = re.search(r"\benum Task \{(.*?)\n\}", source, re.DOTALL)
        if not (path.startswith(tasks) and variants):
            continue
        for variant, module, struct in re.findall(r"(\w+)\((?:super::)?(\w+)::(\w+)\)", variants[1]):
            beside = rust.get(path.replace("mod.rs", f"{module}.rs")) or rust[f"{tasks}/{module}.rs"]
            body = re.search(rf"struct {struct} \{{(.*?)\n\}}", beside, re.DOTALL)
            assert body, f"{path}: {struct}"
            fields = set(re.findall(r"^ +(?:pub(?:\([^)]*\))? )?(\w+):", body[1], re.MULTILINE))
            name = re.sub(r"(?<!^)([A-Z])", r"-\1", variant).lower()
            for where, state in every_state(parsed):
                payload = state.get("Parameters", {}).get("Payload", {})
                if payload.get("task") == name:
                    assert {key.removesuffix(".$") for key in payload} - {"task"} == fields, f"{where} and {struct}"
                    checked.add(name)
    assert {"select-due", "remind-people", "digest-boxes", "finish-run", "import-chunk", "import-failed"} <= checked
    assert "review-people" in checked


def test_no_task_returns_a_smaller_page_than_the_bounds_assume(rust):
    source = "".join(text for path, text in rust.items() if path.startswith("functions/workflow-tasks/"))
    pages = [int(size) for size in re.findall(r"const \w*PAGE\w*: \w+ = (\d+);", source)]
    assert pages and min(pages) >= PAGE


def test_substitutions_are_supplied_and_used(machines, template):
    deployed = template.of("AWS::StepFunctions::StateMachine")
    used = set()
    for name, properties in deployed.items():
        file = properties["DefinitionS3Location"]["Key"].rpartition("/")[2]
        used.add(file)
        wanted = set(re.findall(r"\$\{(\w+)\}", machines[file]))
        assert wanted == set(properties["DefinitionSubstitutions"]), name
    assert used == set(machines), "a state machine that nothing deploys"


def test_every_state_is_reached(parsed):
    for file, machine in parsed.items():
        for scope in [machine, *(state["ItemProcessor"] for _, state in states(machine) if "ItemProcessor" in state)]:
            reached, waiting = set(), [scope["StartAt"]]
            while waiting:
                name = waiting.pop()
                if name not in reached:
                    reached.add(name)
                    state = scope["States"][name]
                    rules = state.get("Choices", []) + state.get("Catch", [])
                    after = [state.get("Next"), state.get("Default"), *(rule["Next"] for rule in rules)]
                    waiting += [name for name in after if name]
            assert reached == set(scope["States"]), file


# ---- how the reminder cycle behaves ----


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


# ---- how a review behaves ----


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


# ---- how figures are put right ----


class Ledger:
    """Stand-in for the tasks of a rebuild: how many pages a count has, how often figures turn out unsettled, and how
    often each call fails before it works."""

    def __init__(self, pages: int, unsettled: int = 0, waiting: int = 0, stutter: int = 0) -> None:
        self.pages = pages
        self.unsettled = unsettled
        self.waiting = waiting
        self.stutter = stutter
        self.asked: list[tuple[str, ...]] = []
        self.following: dict[str, Any] | None = None
        self._failures = 0

    def __call__(self, resource: str, parameters: dict[str, Any]) -> Any:
        if resource == "arn:aws:states:::states:startExecution":
            assert parameters["StateMachineArn"] == "arn:self"
            self.following = parameters
            return {"ExecutionArn": "arn", "surplus": "z" * 500}
        if self._failures < self.stutter:
            self._failures += 1
            raise TaskFailed("Task.Retryable")
        self._failures = 0
        given = dict(parameters["Payload"])
        task = given.pop("task")
        if task == "count-standings":
            page = (given["cursor"] or {"page": 0})["page"]
            self.asked.append((given["rebuild"], given["count"], str(page)))
            more = page + 1 < self.pages
            return {"Payload": {"cursor": {"page": page + 1} if more else None, "people": PAGE, "surplus": "z" * 500}}
        self.asked.append((given["rebuild"], task))
        if task == "note-figures":
            self.waiting -= 1
            if self.waiting >= 0:
                raise TaskFailed("Task.Conflict")
            return {"Payload": {"groups": 3}}
        assert task == "correct-figures"
        self.unsettled -= 1
        if self.unsettled >= 0:
            raise TaskFailed("Task.Conflict")
        return {"Payload": {"groups": 3, "corrected": 1}}


def rebuilt(machine: dict[str, Any], ledger: Ledger) -> list[Run]:
    """Every execution of a rebuild, as each starts the next; ends as the last of them ends."""
    runs, name, given = [], "figures", {}
    while True:
        ledger.following = None
        runs.append(Run(ledger, execution=name))
        try:
            runs[-1].start(machine, given)
        except TaskFailed as failed:
            assert failed.name == "Task.Conflict" and ledger.following is None
            runs[-1].failed = True
            return runs
        if ledger.following is None:
            return runs
        name, given = ledger.following["Name"], ledger.following["Input"]


def once(name: str) -> list[tuple[str, ...]]:
    return [
        (name, "first", "0"),
        (name, "first", "1"),
        (name, "note-figures"),
        (name, "second", "0"),
        (name, "second", "1"),
        (name, "correct-figures"),
    ]


def test_figures_are_noted_between_two_counts(rebuild):
    ledger = Ledger(2)
    assert Run(ledger).start(rebuild, {})["total"] == {"groups": 3, "corrected": 1}
    assert ledger.asked == once("execution-1") and ledger.following is None


def test_a_count_that_was_overtaken_starts_again_under_another_name(rebuild):
    ledger = Ledger(2, unsettled=2)
    runs = rebuilt(rebuild, ledger)
    assert ledger.asked == once("figures-1") + once("figures-2") + once("figures-3")
    assert [run.execution for run in runs] == ["figures", "figures-2", "figures-3"]
    ledger = Ledger(2, waiting=1)
    rebuilt(rebuild, ledger)
    assert ledger.asked == once("figures-1")[:3] + once("figures-2")


def test_an_attempt_that_is_already_under_way_is_not_a_failure(rebuild):
    class Twice(Ledger):
        def __call__(self, resource, parameters):
            if resource.endswith("startExecution"):
                raise TaskFailed("StepFunctions.ExecutionAlreadyExistsException")
            return super().__call__(resource, parameters)

    Run(Twice(2, unsettled=1)).start(rebuild, {})


def test_an_attempt_that_could_not_be_started_at_once_is_asked_for_again(rebuild):
    class Busy(Ledger):
        refusals = ["StepFunctions.SfnException", "States.Timeout"]

        def __call__(self, resource, parameters):
            if resource.endswith("startExecution") and self.refusals:
                raise TaskFailed(self.refusals.pop())
            return super().__call__(resource, parameters)

    runs = rebuilt(rebuild, Busy(2, unsettled=1))
    assert [run.execution for run in runs] == ["figures", "figures-2"]


def test_an_attempt_that_cannot_be_handed_over_fails(rebuild):
    class Refused(Ledger):
        def __call__(self, resource, parameters):
            if resource.endswith("startExecution"):
                raise TaskFailed("StepFunctions.StateMachineDeletingException")
            return super().__call__(resource, parameters)

    with pytest.raises(TaskFailed, match="StepFunctions"):
        Run(Refused(2, unsettled=1)).start(rebuild, {})


@pytest.mark.parametrize("stutter", [0, 4], ids=["at once", "at the last try"])
def test_a_rebuild_gives_up_in_the_end_and_holds_at_100_000_people(rebuild, stutter):
    assert all(state.get("Retry", [{"MaxAttempts": 4}])[-1]["MaxAttempts"] == 4 for _, state in states(rebuild))
    runs = rebuilt(rebuild, ledger := Ledger(EVERYBODY // 200 + SHARDS, unsettled=99, stutter=stutter))
    assert [run.execution for run in runs] == ["figures", *(f"figures-{attempt}" for attempt in range(2, 7))]
    assert len({name for name, *_ in ledger.asked}) == 6 and runs[-1].failed
    for run in runs:
        assert run.events < HISTORY and run.payload < PAYLOAD // 16
        assert not any("surplus" in json.dumps(data) for data in run.seen if isinstance(data, dict) and "root" in data)


def test_a_page_of_a_rebuild_is_as_long_as_its_bounds_assume(rust):
    assert "const PAGE: Limit = Limit::MAX;" in rust["shared/training/src/usecases/figures.rs"]
    assert re.search(r"pub const MAX: Self = Self\((\d+)\)", rust["shared/kernel/src/page.rs"])[1] == "200"


def test_a_rebuild_waits_for_indexes_after_each_count(rebuild):
    assert rebuild["States"]["More"]["Choices"][0]["Next"] == "Settle"
    assert rebuild["States"]["Settle"]["Seconds"] >= 60


# ---- how an import behaves ----


class Job:
    """Stand-in for the tasks of one import."""

    def __init__(self, chunks: int, attempts: int = 1, fails_at: int | None = None) -> None:
        self.left = chunks
        self.attempts = attempts
        self.fails_at = fails_at
        self.tried = 0
        self.next_leg: dict[str, Any] | None = None
        self.failed: list[str] = []

    def __call__(self, resource: str, parameters: dict[str, Any]) -> Any:
        if resource == "arn:aws:states:::states:startExecution":
            self.next_leg = parameters
            return {"ExecutionArn": "arn"}
        given = parameters["Payload"]
        if given["task"] == "import-failed":
            self.failed.append(given["job"])
            return {"Payload": None}
        assert given["task"] == "import-chunk"
        if self.left == self.fails_at:
            raise TaskFailed("Task.Permanent")
        self.tried += 1
        if self.tried % self.attempts:
            raise TaskFailed("Task.Retryable")
        self.left -= 1
        return {"Payload": {"done": self.left == 0}}


JOB = {"job": "01890a5d-ac96-774b-bcce-b302099a8057"}


def test_a_small_import_is_one_execution(imports):
    job = Job(3)
    Run(job).start(imports, JOB)
    assert job.left == 0 and job.next_leg is None


def test_a_failed_import_says_so_in_its_job(imports):
    job = Job(9, fails_at=4)
    with pytest.raises(TaskFailed, match="Task.Permanent"):
        Run(job).start(imports, JOB)
    assert job.failed == [JOB["job"]]


@pytest.mark.parametrize("name", sorted(PASSING))
def test_a_worker_that_died_or_was_refused_ends_no_import(imports, name):
    class Dying(Job):
        def __call__(self, resource, parameters):
            self.tried += 1
            if self.tried % 3:
                raise TaskFailed(name)
            self.left -= 1
            return {"Payload": {"done": self.left == 0}}

    job = Dying(3)
    Run(job).start(imports, JOB)
    assert job.left == 0 and job.failed == []


def test_a_hundred_thousand_rows_fit_one_execution(imports):
    job = Job(1_000)
    run = Run(job)
    run.start(imports, JOB)
    assert job.next_leg is None and run.events < HISTORY // 2


def test_history_holds_when_every_chunk_is_retried_to_the_last(imports):
    attempts = 1 + imports["States"]["ImportChunk"]["Retry"][0]["MaxAttempts"]
    run = Run(Job(5_000, attempts))
    run.start(imports, JOB)
    assert HISTORY // 2 < run.events < HISTORY


def test_a_long_import_goes_on_in_legs_with_names_of_their_own(imports):
    job, given, names = Job(2_500), JOB, []
    while given:
        job.next_leg = None
        Run(job).start(imports, given)
        given = job.next_leg and job.next_leg["Input"]
        names += [job.next_leg["Name"]] if job.next_leg else []
    assert job.left == 0
    assert names == [f"{JOB['job']}-2", f"{JOB['job']}-3"]


def test_a_leg_that_is_already_under_way_is_not_a_failure(imports):
    class Twice(Job):
        def __call__(self, resource, parameters):
            if resource.endswith("startExecution"):
                raise TaskFailed("StepFunctions.ExecutionAlreadyExistsException")
            return super().__call__(resource, parameters)

    job = Twice(1_500)
    Run(job).start(imports, JOB)
    assert job.failed == []
