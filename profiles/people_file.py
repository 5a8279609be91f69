"""The export file of the old system: one JSON object per line and person.

A person with an invalid role, status, password or profile is still imported; each invalid part is
reported.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import argon2
from django.core.exceptions import ValidationError

from accounts.fields import normalise_email
from config.web.bodies import load_unique
from profiles.fields.contacts import canonical_email
from profiles.fields.validation import flatten_document

# A person with every field at its maximum length and each letter escaped is far smaller.
MAX_LINE_BYTES = 1024 * 1024
MAX_PASSWORD_LENGTH = 128
# The memory that a sign-in may use; OWASP recommends less than 50 MiB.
MAX_HASH_MEMORY_KIB = 1024 * 1024
MAX_LEGACY_ID = 2**63 - 1
_PHC = re.compile(r"\$argon2(?:id|i|d)\$[a-z0-9=,$]+\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+")
_ACTIVE, _PENDING = "active", "pending"
_CLOSED = frozenset({"inactive", "suspended", "disabled", "locked", "rejected", "deleted"})
_POSTAL_CODES = frozenset({"zip", "zip code", "zip_code", "zipcode", "postcode"})


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refused value, or a refused person if `field` is empty."""

    line: int
    field: str
    code: str
    message: str


@dataclass(slots=True)
class OldPerson:
    """A person of the file. `password` has Django's format, "" for none. `profile` isn't
    validated."""

    line: int
    email: str
    legacy_id: int | None
    is_administrator: bool
    is_active: bool
    is_pending: bool
    password: str
    profile: dict[str, object]
    refusals: list[Refusal]


def read_people(lines: Iterable[bytes], refuse: Callable[[Refusal], None]) -> Iterator[OldPerson]:
    """Yield the people of the file. Lines without a valid person are passed to `refuse`."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield _read_person(number, _load(line))
        except ValidationError as error:
            refuse(Refusal(number, "", error.code or "invalid", error.messages[0]))


def _load(line: bytes) -> Mapping[str, Any]:
    if len(line) > MAX_LINE_BYTES:
        raise ValidationError("This line is too long.", code="too_long")
    try:
        found = load_unique(line.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError):
        raise ValidationError("This line isn't valid JSON.", code="unreadable") from None
    if not isinstance(found, dict):
        raise ValidationError("This line isn't a JSON object.", code="unreadable")
    return found


def _read_person(number: int, found: Mapping[str, Any]) -> OldPerson:
    person = OldPerson(
        line=number,
        email=_email(found.get("email")),
        legacy_id=None,
        is_administrator=False,
        is_active=False,
        is_pending=False,
        password="",
        profile={},
        refusals=[],
    )
    for field, read in _PARTS.items():
        try:
            read(person, found.get(field))
        except ValidationError as error:
            code = error.code or "invalid"
            person.refusals.append(Refusal(number, field, code, error.messages[0]))
    return person


def _email(given: object) -> str:
    if not isinstance(given, str) or not given.strip():
        raise ValidationError("The email address for signing in is missing.", code="no_email")
    return normalise_email(canonical_email(given.strip(), {}))


def _read_legacy_id(person: OldPerson, given: object) -> None:
    if given is None:
        return
    text = str(given)
    is_number = not isinstance(given, bool) and text.isascii() and text.isdigit()
    if not is_number or len(text) > 19 or int(text) > MAX_LEGACY_ID:
        raise ValidationError("This isn't an id of the old system.", code="invalid_legacy_id")
    person.legacy_id = int(text)


def _read_role(person: OldPerson, given: object) -> None:
    if given not in ("admin", "user", None):
        raise ValidationError(
            "Unknown role: use admin or user. Imported as user.", code="unknown_role"
        )
    person.is_administrator = given == "admin"


def _read_status(person: OldPerson, given: object) -> None:
    if given not in (_ACTIVE, _PENDING, *_CLOSED):
        raise ValidationError("Unknown status. Imported as deactivated.", code="unknown_status")
    person.is_active, person.is_pending = given == _ACTIVE, given == _PENDING


def _read_password(person: OldPerson, given: object) -> None:
    if given is None:
        return
    if not isinstance(given, str) or not _PHC.fullmatch(given):
        raise ValidationError(
            "This isn't an Argon2 hash in PHC form. The person needs to reset the password.",
            code="invalid_password_hash",
        )
    try:
        cost = argon2.extract_parameters(given)
    except argon2.exceptions.InvalidHashError:
        raise ValidationError(
            "This Argon2 hash is damaged. The person needs to reset the password.",
            code="invalid_password_hash",
        ) from None
    stored = f"argon2{given}"
    if cost.memory_cost > MAX_HASH_MEMORY_KIB or len(stored) > MAX_PASSWORD_LENGTH:
        raise ValidationError(
            "The parameters or size of this Argon2 hash are too large. The person needs to "
            "reset the password.",
            code="password_hash_too_large",
        )
    person.password = stored


def _read_profile(person: OldPerson, given: object) -> None:
    if given is None:
        return
    if not isinstance(given, dict):
        raise ValidationError("The profile isn't a JSON object.", code="not_an_object")
    flat = flatten_document({name: _renamed(inner) for name, inner in given.items()})
    person.profile = {path: value for path, value in flat.items() if value not in (None, "")}


def _renamed(given: object) -> object:
    """Rename the old system's names of an address's postal code."""
    if not isinstance(given, dict):
        return given
    return {
        "postal_code" if name.lower() in _POSTAL_CODES else name: inner
        for name, inner in given.items()
    }


_PARTS: Mapping[str, Callable[[OldPerson, object], None]] = {
    "legacy_id": _read_legacy_id,
    "role": _read_role,
    "status": _read_status,
    "password_hash": _read_password,
    "profile": _read_profile,
}
