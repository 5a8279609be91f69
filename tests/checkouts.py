"""Copies of this checkout, for commands that can run only once per checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]


def copy_checkout(folder: Path) -> Path:
    """Copy what git would clone, with uncommitted changes, and link the virtual environment."""
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=CHECKOUT,
        capture_output=True,
        check=True,
    ).stdout.split(b"\0")
    for name in filter(None, names):
        source = CHECKOUT / os.fsdecode(name)
        if source.is_file():
            target = folder / os.fsdecode(name)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    (folder / ".venv").symlink_to((CHECKOUT / ".venv").resolve())
    os.utime(
        folder / "requirements-dev.txt", (0, 0)
    )  # older than the installed marker, so that nothing is installed
    return folder
