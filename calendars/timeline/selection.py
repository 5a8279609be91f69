"""A user's calendars: which of them the views show, and what the owner may change."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from calendars.models import Calendar
from calendars.models.locks import lock_calendars
from calendars.models.palette import GRAPHITE, PALETTE, hued
from config.web.problems import DomainError, FieldFault, Kind
from profiles.preferences import reader_of

MOST_CALENDARS = 250
BLUE = 7
OWN_CHOICES = ("selected", "colour")  # of a connected account's calendar; a sync keeps them


@transaction.atomic
def select_calendars(*, owner_id: int, chosen: Collection[str]) -> None:
    """Select exactly the owner's calendars whose ids are in `chosen`; other ids are ignored."""
    owned = Calendar.objects.of(owner_id)
    lock_calendars(owned)
    wanted = [calendar.pk for calendar in owned if str(calendar.pk) in chosen]
    owned.filter(pk__in=wanted).update(selected=True)
    owned.exclude(pk__in=wanted).update(selected=False)


def owned_calendar(*, owner: User, calendar_id: UUID) -> Calendar:
    calendar = Calendar.objects.of(owner.pk).filter(pk=calendar_id).first()
    if calendar is None:
        raise DomainError(Kind.NOT_FOUND, "not-found", _("Calendar not found."))
    return calendar


def locked_calendar(*, owner: User, calendar_id: UUID) -> Calendar:
    """Return the owner's calendar and keep other writers from it. Raises DomainError NOT_FOUND."""
    mine = Calendar.objects.of(owner.pk).filter(pk=calendar_id)
    calendar = mine.select_for_update(of=("self",), no_key=True).first()
    if calendar is None:
        raise DomainError(Kind.NOT_FOUND, "not-found", _("Calendar not found."))
    return calendar


def check_version(calendar: Calendar, expected_versions: Collection[int] | None) -> None:
    """Refuse a change of another version than those the caller has seen; None allows any."""
    if expected_versions is not None and calendar.change_set not in expected_versions:
        message = _("This calendar has changed since you read it. Reload it, then try again.")
        raise DomainError(Kind.PRECONDITION, "stale-version", message)


@transaction.atomic
def create_calendar(
    *,
    owner: User,
    name: str,
    colour: str | None = None,
    time_zone: str | None = None,
    description: str = "",
) -> Calendar:
    """Create a calendar without a connected account, by default in its owner's time zone and in a
    colour that no other calendar has. Raises DomainError."""
    others = list(Calendar.objects.of(owner.pk))
    if len(others) >= MOST_CALENDARS:
        message = _("You can have at most %(count)s calendars.") % {"count": MOST_CALENDARS}
        raise DomainError(Kind.CONFLICT, "too-many-calendars", message)
    return Calendar.objects.create(
        owner=owner,
        name=name,
        colour=colour or _free_colour(others),
        time_zone=time_zone or reader_of(owner).zone.key,
        description=description,
    )


def _free_colour(others: Collection[Calendar]) -> str:
    taken = {one.hue for one in hued(others)}
    hue = next((hue for hue in PALETTE if hue not in taken and hue != GRAPHITE), BLUE)
    return PALETTE[hue][1] if taken else PALETTE[BLUE][1]


@transaction.atomic
def change_calendar(
    *,
    owner: User,
    calendar_id: UUID,
    changes: Mapping[str, Any],
    expected_versions: Collection[int] | None = None,
) -> Calendar:
    """Change a calendar, as far as its owner may. Raises DomainError.

    Only the named columns are written: a sync may write the others at the same time. A `colour` of
    None is that of the connected account.
    """
    calendar = locked_calendar(owner=owner, calendar_id=calendar_id)
    check_version(calendar, expected_versions)
    faults = [
        FieldFault(
            name,
            "kept-by-provider",
            _("This value comes from the connected account. Change it there."),
        )
        for name in changes
        if calendar.connection_id is not None and name not in OWN_CHOICES
    ]
    if faults:
        message = _("In a calendar of a connected account you can change only: %(fields)s.") % {
            "fields": ", ".join(OWN_CHOICES)
        }
        raise DomainError(Kind.INVALID, "invalid", message, faults=faults)
    columns = dict(changes)
    if "colour" in columns:
        columns |= _colours(calendar, columns.pop("colour"))
    if columns:
        Calendar.objects.of(owner.pk).filter(pk=calendar_id).update(**columns)
    return owned_calendar(owner=owner, calendar_id=calendar_id)


def _colours(calendar: Calendar, chosen: str | None) -> dict[str, str]:
    """Return the columns of a chosen colour. Only a calendar that a sync writes needs two."""
    if calendar.connection_id is None and chosen:
        return {"colour": chosen, "own_colour": ""}
    return {"own_colour": chosen or ""}
