"""Which of a person's calendars their views show."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from calendars.locks import lock_calendars
from calendars.models import Calendar


@transaction.atomic
def select_calendars(*, owner_id: int, chosen: Collection[str]) -> None:
    """Shows exactly those whose ids are `chosen`; what is not the owner's changes nothing."""
    owned = Calendar.objects.of(owner_id)
    lock_calendars(owned)
    wanted = [calendar.pk for calendar in owned if str(calendar.pk) in chosen]
    owned.filter(pk__in=wanted).update(selected=True)
    owned.exclude(pk__in=wanted).update(selected=False)
