"""`manage.py import_ics` imports a file into a local calendar and reports what it refused."""

from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError

from accounts.models import User
from calendars.models import Calendar, Event
from calendars.timeline.occurrences import occurrences_between
from tests.product import call_command

FILE = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Example//Club calendar//EN
X-WR-TIMEZONE:Europe/Vienna
BEGIN:VEVENT
UID:training@club.example
DTSTART;TZID=Europe/Vienna:20261005T180000
DTEND;TZID=Europe/Vienna:20261005T193000
RRULE:FREQ=WEEKLY;COUNT=8
EXDATE;TZID=Europe/Vienna:20261026T180000
SUMMARY:Training
END:VEVENT
BEGIN:VEVENT
UID:training@club.example
RECURRENCE-ID;TZID=Europe/Vienna:20261102T180000
DTSTART;TZID=Europe/Vienna:20261103T190000
DTEND;TZID=Europe/Vienna:20261103T200000
SUMMARY:Training in the small hall
END:VEVENT
BEGIN:VEVENT
UID:tournament@club.example
DTSTART;VALUE=DATE:20261114
DTEND;VALUE=DATE:20261116
SUMMARY:Tournament
END:VEVENT
BEGIN:VEVENT
UID:broken@club.example
DTSTART:soon
SUMMARY:Broken
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "club.ics"
    path.write_text(FILE)
    return path


def run(file: Path, email: str = "alice@example.org") -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("import_ics", str(file), user=email, calendar="Club", stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_a_file_becomes_a_local_calendar(file: Path, alice: User) -> None:
    out, err = run(file)

    assert "3 created, 0 updated, 0 incomplete, 1 refused" in out
    assert "Broken" in err
    calendar = Calendar.objects.get(owner=alice, connection=None)
    assert (calendar.name, calendar.time_zone) == ("Club", "Europe/Vienna")
    autumn = occurrences_between(
        owner_id=alice.pk,
        start_at=datetime(2026, 10, 1, tzinfo=UTC),
        end_at=datetime(2026, 12, 1, tzinfo=UTC),
    )
    days = [(entry.summary, entry.start_at.strftime("%m-%d %H:%M")) for entry in autumn]
    assert days == [
        ("Training", "10-05 16:00"),
        ("Training", "10-12 16:00"),
        ("Training", "10-19 16:00"),
        ("Training in the small hall", "11-03 18:00"),
        ("Training", "11-09 17:00"),
        ("Tournament", "11-14 00:00"),
        ("Training", "11-16 17:00"),
        ("Training", "11-23 17:00"),
    ]


def test_an_import_is_undone_by_the_command_that_it_prints(file: Path, alice: User) -> None:
    out, _err = run(file)
    [printed] = [line for line in out.splitlines() if line.startswith("Undo it with: manage.py ")]
    said = StringIO()

    call_command(*printed.removeprefix("Undo it with: manage.py ").split(), stdout=said)

    assert "3 removed" in said.getvalue()
    assert not Event.objects.exists()


def test_the_same_file_twice_changes_nothing(file: Path, alice: User) -> None:
    run(file)
    before = set(Event.objects.values_list("pk", "summary", "start_at"))

    out, _err = run(file)

    assert "0 created, 0 updated" in out
    assert set(Event.objects.values_list("pk", "summary", "start_at")) == before
    assert Calendar.objects.count() == 1


def test_two_people_import_the_same_file_apart(file: Path, alice: User, charlie: User) -> None:
    run(file)
    run(file, "charlie@example.org")

    assert Event.objects.filter(owner=alice).count() == 3
    assert Event.objects.filter(owner=charlie).count() == 3


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "The file is empty"),
        ("<html>Sign in</html>", "This is a web page"),
        ("hello", "not an iCalendar"),
    ],
)
def test_what_is_no_calendar_is_refused(
    tmp_path: Path, alice: User, content: str, message: str
) -> None:
    path = tmp_path / "file.ics"
    path.write_text(content)

    with pytest.raises(CommandError, match=message):
        run(path)

    assert not Calendar.objects.exists()


def test_a_missing_file_and_an_unknown_person(tmp_path: Path, file: Path, alice: User) -> None:
    with pytest.raises(CommandError, match="can't be read"):
        run(tmp_path / "missing.ics")
    with pytest.raises(CommandError, match="no account with the address"):
        run(file, "nobody@example.org")
