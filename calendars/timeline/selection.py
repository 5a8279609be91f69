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

OWN_CHOICES = ("selected",)  # columns that a sync doesn't write


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


@transaction.atomic
def change_calendar(*, owner: User, calendar_id: UUID, changes: Mapping[str, Any]) -> Calendar:
    """Change a calendar, as far as its owner may. Raises DomainError.

    Only the named columns are written: a sync may write the others at the same time.
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
    if changes:
        Calendar.objects.of(owner.pk).filter(pk=calendar_id).update(**changes)
    return owned_calendar(owner=owner, calendar_id=calendar_id)
