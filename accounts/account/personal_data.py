"""A user's data as a whole: exported as one zip, or deleted with the account.

Accounts imports no app above it. Each app registers here from its `AppConfig.ready`; export and
deletion iterate over the registered apps.
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
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.audit import events, trail
from accounts.mail.queue import mails_to
from accounts.models import AuditEvent, Session, User
from accounts.reading import for_reader
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
_NOBODY = "(deleted account)"


def json_object(value: dict[str, Any]) -> Iterator[bytes]:
    yield _encode(value) + b"\n"


def json_list(values: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    """Yield one JSON array in pieces, each item on its own lines."""
    separator = b"[\n"
    for value in values:
        yield separator + _encode(value)
        separator = b",\n"
    yield b"[]\n" if separator == b"[\n" else b"\n]\n"


def _encode(value: dict[str, Any]) -> bytes:
    return msgspec.json.format(msgspec.json.encode(_by_local_clock(value)), indent=2)


def _by_local_clock(value: Any) -> Any:
    """Render instants with the offset of the active time zone, because people read these files.

    The bounds of all-day events are midnight UTC and stand for dates, so they are not converted.
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
    """What one app exports and releases of a user's data.

    `export` yields files as path and content in pieces, so that no file has to fit in memory.
    `release` runs in the transaction that deletes the user, before the rows are deleted: it
    records what must be undone elsewhere after the commit. `words` returns the user's own words,
    of which a password must not consist.
    """

    name: str
    export: Callable[[User], Files]
    release: Callable[[User], None] | None = None
    words: Callable[[User], Iterable[str]] | None = None


_registered: dict[str, PersonalRows] = {}


def register(rows: PersonalRows) -> None:
    """Register an app's data under its name; registering it again replaces the entry."""
    _registered[rows.name] = rows


def registered() -> list[PersonalRows]:
    return list(_registered.values())


def rows_in_chunks(queryset: QuerySet[Row]) -> Iterator[Row]:
    """Yield rows by primary key, CHUNK_ROWS per query. A server-side cursor is not available
    behind a connection pooler."""
    ordered = queryset.order_by("pk")
    rows = list(ordered[:CHUNK_ROWS])
    while rows:
        yield from rows
        rows = list(ordered.filter(pk__gt=rows[-1].pk)[:CHUNK_ROWS])


def columns_of(row: Model, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def export_account(*, user: User, request: HttpRequest | None) -> IO[bytes]:
    """Return the zip as an open file, positioned at its start. Above MEMORY_BYTES it is kept on
    disk."""
    file = tempfile.SpooledTemporaryFile(MEMORY_BYTES)  # noqa: SIM115, the caller closes it
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, for_reader(user):
        for path, pieces in _files(user):
            _write(archive, path, pieces)
    file.seek(0)
    trail.record(events.ACCOUNT_EXPORTED, user=user, request=request)
    return file


def _write(archive: zipfile.ZipFile, path: str, pieces: Iterable[bytes]) -> None:
    # The size is unknown in advance: without ZIP64 a member above 2 GB would fail at its end.
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
    """Which emails were sent. Their content is encrypted while they wait and deleted afterwards."""
    with acting_as_system(reason="a mail names no owner"):
        return list(mails_to(user).order_by("created_at", "pk").values(*_MAIL_COLUMNS))


def _columns(rows: Iterable[Model], names: Iterable[str]) -> Iterator[dict[str, Any]]:
    return (columns_of(row, names) for row in rows)


@transaction.atomic
def delete_account(*, user: User, request: HttpRequest | None, by: str = "") -> None:
    """Deletes the account. An outage elsewhere cannot prevent it: revocations at Google are
    recorded in rows that outlive the account and are sent after the commit. A trigger clears the
    audit log's columns that identify the user."""
    for rows in registered():
        if rows.release is not None:
            rows.release(user)
    _forget_in_administration(user)
    trail.record(events.ACCOUNT_DELETED, user=None, request=request, by=by)
    # An administrator is named in other users' histories; that reference is removed.
    with acting_as_system(reason="a person goes out of everybody's rows"):
        mails_to(user).delete()
        user.delete()


def _forget_in_administration(user: User) -> None:
    """Keep Django's log of administrative actions, without the user's address."""
    about = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(User), object_id=str(user.pk)
    )
    about.update(object_repr=_NOBODY, change_message="")
