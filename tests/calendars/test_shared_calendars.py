"""The pages show what others share: whole, or as busy alone; and nothing to anybody else."""

from __future__ import annotations

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.security_context import acting_as
from calendars.models import Calendar, Connection, Event, HiddenShare, Occurrence
from calendars.sharing.shares import end_shares
from calendars.timeline.days import read_days
from calendars.timeline.shared import shared_calendars
from profiles.services import change_profile
from tests.calendars.rows import make_calendar, make_connection, make_hour
from tests.calendars.sharing import ON, SECRETS, browser_of, event, make_work, share
from tests.factories import make_user
from tests.privilege import as_product
from tests.statements import statements

pytestmark = pytest.mark.django_db
VIEWS = ("day", "week", "weeks", "month", "agenda")


@pytest.fixture
def work(alice: User) -> Calendar:
    change_profile(owner=alice, changes={"first_name": "Alice", "last_name": "Liddell"})
    return make_work(alice)


@pytest.fixture
def own(bob: User) -> Calendar:
    calendar = make_calendar(make_connection(bob), "Own", "#2f7d5d")
    make_hour(calendar, "Own meeting", ON, 9)
    return calendar


def page(browser: Client, view: str) -> str:
    answer = browser.get(f"/calendar/{view}/{ON}/")
    assert answer.status_code == 200
    return str(answer.content, "utf-8")


def chips(text: str) -> list[str]:
    return re.findall(r'class="chip-text">([^<]*)<', text)


def link_of(text: str, title: str) -> str:
    """Return the opening tag of the chip with this title."""
    found: str = next(
        tag
        for tag, shown in re.findall(r'(<a class="chip [^>]*>)(.*?)</a>', text, re.DOTALL)
        if f">{title}<" in shown
    )
    return found


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_shows_what_is_shared_beside_ones_own(
    bob: User, own: Calendar, work: Calendar, view: str
) -> None:
    share(work, bob)

    text = page(browser_of(bob), view)

    assert {"Own meeting", "Design review", "Busy", "Free reading"} <= set(chips(text))
    assert "Salary review" not in text
    assert str(event("Salary review").pk) not in text
    assert "Shared by Alice Liddell" in text
    review, busy = link_of(text, "Design review"), link_of(text, "Busy")
    assert f'href="/events/{event("Design review").pk}/' in review
    assert "data-event" in review
    assert f'href="/calendar/day/{ON}/"' in busy
    assert "data-event" not in busy


@pytest.mark.parametrize("view", VIEWS)
def test_busy_shows_blocks_without_anything_else(
    bob: User, own: Calendar, work: Calendar, view: str
) -> None:
    share(work, bob, "busy")

    text = page(browser_of(bob), view)

    assert set(chips(text)) == {"Own meeting", "Busy"}
    assert chips(text).count("Busy") >= 2
    assert not [secret for secret in SECRETS if secret in text]
    ids = [str(pk) for pk in work.events.values_list("pk", flat=True)]
    assert not [pk for pk in ids if pk in text]


@pytest.mark.parametrize("view", VIEWS)
def test_nobody_else_sees_anything(
    bob: User, charlie: User, alice: User, own: Calendar, work: Calendar, view: str
) -> None:
    share(work, bob)

    assert chips(page(browser_of(charlie), view)) == []
    assert "Own meeting" not in chips(page(browser_of(alice), view))


@pytest.mark.parametrize("view", VIEWS)
def test_an_ended_share_is_gone_at_once(
    alice: User, bob: User, own: Calendar, work: Calendar, view: str
) -> None:
    share(work, bob)
    browser = browser_of(bob)
    assert "Design review" in chips(page(browser, view))

    end_shares(owner=alice, email=bob.email)

    assert set(chips(page(browser, view))) == {"Own meeting"}


def test_a_reader_without_calendars_sees_what_is_shared(bob: User, work: Calendar) -> None:
    share(work, bob)

    assert "Design review" in chips(page(browser_of(bob), "week"))


def test_a_shared_calendar_is_hidden_by_its_reader_alone(
    alice: User, bob: User, own: Calendar, work: Calendar
) -> None:
    share(work, bob)
    browser = browser_of(bob)
    form = {"calendar": [str(own.pk)], "shared": [str(work.pk)]}

    browser.post("/calendar/selection/", form)
    assert set(chips(page(browser, "week"))) == {"Own meeting"}
    assert "Design review" in chips(page(browser_of(alice), "week"))
    # A form that was rendered before the share began says nothing about it.
    browser.post("/calendar/selection/", {"calendar": [str(own.pk), str(work.pk)]})
    assert HiddenShare.objects.count() == 1

    browser.post("/calendar/selection/", form | {"calendar": [str(own.pk), str(work.pk)]})
    assert "Design review" in chips(page(browser, "week"))


