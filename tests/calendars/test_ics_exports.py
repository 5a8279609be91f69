"""Files in the formats in which Google, Outlook, Apple and Thunderbird export calendars."""

from datetime import UTC, datetime, timedelta

import pytest

from calendars.rfc5545.ics import IcsCalendar, read_calendar
from calendars.rfc5545.people import Person
from calendars.rfc5545.recurrence import expand
from tests.calendars.ics_files import BERLIN

GOOGLE = f"""\
BEGIN:VCALENDAR
PRODID:-//Google Inc//Google Calendar 70.9054//EN
VERSION:2.0
CALSCALE:GREGORIAN
METHOD:PUBLISH
X-WR-CALNAME:Team Löwe
X-WR-TIMEZONE:Europe/Berlin
{BERLIN}BEGIN:VEVENT
DTSTART;TZID=Europe/Berlin:20260302T093000
DTEND;TZID=Europe/Berlin:20260302T100000
RRULE:FREQ=WEEKLY;BYDAY=MO
EXDATE;TZID=Europe/Berlin:20260406T093000
DTSTAMP:20260301T101112Z
ORGANIZER;CN=Alice Example:mailto:alice@example.org
UID:4k2v0example@google.com
ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;CN=Alice
  Example;X-NUM-GUESTS=0:mailto:alice@example.org
ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=OPT-PARTICIPANT;PARTSTAT=NEEDS-ACTION;CN="Bo
 b, of Sales";X-NUM-GUESTS=0:MAILTO:Bob@Example.org
DESCRIPTION:First line\\nSecond\\, with a comma\\; and https://example.org/a?b=
 %3Ac
LOCATION:Room 4\\, Köln
SEQUENCE:2
STATUS:CONFIRMED
SUMMARY:Stand-up
TRANSP:OPAQUE
BEGIN:VALARM
ACTION:DISPLAY
TRIGGER:-P0DT0H10M0S
END:VALARM
BEGIN:VALARM
ACTION:EMAIL
TRIGGER:-P1D
END:VALARM
END:VEVENT
BEGIN:VEVENT
DTSTART;TZID=Europe/Berlin:20260309T140000
DTEND;TZID=Europe/Berlin:20260309T143000
DTSTAMP:20260301T101112Z
UID:4k2v0example@google.com
RECURRENCE-ID;TZID=Europe/Berlin:20260309T093000
SUMMARY:Stand-up\\, later
STATUS:TENTATIVE
END:VEVENT
BEGIN:VEVENT
DTSTART;VALUE=DATE:20260501
DTEND;VALUE=DATE:20260504
DTSTAMP:20260301T101112Z
UID:trip@google.com
SUMMARY:Trip
TRANSP:TRANSPARENT
CLASS:PRIVATE
END:VEVENT
BEGIN:VEVENT
DTSTART:20260305T080000Z
DTEND:20260305T090000Z
UID:single@google.com
SUMMARY:Call
END:VEVENT
END:VCALENDAR
"""

OUTLOOK = """\
BEGIN:VCALENDAR
PRODID:-//Microsoft Corporation//Outlook 16.0 MIMEDIR//EN
VERSION:2.0
METHOD:PUBLISH
X-MS-OLK-FORCEINSPECTOROPEN:TRUE
BEGIN:VTIMEZONE
TZID:W. Europe Standard Time
BEGIN:STANDARD
DTSTART:16011028T030000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010325T020000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
END:VTIMEZONE
BEGIN:VTIMEZONE
TZID:Customized Time Zone
BEGIN:STANDARD
DTSTART:16011104T020000
RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010311T020000
RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
END:DAYLIGHT
END:VTIMEZONE
BEGIN:VEVENT
CATEGORIES:Red Category,Board\\, monthly
CLASS:CONFIDENTIAL
CREATED:20260101T120000Z
DTEND;TZID="W. Europe Standard Time":20260113T110000
DTSTAMP:20260101T120000Z
DTSTART;TZID="W. Europe Standard Time":20260113T100000
PRIORITY:5
RRULE:FREQ=MONTHLY;BYDAY=2TU;COUNT=12
SEQUENCE:0
SUMMARY;LANGUAGE=en-us:Board
TRANSP:OPAQUE
UID:040000008200E00074C5B7101A82E00800000000
X-ALT-DESC;FMTTYPE=text/html:<html><body>Board</body></html>
X-MICROSOFT-CDO-BUSYSTATUS:BUSY
BEGIN:VALARM
TRIGGER:-PT15M
ACTION:DISPLAY
DESCRIPTION:Reminder
END:VALARM
END:VEVENT
BEGIN:VEVENT
DTSTART;TZID=Customized Time Zone:20260701T090000
DTEND;TZID=Customized Time Zone:20260701T100000
SUMMARY:New York calls
UID:customized
X-MICROSOFT-CDO-BUSYSTATUS:FREE
END:VEVENT
BEGIN:VEVENT
DTSTART;TZID="W. Europe Standard Time":20260402T000000
DTEND;TZID="W. Europe Standard Time":20260403T000000
SUMMARY:Day off
UID:day-off
X-MICROSOFT-CDO-ALLDAYEVENT:TRUE
END:VEVENT
END:VCALENDAR
"""

