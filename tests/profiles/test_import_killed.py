"""A run of `import_people` that is killed and run again imports everyone once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.db.models import Count

from accounts.models import User
from profiles.importing import BATCH_PEOPLE
from profiles.models import Profile
from tests.accounts.serving import CHECKOUT, database_url
from tests.profiles.old_people import old_person, write_people

PEOPLE = 12 * BATCH_PEOPLE


def start_import(file: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "manage.py", "import_people", str(file)],
        cwd=CHECKOUT,
        env={**os.environ, "DATABASE_URL": database_url()},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def wait_for_people(running: subprocess.Popen[bytes]) -> None:
    while running.poll() is None and not User.objects.exists():
        time.sleep(0.01)


@pytest.mark.faults
@pytest.mark.django_db(transaction=True)
def test_what_was_killed_is_finished_by_the_next_run(tmp_path: Path) -> None:
    file = write_people(tmp_path / "people.jsonl", map(old_person, range(1, PEOPLE + 1)))
    running = start_import(file)
    wait_for_people(running)
    running.kill()
    running.communicate()
    assert running.returncode == -signal.SIGKILL
    there = User.objects.count()
    assert 0 < there < PEOPLE
    assert there % BATCH_PEOPLE == 0
    assert Profile.objects.count() == EmailAddress.objects.count() == there

    again = start_import(file)
    printed, _ = again.communicate()
    assert printed.decode().startswith(f"{PEOPLE - there} people imported, {there} already existed")
    assert User.objects.count() == PEOPLE
    assert Profile.objects.exclude(phone_number="").count() == PEOPLE
    assert not EmailAddress.objects.values("user").annotate(n=Count("pk")).filter(n__gt=1).exists()
