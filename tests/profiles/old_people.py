"""Lines of the old system's export, in all the forms it used."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher

from tests.factories import PASSWORD

# The old system's hash format, at a lower cost: imported hashes aren't recomputed.
OLD_HASHER = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
OLD_HASH = OLD_HASHER.hash(PASSWORD)

PROFILE: dict[str, Any] = {
    "first_name": " Ada ",
    "last_name": "Lovelace",
    "display_name": None,
    "date_of_birth": "12/10/1990",
    "phone_number": "(415) 555-2671",
    "alternate_phone": "+44 20 7946 0958",
    "personal_address": {
        "street": "1 Market St",
        "street2": "",
        "city": "San Francisco",
        "state": "CA",
        "zip code": "94103",
        "country": "USA",
    },
    "job_title": "Analyst",
    "company": "Engines",
    "department": None,
    "work_phone": "415.555.2672 ext. 12",
    "work_email": "Ada@EXAMPLE.com",
    "work_address": None,
    "preferred_contact_method": "phone",
    "emergency_contact": {
        "name": "Charles",
        "relationship": "friend",
        "phone": "1-415-555-2673",
        "email": "charles@example.org",
    },
    "bio": "One.\r\nTwo.",
    "website": "example.com/ada",
    "linkedin": "in/ada-lovelace",
    "twitter": "@ada",
    "github": "https://github.com/ada",
    "timezone": "America/Los_Angeles",
    "language": "en_US",
}


def old_person(number: int = 7, **changes: Any) -> dict[str, Any]:
    return {
        "email": f"person{number}@example.org",
        "legacy_id": number,
        "role": "user",
        "status": "active",
        "password_hash": OLD_HASH,
        "profile": PROFILE,
        **changes,
    }


def write_people(file: Path, people: Iterable[dict[str, Any] | bytes]) -> Path:
    """Write objects as JSON lines; bytes are written unchanged."""
    with file.open("wb") as stream:
        for person in people:
            line = person if isinstance(person, bytes) else json.dumps(person).encode()
            stream.write(line + b"\n")
    return file
