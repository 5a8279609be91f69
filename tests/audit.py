"""Read the audit log, including counts that are still being collected."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from accounts.audit import trail
from accounts.models import AuditEvent


def audit_log(event: str | None = None) -> list[AuditEvent]:
    """Return the log, oldest first; spans that haven't ended are written as if they had."""
    trail.write_tallies(until=timezone.now() + timedelta(days=1))
    rows = AuditEvent.objects.select_related("user").order_by("occurred_at", "id")
    return list(rows.filter(event=event) if event else rows)
