"""The quick run takes one test of each file; the commit hooks run what `make check` does."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.quick import FILES_LEFT_OUT, FOLDERS_LEFT_OUT, TESTS, happy_paths, is_left_out

CHECKOUT = TESTS.parent
MARKED = """
import pytest
def test_first(): pass
@pytest.mark.quick
@pytest.mark.parametrize("case", ["one", "two"])
def test_happy_path(case): pass
"""


def test_each_file_has_a_happy_path_or_is_left_out(request: pytest.FixtureRequest) -> None:
    collected = {item.path for item in request.session.items}

    chosen = {item.path for item in happy_paths(request.session.items)}

    assert Path(__file__) in chosen
    assert chosen == {path for path in collected if not is_left_out(path)}


def test_what_is_left_out_is_there() -> None:
    files = {path.relative_to(TESTS).as_posix() for path in TESTS.rglob("test_*.py")}

    assert files >= FILES_LEFT_OUT
    assert all(any(name.startswith(f"{folder}/") for name in files) for folder in FOLDERS_LEFT_OUT)
    assert len(FILES_LEFT_OUT) * 7 < len(files)


def test_a_marked_test_takes_the_place_of_the_first(tmp_path: Path) -> None:
    (tmp_path / "test_marked.py").write_text(MARKED)
    (tmp_path / "test_plain.py").write_text("def test_zero(): pass\ndef test_another(): pass\n")
    alone = ("-c", "/dev/null", "-p", "no:django", "-p", "tests.quick", "--quick")

    ended = subprocess.run(
        [sys.executable, "-m", "pytest", *alone, "--collect-only", "-q", "--", str(tmp_path)],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )

    chosen = [line.rpartition("::")[2] for line in ended.stdout.splitlines() if "::" in line]
    assert sorted(chosen) == ["test_happy_path[one]", "test_zero"]


def test_the_hooks_of_a_commit_run_the_checks_of_make_check() -> None:
    hooks = (CHECKOUT / ".pre-commit-config.yaml").read_text()
    makefile = (CHECKOUT / "Makefile").read_text()
    recipe = makefile.split("\ncheck: ")[1].split("\n\n")[0]

    commands = re.findall(r"^\t\$\(RUN\) (.+)$", recipe, re.MULTILINE)
    entries = re.findall(r"^ +entry: \.venv/bin/python (.+)$", hooks, re.MULTILINE)

    assert len(commands) >= 8
    assert entries == commands
