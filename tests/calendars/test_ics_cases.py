"""Small files modelled on ones that public projects read wrong, each with its correct occurrences.

The files in ics_cases are inputs; a comment gives the reason for each value (sections of RFC 5545).
"""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from accounts.models import User
from calendars.events.rows import EventRow
from calendars.google.resources import event_resource
from calendars.google.wire import event_row
from calendars.models import Event
from calendars.sharing.exporting import export_calendar
from calendars.sharing.importing import import_ics
from profiles.models import Profile
from tests.calendars.happenings import stored_happenings

CASES = Path(__file__).parent / "ics_cases"
EXPECTED = {
    # 3.2.19: the VTIMEZONE of a TZID defines it, here “GMT” as British time.
    "tzid_gmt_with_british_summer": ["20260723T092000Z/20260723T095000Z"],
    # 3.8.5.2: the changes of a private zone, listed by RDATE.
    "vtimezone_with_rdate": [
        "20240701T080000Z/20240701T090000Z",
        "20241201T090000Z/20241201T100000Z",
    ],
    # khal writes only the changes in the years of the event.
    "khal_one_year_vtimezone": ["20140409T073000Z/20140409T083000Z"],
    # No IANA zone has -03:30 all year.
    "vtimezone_fixed_offset_half_hour": ["20240701T133000Z/20240701T143000Z"],
    # 3.2.19: a leading solidus refers to the global registry.
    "tzid_with_leading_slash": ["20250506T160000Z/20250506T170000Z"],
    # A local time without a TZID is in the zone of the event.
    "exdate_without_zone": [
        "20240304T080000Z/20240304T090000Z",
        "20240306T080000Z/20240306T090000Z",
    ],
    "recurrence_id_without_zone": [
        "20240304T080000Z/20240304T090000Z",
        "20240305T130000Z/20240305T140000Z",
        "20240306T080000Z/20240306T090000Z",
    ],
    # 3.3.6: the day is nominal, the hours are exact.
    "duration_days_and_hours_over_dst": ["20240330T110000Z/20240331T120000Z"],
    # 3.8.5.3: each instance has the same nominal duration.
    "series_with_nominal_duration": [
        "20240323T110000Z/20240324T110000Z",
        "20240330T110000Z/20240331T100000Z",
        "20240406T100000Z/20240407T100000Z",
    ],
    # A malformed line affects only itself.
    "odd_quote_in_attendee_parameter": ["20240304T090000Z/20240304T100000Z"],
    "apple_structured_location": ["20260522T083000Z/20260522T084000Z"],
    # Each exception is the instance that its RECURRENCE-ID names.
    "two_all_day_exceptions_of_one_day": ["D20240304/20240305", "D20240305/20240306"],
    "all_day_series_timed_exception": [
        "20260518T140000Z/20260518T170000Z",
        "D20260516/20260517",
        "D20260517/20260518",
    ],
    "export_vtimezone_onset": ["20260308T073000Z/20260308T080000Z"],
    "uid_with_escapes": ["20240304T090000Z/20240304T100000Z"],
    # 3.3.5: floating time is in the user's zone, here Auckland.
    "floating_without_calendar_zone": ["20241006T020000Z/20241006T030000Z"],
}


@pytest.fixture
def owner(alice: User, request: pytest.FixtureRequest) -> User:
    Profile.objects.update_or_create(owner=alice, defaults={"timezone": "Pacific/Auckland"})
    return User.objects.get(pk=alice.pk)


def test_each_file_has_its_values() -> None:
    assert {path.stem for path in CASES.glob("*.ics")} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_file_happens_as_it_says(owner: User, name: str) -> None:
    content = (CASES / f"{name}.ics").read_bytes()

    outcome = import_ics(owner=owner, name="Case", content=content)

    assert outcome.refused == []
    assert stored_happenings(owner.pk) == EXPECTED[name]


@pytest.mark.parametrize("name", EXPECTED)
def test_an_export_happens_as_the_file(owner: User, name: str) -> None:
    content = (CASES / f"{name}.ics").read_bytes()
    calendar = import_ics(owner=owner, name="Case", content=content).calendar
    before = list(Event.objects.order_by("pk").values("remote_id", "start_at", "recurrence"))

    again = import_ics(owner=owner, name="Case", content=b"".join(export_calendar(calendar)))

    assert (again.created, again.refused, again.incomplete) == (0, [], [])
    assert stored_happenings(owner.pk) == EXPECTED[name]
    assert len(before) == Event.objects.count()


def test_googles_all_day_event_without_length_takes_its_day() -> None:
    case = json.loads((CASES / "google_all_day_without_length.json").read_bytes())
    (item,) = case["items"]

    row = event_row(event_resource(msgspec.Raw(json.dumps(item).encode())), "Europe/Berlin")

    assert isinstance(row, EventRow)
    assert (row.start_at.isoformat(), row.end_at.isoformat(), row.all_day) == (
        "2023-01-31T00:00:00+00:00",
        "2023-02-01T00:00:00+00:00",
        True,
    )
