"""Malformed files: readable parts are read, the rest is refused with a reason."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendars.rfc5545 import ics
from calendars.rfc5545.ics import IcsError, IcsEvent, RefusedEntry, read_calendar

GOOD = "BEGIN:VEVENT\nUID:good\nSUMMARY:Good\nDTSTART:20260105T090000Z\nEND:VEVENT\n"


def calendar_of(*components: str, head: str = "") -> bytes:
    return f"BEGIN:VCALENDAR\n{head}{''.join(components)}END:VCALENDAR\n".encode()


def event(*lines: str) -> str:
    return "\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT", ""])


def read_one(*lines: str, head: str = "") -> IcsEvent:
    calendar = read_calendar(calendar_of(event(*lines), head=head))
    assert calendar.refused == []
    (found,) = calendar.events
    return found


def at(day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, 1, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("code", "data"),
    [
        ("empty", b""),
        ("empty", b" \r\n"),
        ("web_page", b"<!DOCTYPE html><html><body>Sign in</body></html>"),
        ("not_a_calendar", b"name,start\nStand-up,2026-01-05"),
        ("not_a_calendar", b"BEGIN:VCARD\nFN:Alice\nEND:VCARD\n"),
        ("not_a_calendar", b"\x00\xff\x89PNG"),
    ],
)
def test_what_is_no_calendar_is_refused_as_a_whole(code: str, data: bytes) -> None:
    with pytest.raises(IcsError) as refused:
        read_calendar(data)
    assert refused.value.code == code
    assert refused.value.message.endswith(".")


def test_a_file_past_the_bound_is_refused_unread() -> None:
    with pytest.raises(IcsError) as refused:
        read_calendar(bytes(ics.MAX_BYTES + 1))
    assert (refused.value.code, "50 MB" in refused.value.message) == ("too_large", True)


def test_a_calendar_without_events_is_one() -> None:
    calendar = read_calendar(calendar_of(head="X-WR-CALNAME:Nothing yet\n"))

    assert (calendar.name, calendar.events, calendar.refused) == ("Nothing yet", [], [])


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([], "start is missing"),
        (["DTSTART:"], "isn't a date"),
        (["DTSTART:next Tuesday"], "isn't a date"),
        (["DTSTART:20260230T090000Z"], "isn't a date in the calendar"),
        (["DTSTART:00010101T000000Z"], "too far"),
        (["DTSTART;TZID=Mars/Olympus:20260105T090000"], "isn't a known time zone"),
        (["DTSTART:20260105T090000Z", "RECURRENCE-ID:first"], "isn't a date"),
    ],
)
def test_one_bad_event_is_refused_and_the_rest_is_read(lines: list[str], reason: str) -> None:
    bad = event("UID:bad", "SUMMARY:Bad\\, sadly", *lines)

    calendar = read_calendar(calendar_of(GOOD, bad, GOOD.replace("good", "better")))

    assert [each.uid for each in calendar.events] == ["good", "better"]
    (refused,) = calendar.refused
    assert (refused.line, refused.uid, refused.summary) == (7, "bad", "Bad, sadly")
    assert reason in refused.reason


@pytest.mark.parametrize(
    "data",
    [
        calendar_of("BEGIN:VEVENT\nUID:cut\nDTSTART:20260105T090000Z\n", GOOD),
        calendar_of(GOOD, "BEGIN:VEVENT\nUID:cut\nDTSTART:20260105T090000Z\n"),
        calendar_of(GOOD, "BEGIN:VEVENT\nUID:cut\nDTSTART:20260105T090000Z\n")[:-14],
        calendar_of(GOOD) + b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:cut\nDTSTART:2026010",
    ],
)
def test_an_event_that_is_cut_off_is_refused(data: bytes) -> None:
    calendar = read_calendar(data)

    assert [each.uid for each in calendar.events] == ["good"]
    assert [(each.uid, "incomplete" in each.reason) for each in calendar.refused] == [("cut", True)]


@pytest.mark.parametrize(
    ("lines", "end"),
    [
        (["DTSTART:20260105T090000Z"], at(5, 9)),
        (["DTSTART:20260105T090000Z", "DURATION:PT1H30M"], at(5, 10, 30)),
        (["DTSTART:20260105T090000Z", "DURATION:P1D"], at(6, 9)),
        (["DTSTART:20260105T090000Z", "DTEND:20260104T090000Z"], at(5, 9)),
        (["DTSTART:20260105T090000Z", "DURATION:-PT1H"], at(5, 9)),
        (["DTSTART:20260105T090000Z", "DTEND;VALUE=DATE:20260107"], at(7)),
        (["DTSTART;VALUE=DATE:20260105"], at(6)),
        (["DTSTART:20260105"], at(6)),
        (["DTSTART;VALUE=DATE:20260105", "DTEND;VALUE=DATE:20260105"], at(6)),
        (["DTSTART;VALUE=DATE:20260105", "DTEND;VALUE=DATE:20260101"], at(6)),
        (["DTSTART;VALUE=DATE:20260105", "DURATION:P3D"], at(8)),
        (["DTSTART;VALUE=DATE:20260105", "DURATION:PT1H"], at(6)),
        (["DTSTART;VALUE=DATE:20260105", "DTEND:20260107T000000"], at(7)),
        (["DTSTART;VALUE=DATE:20260105", "DTEND:20260107T120000"], at(8)),
        (["DTSTART;VALUE=DATE:20260105", "DTEND:20260107T000000Z"], at(7)),
    ],
)
def test_an_end_is_found_where_the_file_has_none_or_a_wrong_one(
    lines: list[str], end: datetime
) -> None:
    assert read_one("UID:e", *lines).end_at == end


def test_a_duration_of_days_keeps_the_wall_clock_over_a_change() -> None:
    nominal = read_one("UID:n", "DTSTART;TZID=Europe/Berlin:20260328T120000", "DURATION:P1D")
    exact = read_one("UID:e", "DTSTART;TZID=Europe/Berlin:20260328T120000", "DURATION:PT24H")

    assert nominal.end_at - nominal.start_at == timedelta(hours=23)
    assert exact.end_at - exact.start_at == timedelta(hours=24)


def test_a_floating_time_is_in_the_calendars_zone_or_the_readers() -> None:
    lines = ("UID:f", "DTSTART:20260105T090000")
    data = calendar_of(event(*lines))

    in_tokyo = read_one(*lines, head="X-WR-TIMEZONE:Asia/Tokyo\n")
    assert (in_tokyo.start_at, in_tokyo.time_zone) == (at(5, 0), "Asia/Tokyo")
    assert read_calendar(data, default_time_zone="Europe/Berlin").events[0].start_at == at(5, 8)
    assert read_calendar(data).events[0].start_at == at(5, 9)


@pytest.mark.parametrize(
    ("tzid", "zone"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("Eastern Standard Time", "America/New_York"),
        ("/freeassociation.sourceforge.net/Europe/Paris", "Europe/Paris"),
        ('"(UTC+01:00) Amsterdam, Berlin, Bern, Rome"', "Europe/Amsterdam"),
        ('"GMT+02:00"', "Etc/GMT-2"),
        ("UTC", "UTC"),
        ("Z", "UTC"),
        ("/Europe/Vienna", "Europe/Vienna"),
        ("/citadel.org/20190914_1/Europe/London", "Europe/London"),
        ("/mozilla.org/20050126_1/America/Indiana/Knox", "America/Indiana/Knox"),
        ("Europe_Berlin", "Europe/Berlin"),
        ("America_Argentina_Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("America/New York", "America/New_York"),
        ("Eastern Time (US & Canada)", "America/New_York"),
        ('"(UTC-05:00) Eastern Time (US & Canada)"', "America/New_York"),
        ('"(GMT-08.00) Pacific Time (US & Canada) / Tijuana"', "America/Los_Angeles"),
        ('"(GMT) Greenwich Mean Time : Dublin, Edinburgh, Lisbon, London"', "Europe/London"),
        ('"(UTC+05:30) Chennai, Kolkata, Mumbai, New Delhi"', "Asia/Kolkata"),
        ("(UTC+01:00) Amsterdam, Berlin, Bern, Rome", "Europe/Amsterdam"),
        ("tzone://Microsoft/Utc", "UTC"),
        ("GMT+0100", "Etc/GMT-1"),
        ("UTC+2", "Etc/GMT-2"),
        ("UTC-03:00", "Etc/GMT+3"),
        ("GMT -0500", "Etc/GMT+5"),
        ("+0200", "Etc/GMT-2"),
        ("GMT+05:30", "Asia/Kolkata"),
        ("UTC-03:30", "UTC-03:30"),
    ],
)
def test_a_zone_is_known_by_each_of_its_names(tzid: str, zone: str) -> None:
    found = read_one("UID:z", f"DTSTART;TZID={tzid}:20260105T090000")

    assert found.time_zone == zone


def own_zone(standard: str, daylight: str) -> str:
    return (
        "BEGIN:VTIMEZONE\nTZID:Our own\n"
        f"BEGIN:STANDARD\n{standard}\nEND:STANDARD\n"
        + (f"BEGIN:DAYLIGHT\n{daylight}\nEND:DAYLIGHT\n" if daylight else "")
        + "END:VTIMEZONE\n"
    )


SYDNEY = own_zone(
    "DTSTART:20080406T030000\nTZOFFSETFROM:+1100\nTZOFFSETTO:+1000\n"
    "RRULE:FREQ=YEARLY;BYMONTH=4;BYDAY=1SU",
    "DTSTART:20081005T020000\nTZOFFSETFROM:+1000\nTZOFFSETTO:+1100\n"
    "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=1SU",
)
INDIA = own_zone("DTSTART:16010101T000000\nTZOFFSETFROM:+0530\nTZOFFSETTO:+0530", "")
NOWHERE = own_zone("DTSTART:16010101T000000\nTZOFFSETFROM:+0000\nTZOFFSETTO:+0117", "")
ALL_THE_TIME = own_zone(
    "DTSTART:19700101T000000\nTZOFFSETFROM:+0000\nTZOFFSETTO:+0100\nRRULE:FREQ=SECONDLY", ""
)
BROKEN = own_zone("DTSTART:whenever\nTZOFFSETTO:about one", "")


@pytest.mark.parametrize(
    ("definition", "zone"),
    [(SYDNEY, "Australia/Sydney"), (INDIA, "Asia/Kolkata"), (ALL_THE_TIME, "Africa/Algiers")],
)
def test_a_zone_of_the_files_own_is_known_by_what_it_does(definition: str, zone: str) -> None:
    lines = event("UID:own", "DTSTART;TZID=Our own:20260105T090000")

    for data in (calendar_of(definition, lines), calendar_of(lines, definition)):
        assert [each.time_zone for each in read_calendar(data).events] == [zone]


def test_a_zone_like_no_other_keeps_its_definition() -> None:
    lines = event("UID:own", "DTSTART;TZID=Our own:20260105T090000")

    (found,) = read_calendar(calendar_of(NOWHERE, lines)).events

    assert (found.time_zone, found.start_at) == ("Our own", at(5, 7, 43))
    assert "TZOFFSETTO:+0117" in found.zone_definition


@pytest.mark.parametrize("definition", [BROKEN, "BEGIN:VTIMEZONE\nEND:VTIMEZONE\n"])
def test_a_zone_that_nothing_explains_is_refused(definition: str) -> None:
    lines = event("UID:own", "DTSTART;TZID=Our own:20260105T090000")

    (refused,) = read_calendar(calendar_of(definition, lines)).refused
    assert "“Our own” isn't a known time zone" in refused.reason


def test_of_two_revisions_the_later_is_read() -> None:
    early = event("UID:e", "SEQUENCE:1", "SUMMARY:Early", "DTSTART:20260105T090000Z")
    late = event("UID:e", "SEQUENCE:2", "SUMMARY:Late", "DTSTART:20260106T090000Z")

    for components in ((early, late), (late, early)):
        calendar = read_calendar(calendar_of(*components))
        assert [each.summary for each in calendar.events] == ["Late"]
        assert [each.summary for each in calendar.refused] == ["Early"]


def test_an_event_without_a_uid_has_the_same_one_each_time() -> None:
    lines = ("SUMMARY:Nameless", "DTSTART:20260105T090000Z")

    first = read_one(*lines, "DTSTAMP:20260101T000000Z")
    again = read_one(*lines, "DTSTAMP:20260202T000000Z")
    other = read_one(*lines, "LOCATION:Elsewhere")
    assert first.uid == again.uid != other.uid


MASTER = event("UID:s", "DTSTART;TZID=Europe/Berlin:20260105T090000", "RRULE:FREQ=DAILY;COUNT=9")
DAYS = event("UID:s", "DTSTART;VALUE=DATE:20260105", "RRULE:FREQ=DAILY;COUNT=9")


@pytest.mark.parametrize(
    ("master", "identity", "expected"),
    [
        (MASTER, "RECURRENCE-ID:20260107T080000Z", at(7, 8)),
        (MASTER, "RECURRENCE-ID;TZID=Europe/Berlin:20260107T090000", at(7, 8)),
        (MASTER, "RECURRENCE-ID;VALUE=DATE:20260107", at(7, 8)),
        (DAYS, "RECURRENCE-ID;VALUE=DATE:20260107", at(7)),
        (DAYS, "RECURRENCE-ID;TZID=Europe/Berlin:20260107T000000", at(7)),
    ],
)
def test_an_exception_names_its_instance(master: str, identity: str, expected: datetime) -> None:
    exception = event("UID:s", identity, "DTSTART:20260107T120000Z", "RRULE:FREQ=DAILY")

    _, found = read_calendar(calendar_of(master, exception)).events

    assert (found.recurrence_id, found.recurrence) == (expected, ())


def test_a_change_of_all_following_is_read_for_its_date_and_said() -> None:
    identity = "RECURRENCE-ID;RANGE=THISANDFUTURE:20260107T080000Z"

    calendar = read_calendar(
        calendar_of(MASTER, event("UID:s", identity, "DTSTART:20260107T120000Z"))
    )

    assert [each.recurrence_id for each in calendar.events] == [None, at(7, 8)]
    assert ["RANGE" in each.reason for each in calendar.refused] == [True]


def test_a_cancellation_cancels_what_it_holds() -> None:
    cancelled = read_one("UID:c", "DTSTART:20260105T090000Z", head="METHOD:CANCEL\n")

    assert cancelled.status == "cancelled"


def test_several_calendars_in_one_file_are_read() -> None:
    data = calendar_of(GOOD, head="METHOD:CANCEL\n") + calendar_of(GOOD.replace("good", "other"))

    found = read_calendar(data)

    assert [(each.uid, each.status) for each in found.events] == [
        ("good", "cancelled"),
        ("other", "confirmed"),
    ]


def test_what_is_no_event_is_counted() -> None:
    todo = "BEGIN:VTODO\nUID:t\nEND:VTODO\n"
    journal = "BEGIN:VJOURNAL\nUID:j\nEND:VJOURNAL\n"

    calendar = read_calendar(calendar_of(todo, GOOD, journal, todo))

    assert calendar.ignored == {"VTODO": 2, "VJOURNAL": 1}
    assert len(calendar.events) == 1


def test_text_that_was_not_folded_or_not_utf_8_is_kept() -> None:
    unfolded = read_one("UID:t", "DESCRIPTION:One", "two words", "DTSTART:20260105T090000Z")
    assert unfolded.description == "One\ntwo words"

    latin = event("UID:l", "SUMMARY:Caf\xe9", "DTSTART:20260105T090000Z")
    data = f"BEGIN:VCALENDAR\n{latin}END:VCALENDAR\n".encode("latin-1")
    assert read_calendar(data).events[0].summary == "Café"


def test_a_fold_within_a_character_is_undone() -> None:
    data = calendar_of(event("UID:f", "SUMMARY:é", "DTSTART:20260105T090000Z"))
    folded = data.replace(b"\xc3\xa9", b"\xc3\r\n \xa9")

    assert read_calendar(folded).events[0].summary == "é"


def test_an_alarm_that_cannot_be_read_costs_no_event() -> None:
    alarms = "".join(
        f"BEGIN:VALARM\n{line}\nEND:VALARM\n"
        for line in ("TRIGGER:-PT5M", "TRIGGER:soon", "ACTION:AUDIO", "TRIGGER:PT5M")
    )
    found = read_one("UID:a", "DTSTART:20260105T090000Z", alarms.strip())

    assert found.alarm_minutes == (5,)


words = st.sampled_from(
    [
        "BEGIN:VCALENDAR", "END:VCALENDAR", "BEGIN:VEVENT", "END:VEVENT", "BEGIN:VTIMEZONE",
        "END:VTIMEZONE", "BEGIN:STANDARD", "END:STANDARD", "BEGIN:VALARM", "END:VALARM", "UID:a",
        "TZID:X", "TZOFFSETTO:+0100", "TZOFFSETFROM:+9999", "DTSTART;TZID=X:20260105T090000",
        "DTSTART:99991231T235959", "DTSTART:20260105", "DTEND:00000101", "DURATION:P9W",
        "DURATION:-P99999999D", "RRULE:FREQ=YEARLY;BYDAY=-1SU", "EXDATE;TZID=X:20260105T090000",
        "RDATE;VALUE=PERIOD:20260105T090000Z/P1D", "RECURRENCE-ID;VALUE=DATE:20260105",
        "TRIGGER:-P1D", "TRIGGER:99991231T000000Z", "SUMMARY:\\", " folded", "CATEGORIES:a\\,,b",
        "ATTENDEE;CN=\":mailto:x", "X-WR-TIMEZONE:/", "DTSTART;TZID=/:20260105T090000",
    ]
)  # fmt: skip


@given(st.lists(words | st.text(max_size=30), max_size=40))
def test_no_arrangement_of_lines_ends_in_another_error(lines: list[str]) -> None:
    read_or_refuse("\r\n".join(["BEGIN:VCALENDAR", "BEGIN:VEVENT", *lines]).encode())


@given(st.binary(max_size=400), st.booleans())
def test_no_bytes_end_in_another_error(data: bytes, in_calendar: bool) -> None:
    read_or_refuse(b"BEGIN:VCALENDAR\nBEGIN:VEVENT\n" * in_calendar + data)


def read_or_refuse(data: bytes) -> None:
    try:
        calendar = read_calendar(data)
    except IcsError:
        return
    assert all(isinstance(each, IcsEvent) for each in calendar.events)
    assert all(isinstance(each, RefusedEntry) and each.reason for each in calendar.refused)
