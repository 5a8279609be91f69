"""Everything that is a person's, as one zip of JSON and iCalendar files."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from typing import IO, Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db.models import Model
from django.http import HttpRequest

from accounts.account.json_files import json_list, json_object
from accounts.account.personal_rows import Files, columns_of, registered, rows_in_chunks
from accounts.audit import events, trail
from accounts.local_time import in_zone_of
from accounts.mail.recipients import mails_to
from accounts.models import AuditEvent, Session, User
from accounts.security_context import acting_as_system

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
