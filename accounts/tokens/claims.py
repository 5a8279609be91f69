"""The claims of an access token (RFC 9068 section 2.2), each of exactly one type."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any

_WORD = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_WORDS = re.compile(r"[A-Za-z0-9._:-]{1,64}( [A-Za-z0-9._:-]{1,64})*")
_LAST_SECOND = 253_402_300_799  # the end of the year 9999, where datetime ends too


def has_required_claims(payload: Mapping[str, Any]) -> bool:
    return all(name in payload and fits(payload[name]) for name, fits in _SHAPES.items())


def is_text(value: object) -> bool:
    return isinstance(value, str)


def is_word(value: object) -> bool:
    return isinstance(value, str) and _WORD.fullmatch(value) is not None


def are_words(value: object) -> bool:
    return isinstance(value, str) and _WORDS.fullmatch(value) is not None


def is_word_list(value: object) -> bool:
    return isinstance(value, list) and all(map(is_word, value))


def is_whole(value: object) -> bool:
    # `type`, because bool is a subclass of int.
    return type(value) is int and 0 <= value <= _LAST_SECOND


def is_ordinal(value: object) -> bool:
    return is_whole(value) and value != 0


def is_uuid(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        return str(uuid.UUID(value)) == value
    except ValueError:
        return False


_SHAPES: dict[str, Callable[[object], bool]] = {
    "iss": is_text,
    "aud": is_text,
    "sub": is_uuid,
    "client_id": is_word,
    "iat": is_whole,
    "nbf": is_whole,
    "exp": is_whole,
    "jti": is_word,
    "sid": is_uuid,
    "gen": is_ordinal,
    "ver": is_ordinal,
    "scope": are_words,
    "auth_time": is_whole,
    "amr": is_word_list,
    "acr": is_word,
}
