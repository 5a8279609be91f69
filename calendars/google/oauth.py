"""OAuth 2.0 with Google: the authorization URL, the token endpoint, revocation.

Sources: RFC 6749, RFC 7636 (PKCE), OpenID Connect Core 1.0, and
https://developers.google.com/identity/protocols/oauth2/web-server
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import jwt
import structlog
from django.conf import settings
from django.utils import timezone

from accounts.security_context import acting_as_system
from calendars.google import transport
from calendars.google.decoding import seconds_between
from calendars.google.errors import (
    ClientMisconfigured,
    GoogleUnavailable,
    token_error,
    token_error_code,
)
from calendars.models import Connection, RefreshTokenMeter
from calendars.models.connection import CAP, FULL_SCOPE, READ_SCOPE, WRITE_SCOPE

log = structlog.get_logger(__name__)
# WRITE_SCOPE is asked for when a person first changes an event.
SCOPES = ("openid", "email", READ_SCOPE)
_NO_SUCH_TOKEN = {"invalid_token", "invalid_grant"}
USUAL_LIFE_SECONDS = 3600.0  # if the token endpoint gives no usable lifetime
LONGEST_LIFE_SECONDS = 24 * 3600.0
_LONGEST_SUBJECT, _LONGEST_EMAIL = 255, 254  # column lengths of Connection
ISSUERS = ("https://accounts.google.com", "accounts.google.com")


def count_issue(connection: Connection) -> None:
    """Count a new refresh token; earlier ones stay valid at Google."""
    with _acting_as_system():
        meter, _created = RefreshTokenMeter.objects.select_for_update().get_or_create(
            provider=connection.provider,
            subject=connection.subject,
            client_id=settings.GOOGLE_CLIENT_ID,
        )
        meter.email = connection.email
        meter.issued_at = [*meter.alive, timezone.now()]
        meter.save(update_fields=["email", "issued_at"])
    if meter.is_near_cap:
        log.warning("refresh_tokens_near_cap", meter=meter.pk, used=meter.used, cap=CAP)


def forget_issues(*, subject: str) -> None:
    """Reset the count: a revocation ends all tokens that the account gave this client."""
    ours = RefreshTokenMeter.objects.filter(subject=subject, client_id=settings.GOOGLE_CLIENT_ID)
    with _acting_as_system():
        ours.delete()


def _acting_as_system() -> AbstractContextManager[None]:
    return acting_as_system(reason="people who connect one account share its meter")


@dataclass(frozen=True, slots=True)
class Grant:
    """The token endpoint's response. `refresh_token` is "" if there was none."""

    access_token: str
    expires_in_seconds: float
    refresh_token: str
    scopes: tuple[str, ...]

    @property
    def may_read(self) -> bool:
        return not {READ_SCOPE, FULL_SCOPE}.isdisjoint(self.scopes)


@dataclass(frozen=True, slots=True)
class Identity:
    """The consenting account: its stable subject and current address."""

    subject: str
    email: str


def is_configured() -> bool:
    return bool(settings.GOOGLE_CLIENT_ID and settings.GOOGLE_CLIENT_SECRET)


def authorization_url(
    *,
    state: str,
    code_verifier: str,
    nonce: str,
    redirect_uri: str,
    login_hint: str = "",
    write: bool = False,
) -> str:
    """Return the authorization URL. `consent` and `offline` ensure that a refresh token is
    issued.

    `write` asks for changing events too. What was granted earlier stays granted:
    https://developers.google.com/identity/protocols/oauth2/web-server#incrementalAuth
    """
    parameters = {
        "client_id": settings.GOOGLE_CLIENT_ID,
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "scope": " ".join([*SCOPES, WRITE_SCOPE] if write else SCOPES),
        "access_type": "offline",
        "prompt": "consent",
        "include_granted_scopes": "true",
        "state": state,
        "nonce": nonce,
        "code_challenge": _challenge(code_verifier),
        "code_challenge_method": "S256",
    }
    if login_hint:
        parameters["login_hint"] = login_hint
    return f"{settings.GOOGLE_AUTH_URI}?{urlencode(parameters)}"


