"""Show times in the reader's time zone.

Accounts stores no time zones: the app that does registers a lookup. Pages are rendered in the
requesting user's zone by `LocalTimeMiddleware`; emails and exports are rendered inside
`in_zone_of`.
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
    """Register the lookup of a user's zone; a later registration replaces an earlier one."""
    _registered[:] = [zone_of]


@contextmanager
def in_zone_of(user: User) -> Iterator[None]:
    """Show the times of the block in the user's zone, which is looked up on first use."""
    with timezone.override(LazyZone(lambda: _zone_of(user))):
        yield


class LazyZone(tzinfo):
    """A time zone that is looked up on first use: a page without times costs no query."""

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
    """Look up in the user's own security context: the block may run in another one, or in none."""
    if not _registered:
        return UTC
    with acting_once(user_id=user.pk):
        return _registered[0](user)


def clock(at: datetime) -> str:
    """Format the time of day. If it occurs twice that day, add the zone's abbreviation."""
    shown = f"{at:%H:%M}"
    return f"{shown} {_abbreviation(at)}" if _comes_twice(at) else shown


def moment(at: datetime) -> str:
    return f"{formatted(at, 'j F Y')}, {clock(at)}"


def _comes_twice(at: datetime) -> bool:
    return at.replace(fold=0).utcoffset() != at.replace(fold=1).utcoffset()


def _abbreviation(at: datetime) -> str:
    """Return "CEST", or "UTC+03" for a zone without abbreviations."""
    name = at.tzname() or ""
    return name if name[:1].isalpha() else f"UTC{name}"
