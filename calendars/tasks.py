"""Celery tasks of calendars."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from uuid import UUID

from celery import shared_task
from django.db.models import Q
from django.utils import timezone

from accounts.security_context import acting_as_system
from calendars.connections.disconnecting import notify_reconnect_required
from calendars.connections.held_consents import release_expired_grants
from calendars.connections.revocation import revoke_due_grants
from calendars.events.history import prune_history
from calendars.models import AuthorizationRequest
from calendars.reminders import delivery, handing, popups, rolling, settling
from calendars.reminders.settling import prune_reminders
from calendars.sharing import local_calendars
from calendars.sync import audit, channels, due, outbox, pull
from calendars.sync.runs import prune_runs
from calendars.timeline import horizon, search_index
from calendars.timeline.category_choices import prune_choices
from config.beat import Periodic
from config.database.bulk import delete_in_batches
from config.workers import prune_each

KEEP = timedelta(days=1)  # long enough to see in admin why a consent failed


# Default schedules of Beat; operators change them in admin.
SCHEDULE = (
    Periodic("Look for calendars that are due", "calendars.tasks.sweep_due", seconds=5),
    Periodic("Look for changes to be sent", "calendars.tasks.sweep_outbox", seconds=5),
    Periodic("Read changed events for search", "calendars.tasks.index_search", seconds=15),
    Periodic("Make reminders ahead", "calendars.tasks.roll_reminders", seconds=15),
    Periodic("Send reminders that are due", "calendars.tasks.send_reminders", seconds=5),
    Periodic("Send notifications to devices", "calendars.tasks.send_pushes", seconds=10),
    Periodic("Open Google's push channels", "calendars.tasks.open_channels", seconds=5),
    Periodic("Renew, replace and stop push channels", "calendars.tasks.keep_channels", seconds=15),
    Periodic("End grants of accounts that are gone", "calendars.tasks.revoke_grants", seconds=60),
    Periodic(
        "Mail people whose connection has ended", "calendars.tasks.tell_dead_grants", seconds=60
    ),
    Periodic("Compare a calendar with Google", "calendars.tasks.audit_calendars", minute="23"),
    Periodic(
        "Move the horizon of repeating events",
        "calendars.tasks.roll_horizon",
        hour="0",
        minute="41",
    ),
    Periodic(
        "Delete old consents, history and runs",
        "calendars.tasks.prune_calendars",
        hour="3",
        minute="17",
    ),
)


def prune_authorization_requests() -> int:
    """Delete consents that were used or expired a day ago, after revoking grants that they hold."""
    release_expired_grants()
    at = timezone.now() - KEEP
    over = Q(used_at__lt=at) | Q(expires_at__lt=at)
    return delete_in_batches(
        AuthorizationRequest.objects.filter(over),
        access=partial(acting_as_system, reason="retention"),
    )


PRUNERS: Mapping[str, Callable[[], int]] = {
    "consents": prune_authorization_requests,
    "history of events": prune_history,
    "choices of categories": prune_choices,
    "reminders": prune_reminders,
    "runs": prune_runs,
    "deleted calendars": local_calendars.prune_calendars,
}


@shared_task
def sync_collection(state_id: int) -> None:
    if pull.sync_collection(state_id) is None:
        due.look_again(state_id)


@shared_task
def sweep_due() -> int:
    return due.sweep_due()


@shared_task
def send_change(event_id: str) -> None:
    outbox.send_change(UUID(event_id))


@shared_task
def sweep_outbox() -> int:
    return outbox.sweep_outbox()


@shared_task
def revoke_grants() -> int:
    return revoke_due_grants()


@shared_task
def prune_calendars() -> dict[str, int]:
    return prune_each(PRUNERS)


@shared_task
def roll_horizon() -> int:
    return horizon.roll_horizon()


@shared_task
def index_search() -> int:
    return search_index.index_owners()


@shared_task
def roll_reminders() -> int:
    return rolling.roll_owners()


@shared_task
def send_reminders() -> int:
    """Hand over what is due, and note what became of what was handed over before."""
    handed = handing.send_due_reminders()
    settling.settle_reminders()
    popups.ring_on(timezone.now())
    return handed


@shared_task
def send_pushes() -> int:
    sent = delivery.send_due_pushes()
    if sent:
        settling.settle_reminders()
    return sent


@shared_task
def audit_calendars() -> int:
    return len(audit.audit_sample())


@shared_task
def audit_collection(state_id: int) -> None:
    audit.audit_collection(state_id)


@shared_task
def open_channels() -> int:
    return channels.open_channels()


@shared_task
def keep_channels() -> int:
    return channels.keep_channels()


@shared_task
def tell_dead_grants() -> int:
    return notify_reconnect_required()
