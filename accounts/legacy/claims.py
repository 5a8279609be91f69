"""The claims of the old system's tokens, in the two shapes that are in the field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from accounts.fields import normalise_email
from accounts.tokens.bearer import MalformedToken
from accounts.tokens.claims import is_text, is_whole

_LARGEST_ID = 2**63 - 1  # of a bigint column


@dataclass(frozen=True, slots=True)
class LegacyClaims:
    """Whom a token names, twice, and its times."""

    legacy_id: int
    email: str
    issued_at: datetime
    not_before_at: datetime
    expires_at: datetime


def read_legacy_claims(payload: Mapping[str, Any]) -> LegacyClaims:
    """Raises MalformedToken unless the members are of one shape, and each of its type."""
    if "email" in payload:
        _check(payload, _NUMBERED, _NUMBERED_MAY_HAVE)
        if payload["sub"] != str(payload["id"]):
            raise MalformedToken
    else:
        _check(payload, _NAMED, {})
    return LegacyClaims(
        legacy_id=payload["id"],
        email=normalise_email(payload.get("email", payload["sub"])),
        issued_at=datetime.fromtimestamp(payload["iat"], UTC),
        not_before_at=datetime.fromtimestamp(payload.get("nbf", payload["iat"]), UTC),
        expires_at=datetime.fromtimestamp(payload["exp"], UTC),
    )


Shape = Mapping[str, Callable[[object], bool]]


def _check(payload: Mapping[str, Any], required: Shape, optional: Shape) -> None:
    if not required.keys() <= payload.keys() <= required.keys() | optional.keys():
        raise MalformedToken
    shape = {**required, **optional}
    if not all(shape[name](value) for name, value in payload.items()):
        raise MalformedToken


def _is_legacy_id(value: object) -> bool:
    return type(value) is int and 0 < value <= _LARGEST_ID


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_reference(value: object) -> bool:
    return value is None or is_text(value) or type(value) is int


_NAMED: Shape = {
    "sub": is_text,
    "id": _is_legacy_id,
    "role": is_text,
    "exp": is_whole,
    "iat": is_whole,
    "nbf": is_whole,
}
_NUMBERED: Shape = {
    "sub": is_text,
    "email": is_text,
    "id": _is_legacy_id,
    "role": is_text,
    "exp": is_whole,
    "iat": is_whole,
}
_NUMBERED_MAY_HAVE: Shape = {
    "nbf": is_whole,
    "session_id": _is_reference,
    "device_id": _is_reference,
    "tfa_verified": _is_flag,
}
