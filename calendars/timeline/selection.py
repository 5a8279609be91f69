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
from config.web.problems import DomainError, FieldFault, Kind
from profiles.preferences import reader_of

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


def create_calendar(*, owner: User, name: str) -> Calendar:
    """Create a calendar without a connected account, in its owner's time zone."""
    zone = reader_of(owner).zone
    return Calendar.objects.create(owner=owner, name=name, time_zone=zone.key)


@transaction.atomic
def change_calendar(*, owner: User, calendar_id: UUID, changes: Mapping[str, Any]) -> Calendar:
    """Change a calendar, as far as its owner may. Raises DomainError.

    Only the named columns are written: a sync may write the others at the same time. A `colour` of
    None is that of the connected account.
    """
    calendar = owned_calendar(owner=owner, calendar_id=calendar_id)
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
