"""Reading a company's files, and that the example holds what its README promises."""

from __future__ import annotations

import datetime
from collections import Counter
from pathlib import Path

import pytest

from guildhall_local import company
from guildhall_local.paths import DEFAULT_COMPANY
from guildhall_local.say import Failure

TODAY = datetime.date(2026, 3, 1)


@pytest.fixture(scope="module")
def example() -> company.Company:
    return company.read(DEFAULT_COMPANY, TODAY)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("today", "2026-03-01"),
        ("today-1", "2026-02-28"),
        ("today+31", "2026-04-01"),
        ("payments;platform@today-60..today+30", "payments;platform@2025-12-31..2026-03-31"),
        ("Holidaytoday", "Holidaytoday"),
        ("tm-102,Threats today,course", "tm-102,Threats today,course"),
        ('{"go_live": "today-1"}', '{"go_live": "2026-02-28"}'),
        ("2026-12-01..today:vacation,", "2026-12-01..2026-03-01:vacation,"),
        ("2026-12-01", "2026-12-01"),
    ],
)
def test_day_offsets_become_dates(written: str, meant: str) -> None:
    assert company.resolve_dates(written, TODAY) == meant


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(Failure, match=r"teams\.csv is missing"):
        company.read(tmp_path, TODAY)


def test_another_encoding_is_named(tmp_path: Path) -> None:
    (tmp_path / "teams.csv").write_bytes("code,name,department\nä,b,c\n".encode("latin-1"))
    with pytest.raises(Failure, match="not UTF-8"):
        company.read(tmp_path, TODAY)


def test_roles_are_found_where_no_settings_name_them(tmp_path: Path) -> None:
    (tmp_path / "teams.csv").write_text("code,name,department\na,A,d\n")
    (tmp_path / "courses.csv").write_text("code,title\nc,C\n")
    (tmp_path / "paths.csv").write_text("job_role,course_code,requirement\n")
    (tmp_path / "people.csv").write_text(
        "email,name,job_role,manager_email,teams,leads,leave\n"
        "boss@example.com,Boss,manager,,a,,\n"
        "lead@example.com,Lead,developer,boss@example.com,a,a,\n"
        "dev@example.com,Dev,developer,boss@example.com,a,,\n"
        "gone@example.com,Gone,developer,boss@example.com,a,,2026-01-01\n"
    )
    found = company.read(tmp_path, TODAY).sign_ins()
    assert set(found) == set(company.ROLES)
    assert found["program-admin"] == "boss@example.com"
    assert "gone@example.com" not in found.values()


def test_the_example_is_as_large_as_promised(example: company.Company) -> None:
    people = [row for row in example.rows("people") if not row["leave"]]
    assert len(people) >= 64
    assert len(example.rows("teams")) == 8
    assert len(example.rows("workloads")) == 12
    assert len(example.rows("courses")) == 15
    assert len({row["time_zone"] for row in people}) >= 3
    sizes = Counter(row["teams"].partition(";")[0] for row in people)
    assert min(size for team, size in sizes.items() if team) < 5


def test_the_example_has_every_case(example: company.Company) -> None:
    people = {row["email"]: row for row in example.rows("people")}
    open_rows = [row for row in example.rows("history") if row["due"] and not row["completed"]]
    offsets = {(datetime.date.fromisoformat(row["due"]) - TODAY).days for row in open_rows}
    assert {30, 7, 1, 0, -1, -4, -7, -14, -21, -60} <= offsets
    assert any(row["completed"] > row["due"] for row in example.rows("history") if row["due"] and row["completed"])
    assert {row["source"] for row in example.rows("history")} == {"roster", "lms", "test", "self"}
    assert example.rows("exemptions")
    assert {row["counts"] for row in people.values() if row["employment"] == "contractor"} == {"yes", ""}
    assert any(not row["manager_email"] and row["employment"] == "contractor" for row in people.values())
    assert any(";" in row["teams"] for row in people.values())
    assert any(row["leave"] for row in people.values())
    assert any(row["delegate_email"] and row["absences"] for row in people.values())
    assert {row["language"] for row in people.values()} == {"de", "en"}
    assert {row["job_role"] for row in people.values()} == {row["job_role"] for row in example.rows("paths")}


def test_the_example_refers_only_to_what_it_has(example: company.Company) -> None:
    people = {row["email"] for row in example.rows("people")}
    teams = {row["code"] for row in example.rows("teams")}
    courses = {row["code"] for row in example.rows("courses")}
    assert all(email.endswith("@example.com") for email in people)
    for row in example.rows("people"):
        assert {row["manager_email"], row["delegate_email"]} - {""} <= people
        assert {team.partition("@")[0] for team in row["teams"].split(";")} - {""} <= teams
    for kind in ("history", "exemptions"):
        assert {row["email"] for row in example.rows(kind)} <= people
        assert {row["course_code"] for row in example.rows(kind)} <= courses
    assert {row["team"] for row in example.rows("workloads")} <= teams
    for row in example.rows("courses"):
        assert set(row["prerequisites"].split(";")) - {""} <= courses
    assert set(example.sign_ins().values()) <= people


def test_threat_modelling_begins_every_path(example: company.Company) -> None:
    first: dict[str, str] = {}
    for row in example.rows("paths"):
        first.setdefault(row["job_role"], row["course_code"])
    assert set(first.values()) == {"TM-101"}