APPLE = """\
BEGIN:VCALENDAR
CALSCALE:GREGORIAN
PRODID:-//Apple Inc.//macOS 14.5//EN
VERSION:2.0
X-APPLE-CALENDAR-COLOR:#1BADF8
X-WR-CALNAME:Home
BEGIN:VEVENT
CREATED:20260210T070000Z
DTEND;TZID=America/Los_Angeles:20260214T200000
DTSTAMP:20260210T070000Z
DTSTART;TZID=America/Los_Angeles:20260214T183000
LAST-MODIFIED:20260210T070000Z
RRULE:FREQ=YEARLY
SEQUENCE:1
SUMMARY:Dinner 🍝
UID:0B3B2F2A-EXAMPLE
URL;VALUE=URI:https://example.org/table
X-APPLE-STRUCTURED-LOCATION;VALUE=URI;X-ADDRESS="1 Main St";X-TITLE="Cafe":geo:37.3,-122.0
BEGIN:VALARM
ACTION:AUDIO
TRIGGER:-PT30M
UID:alarm
END:VALARM
BEGIN:VALARM
ACTION:NONE
TRIGGER;VALUE=DATE-TIME:20260214T223000Z
END:VALARM
END:VEVENT
BEGIN:VEVENT
DTSTART;VALUE=DATE:20260320
DTEND;VALUE=DATE:20260321
RRULE:FREQ=YEARLY;UNTIL=20300320
SUMMARY:Birthday
UID:birthday
END:VEVENT
END:VCALENDAR
"""

THUNDERBIRD = """\
BEGIN:VCALENDAR
PRODID:-//Mozilla.org/NONSGML Mozilla Calendar V1.1//EN
VERSION:2.0
BEGIN:VTIMEZONE
TZID:/mozilla.org/20050126_1/Asia/Tokyo
X-LIC-LOCATION:Asia/Tokyo
BEGIN:STANDARD
TZOFFSETFROM:+0900
TZOFFSETTO:+0900
DTSTART:19700101T000000
END:STANDARD
END:VTIMEZONE
BEGIN:VTODO
UID:todo
SUMMARY:Buy milk
END:VTODO
BEGIN:VEVENT
CREATED:20260101T000000Z
LAST-MODIFIED:20260101T000000Z
DTSTAMP:20260101T000000Z
UID:lesson
SUMMARY:Lesson
CATEGORIES:Music
CATEGORIES:Piano
RRULE:FREQ=WEEKLY;COUNT=3
RDATE;TZID=/mozilla.org/20050126_1/Asia/Tokyo:20260201T180000
EXDATE:20260112T080000Z
DTSTART;TZID=/mozilla.org/20050126_1/Asia/Tokyo:20260105T170000
DURATION:PT45M
X-MOZ-GENERATION:4
END:VEVENT
END:VCALENDAR
"""


def read(text: str) -> IcsCalendar:
    return read_calendar(text.replace("\n", "\r\n").encode())


