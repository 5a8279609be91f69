"""A test that needs a missing program is skipped with the program's name, and fails in CI."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.config.sessions import REPOSITORY

SUITE = """
from tests.parts import PGBOUNCER, Part, require

MISSING = Part("a loom", ("loom", "yarn"), lambda: None)

def test_weaves():
    require(MISSING)

def test_weaves_again():
    require(MISSING)

def test_walks():
    pass
"""


def run(folder: Path, *, ci: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_suite.py").write_text(SUITE)
    (folder / "pytest.ini").write_text("[pytest]\n")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "tests.parts", "-p", "no:django",
         "-p", "no:randomly", "-p", "no:cacheprovider", "test_suite.py"],
        cwd=folder,
        env={**os.environ, "CI": ci, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip


def test_a_skip_names_the_packages_and_is_counted(tmp_path: Path) -> None:
    ended = run(tmp_path, ci="")
    assert ended.returncode == 0, ended.stdout
    assert "2 skipped: needs a loom: apt-get install loom yarn\n" in ended.stdout
    assert "1 passed, 2 skipped" in ended.stdout


def test_a_skip_in_ci_is_a_failure(tmp_path: Path) -> None:
    ended = run(tmp_path, ci="true")
    assert ended.returncode == 1
    assert "2 failed, 1 passed" in ended.stdout
    assert "skipped, and CI=true: needs a loom: apt-get install loom yarn" in ended.stdout


@pytest.mark.parametrize(
    "part", ["chromium", "libatomic1", "pgbouncer", "postgresql", "nginx-light", "npm"]
)
def test_what_is_missing_is_named_with_its_package(tmp_path: Path, part: str) -> None:
    """Runs as a user who may install nothing, on a machine without any of the parts."""
    code = (
        "import os; from tests import parts\n"
        "parts.PARTS = tuple(parts.Part(p.name, p.packages, lambda: None) for p in parts.PARTS)\n"
        "parts.shutil.which = lambda *a, **k: None\n"
        "parts.main()\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    named, packages = ended.stdout.splitlines()
    assert named.startswith("Missing, so the tests that need them are skipped by name: Chromium")
    assert part in packages.removeprefix("On Debian: apt-get install ").split()
