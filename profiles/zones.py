"""The IANA time zones that this installation knows."""

from __future__ import annotations

import functools
import zoneinfo
from importlib import resources

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


def current_name(zone: str) -> str:
    """The name by which tz lists the place today: Asia/Kolkata for Asia/Calcutta, which is what
    most browsers say. Of other names it is the name itself."""
    return zone if zone in _places() else _targets().get(zone, zone)


@functools.cache
def _places() -> frozenset[str]:
    rows = (line.split("\t") for line in _tz_file("zone.tab") if not line.startswith("#"))
    return frozenset(row[2] for row in rows)


@functools.cache
def _targets() -> dict[str, str]:
    """By the links of tz ("L target name", zic(8)), where they lead to a listed place."""
    links = (line.split() for line in _tz_file("tzdata.zi") if line.startswith("L "))
    return {name: target for _, target, name in links if target in _places()}


def _tz_file(name: str) -> list[str]:
    return resources.files("tzdata.zoneinfo").joinpath(name).read_text("utf-8").splitlines()


@functools.cache
def _by_folded_name() -> dict[str, str]:
    return {name.casefold(): name for name in zone_names()}
