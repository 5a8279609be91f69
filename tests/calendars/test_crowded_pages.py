"""However many events a day has, a page stays small, and every event is on some page."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from tests.calendars.crowd import fill_weeks
from tests.calendars.rows import make_calendar, make_connection, make_hour
from tests.calendars.shown_times import ShownTimes
from tests.factories import bearer, make_session

pytestmark = pytest.mark.django_db
MOST_BYTES = 300_000


def monday() -> datetime:
    today = timezone.now().date()
    first = today - timedelta(days=today.weekday())
    return datetime(first.year, first.month, first.day, tzinfo=UTC)


def day_address(on: date) -> str:
    return f"/calendar/day/{on}/"


def test_twenty_thousand_weekly_series_make_small_pages(client: Client, alice: User) -> None:
    fill_weeks(alice, series=20_000, start_at=monday(), weeks=3)
    client.force_login(alice)
    on = monday().date() + timedelta(days=8)
    views = ("agenda", "month", "weeks", "week")
    addresses = [*(f"/calendar/{view}/{on}/" for view in views), day_address(on)]
    for address in addresses:
        page = client.get(address).content.decode()
        assert len(page.encode()) <= MOST_BYTES, (address, len(page))
        assert "Series " in page
        if "/day/" not in address:
            assert re.search(r">&gt;\d+<|>\+\d+<|>More than \d+ more<", page), address
        else:
            assert f"{day_address(on)}?cursor=" in page


def test_every_event_of_a_crowded_day_is_on_its_pages(client: Client, alice: User) -> None:
    """As many as the API lists, each once, forwards and backwards."""
    fill_weeks(alice, series=1_750, start_at=monday(), weeks=1)
    on = monday().date()
    told = summaries_of_the_api(alice, on)
    client.force_login(alice)
    pages, before = pages_of(client, day_address(on))
    assert [sorted(page) for page in pages] == [sorted(page) for page in batched(told, 60)]
    assert len(pages) == 5
    back = client.get(before).content.decode()
    assert [block.summary for block in ShownTimes(back).blocks] == pages[-2]


def pages_of(client: Client, address: str) -> tuple[list[list[str]], str]:
    """Return the summaries of each page of a day, and the way back from the last one."""
    pages, before = [], ""
    while address:
        page = client.get(address).content.decode()
        pages.append([block.summary for block in ShownTimes(page).blocks])
        address, before = link(page, "next"), link(page, "prev")
    return pages, before


def batched(items: list[str], size: int) -> list[list[str]]:
    return [items[start : start + size] for start in range(0, len(items), size)]


def summaries_of_the_api(alice: User, on: date) -> list[str]:
    phone = Client(headers=bearer(make_session(alice)))
    answer = phone.get(
        "/api/v1/occurrences", {"start": str(on), "end": str(on + timedelta(days=1))}
    ).json()
    assert answer["next"] is None
    return [one["summary"] for one in answer["results"]]


def link(page: str, way: str) -> str:
    """Return the address of the button Earlier or Later, not of the links to other days."""
    found = re.search(rf'class="button quiet" rel="{way}" href="([^"]+)"', page)
    return found[1].replace("&amp;", "&") if found else ""


@pytest.mark.parametrize("view", ["agenda", "month", "weeks", "week"])
def test_what_finds_no_room_is_counted_and_linked(client: Client, alice: User, view: str) -> None:
    work = make_calendar(make_connection(alice), "Work", "#4a6fa5")
    on = date(2026, 11, 18)
    for number in range(70):
        make_hour(work, f"Meeting {number}", on, 8)
    client.force_login(alice)
    page = client.get(f"/calendar/{view}/{on}/").content.decode()
    shown = len(set(re.findall(r"Meeting \d+(?=<)", page)))
    assert 0 < shown < 70
    if view == "agenda":
        assert f'<a href="{day_address(on)}">{70 - shown} more<' in page
    elif view == "week":
        assert re.search(rf'<a class="more" href="{day_address(on)}"[^>]*>\+{70 - shown}<', page)
    else:  # the number that counts where all lanes fit, which is the last one
        link = re.search(rf'<a class="more" href="{day_address(on)}">(.*?)</a>', page)
        assert link
        assert re.findall(r">\+(\d+)<", link[1])[-1] == str(70 - shown)
    pages, _ = pages_of(client, day_address(on))
    assert [len(page) for page in pages] == [60, 10]


def test_the_list_of_a_day_is_bounded_too(client: Client, alice: User) -> None:
    fill_weeks(alice, series=7_000, start_at=monday(), weeks=1)
    client.force_login(alice)
    page = client.get(f"{day_address(monday().date())}list/").content.decode()
    assert len(ShownTimes(page).entries) == 60
    assert "More than 40 more" in page
    assert len(page) < MOST_BYTES / 4


def test_a_usual_fortnight_is_shown_whole(client: Client, alice: User) -> None:
    fill_weeks(alice, series=70, start_at=monday(), weeks=2)
    client.force_login(alice)
    page = client.get(f"/calendar/agenda/{monday().date()}/").content.decode()
    assert len(ShownTimes(page).entries) == 140
    assert "agenda-rest" not in page


def test_a_day_is_its_owners(client: Client, alice: User, charlie: User) -> None:
    work = make_calendar(make_connection(alice), "Work", "#4a6fa5")
    make_hour(work, "Interview", date(2026, 11, 18), 8)
    assert client.get(day_address(date(2026, 11, 18))).status_code == 302
    client.force_login(charlie)
    assert "Nothing planned" in client.get(day_address(date(2026, 11, 18))).content.decode()
    client.force_login(alice)
    assert "Interview" in client.get(day_address(date(2026, 11, 18))).content.decode()


def test_a_shortened_cursor_leads_to_the_first_page(client: Client, alice: User) -> None:
    client.force_login(alice)
    answer = client.get(f"{day_address(date(2026, 11, 18))}?cursor=WzFd")
    assert (answer.status_code, answer["Location"]) == (302, day_address(date(2026, 11, 18)))
