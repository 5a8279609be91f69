"""Every time on a page is in the user's zone, also around clock changes."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.core import mail
from django.db import connection as database
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from django.utils import formats, timezone

from accounts.audit import events
from accounts.models import AuditEvent, Session, User
from calendars.models import SyncRun
from profiles.models import ProfileChange
from profiles.services import change_profile
from tests.calendars.rows import make_calendar, make_connection, make_day, make_event
from tests.calendars.shown_times import CLOCK, ShownBlock, ShownTimes, clock_in
from tests.factories import PASSWORD, bearer, make_session

pytestmark = pytest.mark.django_db
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
# For zones without clock changes, an instant at which others change.
CHANGES = [
    ("Europe/Berlin", datetime(2026, 10, 25, 1, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2027, 3, 28, 1, tzinfo=UTC)),
    ("America/St_Johns", datetime(2026, 11, 1, 4, 30, tzinfo=UTC)),
    ("America/St_Johns", datetime(2027, 3, 14, 5, 30, tzinfo=UTC)),
    ("Asia/Kathmandu", datetime(2026, 10, 25, 1, tzinfo=UTC)),
    ("Pacific/Kiritimati", datetime(2026, 10, 25, 1, tzinfo=UTC)),
]
around_a_change = pytest.mark.parametrize(("name", "change_at"), CHANGES)


def fill(alice: User, name: str, moments: list[datetime]) -> None:
    """Create a short event at each moment, and what the other pages show at the same moments."""
    change_profile(owner=alice, changes={"timezone": name, "first_name": "Ada"})
    connection = make_connection(alice)
    calendar = make_calendar(connection, "Work", "#4a6fa5")
    for number, at in enumerate(moments):
        make_event(calendar, f"Meeting {number}", at, at + 20 * MINUTE, time_zone="Asia/Tokyo")
        AuditEvent.objects.create(
            event=events.SIGN_UP, outcome=events.OK, count=1, user=alice, occurred_at=at
        )
        SyncRun.objects.create(
            connection=connection, owner=alice, calendar=calendar, kind="full", started_at=at
        )
    make_day(calendar, "Holiday", moments[0].date(), days=2)
    late = datetime.combine(moments[0].date(), datetime.min.time(), ZoneInfo(name)) + 23 * HOUR
    make_event(calendar, "Night train", late, late + 4 * HOUR)
    ProfileChange.objects.update(changed_at=moments[len(moments) // 2])
    make_session(alice)
    Session.objects.filter(user=alice).update(created_at=moments[0])


def moments_around(change_at: datetime) -> list[datetime]:
    return [change_at + 30 * MINUTE * step for step in range(-4, 5)]


def page_addresses(on: date) -> Iterator[str]:
    """Return every page that needs at most a date."""
    for name in sorted({str(one.name) for one in patterns(get_resolver()) if one.name}):
        for arguments in ({}, {"on": on}):
            try:
                address = reverse(name, kwargs=arguments)
            except NoReverseMatch:
                continue
            if not address.startswith("/api/"):
                yield address


def patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    for one in resolver.url_patterns:
        if isinstance(one, URLPattern):
            yield one
        elif one.app_name != "admin":
            yield from patterns(one)


def occurrences(alice: User, first_on: date, end_on: date) -> list[dict[str, Any]]:
    """Return the API's occurrences of these days."""
    phone = Client(headers=bearer(make_session(alice)))
    answer = phone.get("/api/v1/occurrences", {"start": str(first_on), "end": str(end_on)})
    assert answer.status_code == 200
    return list(answer.json()["results"])


def expected_lines(told: list[dict[str, Any]], zone: ZoneInfo, on: date) -> set[tuple[str, str]]:
    """Return the expected time and summary of each entry of a day, from the API's values."""
    lines = set()
    for one in told:
        if one["all_day"]:
            if date.fromisoformat(one["start"]) <= on < date.fromisoformat(one["end"]):
                lines.add(("All day", one["summary"]))
            continue
        start, end = (datetime.fromisoformat(one[key]).astimezone(zone) for key in ("start", "end"))
        if start.date() <= on <= end.date():
            lines.add((line_of(start, end, zone, on), one["summary"]))
    return lines


def line_of(start: datetime, end: datetime, zone: ZoneInfo, on: date) -> str:
    if start.date() < on:
        return f"Until {clock_in(zone, end)}"
    if end.date() > on:
        return f"From {clock_in(zone, start)}"
    return f"{clock_in(zone, start)}–{clock_in(zone, end)}"  # noqa: RUF001


def sign_in(client: Client, user: User) -> None:
    """Sign in with a password just now, so that no page requires it again."""
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})


