"""Percent-encoding (RFC 3986, section 2.1), and passwords that were written without it."""

from __future__ import annotations

import re
from urllib.parse import unquote

from config.database.errors import AMBIGUOUS, UNREADABLE, InvalidDatabaseURL

CODE = re.compile("%[0-9A-Fa-f]{2}")
# Whoever encodes a password encodes these: raw, they show that nothing in it is encoded.
ENDING = frozenset("/?#[]@ ")


def decoded(text: str) -> str:
    """What percent-encoded text stands for. A `+` is a plus."""
    try:
        plain = unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise InvalidDatabaseURL(UNREADABLE) from None
    if "\0" in plain:
        raise InvalidDatabaseURL("holds a NUL, which PostgreSQL takes nowhere.")
    return plain


def decoded_credential(text: str) -> str:
    """A user or a password, encoded or raw.

    It is raw when no `%` in it begins a code, and encoded when each does and nothing stands in
    it that an encoder would have encoded. Anything else could be meant either way, and is refused.
    """
    codes = len(CODE.findall(text))
    if not codes:
        return text
    if codes < text.count("%") or ENDING.intersection(text):
        raise InvalidDatabaseURL(AMBIGUOUS)
    return decoded(text)
