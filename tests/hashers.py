"""Argon2 as in production, with the lowest cost that it allows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from django.contrib.auth.hashers import Argon2PasswordHasher


class QuickArgon2(Argon2PasswordHasher):
    time_cost = 1
    memory_cost = 8
    parallelism = 1


class CountingArgon2(QuickArgon2):
    """Counts its runs: equal work is what makes refusals take equal time."""

    runs: ClassVar[int] = 0

    def encode(self, password: str, salt: str) -> str:
        type(self).runs += 1
        return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        type(self).runs += 1
        return super().verify(password, encoded)

    @classmethod
    @contextmanager
    def counting(cls) -> Iterator[type[CountingArgon2]]:
        cls.runs = 0
        yield cls
