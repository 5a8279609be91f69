"""How a user reads pages: the time zone, the language, the clock and the views of a calendar.

What the user chose is in `Preferences` and in the profile; the rest follows the locale (CLDR).
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, cast

import structlog
from babel import Locale
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.reading import locale_of
from config.web.languages import accepted_tag
from config.web.problems import DomainError, FieldFault, Kind
from profiles.fields.locale import canonical_zone, clock_of, current_name, first_weekday_of
from profiles.models import Preferences

log = structlog.get_logger(__name__)
UTC = zoneinfo.ZoneInfo("UTC")
HourCycle = Literal["12", "24"]
_CHOSEN = ("hour_cycle", "week_start", "second_zone", "week_numbers", "density", "weeks", "view")
_PROFILE = ("timezone", "language", "personal_address_country")
_DEFAULTS = Preferences()
_CACHE = "_reader"


@dataclass(frozen=True, slots=True)
class Reader:
    """How pages are shown to one user. `week_start` is 0 for Monday; `language` is the profile's
    tag, empty if the user chose none; `locale` is that of the pages' words and dates."""

    zone: zoneinfo.ZoneInfo
    language: str
    locale: Locale
    hour_cycle: HourCycle
    week_start: int
    second_zone: zoneinfo.ZoneInfo | None
    week_numbers: bool
    density: str
    weeks: int
    view: str
    unknown_zone: str = ""  # the stored zone, if this server doesn't know it


def reader_of(user: User) -> Reader:
    """Return how the user reads pages. Needs one query per user object."""
    reader = user.__dict__.get(_CACHE)
    if reader is None:
        reader = user.__dict__[_CACHE] = _read(user)
    return cast(Reader, reader)


def forget_reader(user: User) -> None:
    """Read the preferences again on the next use, because they change."""
    user.__dict__.pop(_CACHE, None)


@transaction.atomic
def change_preferences(*, owner: User, changes: Mapping[str, Any]) -> None:
    """Set the columns in `changes`. Raises DomainError INVALID with a fault for each value."""
    preferences = Preferences.objects.filter(owner=owner).first() or Preferences(owner=owner)
    for name, value in changes.items():
        setattr(preferences, name, value)
    try:
        preferences.second_zone = _zone_name(preferences.second_zone)
        preferences.clean_fields(exclude=["owner"])
    except ValidationError as error:
        faults = [
            FieldFault(name, str(each.code), text)
            for name, errors in error.error_dict.items()
            for each in errors
            for text in each.messages
        ]
        raise DomainError(
            Kind.INVALID, "invalid", _("Check these settings."), faults=faults
        ) from error
    values = {name: getattr(preferences, name) for name in _CHOSEN}
    Preferences.objects.update_or_create(owner=owner, defaults=values)
    forget_reader(owner)


def remember_view(*, owner: User, view: str) -> None:
    """Store the view used last, so that "/" opens it. One statement, and none if it's the same."""
    if reader_of(owner).view != view:
        row = Preferences(owner=owner, view=view)
        Preferences.objects.bulk_create(
            [row], update_conflicts=True, unique_fields=["owner"], update_fields=["view"]
        )


def _zone_name(text: str) -> str:
    if not text:
        return ""
    try:
        return current_name(canonical_zone(text, {}))
    except ValidationError as error:
        raise ValidationError({"second_zone": error}) from error


def _read(user: User) -> Reader:
    columns = {name: F(f"preferences__{name}") for name in _CHOSEN}
    columns |= {name: F(f"profile__{name}") for name in _PROFILE}
    row = User.objects.filter(pk=user.pk).annotate(**columns).values(*columns).first() or {}
    return reader_from({name: value for name, value in row.items() if value is not None})


def reader_from(row: Mapping[str, Any]) -> Reader:
    """Build a reader from stored columns; those that are missing have their defaults.

    Without a chosen language, the one that the request accepts says what is usual.
    """
    language, country = row.get("language", ""), row.get("personal_address_country", "")
    tag = language or accepted_tag()
    second_zone = row.get("second_zone", "")
    week_start = row.get("week_start")
    name = row.get("timezone", "")
    zone = zone_named(name)
    return Reader(
        zone=zone or UTC,
        unknown_zone="" if zone else name,
        language=language,
        locale=locale_of(tag, country),
        hour_cycle=row.get("hour_cycle") or clock_of(tag, country),
        week_start=first_weekday_of(tag, country) if week_start is None else week_start,
        second_zone=zone_named(second_zone),
        week_numbers=row.get("week_numbers", _DEFAULTS.week_numbers),
        density=row.get("density", _DEFAULTS.density),
        weeks=row.get("weeks", _DEFAULTS.weeks),
        view=row.get("view", _DEFAULTS.view),
    )


@lru_cache(maxsize=1024)
def zone_named(name: str) -> zoneinfo.ZoneInfo | None:
    """Return the zone, or None if the name is empty or unknown here."""
    try:
        return zoneinfo.ZoneInfo(name) if name else None
    except zoneinfo.ZoneInfoNotFoundError:
        # Chosen on a machine with a newer tz database.
        log.warning("time_zone_unknown_here", time_zone=name)
        return None