def exchange_code(
    *, code: str, code_verifier: str, redirect_uri: str, nonce: str
) -> tuple[Grant, Identity]:
    """Exchange the code for tokens. Raises GoogleError."""
    body = _ask(
        {
            "grant_type": "authorization_code",
            "code": code,
            "code_verifier": code_verifier,
            "redirect_uri": redirect_uri,
        }
    )
    return _grant(body), _identity(body, nonce)


def refresh_access(refresh_token: str) -> Grant:
    """Refresh the access token. Raises GoogleError; GrantRevoked only for Google's named error."""
    return _grant(_ask({"grant_type": "refresh_token", "refresh_token": refresh_token}))


def revoke(token: str) -> None:
    """Revoke a grant. It's no error if it was revoked before."""
    answer = transport.send("POST", settings.GOOGLE_REVOKE_URI, form={"token": token})
    body = answer.body  # on success too: a proxy's page revokes nothing
    ended_before = answer.status == 400 and token_error_code(body) in _NO_SUCH_TOKEN
    if not answer.ok and not ended_before:
        raise token_error(answer.status, body, answer.retry_after_seconds)


def _ask(form: Mapping[str, str]) -> Mapping[str, Any]:
    if not is_configured():
        raise ClientMisconfigured("no client id")
    client = {
        "client_id": settings.GOOGLE_CLIENT_ID,
        "client_secret": settings.GOOGLE_CLIENT_SECRET,
    }
    answer = transport.send("POST", settings.GOOGLE_TOKEN_URI, form={**form, **client})
    body = answer.body
    if not answer.ok:
        raise token_error(answer.status, body, answer.retry_after_seconds)
    if not isinstance(body, Mapping):
        raise GoogleUnavailable("the token answer is not an object")
    return body


def _grant(body: Mapping[str, Any]) -> Grant:
    access_token = body.get("access_token")
    if not isinstance(access_token, str) or not access_token:
        raise GoogleUnavailable("the token answer has no access token")
    lives = seconds_between(body.get("expires_in"), least=0, most=LONGEST_LIFE_SECONDS)
    return Grant(
        access_token=access_token,
        expires_in_seconds=USUAL_LIFE_SECONDS if lives is None else lives,
        refresh_token=str(body.get("refresh_token") or ""),
        scopes=tuple(str(body.get("scope") or "").split()),
    )


def _identity(body: Mapping[str, Any], nonce: str) -> Identity:
    """Read the ID token received directly from the token endpoint.

    OpenID Connect Core 3.1.3.7, point 6: TLS to the issuer replaces the signature check.
    """
    try:
        claims = jwt.decode(
            str(body.get("id_token") or ""),
            audience=settings.GOOGLE_CLIENT_ID,
            issuer=ISSUERS,
            leeway=30,
            options={
                "verify_signature": False,
                "verify_aud": True,
                "verify_iss": True,
                "verify_exp": True,
                "require": ["sub", "email", "aud", "iss", "exp"],
            },
        )
    except (jwt.InvalidTokenError, TypeError, ValueError, OverflowError, RecursionError) as error:
        # PyJWT checks the claims' values, but not always their types.
        raise GoogleUnavailable(f"the ID token is {type(error).__name__}") from None
    if claims.get("nonce") != nonce:
        raise GoogleUnavailable("the ID token belongs to another consent")
    identity = Identity(subject=str(claims["sub"]), email=str(claims["email"]))
    if len(identity.subject) > _LONGEST_SUBJECT or len(identity.email) > _LONGEST_EMAIL:
        raise GoogleUnavailable("the ID token names no account that can be kept")
    return identity


def _challenge(code_verifier: str) -> str:
    digest = hashlib.sha256(code_verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
