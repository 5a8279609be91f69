"""What the tables of accounts hold under ENCRYPTION_KEYS."""

from __future__ import annotations

import base64
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session as BrowserSession
from django.core import signing

from accounts.models import Session
from accounts.sessions.lifecycle import key_context
from accounts.sessions.sealing import CONTEXT as BROWSER_CONTEXT
from accounts.sign_in.second_factors import CONTEXT as AUTHENTICATOR_CONTEXT
from config.sealing import SealedRows, changed_columns, sealed_anew


class _AsItIs:
    """The sealed bytes inside a browser session's signature."""

    def dumps(self, sealed: bytes) -> bytes:
        return sealed

    def loads(self, sealed: bytes) -> bytes:
        return sealed


def _session(row: Session) -> dict[str, bytes]:
    context = key_context(row.pk)
    return changed_columns(sealed_key=sealed_anew(row.sealed_key, context=context))


def _browser_session(row: BrowserSession) -> dict[str, str]:
    """One whose signature is not ours is of a former SECRET_KEY: empty for everybody."""
    salt = SessionStore().key_salt
    try:
        sealed = signing.loads(row.session_data, salt=salt, serializer=_AsItIs)
    except signing.BadSignature:
        return {}
    anew = sealed_anew(sealed, context=BROWSER_CONTEXT)
    if anew is None:
        return {}
    return {"session_data": signing.dumps(anew, salt=salt, serializer=_AsItIs, compress=True)}


def _authenticator(row: Authenticator) -> dict[str, Any]:
    data = {name: _value(name, value) for name, value in row.data.items()}
    return {"data": data} if data != row.data else {}


def _value(name: str, value: Any) -> Any:
    """allauth seals the secret of an app, and the seed or the list of recovery codes."""
    if name == "migrated_codes":
        return [_text(code) for code in value]
    return _text(value) if name in ("secret", "seed") else value


def _text(sealed: str) -> str:
    anew = sealed_anew(base64.b64decode(sealed), context=AUTHENTICATOR_CONTEXT)
    return sealed if anew is None else base64.b64encode(anew).decode()


SEALED_ROWS = (
    SealedRows("keys of sessions", Session, _session),
    SealedRows("browser sessions", BrowserSession, _browser_session),
    SealedRows("second factors", Authenticator, _authenticator),
)
