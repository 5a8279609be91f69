"""A checkout has one supervisor at a time, even while the programs of a killed one are ended."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from config.desk.supervisor import AlreadySupervised, claimed, environment_beside
from tests.config.sessions import Interpreter

ADDRESS = "http://127.0.0.1:8000"


def hold(checkout: Path) -> subprocess.Popen[str]:
    code = (
        "import sys, time; from pathlib import Path\n"
        "from config.desk.supervisor import claimed\n"
        "from config.desk.supervisor.supervisor import guarding\n"
        f"with claimed(Path(sys.argv[1]), {ADDRESS!r}) as held, guarding(held):\n"
        "    print('held', flush=True)\n"
        "    time.sleep(600)\n"
    )
    process = Interpreter().popen("-c", code, str(checkout))
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_supervisor_is_refused_with_the_first_ones_address(checkout: Path) -> None:
    with claimed(checkout, ADDRESS):
        held = f"already runs in this checkout: {ADDRESS}, process {os.getpid()}"
        with pytest.raises(AlreadySupervised, match=held), claimed(checkout, ADDRESS):
            pass
    with claimed(checkout, ADDRESS):
        pass


def test_a_killed_supervisors_lock_passes_to_its_guard_and_then_to_the_next(checkout: Path) -> None:
    process = hold(checkout)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    with claimed(checkout, ADDRESS):
        pass


def test_the_file_is_its_owners_alone(checkout: Path) -> None:
    with claimed(checkout, ADDRESS):
        found = (checkout / "var" / "supervisor.lock").stat()
    assert (found.st_mode & 0o777, found.st_uid) == (0o600, checkout.stat().st_uid)


def test_commands_beside_it_know_what_its_programs_are_given(checkout: Path) -> None:
    given = {"PUBLIC_URL": ADDRESS, "GOOGLE_API_ROOT": "http://127.0.0.1:8765"}
    assert environment_beside(checkout) == {}
    with claimed(checkout, ADDRESS, given):
        assert environment_beside(checkout) == given
    assert environment_beside(checkout) == {}
    with claimed(checkout, ADDRESS):
        assert environment_beside(checkout) == {}
