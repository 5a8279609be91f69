"""The columns of accounts that are encrypted under ENCRYPTION_KEYS, for `manage.py reencrypt`."""

from __future__ import annotations

from functools import partial
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session as BrowserSession
from django.core import signing
from django.db.models import Q

from accounts.mail.queue import sealing_context
from accounts.models import OutgoingMail, Session
from accounts.security_context import acting_as_system
from accounts.sessions.browser import CONTEXT as BROWSER_CONTEXT
from accounts.sessions.lifecycle import key_context
from accounts.sign_in.second_factors import reseal_secret
from config.database.encryption import SealedRows, changed_columns, reencrypted


class _AsItIs:
    """Return the encrypted bytes inside a browser session's signature."""

    def dumps(self, sealed: bytes) -> bytes:
        return sealed

    def loads(self, sealed: bytes) -> bytes:
        return sealed


def _session(row: Session) -> dict[str, bytes]:
    context = key_context(row.pk)
    return changed_columns(sealed_key=reencrypted(row.sealed_key, context=context))


def _browser_session(row: BrowserSession) -> dict[str, str]:
    """A row with another signature comes from a former SECRET_KEY and is empty for every reader."""
    salt = SessionStore().key_salt
    try:
        sealed = signing.loads(row.session_data, salt=salt, serializer=_AsItIs)
    except signing.BadSignature:
        return {}
    renewed = reencrypted(sealed, context=BROWSER_CONTEXT)
    if renewed is None:
        return {}
    return {"session_data": signing.dumps(renewed, salt=salt, serializer=_AsItIs, compress=True)}


def _mail(row: OutgoingMail) -> dict[str, bytes]:
    context = sealing_context(row.pk)
    return changed_columns(sealed_message=reencrypted(row.sealed_message, context=context))


def _authenticator(row: Authenticator) -> dict[str, Any]:
    data = {name: _value(name, value, row.user_id) for name, value in row.data.items()}
    return {"data": data} if data != row.data else {}


def _value(name: str, value: Any, owner: int) -> Any:
    """The encrypted value of an authenticator: an app's secret, or the seed or list of recovery
    codes."""
    if name == "migrated_codes":
        return [reseal_secret(code, owner=owner) for code in value]
    return reseal_secret(value, owner=owner) if name in ("secret", "seed") else value


# A passkey's public key isn't secret.
_WITH_SECRET = ~Q(type=Authenticator.Type.WEBAUTHN)
_access = partial(acting_as_system, reason="to open and re-encrypt what is sealed")
SEALED_ROWS = (
    SealedRows("keys of sessions", Session, _session, _access, ~Q(sealed_key=b"")),
    SealedRows("browser sessions", BrowserSession, _browser_session, _access),
    SealedRows("second factors", Authenticator, _authenticator, _access, _WITH_SECRET),
    SealedRows("mails", OutgoingMail, _mail, _access, ~Q(sealed_message=b"")),
)
