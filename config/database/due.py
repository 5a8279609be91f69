"""Rows of work: claimed by one worker at a time, then released, rescheduled or given up.

What there is to do is in the database; messages to the workers only say "look". There are two ways
to take a row:

- Work that calls another server takes a lease. `claim` is one conditional UPDATE in a short
  transaction; the call runs outside any transaction; `release` and `put_off` compare the lease's
  token, so a late worker writes nothing. A lease that expires, because its worker was killed,
  counts as a failed attempt, and the next worker takes the row over.
- Work that needs only the database locks the row (`lock_one`) and commits with its result.

The waits are in `config.backoff`. Callers set the security context.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any, Self, TypeVar

from django.db import models, transaction
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone

CODE_LENGTH, MESSAGE_LENGTH = 60, 300
Row = TypeVar("Row", bound=models.Model)
LeasedRow = TypeVar("LeasedRow", bound="Leased")
DueRow = TypeVar("DueRow", bound="Due")
NO_LEASE: dict[str, Any] = {"lease_token": None, "lease_until": None}


class LeasedQuerySet(models.QuerySet[LeasedRow]):
    def free(self, now: datetime) -> Self:
        return self.filter(Q(lease_until=None) | Q(lease_until__lt=now))

    def claim(self, *, lasting: timedelta) -> uuid.UUID | None:
        """Lease the one row of the query; return the token of the lease.

        Returns None if another worker holds it, or the row no longer matches the query.
        """
        now, token = timezone.now(), uuid.uuid4()
        changes = {"lease_token": token, "lease_until": now + lasting, **self._on_claim()}
        return token if self.free(now).update(**changes) else None

    def keep(self, token: uuid.UUID | None, *, lasting: timedelta, **changes: Any) -> bool:
        """Renew the lease, and write `changes`. Returns False if the lease was lost."""
        return self._write(token, lease_until=timezone.now() + lasting, **changes)

    def release(self, token: uuid.UUID | None, **changes: Any) -> bool:
        """End the lease, and write `changes`. Returns False if the lease was lost."""
        return self._write(token, **NO_LEASE, **changes)

    def _write(self, token: uuid.UUID | None, **changes: Any) -> bool:
        return token is not None and bool(self.filter(lease_token=token).update(**changes))

    def _on_claim(self) -> dict[str, Any]:
        return {}


class DueQuerySet(LeasedQuerySet[DueRow]):
    def due(self, now: datetime) -> Self:
        """Return the rows to work on now, the longest due first."""
        return self.free(now).filter(due_at__lte=now).order_by("due_at")

    def claim_next(self, *, lasting: timedelta) -> DueRow | None:
        """Lease the row that has been due longest, and return it with its token.

        Several workers at once get different rows without waiting for each other.
        """
        with transaction.atomic():
            row = lock_one(self.due(timezone.now()))
            if row is None:
                return None
            if row.lease_token is not None:  # the lease expired
                row.attempts += 1
            row.lease_token = self.model._default_manager.filter(pk=row.pk).claim(lasting=lasting)  # type: ignore[attr-defined]
        return row

    def claim_some(self, most: int, *, lasting: timedelta) -> list[DueRow]:
        """Lease up to `most` rows, those that have been due longest; all with one token.

        For work that takes so little time that claiming row by row would take longer.
        """
        with transaction.atomic():
            due = self.due(timezone.now())
            rows = list(due.select_for_update(skip_locked=True, no_key=True, of=("self",))[:most])
            held = self.model._default_manager.filter(pk__in=[row.pk for row in rows])
            token = held.claim(lasting=lasting) if rows else None  # type: ignore[attr-defined]
            for row in rows:
                row.attempts += row.lease_token is not None  # the lease expired
                row.lease_token = token
        return rows

    def put_off(
        self,
        token: uuid.UUID | None,
        *,
        wait: timedelta,
        error_code: str = "",
        error_message: str = "",
        **changes: Any,
    ) -> bool:
        """Reschedule after a failed attempt and end the lease; False if the lease was lost."""
        return self.release(
            token,
            due_at=timezone.now() + wait,
            attempts=F("attempts") + 1,
            error_code=error_code[:CODE_LENGTH],
            error_message=error_message[:MESSAGE_LENGTH],
            **changes,
        )

    def _on_claim(self) -> dict[str, Any]:
        return {"attempts": F("attempts") + _lapsed()}


class RepeatedQuerySet(DueQuerySet[DueRow]):
    """Of rows that are sent to another server: a lapsed lease may mean that it was sent."""

    def _on_claim(self) -> dict[str, Any]:
        return {**super()._on_claim(), "repeated": F("repeated") + _lapsed()}


def _lapsed() -> Case:
    return Case(When(lease_token__isnull=False, then=Value(1)), default=Value(0))


class Leased(models.Model):
    """A row that one worker at a time may hold, until its lease expires."""

    lease_token = models.UUIDField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True)

    class Meta:
        abstract = True


class Due(Leased):
    """A row of work. `attempts` counts consecutive failures, including killed workers."""

    due_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveIntegerField(default=0)
    error_code = models.CharField(max_length=CODE_LENGTH, blank=True, default="")
    error_message = models.CharField(max_length=MESSAGE_LENGTH, blank=True, default="")

    class Meta:
        abstract = True


# The columns that admin shows for each kind of work, in this order.
DUE_COLUMNS = ("due_at", "attempts", "lease_until", "error_code", "error_message")


def lock_one(rows: models.QuerySet[Row]) -> Row | None:
    """Lock the first row that no other transaction has locked, until this one ends."""
    return rows.select_for_update(skip_locked=True, no_key=True, of=("self",)).first()
