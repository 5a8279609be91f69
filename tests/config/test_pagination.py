"""Pages of a list: each entry once, in both directions, while others are added; invalid cursors."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import RequestFactory
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.audit import events
from accounts.audit.views import EVENTS
from accounts.models import AuditEvent, User
from calendars.connections.log import RUNS
from calendars.timeline.occurrences import TIMELINE
from config.web.pagination import Key, Order, Page, moment, page_of_rows
from config.web.problems import DomainError
from profiles.history import NEWEST_FIRST

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
MIXED = Order((Key("occurred_at", moment, True), Key("ip", str), Key("id", UUID)), page_size=3)


def add(user: User, *, minutes: int, ip: str = "192.0.2.1") -> AuditEvent:
    return AuditEvent.objects.create(
        id=uuid4(),
        user=user,
        event=events.SIGN_IN,
        outcome=events.OK,
        occurred_at=EPOCH + timedelta(minutes=minutes),
        ip=ip,
    )


def page_at(order: Order, url: str) -> Page[AuditEvent]:
    request = RequestFactory().get(url)
    return page_of_rows(request, order, AuditEvent.objects.all())


def follow(order: Order, url: str, way: str = "next") -> Iterator[Page[AuditEvent]]:
    following: str | None = url
    while following:
        page = page_at(order, following)
        yield page
        following = getattr(page, way)


@pytest.mark.django_db
@pytest.mark.parametrize("count", [0, 1, 3, 4, 7])
def test_pages_hold_each_entry_once_and_lead_back(alice: User, count: int) -> None:
    made = [add(alice, minutes=number // 3, ip=f"192.0.2.{number % 2}") for number in range(count)]
    made.sort(key=lambda one: (-one.occurred_at.timestamp(), str(one.ip), one.pk.bytes))

    pages = list(follow(MIXED, "/list?q=kept"))

    assert [one for page in pages for one in page.results] == made
    assert pages[0].previous is None
    assert all("q=kept" in link for page in pages if (link := page.next))
    if pages[-1].previous:
        back = list(follow(MIXED, pages[-1].previous, "previous"))
        earlier = [one for page in reversed(back) for one in page.results]
        assert [*earlier, *pages[-1].results] == made


@pytest.mark.django_db
def test_what_comes_meanwhile_moves_nothing(alice: User) -> None:
    made = [add(alice, minutes=number) for number in range(6)][::-1]
    first = page_at(MIXED, "/list")
    add(alice, minutes=100)
    assert first.next

    second = page_at(MIXED, first.next)

    assert [*first.results, *second.results] == made


def forged(*place: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


@pytest.mark.parametrize("order", [EVENTS, RUNS, TIMELINE, NEWEST_FIRST, MIXED])
@pytest.mark.parametrize(
    "token",
    [
        "x",
        "AAAA",
        "WzFd",
        "cD15ZXN0ZXJkYXk=",
        "é",
        forged(),
        forged(None, None, False),
        forged("2026-01-01T00:00:00", "no id", False),
        forged("2026-01-01T00:00:00", str(UUID(int=7)), False),
        forged("0\x00", "a\x00", "b", False),
        forged(1, 2, 3, False),
        base64.urlsafe_b64encode(b"[" * 3000).decode(),
    ],
)
def test_an_invalid_cursor_is_refused(order: Order, token: str) -> None:
    with pytest.raises(DomainError) as refused:
        order.parse(token)

    assert refused.value.code == "cursor-not-valid"


def offset(hours: int) -> timezone:
    return timezone(timedelta(hours=hours))


@settings(max_examples=60, deadline=None)
@given(
    start=st.datetimes(timezones=st.just(UTC)),
    event=st.uuids(),
    original=st.datetimes(timezones=st.integers(-14, 14).map(offset)),
    backwards=st.booleans(),
)
def test_a_token_says_the_place_that_it_was_made_of(
    start: datetime, event: UUID, original: datetime, backwards: bool
) -> None:
    class Entry:
        start_at, event_id, original_start_at = start, event, original

    cursor = TIMELINE.parse(TIMELINE.token(Entry(), backwards=backwards))

    assert cursor.backwards == backwards
    place: tuple[Any, ...] = (start, event, original)
    assert cursor.place == place
