"""The two token backends, which note what they took for a token of their own format."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar, Protocol

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from accounts.authentication import EnhancedTokenBackend, LegacyTokenBackend
from accounts.models import User
from accounts.tokens.access import BearerToken

ENHANCED, LEGACY = "enhanced", "legacy"
NOTING = ["tests.accounts.verdicts.NotingEnhanced", "tests.accounts.verdicts.NotingLegacy"]


class Notes:
    """By which verifiers the tokens of this block were judged."""

    current: ClassVar[list[str]] = []

    @classmethod
    @contextmanager
    def taken(cls) -> Iterator[list[str]]:
        cls.current = []
        yield cls.current


class NotingEnhanced(EnhancedTokenBackend):
    def authenticate(self, request: HttpRequest | None, *, token: BearerToken) -> User | None:
        return _note(ENHANCED, super().authenticate, request, token)


class NotingLegacy(LegacyTokenBackend):
    def authenticate(self, request: HttpRequest | None, *, token: BearerToken) -> User | None:
        return _note(LEGACY, super().authenticate, request, token)


class Authenticate(Protocol):
    def __call__(self, request: HttpRequest | None, *, token: BearerToken) -> User | None: ...


def _note(
    name: str, authenticate: Authenticate, request: HttpRequest | None, token: BearerToken
) -> User | None:
    try:
        user = authenticate(request, token=token)
    except PermissionDenied:
        Notes.current.append(name)
        raise
    if user is not None:
        Notes.current.append(name)
    return user