def test_another_persons_calendar_is_not_hidden_by_its_id(
    charlie: User, bob: User, work: Calendar
) -> None:
    share(work, bob)
    browser_of(charlie).post("/calendar/selection/", {"shared": [str(work.pk)]})

    assert not HiddenShare.objects.exists()


def test_the_page_of_a_shared_event_is_for_reading(bob: User, work: Calendar) -> None:
    share(work, bob)
    browser = browser_of(bob)

    answer = browser.get(f"/events/{event('Design review').pk}/")

    text = answer.content.decode()
    assert answer.status_code == 200
    assert "Room Noether" in text
    assert "Alice Liddell shares this calendar with you. Only they can change it." in text
    assert "Open in Google" not in text
    assert 'id="event-history"' not in text
    assert browser.get(f"/events/{event('Salary review').pk}/").status_code == 404
    category = browser.post(f"/events/{event('Design review').pk}/category/", {"category": ""})
    assert category.status_code == 404


@pytest.mark.parametrize("level", ["busy", None])
def test_no_page_of_an_event_without_its_details(
    bob: User, work: Calendar, level: str | None
) -> None:
    if level:
        share(work, bob, level)

    assert browser_of(bob).get(f"/events/{event('Design review').pk}/").status_code == 404


def test_a_private_change_of_a_shared_series_has_no_page(bob: User, work: Calendar) -> None:
    series = make_hour(work, "Stand-up", ON, 8)
    Event.objects.filter(pk=series.pk).update(recurrence=["RRULE:FREQ=DAILY;COUNT=5"])
    changed = make_hour(work, "Doctor", ON + timedelta(days=1), 8, visibility="private")
    Event.objects.filter(pk=changed.pk).update(
        recurring_event_id=series.remote_id, original_start_at=changed.start_at
    )
    share(work, bob)
    browser = browser_of(bob)
    address = f"/events/{series.pk}/?at="

    assert browser.get(f"{address}20261118T080000Z").status_code == 200
    assert browser.get(f"{address}20261119T080000Z").status_code == 404
    assert str(changed.pk) not in browser.get(f"{address}20261118T080000Z").content.decode()


def test_a_day_counts_what_it_shows_of_others(bob: User, own: Calendar, work: Calendar) -> None:
    """What is free or declined in a calendar shared as busy isn't counted either."""
    share(work, bob, "busy")
    with as_product(), acting_as(user_id=bob.pk):
        found = read_days(
            owner_id=bob.pk,
            start_on=ON,
            end_on=ON + timedelta(days=1),
            zone=ZoneInfo("UTC"),
            limit=lambda _: 1,
        )

    assert found.totals == {ON: 3}
    assert sorted(one.summary for one in found.entries) == ["Busy", "Own meeting"]


def test_statements_do_not_grow_with_calendars_or_events(
    bob: User, own: Calendar, work: Calendar
) -> None:
    share(work, bob)
    connection_of_alice = Connection.objects.get(owner=work.owner)
    few = asked(bob)
    for number in range(10):
        other = make_calendar(connection_of_alice, f"Other {number}", "#2f7d5d")
        for hour in range(10):
            make_hour(other, "Meeting", ON, hour)
        share(other, bob)

    assert len(asked(bob)) == len(few)


def asked(person: User) -> list[str]:
    browser = browser_of(person)
    browser.get(f"/calendar/month/{ON}/")
    with CaptureQueriesContext(connection) as captured:
        browser.get(f"/calendar/month/{ON}/")
    return statements(captured)


def test_a_forgotten_filter_shows_nothing_of_what_is_shared(
    alice: User, bob: User, own: Calendar, work: Calendar
) -> None:
    """The reader's own context shows no row of a shared calendar; the reader's pages still do."""
    share(work, bob)
    with as_product(), acting_as(user_id=bob.pk):
        for model in (Calendar, Event, Occurrence):
            assert set(model.objects.values_list("owner_id", flat=True)) == {bob.pk}
        assert [one.pk for one in shared_calendars(bob.pk)] == [work.pk]
        # Afterwards the reader's context applies again.
        assert set(Event.objects.values_list("owner_id", flat=True)) == {bob.pk}


def test_who_shares_with_others_is_not_told(alice: User, bob: User, work: Calendar) -> None:
    dora = make_user("dora@example.net")
    share(work, bob)
    share(work, dora)

    assert "dora@example.net" not in browser_of(bob).get(f"/calendar/week/{ON}/").content.decode()
