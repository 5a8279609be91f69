"""Local calendars, which belong to no connected account: created, deleted, and restored.

A deleted calendar keeps its events for KEPT and can be restored with them; then `prune` deletes it.
In between nothing shows it, and a client of the change sequence hears of a deletion.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.security_context import acting_as_system
from calendars.models import Calendar
from calendars.models.calendar import CalendarQuerySet
from calendars.sharing.shares import announce_to_recipients
from calendars.timeline.selection import check_version, locked_calendar
from config.database.bulk import delete_in_batches
from config.web.problems import DomainError, Kind

KEPT = timedelta(days=30)


@transaction.atomic
def delete_calendar(
    *, owner: User, calendar_id: UUID, expected_versions: Collection[int] | None = None
) -> Calendar:
    """Take a local calendar out of everything, for KEPT with an undo. Raises DomainError."""
    calendar = locked_calendar(owner=owner, calendar_id=calendar_id)
    check_version(calendar, expected_versions)
    if calendar.connection_id is not None:
        message = _(
            "%(name)s belongs to a connected account. Remove it there, hide it here, or disconnect"
            " the account."
        ) % {"name": calendar.name}
        raise DomainError(Kind.CONFLICT, "kept-by-provider", message)
    calendar.removed_at = timezone.now()
    calendar.save(update_fields=["removed_at"])
    announce_to_recipients(owner, calendar_ids=[calendar.pk])
    return calendar


@transaction.atomic
def restore_calendar(*, owner: User, calendar_id: UUID) -> Calendar:
    """Bring a deleted calendar back with its events and shares. Raises DomainError NOT_FOUND."""
    found = deleted_calendars(owner).filter(pk=calendar_id).select_for_update(no_key=True).first()
    if found is None:
        raise DomainError(Kind.NOT_FOUND, "not-found", _("Calendar not found."))
    Calendar.objects.filter(pk=found.pk).update(removed_at=None)
    announce_to_recipients(owner, calendar_ids=[found.pk])
    return Calendar.objects.get(pk=found.pk)


def deleted_calendars(owner: User) -> CalendarQuerySet:
    """Return the owner's calendars that can be restored, the last deleted first."""
    deleted = Calendar.objects.filter(
        owner=owner, connection=None, removed_at__gt=timezone.now() - KEPT
    )
    return deleted.order_by("-removed_at", "pk")


def restorable_until(calendar: Calendar) -> datetime:
    if calendar.removed_at is None:
        raise ValueError("this calendar isn't deleted")
    return calendar.removed_at + KEPT


def prune_calendars() -> int:
    """Delete the local calendars whose undo has ended, with their events."""
    over = Calendar.objects.filter(connection=None, removed_at__lte=timezone.now() - KEPT)
    return delete_in_batches(over, access=partial(acting_as_system, reason="retention"))
