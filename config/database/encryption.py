"""Encryption of secrets at rest: AES-256-GCM with a keyring, bound to the row.

A sealed value is `version (1 byte) | key id (4 bytes) | nonce (12 bytes) | ciphertext and tag`. The
key id is a digest of the key, so the key is found without trying each. Nonces are random, as NIST
SP 800-38D section 8.2.2 allows for up to 2**32 values per key.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import models
from django.utils.module_loading import import_string

from config.database.bulk import Access

log = structlog.get_logger(__name__)
VERSION = b"\x01"
KEY_BYTES = 32
HEADER_BYTES = 1 + 4 + 12

# The code for people and programs if a key is missing.
KEY_MISSING = "encryption-key-missing"
BATCH = 200
SAMPLE = 3


class CannotDecrypt(Exception):
    """A sealed value can't be decrypted."""


class KeyMissing(CannotDecrypt):
    """Its key isn't in the keyring; the value can be decrypted once the key is back."""


class Altered(CannotDecrypt):
    """The value is damaged or belongs to another row; no key decrypts it."""


REASONS: dict[type[CannotDecrypt], str] = {KeyMissing: "key-missing", Altered: "altered"}


class Keyring:
    """Keys for sealed values: the first one encrypts, all of them decrypt."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._current = _key_id(keys[0])
        self._ciphers = {_key_id(key): AESGCM(key) for key in keys}

    def seal(self, plaintext: bytes, *, context: str) -> bytes:
        """Encrypt for one place: `context` names its row and column, and `open` checks it."""
        nonce = os.urandom(12)
        cipher = self._ciphers[self._current]
        return VERSION + self._current + nonce + cipher.encrypt(nonce, plaintext, context.encode())

    def open(self, sealed: bytes | memoryview, *, context: str) -> bytes:
        """Decrypt a value that was sealed for the same `context`. Raises KeyMissing or Altered."""
        try:
            return self._open(sealed, context)
        except CannotDecrypt as error:
            _count(context, REASONS[type(error)])
            raise

    def _open(self, sealed: bytes | memoryview, context: str) -> bytes:
        sealed = bytes(sealed)
        cipher = self._ciphers.get(sealed[1:5])
        if sealed[:1] != VERSION or len(sealed) < HEADER_BYTES:
            raise Altered("The value is damaged.")
        if cipher is None:
            raise KeyMissing("No key of ENCRYPTION_KEYS matches this value.")
        nonce = sealed[5:HEADER_BYTES]
        try:
            return cipher.decrypt(nonce, sealed[HEADER_BYTES:], context.encode())
        except InvalidTag:
            raise Altered("The value was altered or belongs to another row.") from None

    def is_current(self, sealed: bytes | memoryview) -> bool:
        """Return whether the value uses the current key; if not, it should be re-encrypted."""
        return bytes(sealed[1:5]) == self._current


def parse_key(text: str) -> bytes:
    """Parse a key of ENCRYPTION_KEYS: 32 bytes in URL-safe base64. Raises ValueError."""
    try:
        padded = text.encode() + b"=" * (-len(text) % 4)
        key = base64.b64decode(padded, altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise ValueError("not base64") from None
    if len(key) != KEY_BYTES:
        raise ValueError("not 32 bytes")
    return key


def keyring() -> Keyring:
    return _keyring(tuple(settings.ENCRYPTION_KEYS))


@lru_cache(maxsize=4)
def _keyring(keys: tuple[bytes, ...]) -> Keyring:
    return Keyring(keys)


def _count(context: str, reason: str) -> None:
    # Imported here because the settings import this module, and must be read before metrics.
    from config.metrics import UNREADABLE_SECRETS

    # The part before the first colon names the column, not the row.
    UNREADABLE_SECRETS.labels(context.partition(":")[0], reason).inc()


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"daybook key id" + key).digest()[:4]


@dataclass(frozen=True, slots=True)
class SealedRows:
    """Rows of one table that contain sealed values.

    `reseal` decrypts a row's values and returns the columns to change with their new values, or
    none if all use the current key. It raises CannotDecrypt. `access` grants access under row-level
    security; `holding` leaves out rows without sealed values.
    """

    name: str
    model: type[models.Model]
    reseal: Callable[[Any], Mapping[str, Any]]
    access: Access = nullcontext
    holding: models.Q = field(default_factory=models.Q)


@dataclass(slots=True)
class Tally:
    seen: int = 0
    sealed: int = 0
    unreadable: int = 0


def every_sealed_rows() -> Iterable[SealedRows]:
    """Return those of all apps, as settings.SEALED_ROWS lists them."""
    return (rows for name in settings.SEALED_ROWS for rows in import_string(name))


def open_sample(rows: SealedRows, size: int = SAMPLE) -> Tally:
    """Try to decrypt the values of a few rows; changes none."""
    tally = Tally()
    with rows.access():
        sample = list(rows.model._default_manager.filter(rows.holding).order_by("-pk")[:size])
    for row in sample:
        tally.seen += 1
        try:
            rows.reseal(row)
        except CannotDecrypt:
            tally.unreadable += 1
    return tally


def reencrypt(rows: SealedRows) -> Iterator[Tally]:
    """Re-encrypt a table, each batch inside `rows.access()`; yields the counts after each batch.

    A row that changes meanwhile is skipped: the new value is encrypted with the new key.
    """
    tally = Tally()
    remaining = rows.model._default_manager.order_by("pk")
    while True:
        with rows.access():
            batch = list(remaining[:BATCH])
            for row in batch:
                _reseal(rows, row, tally)
        if not batch:
            return
        yield tally
        remaining = remaining.filter(pk__gt=batch[-1].pk)


def _reseal(rows: SealedRows, row: models.Model, tally: Tally) -> None:
    tally.seen += 1
    try:
        changes = rows.reseal(row)
    except CannotDecrypt:
        tally.unreadable += 1
        log.error("sealed_row_unreadable", table=rows.name, row=str(row.pk))
        return
    if changes:
        unchanged = {name: getattr(row, name) for name in changes}
        held = rows.model._default_manager.filter(pk=row.pk, **unchanged)
        tally.sealed += held.update(**changes)


def reencrypted(sealed: bytes | memoryview, *, context: str) -> bytes | None:
    """Return the value encrypted with the current key, or None if it is empty or already is.

    Decrypts it in either case. Raises CannotDecrypt.
    """
    if not sealed:
        return None
    plaintext = keyring().open(sealed, context=context)
    return None if keyring().is_current(sealed) else keyring().seal(plaintext, context=context)


def changed_columns(**columns: bytes | None) -> dict[str, bytes]:
    return {name: value for name, value in columns.items() if value is not None}
