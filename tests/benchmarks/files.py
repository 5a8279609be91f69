"""The import of an iCalendar file, compared with the time that icalendar takes to parse it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from functools import partial
from statistics import median
from typing import NamedTuple

import icalendar

from accounts.models import User
from calendars.models import Event
from calendars.rfc5545.ics import read_calendar
from calendars.sharing.importing import import_ics
from tests.benchmarks.figures import Figure
from tests.calendars.ics_files import BERLIN
from tests.factories import make_user

HEADING = f"{'files':<52} {'figure':>12}"
EVENTS = int(os.environ.get("BENCHMARK_FILE_EVENTS", "5000"))
ROUNDS = 3
EVENT = """BEGIN:VEVENT
DTSTART;TZID=Europe/Berlin:{day}T093000
DTEND;TZID=Europe/Berlin:{day}T103000
DTSTAMP:20260101T000000Z
UID:{number}@benchmark.example
CREATED:20260101T000000Z
DESCRIPTION:Agenda of meeting {number}\\, with notes and a longer text that
  is folded once
LAST-MODIFIED:20260101T000000Z
LOCATION:Room 4
SEQUENCE:0
STATUS:CONFIRMED
SUMMARY:Meeting {number}
TRANSP:OPAQUE
ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;CN=Alice
 ;X-NUM-GUESTS=0:mailto:alice@example.org
{repetition}BEGIN:VALARM
ACTION:DISPLAY
DESCRIPTION:Reminder
TRIGGER:-P0DT0H10M0S
END:VALARM
END:VEVENT
"""


class _Seconds(NamedTuple):
    """CPU time of this process, and elapsed time, which includes the database's work."""

    processor: float
    clock: float


def results() -> Iterator[Figure]:
    content = file_of(EVENTS)
    owner = make_user("files@example.org")
    reads, imports, peers = [], [], []
    for number in range(ROUNDS):
        peers.append(_timed(partial(icalendar.Calendar.from_ical, content)))
        reads.append(_timed(partial(read_calendar, content)))
        imports.append(_timed(partial(_import, owner, f"Round {number}", content)))
    assert Event.objects.filter(owner=owner).count() == ROUNDS * EVENTS
    read, whole, peer = (_median(each) for each in (reads, imports, peers))
    yield Figure(f"{EVENTS:,} events: icalendar parses, processor", peer.processor, "s")
    yield Figure("we read them, of that", read.processor / peer.processor, "times", at_most=0.5)
    yield Figure("we import them, of that", whole.processor / peer.processor, "times", at_most=1)
    yield Figure("by the clock, with the database", whole.clock / peer.clock, "times")


def file_of(events: int) -> bytes:
    """Return an office calendar, in which every twentieth event is a series."""
    parts = ["BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Benchmark//EN\n", BERLIN]
    for number in range(events):
        day = f"2026{number % 12 + 1:02}{number % 28 + 1:02}"
        repetition = "" if number % 20 else "RRULE:FREQ=WEEKLY;COUNT=10\n"
        parts.append(EVENT.format(number=number, day=day, repetition=repetition))
    return "".join([*parts, "END:VCALENDAR\n"]).replace("\n", "\r\n").encode()


def _import(owner: User, name: str, content: bytes) -> None:
    outcome = import_ics(owner=owner, name=name, content=content)
    assert (outcome.created, outcome.refused, outcome.incomplete) == (EVENTS, [], [])


def _timed(call: Callable[[], object]) -> _Seconds:
    processor, clock = time.process_time(), time.perf_counter()
    call()
    return _Seconds(time.process_time() - processor, time.perf_counter() - clock)


def _median(rounds: list[_Seconds]) -> _Seconds:
    return _Seconds(*(median(each) for each in zip(*rounds, strict=True)))
