"""The IANA time zones that this installation knows."""

from __future__ import annotations

import functools
import zoneinfo

# Names that tz ships but that name no place on earth; PostgreSQL hides them too.
_NO_PLACE = frozenset({"Factory", "localtime", "posixrules"})


@functools.cache
def zone_names() -> tuple[str, ...]:
    """Every name a person may choose, in order."""
    return tuple(sorted(zoneinfo.available_timezones() - _NO_PLACE))


def find_zone(name: str) -> str | None:
    """The exact IANA name for one written in any case; None when there is no such zone."""
    return _by_folded_name().get(name.casefold())


@functools.cache
def _by_folded_name() -> dict[str, str]:
    return {name.casefold(): name for name in zone_names()}