@around_a_change
def test_every_clock_on_every_page_is_the_persons(
    client: Client, alice: User, name: str, change_at: datetime
) -> None:
    zone, on = ZoneInfo(name), change_at.astimezone(ZoneInfo(name)).date()
    fill(alice, name, moments_around(change_at))
    sign_in(client, alice)
    seen = 0
    for address in page_addresses(on):
        answer = client.get(address)
        if answer.status_code != 200 or not answer["Content-Type"].startswith("text/html"):
            continue
        page = ShownTimes(answer.content.decode())
        for at, text in page.instants:
            assert at.utcoffset() == at.astimezone(zone).utcoffset(), (address, at)
            if CLOCK.search(text):
                assert text.endswith(clock_in(zone, at)), (address, at, text)
        assert page.loose == [], address
        seen += len(page.instants)
    assert seen > 30


@around_a_change
def test_the_month_and_the_agenda_say_what_the_api_says(
    client: Client, alice: User, name: str, change_at: datetime
) -> None:
    zone, on = ZoneInfo(name), change_at.astimezone(ZoneInfo(name)).date()
    fill(alice, name, moments_around(change_at))
    told = occurrences(alice, on - 2 * DAY, on + 3 * DAY)
    sign_in(client, alice)
    agenda = ShownTimes(client.get(f"/calendar/agenda/{on - DAY}/").content.decode())
    for day in (on - DAY, on, on + DAY):
        expected = expected_lines(told, zone, day)
        found = ShownTimes(client.get(f"/calendar/day/{day}/list/").content.decode())
        assert {(e.when, e.summary) for e in found.entries} == expected
        assert {(e.when, e.summary) for e in agenda.entries if e.day == str(day)} == expected
    for view in ("month", "weeks"):
        assert_bars(ShownTimes(client.get(f"/calendar/{view}/{on}/").content.decode()), told, zone)
    assert len(expected_lines(told, zone, on)) > 5


@around_a_change
def test_the_week_and_the_day_say_what_the_api_says(
    client: Client, alice: User, name: str, change_at: datetime
) -> None:
    zone, on = ZoneInfo(name), change_at.astimezone(ZoneInfo(name)).date()
    fill(alice, name, moments_around(change_at))
    told = [one for one in occurrences(alice, on - 2 * DAY, on + 3 * DAY) if not one["all_day"]]
    sign_in(client, alice)
    week = ShownTimes(client.get(f"/calendar/week/{on}/").content.decode())
    assert str(on) in {block.day for block in week.blocks}
    for day in (on - DAY, on, on + DAY):
        page = ShownTimes(client.get(f"/calendar/day/{day}/").content.decode())
        assert_blocks(page.blocks, told, zone, day)
        of_week = [block for block in week.blocks if block.day == str(day)]
        if of_week:
            assert_blocks(of_week, told, zone, day)


def assert_blocks(
    blocks: list[ShownBlock], told: list[dict[str, Any]], zone: ZoneInfo, on: date
) -> None:
    """Compare what the blocks of a day say, and where they are, with the API's values."""
    expected = {summary: line for line, summary in expected_lines(told, zone, on)}
    assert {block.summary for block in blocks} == set(expected)
    by_summary = {one["summary"]: one for one in told}
    for block in blocks:
        assert f", {expected[block.summary]}, " in block.label
        one = by_summary[block.summary]
        instants = [datetime.fromisoformat(one[key]) for key in ("start", "end")]
        assert set(block.instants) <= set(instants)
        starts = instants[0].astimezone(zone)
        if starts.date() == on and is_repeated(zone, on):
            assert block.place >= place_after(passed_since_midnight(starts))
        elif starts.date() == on and not any(is_repeated(zone, on + n * DAY) for n in range(-6, 7)):
            assert block.place >= place_after(timedelta(hours=starts.hour, minutes=starts.minute))


def is_repeated(zone: ZoneInfo, on: date) -> bool:
    """Whether a day has 25 hours, so that its hours are where they are counted from midnight."""
    midnights = [datetime(d.year, d.month, d.day, tzinfo=zone) for d in (on, on + DAY)]
    return midnights[1].astimezone(UTC) - midnights[0].astimezone(UTC) > DAY


def passed_since_midnight(at: datetime) -> timedelta:
    midnight = at.replace(hour=0, minute=0, fold=0)
    return at.astimezone(UTC) - midnight.astimezone(UTC)


