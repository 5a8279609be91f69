"""By which id an event of a given UID (RFC 5545 section 3.8.4.7) is kept, and found again.

The id follows from the UID, so that a creation that is sent twice, or a file that is read after it,
finds the event that is there.
"""

from __future__ import annotations

import base64
import hashlib
from uuid import UUID, uuid4

from calendars.models import Calendar, Event, PendingChange, Tombstone, event_id_for

MOST_DELETIONS = 20  # of one UID that are looked through
_GOOGLE = "@google.com"  # Google's own events have the UID "<id>@google.com"


def remote_id_of(uid: str) -> str:
    """Return an id in Google's alphabet (RFC 4648 base32hex, lower case)."""
    return _base32hex(hashlib.sha256(uid.encode()).digest())


def event_with_uid(calendar: Calendar, uid: str) -> Event | None:
    """Return the event or series of this UID, which came from here, from a file or from Google.

    Events that Google took from an invitation of another service have the UID in their id.
    """
    candidates = [*_own_ids(calendar, uid), f"_{_base32hex(uid.encode())}"]
    if uid.endswith(_GOOGLE):
        candidates.append(uid.removesuffix(_GOOGLE))
    ids = [event_id_for(calendar.pk, each) for each in candidates if len(each) <= 1024]
    events = Event.objects.filter(pk__in=ids, calendar=calendar)
    return events.exclude(status=Event.Status.CANCELLED).first()


def free_remote_id(calendar: Calendar, uid: str) -> str:
    """Return the id for a new event of this UID.

    Google never takes an id again, so one that was deleted there is followed by another.
    """
    return _own_ids(calendar, uid)[-1]


def _own_ids(calendar: Calendar, uid: str) -> list[str]:
    """Return the ids that events of this UID had here one after the other; the last may be free."""
    ids: list[str] = []
    for number in range(MOST_DELETIONS):
        remote_id = remote_id_of(f"{uid}\n{number}" if number else uid)
        ids.append(remote_id)
        if calendar.connection_id is None or not _was_deleted(event_id_for(calendar.pk, remote_id)):
            return ids
    return [*ids, uuid4().hex]


def _was_deleted(event_id: UUID) -> bool:
    if Event.objects.filter(pk=event_id).exists():
        return False
    pending = PendingChange.objects.filter(pk=event_id, kind=PendingChange.Kind.DELETE)
    return pending.exists() or Tombstone.objects.filter(pk=event_id).exists()


def _base32hex(content: bytes) -> str:
    return base64.b32hexencode(content).rstrip(b"=").decode().lower()
