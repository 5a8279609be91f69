"""What calendars lets go of in time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial

from django.db.models import Q
from django.utils import timezone

from accounts.security_context import acting_as_system
from calendars.held_consents import release_expired_grants
from calendars.models import AuthorizationRequest
from calendars.sync.history import prune_history
from calendars.sync.runs import prune_runs
from config.batches import delete_in_batches

KEEP = timedelta(days=1)  # long enough to see in admin why a consent failed


def prune_authorization_requests() -> int:
    """Consents that were used or ran out a day ago. Grants that they still hold go back first."""
    release_expired_grants()
    at = timezone.now() - KEEP
    over = Q(used_at__lt=at) | Q(expires_at__lt=at)
    return delete_in_batches(
        AuthorizationRequest.objects.filter(over),
        door=partial(acting_as_system, reason="retention"),
    )


PRUNERS: Mapping[str, Callable[[], int]] = {
    "consents": prune_authorization_requests,
    "history of events": prune_history,
    "runs": prune_runs,
}
