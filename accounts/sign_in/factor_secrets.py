"""The secrets of second factors at rest: an app's secret, the seed of recovery codes.

allauth seals a value before its row has a key. A person has at most one row of each kind, so a
value is sealed for its person: copied into the row of another it does not open.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from allauth.core import context as allauth_context

from accounts.models import User
from config.encryption import keyring

# What stands before the values that are sealed for a person; base64 has no full stop. Values
# without it are older, and sealed for the column alone until `manage.py reencrypt` comes by.
_FOR_A_PERSON = "p."
_COLUMN = "mfa.authenticator.data"
_owner: ContextVar[int | None] = ContextVar("owner_of_factors", default=None)


class NobodysFactor(Exception):
    """A secret was asked for without a person whose it is."""


@contextmanager
def factors_of(user: User) -> Iterator[None]:
    """Whose secrets allauth handles meanwhile, where it is not who is signed in."""
    before = _owner.set(user.pk)
    try:
        yield
    finally:
        _owner.reset(before)


def current_owner() -> int:
    """The key of the person that `factors_of` names, or who is signed in. Raises NobodysFactor."""
    owner = _owner.get() or getattr(getattr(allauth_context.request, "user", None), "pk", None)
    if owner is None:
        raise NobodysFactor
    return owner


def seal_secret(text: str, *, owner: int) -> str:
    sealed = keyring().seal(text.encode(), context=_context(owner))
    return _FOR_A_PERSON + base64.b64encode(sealed).decode()


def open_secret(text: str, *, owner: int) -> str:
    """Raises CannotDecrypt."""
    sealed, context = _parts(text, owner)
    return keyring().open(sealed, context=context).decode()


def seal_secret_anew(text: str, *, owner: int) -> str:
    """Under the current key and for its person; the text itself where it is so already."""
    sealed, context = _parts(text, owner)
    secret = open_secret(text, owner=owner)
    is_current = context == _context(owner) and keyring().is_current(sealed)
    return text if is_current else seal_secret(secret, owner=owner)


def _parts(text: str, owner: int) -> tuple[bytes, str]:
    sealed = base64.b64decode(text.removeprefix(_FOR_A_PERSON))
    return sealed, _context(owner) if text.startswith(_FOR_A_PERSON) else _COLUMN


def _context(owner: int) -> str:
    return f"{_COLUMN}:{owner}"
