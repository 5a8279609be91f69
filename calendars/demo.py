"""The calendars of a demo user who has no Google account: colleagues of the sandbox's people.

Each start imports them again around today, under the same UIDs, so nothing is there twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from django.utils import timezone

from accounts.demo import PEOPLE
from accounts.models import User
from accounts.security_context import acting_as
from calendars.models import Calendar, Share
from calendars.sharing.importing import import_ics
from calendars.sharing.shares import share_calendars
from profiles.services import change_profile, time_zone_of

ZONE = "Europe/London"
MEET = "https://meet.google.com/qrs-tuvw-xyz"
COLOURS = {"Work": "#0087c3", "Private": "#b94f87"}


class Entry(NamedTuple):
    """One event. `offset` counts days from this week's Monday; no `clock` means whole days."""

    summary: str
    offset: int
    clock: str
    length: int  # minutes or days
    lines: tuple[str, ...] = ()


def _invited(*answers: tuple[str, str, str]) -> tuple[str, ...]:
    return tuple(
        f"ATTENDEE;CN={name};PARTSTAT={answer}:mailto:{email}" for email, name, answer in answers
    )


_TEAM = _invited(
    ("grace@daybook.example", "Grace Hopper", "ACCEPTED"),
    ("ada@sandbox.example", "Ada Lovelace", "ACCEPTED"),
    ("bob@daybook.example", "Bob Kahn", "TENTATIVE"),
    ("mei@sandbox.example", "Mei Chen", "NEEDS-ACTION"),
)
_CALL = (f"CONFERENCE;VALUE=URI;FEATURE=VIDEO:{MEET}",)
_FREE = ("TRANSP:TRANSPARENT",)
EVENTS: dict[str, tuple[Entry, ...]] = {
    "Work": (
        Entry("Stand-up", -56, "08:15", 15,
              ("RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", *_TEAM, *_CALL)),
        Entry("Compiler reading group", -26, "13:00", 60,
              ("RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=WE", "LOCATION:Library")),
        Entry("Budget review", 2, "15:00", 60, ("LOCATION:Room Noether", *_TEAM)),
        Entry("Interview: backend developer", 3, "13:30", 60, ("STATUS:TENTATIVE",)),
        Entry("Architecture board", 3, "14:00", 90, _CALL),
        Entry("Board call with Tokyo", 1, "09:00", 45, _CALL),
        Entry("Keynote rehearsal", 4, "10:00", 60, ("LOCATION:Auditorium",)),
        Entry("Reporting day", -63, "", 1,
              ("RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", *_FREE)),
    ),
    "Private": (
        Entry("Yoga", -42, "07:00", 60, ("RRULE:FREQ=WEEKLY;BYDAY=TU,TH",)),
        Entry("Dentist", 2, "08:30", 30, ("LOCATION:12 Harley Street, London",)),
        Entry("Dinner with Ada", 2, "19:00", 120, ("LOCATION:Dishoom, Covent Garden",)),
        Entry("Piano lesson", -34, "18:00", 45, ("RRULE:FREQ=WEEKLY;BYDAY=MO",)),
        Entry("Night train to Edinburgh", 4, "23:30", 450, ("LOCATION:London Euston",)),
        Entry("Weekend in the Highlands", 5, "", 2),
        Entry("Howard's birthday", 8, "", 1, ("RRULE:FREQ=YEARLY", *_FREE)),
        Entry("Cinema", 9, "20:00", 130),
    ),
}  # fmt: skip


def ensure_demo_calendars(email: str, *, first_name: str, last_name: str) -> None:
    """Fill the calendars of this demo user, and the profile if it has no name yet."""
    owner = User.objects.get(email=email)
    with acting_as(user_id=owner.pk):
        names = {"first_name": first_name, "last_name": last_name, "timezone": ZONE}
        if time_zone_of(owner).key != ZONE:
            change_profile(owner=owner, changes=names)
    today = timezone.localdate()
    monday = today - timedelta(days=today.weekday())
    for name, entries in EVENTS.items():
        import_ics(owner=owner, name=name, content=_file(name, entries, monday))
        _paint(owner, name)
    _share(owner)


def _share(owner: User) -> None:
    """The first of the demo people sees what this one does at work, and when she is busy."""
    with acting_as(user_id=owner.pk):
        for name, level in (("Work", Share.Level.READ), ("Private", Share.Level.BUSY)):
            own = Calendar.objects.of(owner.pk).filter(name=name)
            share_calendars(
                owner=owner,
                email=PEOPLE[0],
                calendar_ids=list(own.values_list("pk", flat=True)),
                level=level,
            )


def _paint(owner: User, name: str) -> None:
    with acting_as(user_id=owner.pk):
        Calendar.objects.of(owner.pk).filter(name=name).update(colour=COLOURS[name])


def _file(name: str, entries: tuple[Entry, ...], monday: date) -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"X-WR-TIMEZONE:{ZONE}"]
    for number, entry in enumerate(entries):
        lines += _event(f"demo-{name}-{number}@daybook.example", entry, monday)
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


def _event(uid: str, entry: Entry, monday: date) -> Iterator[str]:
    on = monday + timedelta(days=entry.offset)
    yield from ("BEGIN:VEVENT", f"UID:{uid}", f"SUMMARY:{entry.summary}")
    if entry.clock:
        yield f"DTSTART;TZID={ZONE}:{on:%Y%m%d}T{entry.clock.replace(':', '')}00"
        yield f"DURATION:PT{entry.length}M"
    else:
        yield f"DTSTART;VALUE=DATE:{on:%Y%m%d}"
        yield f"DURATION:P{entry.length}D"
    yield from (*entry.lines, "END:VEVENT")