def place_after(passed: timedelta) -> set[str]:
    hours, slots = divmod(passed // (5 * MINUTE), 12)
    return {f"{name}{number}" for name, number in (("h", hours), ("m", slots)) if number}


def assert_bars(page: ShownTimes, told: list[dict[str, Any]], zone: ZoneInfo) -> None:
    starts = {one["summary"]: one["start"] for one in told}
    shown = [(when, summary) for when, summary in page.bars if when]
    assert shown
    for when, summary in shown:
        assert when == clock_in(zone, datetime.fromisoformat(starts[summary]))


@around_a_change
def test_the_popover_and_the_page_of_an_event_say_what_the_api_says(
    client: Client, alice: User, name: str, change_at: datetime
) -> None:
    zone, on = ZoneInfo(name), change_at.astimezone(ZoneInfo(name)).date()
    fill(alice, name, moments_around(change_at))
    told = occurrences(alice, on - 2 * DAY, on + 3 * DAY)
    sign_in(client, alice)
    for one in told:
        for headers in ({"HX-Target": "event-popover"}, {}):
            answer = client.get(f"/events/{one['event']}/", headers=headers)
            assert_event(ShownTimes(answer.content.decode()), one, zone)
    assert len(told) > 5


def assert_event(page: ShownTimes, one: dict[str, Any], zone: ZoneInfo) -> None:
    """Check the times of an event's card, here and where the event is."""
    if one["all_day"]:
        assert page.instants == []
        assert page.loose == []
        return
    moments = [datetime.fromisoformat(one[key]) for key in ("start", "end")]
    assert [at for at, _ in page.instants] == moments
    for at, text in page.instants:
        assert at.utcoffset() == at.astimezone(zone).utcoffset()
        assert text.endswith(clock_in(zone, at))
    clocks = "–".join(clock_in(ZoneInfo("Asia/Tokyo"), at) for at in moments)  # noqa: RUF001
    is_elsewhere = one["time_zone"] == "Asia/Tokyo"
    assert [text.endswith(f"{clocks} in Tokyo") for text in page.loose] == [True] * is_elsewhere


@around_a_change
def test_an_administrator_sees_times_by_their_own_clock(
    client: Client, alice: User, bob: User, name: str, change_at: datetime
) -> None:
    fill(alice, "Asia/Tokyo", moments_around(change_at))
    User.objects.filter(pk=bob.pk).update(is_staff=True, is_superuser=True)
    change_profile(owner=bob, changes={"timezone": name})
    client.force_login(bob)
    page = client.get("/admin/accounts/auditevent/").content.decode()
    for at in moments_around(change_at):
        local = at.astimezone(ZoneInfo(name))
        assert formats.date_format(local, "DATETIME_FORMAT") in page


@around_a_change
def test_a_mail_says_when_by_the_clock_of_its_reader(
    client: Client, alice: User, name: str, change_at: datetime
) -> None:
    change_profile(owner=alice, changes={"timezone": name})
    sign_in(client, alice)
    before = timezone.now()
    new = "another walk, inland"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert client.post("/accounts/password/change/", form).status_code == 302
    (when,) = re.findall(r"When: (.*)", str(mail.outbox[-1].body))
    zone = ZoneInfo(name)
    possible = [
        f"{at.day} {at:%B %Y}, {clock_in(zone, at)} ({name})"
        for at in (before.astimezone(zone), timezone.now().astimezone(zone))
    ]
    assert when in possible


@around_a_change
def test_an_export_names_instants_by_the_persons_clock(
    client: Client, alice: User, name: str, change_at: datetime
) -> None:
    zone, moments = ZoneInfo(name), moments_around(change_at)
    fill(alice, name, moments)
    sign_in(client, alice)
    answer = client.get("/settings/data/export/")
    content = io.BytesIO(b"".join(answer.streaming_content))  # type: ignore[attr-defined]
    with zipfile.ZipFile(content) as archive:
        trail = json.loads(archive.read("audit_events.json"))
        rows = json.loads(archive.read("events.json"))
    noted = [one["occurred_at"] for one in trail if one["event"] == events.SIGN_UP]
    assert sorted(noted) == sorted(at.astimezone(zone).isoformat() for at in moments)
    holiday = next(one for one in rows if one["summary"] == "Holiday")
    assert holiday["start_at"] == f"{moments[0].date()}T00:00:00Z"


def test_the_api_stays_in_utc(client: Client, alice: User) -> None:
    change_profile(owner=alice, changes={"timezone": "Asia/Kathmandu"})
    phone = Client(headers=bearer(make_session(alice)))
    found = phone.get("/api/v1/auth/sessions").json()["results"]
    assert all(one["created_at"].endswith("Z") for one in found)
    assert found


def test_a_zone_that_is_not_known_here_falls_back_and_is_named(client: Client, alice: User) -> None:
    change_profile(owner=alice, changes={"timezone": "Asia/Kathmandu"})
    forget_the_zone(alice)
    client.force_login(alice)
    assert "Times are in UTC" in client.get("/settings/security/log/").content.decode()
    page = client.get("/calendar/month/2026-11-18/").content.decode()
    assert "Europe/Atlantis isn't a time zone known to this server" in page


def forget_the_zone(person: User) -> None:
    """Pretend that the profile was written with a newer tz database."""
    with database.cursor() as cursor:
        cursor.execute(
            "SET CONSTRAINTS ALL IMMEDIATE;"
            "ALTER TABLE profiles_profile DROP CONSTRAINT profile_timezone_valid;"
            "UPDATE profiles_profile SET timezone = 'Europe/Atlantis' WHERE owner_id = %s",
            [person.pk],
        )


def test_templates_write_clocks_by_the_one_formatter() -> None:
    """Django's `date` filter is for dates: a time has its zone and may occur twice a day."""
    clocks = re.compile(r"""\|(?:date|time):["'][^"']*[HhGgisfPU:]""")
    wrong = [
        f"{path.name}: {found}"
        for path in Path(settings.BASE_DIR, "templates").rglob("*.*")
        for found in clocks.findall(path.read_text())
    ]
    assert wrong == []
