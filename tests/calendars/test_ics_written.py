"""Other readers interpret exported files correctly."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import icalendar
import pytest
from dateutil import rrule
from dateutil.tz import tzical
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import User
from calendars.rfc5545.ics import read_calendar
from calendars.rfc5545.ics.writing import UsedZone, write_calendar
from calendars.rfc5545.time_zones.writing import zone_component
from calendars.sharing.exporting import export_calendar
from calendars.sharing.importing import import_ics
from tests.calendars.happenings import happenings, stored_happenings
from tests.calendars.ics_files import calendar, event


def exported(owner: User, *components: str) -> str:
    """Return the unfolded file after checking that reading it gives the same events."""
    made = import_ics(owner=owner, name="Out", content=calendar(*components)).calendar
    before = stored_happenings(owner.pk)
    written = b"".join(export_calendar(made))
    again = import_ics(owner=owner, name="Out", content=written)
    assert (again.created, again.refused, again.incomplete) == (0, [], [])
    assert stored_happenings(owner.pk) == before
    assert b"".join(export_calendar(made)).count(b"\n") == written.count(b"\n")
    return written.replace(b"\r\n ", b"").decode().replace("\r\n", "\n")


BERLIN = "DTSTART;TZID=Europe/Berlin:20240304T090000"
NIGHT = "DTSTART;TZID=Europe/Berlin:20261025T020000"
DAYS = "DTSTART;VALUE=DATE:20240304"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("lines", "written"),
    [
        # UNTIL: in UTC for times, a date for dates (3.3.10).
        ([BERLIN, "RRULE:FREQ=DAILY;UNTIL=20240306T090000"], "UNTIL=20240306T080000Z\n"),
        ([BERLIN, "RRULE:FREQ=DAILY;UNTIL=20240306"], "UNTIL=20240306T225959Z\n"),
        ([DAYS, "RRULE:FREQ=DAILY;UNTIL=20240306T000000Z"], "UNTIL=20240306\n"),
        # EXDATE and RDATE: with the type and zone of DTSTART.
        (
            [BERLIN, "RRULE:FREQ=DAILY;COUNT=3", "EXDATE:20240305T080000Z"],
            "EXDATE;TZID=Europe/Berlin:20240305T090000\n",
        ),
        (
            [BERLIN, "RRULE:FREQ=DAILY;COUNT=3", "EXDATE;VALUE=DATE:20240305"],
            "EXDATE;TZID=Europe/Berlin:20240305T090000\n",
        ),
        (
            [BERLIN, "RRULE:FREQ=DAILY;COUNT=4;BYHOUR=9,15", "EXDATE;VALUE=DATE:20240304"],
            "EXDATE;TZID=Europe/Berlin:20240304T090000,20240304T150000\n",
        ),
        (
            [BERLIN, "RDATE;TZID=Asia/Tokyo:20240305T170000"],
            "RDATE;TZID=Europe/Berlin:20240305T090000\n",
        ),
        (
            [BERLIN, "RDATE;VALUE=PERIOD:20240305T080000Z/PT2H"],
            "RDATE;VALUE=PERIOD:20240305T080000Z/20240305T100000Z\n",
        ),
        ([DAYS, "RRULE:FREQ=DAILY", "EXDATE:20240305T000000"], "EXDATE;VALUE=DATE:20240305\n"),
        # The second of two equal hours has no local notation.
        (["DTSTART;TZID=Europe/Berlin:20261025T020000", "DURATION:PT1H"], "DTEND:20261025T010000Z"),
        ([BERLIN, "RRULE:FREQ=WEEKLY;COUNT=5", "DURATION:P1D"], "\nDURATION:P1D\n"),
        ([BERLIN, r"X-A:1", r"SUMMARY:a\, b\; c\\d\ne"], r"SUMMARY:a\, b\; c\\d\ne"),
    ],
)
def test_values_have_the_form_that_others_expect(
    alice: User, lines: list[str], written: str
) -> None:
    assert written in exported(alice, event(*lines))


@pytest.mark.django_db
def test_an_instant_of_the_second_hour_is_in_utc(alice: User) -> None:
    text = exported(alice, event(NIGHT, "DURATION:PT90M", "RRULE:FREQ=DAILY;COUNT=2"))
    assert "DTEND:20261025T013000Z" in text

    moved = event(
        "RECURRENCE-ID;TZID=Europe/Berlin:20261026T020000",
        "DTSTART:20261025T013000Z",
        "DTEND;TZID=Europe/Berlin:20261025T033000",
    )
    series = event(NIGHT, "RRULE:FREQ=DAILY;COUNT=2")
    assert "DTSTART:20261025T013000Z\n" in exported(alice, series, moved)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("master", "identity", "written"),
    [
        (DAYS, "20240305", "RECURRENCE-ID;VALUE=DATE:20240305\n"),
        (BERLIN, "20240305T090000", "RECURRENCE-ID;TZID=Europe/Berlin:20240305T090000\n"),
        (BERLIN, "20240305", "RECURRENCE-ID;TZID=Europe/Berlin:20240305T090000\n"),
        ("DTSTART:20240304T090000Z", "20240305T090000Z", "RECURRENCE-ID:20240305T090000Z\n"),
    ],
)
@pytest.mark.parametrize(
    "start", ["DTSTART;VALUE=DATE:20240308", "DTSTART;TZID=America/New_York:20240308T100000"]
)
def test_an_exception_names_its_instance_as_its_series_has_it(
    alice: User, master: str, identity: str, written: str, start: str
) -> None:
    series = event(master, "RRULE:FREQ=DAILY;COUNT=3")

    assert written in exported(alice, series, event(f"RECURRENCE-ID:{identity}", start))


@pytest.mark.django_db
@pytest.mark.parametrize("uid", [r"a\,b", r"a\;b", r"a\\b", "plain@x", r"\\\\server\,1"])
def test_a_uid_is_text(alice: User, uid: str) -> None:
    text = exported(alice, event(BERLIN, uid=uid))

    assert f"\nUID:{uid}\n" in text
    (read,) = icalendar.Calendar.from_ical(text).walk("VEVENT")
    assert str(read["UID"]) == re.sub(r"\\(.)", r"\1", uid)


@pytest.mark.django_db
def test_dtstamp_says_when_an_event_was_changed(alice: User) -> None:
    before = datetime.now(UTC) - timedelta(seconds=2)

    text = exported(alice, event(BERLIN))

    stamp = re.search(r"DTSTAMP:(\S+)", text)
    assert stamp
    assert before <= datetime.strptime(stamp[1], "%Y%m%dT%H%M%S%z") <= datetime.now(UTC)


@pytest.mark.parametrize("year", [1975, 2026])
@pytest.mark.parametrize(
    "key",
    [
        *("America/New_York", "Europe/Berlin", "Europe/Dublin", "Australia/Lord_Howe"),
        *("America/Nuuk", "America/Santiago", "Asia/Kolkata", "Africa/Casablanca", "Asia/Tehran"),
    ],
)
def test_a_written_zone_is_followed_by_dateutil(key: str, year: int) -> None:
    text = zone_component("Written", key, year).decode()
    theirs, ours = tzical(cast(Any, _File(text))).get("Written"), ZoneInfo(key)

    # At noon: around a change dateutil chooses other hours.
    for day in range(0, 365 * (2060 - year), 3):
        at = datetime(year, 1, 3, 12) + timedelta(days=day)  # noqa: DTZ001
        assert at.replace(tzinfo=theirs).utcoffset() == at.replace(tzinfo=ours).utcoffset(), at


class _File:
    """The interface that tzical requires: a name and lines."""

    def __init__(self, text: str) -> None:
        self.name = "written"
        self.text = text

    def read(self) -> str:
        return self.text


@pytest.mark.parametrize("key", ["America/New_York", "Europe/Berlin"])
def test_a_written_zone_has_a_rule_without_an_end(key: str) -> None:
    text = zone_component("Written", key, 2025).decode()

    assert re.findall("RRULE:(.*)\r", text)
    assert "UNTIL" not in text
    assert "RDATE" not in text


@pytest.mark.django_db
def test_onsets_are_by_the_clock_before_them(alice: User) -> None:
    text = exported(alice, event("DTSTART;TZID=America/New_York:20260308T033000"))

    daylight = text.partition("BEGIN:DAYLIGHT")[2].partition("END:DAYLIGHT")[0]
    assert "T020000\nTZOFFSETFROM:-0500\nTZOFFSETTO:-0400" in daylight


@settings(max_examples=25, deadline=None)
@given(
    hour=st.integers(0, 23),
    day=st.integers(0, 700),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"]),
    count=st.integers(1, 9),
    freq=st.sampled_from(["DAILY", "WEEKLY", "MONTHLY"]),
)
def test_any_series_reads_the_same_by_two_readers(
    hour: int, day: int, zone: str, count: int, freq: str
) -> None:
    """icalendar and dateutil share no code with Daybook."""
    local = datetime(2024, 1, 1, hour, 30) + timedelta(days=day)  # noqa: DTZ001
    start = f"DTSTART;TZID={zone}:{local:%Y%m%dT%H%M%S}"
    skipped = f"EXDATE;TZID={zone}:{local + timedelta(days=7):%Y%m%dT%H%M%S}"
    (one,) = read_calendar(
        calendar(event(start, f"RRULE:FREQ={freq};COUNT={count}", skipped))
    ).events
    used = [UsedZone(one.time_zone, "", 2024)]
    data = b"".join(write_calendar(name="x", time_zone="UTC", zones=used, events=[one]))

    theirs: Any
    (theirs,) = icalendar.Calendar.from_ical(data).walk("VEVENT")

    rules: Any = rrule.rruleset()
    begins = theirs["DTSTART"].dt
    rules.rrule(
        rrule.rrulestr(theirs["RRULE"].to_ical().decode(), dtstart=begins.replace(tzinfo=None))
    )
    for each in theirs["EXDATE"].dts:
        rules.exdate(each.dt.astimezone(ZoneInfo(zone)).replace(tzinfo=None))
    expected = {_instant(at, zone) for at in rules}
    found = {text.partition("/")[0] for text in happenings([one])}
    assert found == {f"{at:%Y%m%dT%H%M%SZ}" for at in expected}


def _instant(local: datetime, zone: str) -> datetime:
    return (local - (local.replace(tzinfo=ZoneInfo(zone)).utcoffset() or timedelta(0))).replace(
        tzinfo=UTC
    )


@pytest.mark.parametrize("rule", ["RRULE:FREQ=DAILY;COUNT=3", "RDATE:20261027T013000Z"])
def test_a_series_that_begins_in_the_second_of_two_equal_hours(rule: str) -> None:
    start = "DTSTART;TZID=Europe/Berlin:20261025T013000Z"  # 02:30, the second occurrence
    (one,) = read_calendar(calendar(event(start, "DURATION:PT1H", rule))).events
    used = [UsedZone(one.time_zone, "", 2026)]

    data = b"".join(write_calendar(name="x", time_zone="UTC", zones=used, events=[one]))

    assert b"DTSTART;TZID=Europe/Berlin:20261025T023000" in data
    assert happenings(read_calendar(data).events) == happenings([one])
    assert happenings([one])[0] == "20261025T013000Z/20261025T023000Z"


def test_what_holds_before_the_first_onset_is_written() -> None:
    """Changes are written one per line: ical.js 2.2.1 reads only the first date of a list."""
    zone = (
        "BEGIN:VTIMEZONE\nTZID:Own\nBEGIN:DAYLIGHT\nDTSTART:20240331T020000\n"
        "TZOFFSETFROM:+0930\nTZOFFSETTO:+1000\nRDATE:20250330T020000,20260329T020000\n"
        "END:DAYLIGHT\nEND:VTIMEZONE"
    )
    (one,) = read_calendar(calendar(zone, event("DTSTART;TZID=Own:20240101T093000"))).events
    used = [UsedZone(one.time_zone, one.zone_definition, 2024)]

    data = b"".join(write_calendar(name="x", time_zone="UTC", zones=used, events=[one]))

    assert b"DTSTART:19000101T000000\r\nTZOFFSETFROM:+0930\r\nTZOFFSETTO:+0930" in data
    assert data.count(b"RDATE:") == 2
    assert happenings(read_calendar(data).events) == ["20240101T000000Z/20240101T000000Z"]
