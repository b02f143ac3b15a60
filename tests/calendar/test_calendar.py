"""The calendar files that mails carry, read by a parser that is not ours.

The files beside this one are what `shared/mail` writes; a Rust test holds them against the code.
"""

from __future__ import annotations

import datetime
from pathlib import Path

import icalendar
import pytest

HERE = Path(__file__).resolve().parent
UTC = datetime.timezone.utc
UID = "01890a5d-ac96-774b-bcce-b302099a8057.01890a5d-ac96-774b-bcce-b302099a8058@guildhall"


def read(name: str):
    calendar = icalendar.Calendar.from_ical((HERE / f"{name}.ics").read_bytes())
    (event,) = calendar.walk("VEVENT")
    assert not calendar.errors and not event.errors
    return calendar, event


@pytest.mark.parametrize(
    ("name", "method", "status"),
    [
        ("invitation", "REQUEST", "CONFIRMED"),
        ("update", "REQUEST", "CONFIRMED"),
        ("cancellation", "CANCEL", "CANCELLED"),
    ],
)
def test_a_file_means_what_it_is_for(name, method, status):
    calendar, event = read(name)
    assert (calendar["METHOD"], event["STATUS"], calendar["VERSION"]) == (method, status, "2.0")
    assert (event["UID"], event["SEQUENCE"]) == (UID, 2)
    assert event["DTSTART"].dt == datetime.datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
    assert event["DTEND"].dt == datetime.datetime(2026, 3, 10, 10, 30, tzinfo=UTC)
    assert event["DTSTAMP"].dt == datetime.datetime(2026, 3, 9, 10, 0, tzinfo=UTC)
    assert event["URL"] == "https://meet.example.com/a?b=1&c=2"


def test_people_and_words_come_through():
    _, event = read("invitation")
    title = "Threat modelling: trees, flows; and more \\ 脅威モデリング für alle, die Software bauen"
    assert event["SUMMARY"] == event["LOCATION"] == title
    organizer, attendee = event["ORGANIZER"], event["ATTENDEE"]
    assert (organizer, organizer.params["CN"]) == ("mailto:training@example.com", "Guildhall")
    assert (attendee, attendee.params["CN"]) == ("mailto:zoe@example.com", "Zoë 'Countess' Gräf; Ltd, Inc")
    assert (attendee.params["PARTSTAT"], attendee.params["RSVP"]) == ("ACCEPTED", "FALSE")


@pytest.mark.parametrize("path", sorted(HERE.glob("*.ics")), ids=lambda path: path.stem)
def test_lines_are_as_long_as_they_may_be(path):
    lines = path.read_bytes().split(b"\r\n")
    assert lines[-1] == b"" and all(len(line) <= 75 and b"\n" not in line for line in lines)
    for line in lines:
        line.decode()
