"""The users of a test, passed to a process that sends requests as them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

VARIABLE = "DAYBOOK_PEOPLE_OF_THE_TEST"


@dataclass(frozen=True)
class Person:
    email: str
    password: str
    token: str
    session_id: str


def write_people(file: Path, people: list[Person]) -> Path:
    file.write_text("\n".join(json.dumps(asdict(person)) for person in people))
    return file


def read_people(file: Path) -> list[Person]:
    return [Person(**json.loads(line)) for line in file.read_text().splitlines()]
