"""Everything that is a person's, as one zip of JSON and iCalendar files.

Accounts knows no app above it. Each registers here from its `AppConfig.ready`, and the export
and the end of an account go through the whole list.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any, TypeVar

import msgspec
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.audit import events, trail
from accounts.local_time import in_zone_of
from accounts.mail.queue import mails_to
from accounts.models import AuditEvent, Session, User
from accounts.security_context import acting_as_system

Files = Iterator[tuple[str, Iterable[bytes]]]
CHUNK_ROWS = 500
Row = TypeVar("Row", bound=Model)
FILE_NAME = "daybook.zip"
MEMORY_BYTES = 4 * 1024 * 1024
_SESSION_COLUMNS = (
    *("id", "is_browser", "client_id", "device_label", "amr", "acr", "authenticated_at"),
    *("created_at", "last_seen_at", "idle_expires_at", "expires_at", "revoked_at"),
    *("revoked_reason", "ip", "last_ip", "user_agent"),
)
_AUDIT_COLUMNS = (
    *("id", "occurred_at", "event", "outcome", "count", "method", "session_id", "client_id"),
    *("ip", "user_agent", "request_id", "details", "by"),
)
_MAIL_COLUMNS = ("id", "recipient", "status", "created_at", "ended_at")


def json_object(value: dict[str, Any]) -> Iterator[bytes]:
    yield _encode(value) + b"\n"


def json_list(values: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    """One array, each item on lines of its own, however many there are."""
    separator = b"[\n"
    for value in values:
        yield separator + _encode(value)
        separator = b",\n"
    yield b"[]\n" if separator == b"[\n" else b"\n]\n"


def _encode(value: dict[str, Any]) -> bytes:
    return msgspec.json.format(msgspec.json.encode(_by_local_clock(value)), indent=2)


def _by_local_clock(value: Any) -> Any:
    """Instants with the offset of the zone that is active: a person reads these files too.

    Those of an all-day event are midnight UTC and name dates, which no zone shifts.
    """
    if isinstance(value, datetime):
        return timezone.localtime(value)
    if isinstance(value, list):
        return [_by_local_clock(item) for item in value]
    if isinstance(value, dict) and not value.get("all_day"):
        return {name: _by_local_clock(item) for name, item in value.items()}
    return value


@dataclass(frozen=True, slots=True)
class PersonalRows:
    """`export` gives files, path and content in pieces, so that none needs to fit in memory.

    `release` runs in the transaction that deletes the person, before their rows go with them:
    it notes what must be undone elsewhere, to be done when the transaction has committed.
    `words` gives names of the person's that a password must not be made of.
    """

    name: str
    export: Callable[[User], Files]
    release: Callable[[User], None] | None = None
    words: Callable[[User], Iterable[str]] | None = None


_registered: dict[str, PersonalRows] = {}


def register(rows: PersonalRows) -> None:
    """Once for each name; the same app twice is the same entry."""
    _registered[rows.name] = rows


def registered() -> list[PersonalRows]:
    return list(_registered.values())


def rows_in_chunks(queryset: QuerySet[Row]) -> Iterator[Row]:
    """In the order of the primary key, CHUNK_ROWS at a time: a cursor of the server's would
    serve too, but there is none behind a pooler."""
    ordered = queryset.order_by("pk")
    rows = list(ordered[:CHUNK_ROWS])
    while rows:
        yield from rows
        rows = list(ordered.filter(pk__gt=rows[-1].pk)[:CHUNK_ROWS])


def columns_of(row: Model, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def export_account(*, user: User, request: HttpRequest | None) -> IO[bytes]:
    """An open file with the zip, at its beginning. Beyond MEMORY_BYTES it lies on the disk."""
    file = tempfile.SpooledTemporaryFile(MEMORY_BYTES)  # noqa: SIM115, who sends it closes it
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, in_zone_of(user):
        for path, pieces in _files(user):
            _write(archive, path, pieces)
    file.seek(0)
    trail.record(events.ACCOUNT_EXPORTED, user=user, request=request)
    return file


def _write(archive: zipfile.ZipFile, path: str, pieces: Iterable[bytes]) -> None:
    # The size is not known before: without ZIP64 a member above 2 GB would fail at its end.
    with archive.open(path, "w", force_zip64=True) as member:
        for piece in pieces:
            member.write(piece)


def _files(user: User) -> Files:
    yield "account.json", json_object(_account(user))
    sessions, audited = Session.objects.filter(user=user), AuditEvent.objects.filter(user=user)
    events_seen = (event.seen_by(user) for event in rows_in_chunks(audited))
    yield "sessions.json", json_list(_columns(rows_in_chunks(sessions), _SESSION_COLUMNS))
    yield "audit_events.json", json_list(_columns(events_seen, _AUDIT_COLUMNS))
    yield "mails.json", json_list(_mails(user))
    for rows in registered():
        yield from rows.export(user)


def _account(user: User) -> dict[str, Any]:
    addresses = EmailAddress.objects.filter(user=user).order_by("pk")
    factors = Authenticator.objects.filter(user=user).order_by("pk")
    return {
        "id": user.public_id,
        "email": user.email,
        "legacy_id": user.legacy_id,
        "created_at": user.created_at,
        "last_login": user.last_login,
        "email_addresses": list(addresses.values("email", "verified", "primary")),
        "second_factors": list(factors.values("type", "created_at", "last_used_at")),
    }


def _mails(user: User) -> list[dict[str, Any]]:
    """That they were sent; what they said is sealed while they wait, and then dropped."""
    with acting_as_system(reason="a mail names no owner"):
        return list(mails_to(user).order_by("created_at", "pk").values(*_MAIL_COLUMNS))


def _columns(rows: Iterable[Model], names: Iterable[str]) -> Iterator[dict[str, Any]]:
    return (columns_of(row, names) for row in rows)
