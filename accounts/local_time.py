"""Times as their reader's clock shows them: in whose zone, and how they are written.

Accounts keeps no zones: the app that does registers how a person's is found. What is shown to a
person on a page is shown by `LocalTimeMiddleware` in the zone of who asks; what is written to a
person elsewhere (a mail, an export) is written inside `in_zone_of`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cached_property

from django.utils import timezone
from django.utils.dateformat import format as formatted

from accounts.models import User
from accounts.security_context import acting_once

ZoneOf = Callable[[User], tzinfo]
_registered: list[ZoneOf] = []


def register(zone_of: ZoneOf) -> None:
    """The one way to find a person's zone; registered again, it takes the former's place."""
    _registered[:] = [zone_of]


@contextmanager
def in_zone_of(user: User) -> Iterator[None]:
    """Times of the block are shown in the person's zone, which is looked up if there are any."""
    with timezone.override(LazyZone(lambda: _zone_of(user))):
        yield


class LazyZone(tzinfo):
    """A zone that is looked up when it is first used: what shows no time costs no statement."""

    def __init__(self, find: Callable[[], tzinfo]) -> None:
        self._find = find

    @cached_property
    def zone(self) -> tzinfo:
        return self._find()

    def utcoffset(self, at: datetime | None) -> timedelta | None:
        return self.zone.utcoffset(at)

    def dst(self, at: datetime | None) -> timedelta | None:
        return self.zone.dst(at)

    def tzname(self, at: datetime | None) -> str | None:
        return self.zone.tzname(at)

    def fromutc(self, at: datetime) -> datetime:
        return self.zone.fromutc(at.replace(tzinfo=self.zone))

    def __str__(self) -> str:
        return str(self.zone)


def _zone_of(user: User) -> tzinfo:
    """In the person's own context: the block may belong to another person, or to nobody."""
    if not _registered:
        return UTC
    with acting_once(user_id=user.pk):
        return _registered[0](user)


def clock(at: datetime) -> str:
    """The time of day; where the clocks show it twice that day, also which of the two it is."""
    shown = f"{at:%H:%M}"
    return f"{shown} {_abbreviation(at)}" if _comes_twice(at) else shown


def moment(at: datetime) -> str:
    return f"{formatted(at, 'j F Y')}, {clock(at)}"


def _comes_twice(at: datetime) -> bool:
    return at.replace(fold=0).utcoffset() != at.replace(fold=1).utcoffset()


def _abbreviation(at: datetime) -> str:
    """CEST; of a zone whose times have no name: UTC+03."""
    name = at.tzname() or ""
    return name if name[:1].isalpha() else f"UTC{name}"
