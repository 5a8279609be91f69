"""Admin lists events and occurrences read-only, by indexed columns, counting only a part."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from calendars.admin import events as event_admin
from calendars.models import Calendar, Event, ListedOccurrence, Occurrence
from tests.calendars.rows import make_calendar, make_connection, make_hour
from tests.factories import make_user
from tests.statements import statements

EVENTS, OCCURRENCES = "/admin/calendars/event/", "/admin/calendars/listedoccurrence/"
LISTS = [EVENTS, OCCURRENCES]


@pytest.fixture
def desk(client: Client, db: None) -> Client:
    client.force_login(make_user("admin@example.org", is_staff=True, is_superuser=True))
    return client


def calendar_of(owner: User, *names: str) -> Calendar:
    calendar = make_calendar(make_connection(owner), f"Of {owner.pk}", "#4a6fa5")
    for hour, name in enumerate(names):
        make_hour(calendar, name, timezone.now().date(), 9 + hour)
    return calendar


@pytest.fixture
def alices(alice: User) -> Calendar:
    return calendar_of(alice, "Stand-up", "Retro")


@pytest.fixture
def bobs(bob: User) -> Calendar:
    return calendar_of(bob, "Choir")


def listed(desk: Client, address: str, **query: object) -> set[str]:
    answer = desk.get(address, {name: str(value) for name, value in query.items()})
    assert answer.status_code == 200
    return {str(getattr(row, "event", row)) for row in answer.context["cl"].result_list}


def row_of(desk: Client, address: str) -> str:
    """The address of the first row's own page, as the list links it."""
    html = desk.get(address).content.decode()
    found = re.search(rf'href="({re.escape(address)}[^"]+/change/[^"]*)"', html)
    assert found
    return found[1]


@pytest.mark.parametrize("address", LISTS)
def test_rows_are_shown_and_cannot_be_changed(desk: Client, alices: Calendar, address: str) -> None:
    row = row_of(desk, address)

    assert desk.get(row).status_code == 200
    assert desk.post(row, {"summary": "x"}).status_code == 403
    assert desk.get(f"{address}add/").status_code == 403
    assert desk.post(row.replace("change", "delete"), {"post": "yes"}).status_code == 403
    assert (Event.objects.count(), Occurrence.objects.count()) == (2, 2)


@pytest.mark.parametrize("address", LISTS)
def test_a_list_is_of_an_owner_or_a_calendar(
    desk: Client, alices: Calendar, bobs: Calendar, address: str
) -> None:
    owner = alices.owner

    assert listed(desk, address) == {"Stand-up", "Retro", "Choir"}
    assert listed(desk, address, owner_id=owner.pk) == {"Stand-up", "Retro"}
    assert listed(desk, address, owner_id=owner.email) == {"Stand-up", "Retro"}
    assert listed(desk, address, calendar_id=bobs.pk) == {"Choir"}
    assert listed(desk, address, calendar_id=bobs.pk, owner_id=owner.pk) == set()


@pytest.mark.parametrize("address", LISTS)
def test_a_search_goes_by_id_or_address(
    desk: Client, alices: Calendar, bobs: Calendar, address: str
) -> None:
    retro = Event.objects.get(summary="Retro")

    assert listed(desk, address, q=retro.pk) == {"Retro"}
    assert listed(desk, address, q="bob@example.org") == {"Choir"}
    assert listed(desk, address, q="nobody@example.org") == set()


def test_a_search_goes_by_the_id_of_google_within_a_filter(
    desk: Client, alices: Calendar, bobs: Calendar
) -> None:
    retro = Event.objects.get(summary="Retro")

    assert listed(desk, EVENTS, q=retro.remote_id, owner_id=alices.owner_id) == {"Retro"}
    assert listed(desk, EVENTS, q=retro.remote_id, calendar_id=alices.pk) == {"Retro"}
    assert listed(desk, EVENTS, q=retro.remote_id, calendar_id=bobs.pk) == set()
    assert listed(desk, EVENTS, q=retro.remote_id) == set()


@pytest.mark.parametrize("address", LISTS)
@pytest.mark.parametrize("value", ["x", "9" * 40, "\x00", "٣", "nobody@example.org"])
def test_a_filter_of_nothing_lists_nothing(
    desk: Client, alices: Calendar, address: str, value: str
) -> None:
    assert listed(desk, address, owner_id=value) == set()
    assert listed(desk, address, calendar_id=value) == set()


def test_the_filter_keeps_the_search_and_the_other_filter(desk: Client, alices: Calendar) -> None:
    html = desk.get(EVENTS, {"owner_id": str(alices.owner_id), "q": "<alice>"}).content.decode()

    assert f'<input type="hidden" name="owner_id" value="{alices.owner_id}">' in html
    assert '<input type="hidden" name="q" value="&lt;alice&gt;">' in html
    assert 'href="?q=%3Calice%3E"' in html


def test_an_instance_of_a_series_has_a_page_of_its_own(desk: Client, alices: Calendar) -> None:
    first = Occurrence.objects.filter(event__summary="Retro").get()
    later = first.start_at + timedelta(days=1)
    values = {name: getattr(first, name) for name in ("event", "owner_id", "calendar", "all_day")}
    Occurrence.objects.create(
        **values, original_start_at=later, start_at=later, end_at=later, long=False
    )
    rows = ListedOccurrence.objects.filter(event=first.event).order_by("start_at")

    pages = [desk.get(f"{OCCURRENCES}{row.key}/change/") for row in rows]

    assert len(pages) == 2
    shown = [page.context["original"].start_at for page in pages]
    assert shown == [first.start_at, later]
    assert desk.get(f"{OCCURRENCES}{first.event_id}/change/").status_code == 302


@pytest.mark.parametrize("address", LISTS)
def test_no_statement_counts_all_rows_or_sorts_them(
    desk: Client, alices: Calendar, address: str
) -> None:
    with CaptureQueriesContext(connection) as captured:
        desk.get(address)

    asked = [sql for sql in statements(captured) if "calendars_" in sql]
    counts = [sql for sql in asked if "COUNT(" in sql]
    assert counts
    assert all(f"LIMIT {event_admin.MOST}" in sql for sql in counts)
    assert len(asked) <= 4, asked


@pytest.mark.parametrize("address", LISTS)
def test_staff_without_the_permission_and_others_see_nothing(
    client: Client, alices: Calendar, address: str
) -> None:
    clerk = make_user("clerk@example.org", is_staff=True)
    client.force_login(clerk)
    assert client.get(address).status_code == 403

    names = ("view_event", "view_occurrence")
    clerk.user_permissions.set(Permission.objects.filter(codename__in=names))
    assert client.get(address).status_code == 200

    client.force_login(alices.owner)
    assert client.get(address).status_code == 302


def test_a_person_is_deleted_with_their_events(alices: Calendar, bobs: Calendar) -> None:
    """The second model of the table neither holds up a deletion nor takes part in it."""
    alices.owner.delete()

    assert Event.objects.get().calendar == bobs
    assert Occurrence.objects.get().calendar == bobs
