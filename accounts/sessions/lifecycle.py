"""Sessions: opened at sign-in, refreshed by rotation, ended together with all of their tokens."""

from __future__ import annotations

import os
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NoReturn

import structlog
from django.conf import settings
from django.db import connection
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from rest_framework_simplejwt.exceptions import TokenError

from accounts.audit import events, trail
from accounts.clients import Client
from accounts.mail.queue import tell_refresh_reused
from accounts.models import RevocationReason, Session, User
from accounts.security_context import acting_as, acting_once
from accounts.sessions.lookup import acting_for, load_session
from accounts.sign_in.required_factors import require_second_factor
from accounts.tokens.access import mint_access_token
from accounts.tokens.refresh import (
    KEY_BYTES,
    RefreshToken,
    is_genuine,
    parse_refresh_token,
)
from config.database.encryption import Altered, keyring
from config.web.problems import DomainError, Kind

log = structlog.get_logger(__name__)
_ROTATE = """
UPDATE accounts_session
SET confirmed_gen = gen, gen = gen + 1, rotated_at = %(now)s, grace_uses = 0,
    idle_expires_at = least(expires_at, %(now)s + %(idle_life)s), last_seen_at = %(now)s,
    last_ip = %(ip)s::inet
WHERE id = %(id)s AND gen = %(gen)s AND revoked_at IS NULL
"""

# NIST SP 800-63B sections 4.1 and 4.2.
ONE_FACTOR = "aal1"
TWO_FACTORS = "aal2"


def rotate(session: Session, *, ip: str | None, now: datetime, idle_life: timedelta) -> bool:
    """Advance to the next generation; exactly one of several concurrent calls succeeds.

    Only `gen` and `revoked_at` can have changed since the lookup in a way that matters.
    """
    values: dict[str, Any] = {"id": session.pk, "gen": session.gen, "ip": ip}
    values |= {"now": now, "idle_life": idle_life}
    with acting_once(user_id=session.user_id), connection.cursor() as cursor:
        cursor.execute(_ROTATE, values)
        rotated: bool = cursor.rowcount == 1
    session.gen += rotated
    return rotated


@dataclass(frozen=True, slots=True)
class TokenPair:
    """The tokens of a client; `expires_in` is the access token's lifetime in seconds."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    session_id: uuid.UUID
    expires_in: int
    token_type: str = "Bearer"  # noqa: S105, the name of a scheme


def open_session(
    *,
    user: User,
    client: Client,
    client_id: str,
    device_label: str = "",
    amr: Sequence[str] = ("pwd",),
    acr: str = ONE_FACTOR,
    authenticated_at: datetime | None = None,
) -> TokenPair:
    """Open a session, by default for a user who has just proved the password."""
    now = timezone.now()
    session = Session(
        user=user,
        client_id=client_id,
        device_label=device_label,
        amr=list(amr),
        acr=acr,
        authenticated_at=authenticated_at or now,
        idle_expires_at=now + _idle_life(),
        expires_at=now + timedelta(days=settings.SESSION_ABSOLUTE_DAYS),
        ip=client.ip,
        last_ip=client.ip,
        user_agent=client.user_agent,
    )
    key = os.urandom(KEY_BYTES)
    session.sealed_key = keyring().seal(key, context=key_context(session.pk))
    with acting_as(user_id=user.pk, session_id=session.pk):
        session.save(force_insert=True)
    return _pair(session, key)


@sensitive_variables("refresh_token", "key")
def refresh_session(
    *, refresh_token: str, client: Client, request: HttpRequest | None = None
) -> TokenPair:
    """Exchange a refresh token for its successor, once; a repeated request gets the same
    response.

    Raises DomainError `refresh-refused` or `second-factor-required`. A token older than the last
    unconfirmed generation has been copied: its session ends, and its owner is notified.
    """
    now = timezone.now()
    presented = _parse(refresh_token)
    session = _find(presented, now)
    key = _open_key(session)
    if not is_genuine(refresh_token, token=presented, key=key):
        _refuse()
    require_second_factor(session.user)
    is_current = presented.gen == session.gen
    if is_current and rotate(session, ip=client.ip, now=now, idle_life=_idle_life()):
        _record(events.TOKEN_REFRESHED, session, request)
        return _pair(session, key)
    if is_current:
        # A concurrent request rotated it or ended the session.
        session = _find(presented, now)
    _repeat_or_revoke(session, presented, now, request)
    return _pair(session, key)


def end_session(*, session: Session, reason: RevocationReason) -> bool:
    """Return whether this call ended it. An ended session keeps its first reason."""
    running = Session.objects.filter(pk=session.pk, revoked_at=None)
    return running.update(revoked_at=timezone.now(), revoked_reason=reason) == 1


def _repeat_or_revoke(
    session: Session, presented: RefreshToken, now: datetime, request: HttpRequest | None
) -> None:
    if presented.gen >= session.gen:
        _refuse()
    if presented.gen == session.gen - 1 and session.is_within_grace(now):
        if not _use_grace(session, now):
            # Too many repeats don't prove theft: the successor stays valid.
            _refuse()
        return
    with acting_for(session):
        is_ended = end_session(session=session, reason=RevocationReason.REFRESH_REUSED)
        if is_ended:
            tell_refresh_reused(session=session)
    if is_ended:
        _record(events.REFRESH_REUSED, session, request)
    _refuse()


def _record(event: str, session: Session, request: HttpRequest | None) -> None:
    trail.record(
        event,
        user=session.user,
        request=request,
        method="refresh",
        session_id=session.pk,
        client_id=session.client_id,
    )


def _use_grace(session: Session, now: datetime) -> bool:
    current = Session.objects.live(now).within_grace(now).filter(pk=session.pk, gen=session.gen)
    repeated = current.filter(grace_uses__lt=settings.REFRESH_GRACE_USES)
    with acting_for(session):
        return repeated.update(grace_uses=F("grace_uses") + 1) == 1


def _parse(refresh_token: str) -> RefreshToken:
    try:
        return parse_refresh_token(refresh_token)
    except TokenError:
        _refuse()


def _find(presented: RefreshToken, now: datetime) -> Session:
    session = load_session(presented.sid)
    if session is None or not session.is_live(now) or not session.user.is_active:
        _refuse()
    if session.user.auth_epoch != presented.ver:
        _refuse()
    return session


def _open_key(session: Session) -> bytes:
    """Raises KeyMissing instead of a refusal: a client would discard a token that is valid again
    once the key is restored."""
    try:
        return keyring().open(bytes(session.sealed_key), context=key_context(session.pk))
    except Altered:
        log.error("session_key_unreadable", session=str(session.pk))
        _refuse()


def _refuse() -> NoReturn:
    raise DomainError(
        Kind.UNAUTHENTICATED, "refresh-refused", _("The refresh token isn't valid. Sign in again.")
    )


def _pair(session: Session, key: bytes) -> TokenPair:
    refresh = RefreshToken(session.user.auth_epoch, session.pk, session.gen)
    return TokenPair(
        access=mint_access_token(session),
        refresh=refresh.sign(key),
        session_id=session.pk,
        expires_in=settings.ACCESS_TOKEN_SECONDS,
    )


def _idle_life() -> timedelta:
    return timedelta(days=min(settings.SESSION_IDLE_DAYS, settings.SESSION_ABSOLUTE_DAYS))


def key_context(session_id: uuid.UUID) -> str:
    return f"accounts.session.sealed_key:{session_id}"
