"""The user's sessions: listed by device, and ended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ua_parser import parse

from accounts.audit import events, trail
from accounts.models import RevocationReason, Session, User
from accounts.security_context import acting_as
from accounts.sessions.lifecycle import end_session
from config.web.problems import DomainError, Kind


@dataclass(frozen=True, slots=True)
class Device:
    """A live session as its owner sees it."""

    session: Session
    name: str
    is_current: bool


def list_devices(*, user: User, current_id: UUID | None) -> list[Device]:
    """Return the current session first, then the most recently used ones."""
    sessions: Iterable[Session] = Session.objects.filter(user=user).listed(timezone.now())
    devices = [Device(each, name_of(each), each.pk == current_id) for each in sessions]
    return sorted(devices, key=lambda device: not device.is_current)


def name_of(session: Session) -> str:
    """Return the device's label, or a description of its user agent."""
    told = session.device_label or program_of(session.user_agent)
    return told or ("A browser" if session.is_browser else session.client_id)


def program_of(user_agent: str) -> str:
    """Return for example "Firefox on Linux", or "" if the header isn't recognized."""
    told = parse(user_agent)
    return " on ".join(part.family for part in (told.user_agent, told.os) if part)


def sign_out(*, session: Session, request: HttpRequest | None) -> None:
    """End the requesting session and all of its tokens."""
    if end_session(session=session, reason=RevocationReason.SIGNED_OUT):
        _record(session.user, request, RevocationReason.SIGNED_OUT, session_id=session.pk)


def end_own_session(*, user: User, session_id: UUID, request: HttpRequest | None) -> None:
    """End one of the user's live sessions. Raises DomainError `not-found` for any other."""
    session = Session.objects.live(timezone.now()).filter(user=user, pk=session_id).first()
    if session is None:
        raise DomainError(Kind.NOT_FOUND, "not-found", _("Session not found."))
    end_session(session=session, reason=RevocationReason.ENDED_ELSEWHERE)
    _record(user, request, RevocationReason.ENDED_ELSEWHERE, session_id=session.pk)


def end_sessions(
    *,
    user: User,
    reason: RevocationReason,
    request: HttpRequest | None = None,
    keep: UUID | None = None,
) -> int:
    """End the user's sessions except `keep`; return how many."""
    kept = [] if keep is None else [keep]
    running = Session.objects.filter(user=user, revoked_at=None).exclude(pk__in=kept)
    ended = running.update(revoked_at=timezone.now(), revoked_reason=reason)
    if ended:
        _record(user, request, reason, details={"count": str(ended)})
    return ended


def start_auth_epoch(
    *,
    user: User,
    reason: RevocationReason,
    request: HttpRequest | None = None,
    keep: UUID | None = None,
) -> None:
    """Invalidate everything issued before: all tokens of both formats, all sessions except
    `keep`.

    The browser session to keep needs Django's `update_session_auth_hash` as well.
    """
    with acting_as(user_id=user.pk, method="credentials"):
        User.objects.filter(pk=user.pk).update(auth_epoch=F("auth_epoch") + 1, legacy_allowed=False)
        user.refresh_from_db(fields=["auth_epoch", "legacy_allowed"])
        end_sessions(user=user, reason=reason, request=request, keep=keep)


def _record(
    user: User,
    request: HttpRequest | None,
    reason: RevocationReason,
    *,
    session_id: UUID | None = None,
    details: dict[str, str] | None = None,
) -> None:
    trail.record(
        events.SESSION_ENDED,
        user=user,
        request=request,
        reason=reason,
        session_id=session_id,
        details=details,
    )
