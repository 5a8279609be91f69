"""An unreadable part affects only itself and is reported with its line."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.test import Client

from accounts.models import User
from calendars.models import Event, QuarantinedEvent
from calendars.sharing.importing import import_ics
from tests.calendars.happenings import stored_happenings
from tests.calendars.ics_files import calendar, event, read
from tests.product import call_command

START = "DTSTART:20240304T090000Z"
DAILY = "RRULE:FREQ=DAILY;COUNT=3"


@pytest.mark.parametrize(
    ("lines", "lost", "reason", "count"),
    [
        ([START, "RRULE:FREQ=SOMETIMES"], "RRULE", "FREQ can't be", 1),
        ([START, "RRULE:FREQ=DAILY;BYDAY=XX"], "RRULE", "BYDAY can't be", 1),
        ([START, "RRULE:every day", "EXDATE:20240304T090000Z"], "RRULE", "no value", 1),
        ([START, DAILY, "RRULE:FREQ=SOMETIMES"], "RRULE", "FREQ can't be", 3),
        ([START, DAILY, "EXRULE:FREQ=SOMETIMES"], "EXRULE", "FREQ can't be", 3),
        (
            [START, DAILY, "EXDATE;TZID=Mars:20240305T090000"],
            "EXDATE",
            "isn't a known time zone",
            3,
        ),
        ([START, DAILY, "EXDATE:20240305T090000Z,never"], "EXDATE", "isn't a date", 2),
        ([START, DAILY, "RDATE;TZID=Mars:20240305T093000"], "RDATE", "isn't a known time zone", 3),
        (
            [START, "RDATE:20240310T090000Z,20240231T090000Z"],
            "RDATE",
            "isn't a date in the calendar",
            2,
        ),
        ([START, "DTEND:later"], "DTEND", "isn't a date", 1),
        ([START, "DTEND;TZID=Mars:20240304T100000"], "DTEND", "isn't a known time zone", 1),
        ([START, "DURATION:an hour"], "DURATION", "isn't a duration", 1),
        ([START, "DURATION:P999999999999D"], "DURATION", "isn't a duration", 1),
        ([START, "ATTENDEE:the whole team"], "ATTENDEE", "no email address", 1),
        ([START, "ORGANIZER;CN=Ann:urn:uuid:1"], "ORGANIZER", "no email address", 1),
        ([START, "BEGIN:VALARM", "TRIGGER:soon", "END:VALARM"], "TRIGGER", "alarm", 1),
        (["DTSTART;TZID=Mars:20240304T090000Z"], "DTSTART", "read as UTC", 1),
        ([START, "what is this"], "", "isn't a valid property", 1),
        (["DTSTART;VALUE=DATE:20240304", "DTEND:later"], "DTEND", "isn't a date", 1),
    ],
)
@pytest.mark.django_db
def test_the_event_stays_without_it(
    alice: User, lines: list[str], lost: str, reason: str, count: int
) -> None:
    content = calendar("X-FOLDED:a\n b\n c", "", event(*lines, "SUMMARY:Talk"))

    outcome = import_ics(owner=alice, name="Case", content=content)

    assert outcome.refused == []
    (found,) = outcome.incomplete
    (part,) = found.lost
    assert (part.name, reason in part.reason) == (lost, True)
    # The line number in an editor.
    assert part.text in content.decode().split("\n")[part.line - 1]
    assert len(stored_happenings(alice.pk)) == count


@pytest.mark.django_db
def test_an_event_whose_rule_is_lost_stays_marked_until_it_comes_whole(
    alice: User, charlie: User
) -> None:
    bad = event(START, "RRULE:FREQ=SOMETIMES", "ATTENDEE:team", "SUMMARY:Talk")

    for _time in range(2):
        import_ics(owner=alice, name="Case", content=calendar(bad))
        (mark,) = QuarantinedEvent.objects.filter(owner=alice)
        assert (mark.remote_id, mark.summary) == (Event.objects.get().remote_id, "Talk")
        assert "RRULE (line 5)" in mark.reason
        assert mark.payload == {"left_out": ["RRULE:FREQ=SOMETIMES", "ATTENDEE:team"]}
    assert not QuarantinedEvent.objects.filter(owner=charlie).exists()

    import_ics(owner=alice, name="Case", content=calendar(bad.replace("SOMETIMES", "YEARLY")))
    assert not QuarantinedEvent.objects.exists()


@pytest.mark.django_db
def test_the_mark_is_on_the_page_of_connections(client: Client, alice: User, charlie: User) -> None:
    content = calendar(event(START, "RRULE:FREQ=SOMETIMES", "SUMMARY:Choir & friends"))
    import_ics(owner=alice, name="Club", content=content)

    for user, is_told in ((alice, True), (charlie, False)):
        client.force_login(user)
        page = client.get("/settings/calendars/").content.decode()
        assert ("Choir &amp; friends in Club: Imported without RRULE" in page) is is_told


@pytest.mark.django_db
def test_a_lost_attendee_is_no_mark_on_the_times(alice: User) -> None:
    import_ics(owner=alice, name="Case", content=calendar(event(START, "ATTENDEE:team")))

    assert not QuarantinedEvent.objects.exists()


def test_whole_events_are_refused_only_where_their_time_is_not_known() -> None:
    lines = ["DTSTART:soon", "DTSTART;TZID=Mars:20240304T090000", "SUMMARY:none"]

    found = read(*(event(line, uid=str(n)) for n, line in enumerate(lines)))

    assert [one.line for one in found.refused] == [2, 6, 10]
    assert [word in one.reason for one, word in zip(
        found.refused, ("isn't a date", "time zone", "start is missing"), strict=True
    )] == [True] * 3  # fmt: skip


@pytest.mark.django_db
def test_the_command_names_line_event_and_part(alice: User, tmp_path: Path) -> None:
    file = tmp_path / "odd.ics"
    file.write_bytes(calendar(event(START, "RRULE:FREQ=SOMETIMES", "SUMMARY:Talk"), event("X:1")))
    out, err = StringIO(), StringIO()

    call_command("import_ics", str(file), user=alice.email, calendar="Odd", stdout=out, stderr=err)

    assert "1 created, 0 updated, 1 incomplete, 1 refused" in out.getvalue()
    lines = err.getvalue().splitlines()
    assert any(
        line.startswith("line 5: Talk: left out “RRULE:FREQ=SOMETIMES”: FREQ can't be")
        for line in lines
    )
    assert any(line.startswith("line 8: 1: The start is missing") for line in lines)
