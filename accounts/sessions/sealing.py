"""What Django keeps of a browser session at rest: it holds codes and challenges for a while."""

from __future__ import annotations

from typing import Any

from django.core.signing import JSONSerializer

from config.encryption import keyring

CONTEXT = "django_session.session_data"


class SealedSerializer:
    """Django's own serialiser, with its text sealed. Django takes what it cannot open as empty."""

    def dumps(self, state: dict[str, Any]) -> bytes:
        return keyring().seal(JSONSerializer().dumps(state), context=CONTEXT)

    def loads(self, sealed: bytes) -> dict[str, Any]:
        state: dict[str, Any] = JSONSerializer().loads(keyring().open(sealed, context=CONTEXT))
        return state
