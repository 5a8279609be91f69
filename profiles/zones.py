"""The IANA time zones that this installation knows."""

from __future__ import annotations

import functools
import zoneinfo

from django.core.exceptions import ValidationError

from profiles.rules import Values

# Names that tz ships but that name no place on earth; PostgreSQL hides them too.
_NO_PLACE = frozenset({"Factory", "localtime", "posixrules"})


@functools.cache
def zone_names() -> tuple[str, ...]:
    """Every name a person may choose, in order."""
    return tuple(sorted(zoneinfo.available_timezones() - _NO_PLACE))


def canonical_zone(text: str, around: Values) -> str:
    """The exact IANA name for one written in any case, also with blanks as in New York."""
    name = _by_folded_name().get(text.casefold().replace(" ", "_"))
    if name is None:
        raise ValidationError(
            "Choose a time zone from the list, like Europe/Berlin.", code="invalid_time_zone"
        )
    return name


@functools.cache
def _by_folded_name() -> dict[str, str]:
    return {name.casefold(): name for name in zone_names()}
