"""Each exception is the instance that its RECURRENCE-ID names, and none is lost silently."""

from __future__ import annotations

import pytest

from accounts.models import User
from calendars.models import Event, event_id_for
from calendars.sharing.importing import import_ics
from tests.calendars.happenings import stored_happenings
from tests.calendars.ics_files import calendar, event, read, starts

TWICE = ("DTSTART:20240304T090000Z", "RRULE:FREQ=DAILY;COUNT=4;BYHOUR=9,15")
DAYS = ("DTSTART;VALUE=DATE:20240304", "RRULE:FREQ=DAILY;COUNT=3")


def exception(identity: str, start: str, *lines: str) -> str:
    prefix = "" if "T" in start else ";VALUE=DATE"
    return event(f"RECURRENCE-ID{identity}", f"DTSTART{prefix}:{start}", *lines)


MORNING, NOON = ":20240304T090000Z", ":20240304T150000Z"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("master", "exceptions", "count"),
    [
        (TWICE, [exception(MORNING, "20240310"), exception(NOON, "20240310")], 4),
        (TWICE, [exception(MORNING, "20240304"), exception(NOON, "20240304T180000Z")], 4),
        (TWICE, [exception(MORNING, "20240304T180000Z"), exception(NOON, "20240304T180000Z")], 4),
        (DAYS, [exception(":20240305", "20240305T100000Z")], 3),
        (DAYS, [exception(":20240305", "20240310"), exception(":20240306", "20240310")], 3),
        (None, [exception(MORNING, "20240310"), exception(NOON, "20240310")], 2),
        (None, [exception(":20240305", "20240310"), exception(":20240306", "20240310")], 2),
    ],
)
def test_as_many_as_the_file_has(
    alice: User, master: tuple[str, ...] | None, exceptions: list[str], count: int
) -> None:
    content = calendar(*([event(*master)] if master else []), *exceptions)

    for created in (len(exceptions) + bool(master), 0):
        outcome = import_ics(owner=alice, name="Case", content=content)
        assert (outcome.created, outcome.refused) == (created, [])
    assert len(stored_happenings(alice.pk)) == count


@pytest.mark.django_db
def test_an_exception_under_its_old_id_is_replaced(alice: User) -> None:
    """Until 2026 the ids of all-day exceptions contained only the date."""
    content = calendar(event(*TWICE), exception(MORNING, "20240310"))
    import_ics(owner=alice, name="Case", content=content)
    before = stored_happenings(alice.pk)
    known = Event.objects.get(all_day=True)
    old = known.remote_id.removesuffix("T090000Z")
    Event.objects.filter(pk=known.pk).delete()
    known.pk, known.remote_id = event_id_for(known.calendar_id, old), old
    known.save(force_insert=True)

    import_ics(owner=alice, name="Case", content=content)

    assert stored_happenings(alice.pk) == before
    assert Event.objects.filter(all_day=True).count() == 1


def test_of_two_for_one_instance_the_later_is_read_and_the_other_named() -> None:
    """In whatever form they name it."""
    master = event("DTSTART;TZID=Europe/Berlin:20240304T090000", "RRULE:FREQ=DAILY;COUNT=2")
    early = exception(":20240305T080000Z", "20240305T110000Z", "SEQUENCE:1")
    late = exception(":20240305T090000", "20240305T120000Z", "SEQUENCE:2")

    for order in (1, -1):
        found = read(*[early, master, late][::order])
        assert [one.reason for one in found.refused] == [
            "The file contains a later revision of this event."
        ]
    assert starts(early, master, late) == ["0304T0800", "0305T1200"]


def test_one_uid_twice_is_said() -> None:
    found = read(event("DTSTART:20240304T090000Z"), event("DTSTART:20240305T090000Z"))

    assert (len(found.events), [one.line for one in found.refused]) == (1, [2])


def test_a_change_of_all_following_is_said_with_its_line() -> None:
    later = event("RECURRENCE-ID;RANGE=THISANDFUTURE:20240305T090000Z", "DTSTART:20240305T110000Z")

    found = read(event("DTSTART:20240304T090000Z", "RRULE:FREQ=DAILY;COUNT=3"), later)

    assert [(one.line, "RANGE" in one.reason) for one in found.refused] == [(7, True)]
