"""The conference of an event, from Google, from a file, or from a known address in its texts."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import User
from calendars.events.conferences import conference_url_of
from calendars.events.rows import EventRow
from calendars.google.resources import event_resource
from calendars.google.wire import event_row
from calendars.models import Event
from calendars.rfc5545.conferences import meeting_address, web_address
from calendars.rfc5545.ics import read_calendar
from calendars.sharing.exporting import export_calendar
from calendars.sharing.importing import import_ics
from tests.calendars.ics_files import calendar, event

MEET = "https://meet.google.com/abc-defg-hij"
ZOOM = "https://us02web.zoom.us/j/87654321?pwd=aBc"


def from_google(**members: object) -> str:
    when = {"dateTime": "2026-11-30T09:00:00Z"}
    item = {"id": "one", "start": when, "end": when, **members}
    row = event_row(event_resource(msgspec.Raw(msgspec.json.encode(item))), "UTC")
    assert isinstance(row, EventRow)
    return row.conference_url


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({}, ""),
        ({"hangoutLink": MEET}, MEET),
        ({"conferenceData": {"entryPoints": [
            {"entryPointType": "phone", "uri": "tel:+49-30-1"},
            {"entryPointType": "video", "uri": ZOOM}]}}, ZOOM),
        ({"hangoutLink": MEET, "conferenceData": {"entryPoints": []}}, MEET),
        ({"hangoutLink": "javascript:alert(1)"}, ""),
        ({"hangoutLink": MEET, "conferenceData": "odd"}, MEET),
        ({"hangoutLink": 7, "conferenceData": {"entryPoints": [{"uri": None}]}}, ""),
    ],
)  # fmt: skip
def test_google_names_it(members: dict[str, object], expected: str) -> None:
    assert from_google(**members) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (f"CONFERENCE;VALUE=URI;FEATURE=VIDEO:{ZOOM}", ZOOM),
        (f"CONFERENCE;VALUE=URI;FEATURE=PHONE:tel:+1\nCONFERENCE;VALUE=URI:{ZOOM}", ZOOM),
        (f"CONFERENCE:https://other.example/1\nCONFERENCE;FEATURE=AUDIO,VIDEO:{ZOOM}", ZOOM),
        (f"X-GOOGLE-CONFERENCE:{MEET}", MEET),
        ("CONFERENCE;VALUE=URI:javascript:alert(1)", ""),
    ],
)
def test_a_file_names_it(line: str, expected: str) -> None:
    lines = ["DTSTART:20261130T090000Z", *line.split("\n")]
    (read,) = read_calendar(calendar(event(*lines))).events
    assert read.conference_url == expected


@pytest.mark.django_db
def test_a_file_keeps_it_both_ways(alice: User) -> None:
    content = calendar(event("DTSTART:20261130T090000Z", f"X-GOOGLE-CONFERENCE:{MEET}"))
    made = import_ics(owner=alice, name="In", content=content).calendar
    assert Event.objects.get(calendar=made).conference_url == MEET
    written = b"".join(export_calendar(made)).replace(b"\r\n ", b"").decode()
    assert f"CONFERENCE;VALUE=URI;FEATURE=VIDEO:{MEET}\r\n" in written
    assert import_ics(owner=alice, name="In", content=written.encode()).updated == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"Join at {MEET}.", MEET),
        (f'<a href="{ZOOM}&amp;uname=x">Join</a>', f"{ZOOM}&uname=x"),
        ("https://teams.microsoft.com/l/meetup-join/19%3a/0?context=x)",
         "https://teams.microsoft.com/l/meetup-join/19%3a/0?context=x"),
        ("https://acme.webex.com/acme/j.php?MTID=m1", "https://acme.webex.com/acme/j.php?MTID=m1"),
        ("https://meet.jit.si/Daybook", "https://meet.jit.si/Daybook"),
        ("https://zoom.us@evil.example/j/1", ""),
        ("https://zoom.us.evil.example/j/1", ""),
        ("https://evilzoom.us/j/1", ""),
        ("http://meet.google.com/abc-defg-hij", ""),
        ("https://example.org/minutes", ""),
    ],
)  # fmt: skip
def test_a_known_address_in_a_text_counts(text: str, expected: str) -> None:
    assert meeting_address(["Room 4", text]) == expected
    assert conference_url_of(Event(location="Room 4", description=text)) == expected


def test_what_the_source_names_wins_over_a_text() -> None:
    assert conference_url_of(Event(conference_url=ZOOM, location=MEET)) == ZOOM


@pytest.mark.parametrize(
    "text",
    ["javascript:alert(1)", "JaVaScRiPt://x.example/%0aalert(1)", "data:text/html,x", "//x.example",
     "https://", "https://user:pass@x.example/", "https://x.example/a b", "https://x.example:y/",
     'https://x.example/"onmouseover=', "https://x.example/\u202egnp.exe", "https://[::1/", "x",
     f"https://x.example/{'a' * 2000}"],
)  # fmt: skip
def test_only_whole_web_addresses_become_links(text: str) -> None:
    assert web_address(text) == ""


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80), st.text(max_size=80))
def test_any_text_gives_nothing_or_a_web_address(before: str, after: str) -> None:
    for text in (before, f"https://{before}", f"{before}https://meet.jit.si/{after}"):
        for found in (web_address(text), meeting_address([text])):
            assert found == "" or found.startswith(("https://", "http://"))
            assert not set(found) & set('<>"\\ \n\u202e')