def test_googles_export() -> None:
    calendar = read(GOOGLE)

    assert (calendar.name, calendar.time_zone, calendar.refused) == (
        "Team Löwe",
        "Europe/Berlin",
        [],
    )
    series, exception, trip, call = calendar.events
    assert series.start_at == datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
    assert series.end_at - series.start_at == timedelta(minutes=30)
    assert series.time_zone == "Europe/Berlin"
    assert series.recurrence == (
        "RRULE:FREQ=WEEKLY;BYDAY=MO",
        "EXDATE;TZID=Europe/Berlin:20260406T093000",
    )
    assert series.summary == "Stand-up"
    assert series.location == "Room 4, Köln"
    assert (
        series.description == "First line\nSecond, with a comma; and https://example.org/a?b=%3Ac"
    )
    assert series.sequence == 2
    assert series.alarm_minutes == (10, 1440)
    assert series.organizer == Person("alice@example.org", "Alice Example")
    assert series.attendees == (
        Person("alice@example.org", "Alice Example", "accepted", is_organizer=True),
        Person("bob@example.org", "Bob, of Sales", "needsAction", optional=True),
    )
    assert exception.uid == series.uid
    assert exception.recurrence_id == datetime(2026, 3, 9, 8, 30, tzinfo=UTC)
    assert (exception.status, exception.recurrence) == ("tentative", ())
    assert (trip.all_day, trip.time_zone) == (True, "UTC")
    assert trip.end_at - trip.start_at == timedelta(days=3)
    assert (trip.transparency, trip.visibility) == ("transparent", "private")
    assert call.start_at == datetime(2026, 3, 5, 8, tzinfo=UTC)


def test_outlooks_export() -> None:
    board, calls, day_off = read(OUTLOOK).events

    assert (board.time_zone, board.start_at) == (
        "Europe/Berlin",
        datetime(2026, 1, 13, 9, tzinfo=UTC),
    )
    assert board.categories == ("Red Category", "Board, monthly")
    assert (board.visibility, board.alarm_minutes) == ("confidential", (15,))
    assert calls.time_zone == "America/New_York"
    assert calls.start_at == datetime(2026, 7, 1, 13, tzinfo=UTC)
    assert calls.transparency == "transparent"
    assert day_off.all_day
    assert day_off.start_at == datetime(2026, 4, 2, tzinfo=UTC)
    assert day_off.end_at == datetime(2026, 4, 3, tzinfo=UTC)


def test_apples_export() -> None:
    calendar = read(APPLE)

    dinner, birthday = calendar.events
    assert calendar.name == "Home"
    assert (dinner.summary, dinner.url) == ("Dinner 🍝", "https://example.org/table")
    assert dinner.alarm_minutes == (30, 240)
    assert birthday.recurrence == ("RRULE:FREQ=YEARLY;UNTIL=20300320",)


def test_thunderbirds_export() -> None:
    calendar = read(THUNDERBIRD)

    (lesson,) = calendar.events
    assert calendar.ignored == {"VTODO": 1}
    assert lesson.time_zone == "Asia/Tokyo"
    assert lesson.end_at - lesson.start_at == timedelta(minutes=45)
    assert lesson.categories == ("Music", "Piano")
    assert lesson.recurrence[1:] == (
        "RDATE;TZID=Asia/Tokyo:20260201T180000",
        "EXDATE:20260112T080000Z",
    )


@pytest.mark.parametrize("text", [GOOGLE, OUTLOOK, APPLE, THUNDERBIRD])
def test_what_is_read_can_be_expanded(text: str) -> None:
    for event in read(text).events:
        assert expand(event, after=event.start_at, before=event.start_at + timedelta(days=365))


@pytest.mark.parametrize("text", [GOOGLE, OUTLOOK, APPLE, THUNDERBIRD])
@pytest.mark.parametrize("ending", ["\n", "\r", "\r\n", "\r\r\n", "\n\n"])
def test_any_line_ending_and_a_byte_order_mark_change_nothing(text: str, ending: str) -> None:
    assert read_calendar(b"\xef\xbb\xbf" + text.replace("\n", ending).encode()) == read(text)
    assert read_calendar(text.replace("\n", ending).encode("utf-16")) == read(text)
