"""The import of users from the old system."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from accounts.models import User
from profiles.models import Profile
from tests.accounts.serving import CHECKOUT, database_url
from tests.benchmarks.figures import Figure
from tests.profiles.old_people import old_person, write_people

HEADING = f"{'people':<52} {'figure':>12}"
PEOPLE = 10_000
KILLED_AT = PEOPLE // 2


def results() -> Iterator[Figure]:
    with TemporaryDirectory() as folder:
        file = write_people(Path(folder) / "people.jsonl", map(old_person, range(1, PEOPLE + 1)))
        yield whole(file)
        Profile.objects.all().delete()
        User.objects.all().delete()
        yield from killed(file)


def whole(file: Path) -> Figure:
    seconds = wait_for(start(file))
    assert Profile.objects.exclude(phone_number="").count() == PEOPLE
    return Figure("10,000 people imported", seconds, "s", at_most=60)


def killed(file: Path) -> Iterator[Figure]:
    running = start(file)
    while User.objects.count() < KILLED_AT and running.poll() is None:
        time.sleep(0.05)
    running.kill()
    running.wait()
    there = User.objects.count()
    yield Figure("there when the run was killed", there, "people", at_least=1, at_most=PEOPLE - 1)
    yield Figure("the run after that", wait_for(start(file)), "s", at_most=60)
    yield Figure("there then", User.objects.count(), "people", at_least=PEOPLE, at_most=PEOPLE)


def start(file: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "manage.py", "import_people", str(file)],
        cwd=CHECKOUT,
        env={**os.environ, "DATABASE_URL": database_url()},
        stdout=subprocess.DEVNULL,
    )


def wait_for(running: subprocess.Popen[bytes]) -> float:
    start_seconds = time.monotonic()
    assert running.wait() == 0
    return time.monotonic() - start_seconds
