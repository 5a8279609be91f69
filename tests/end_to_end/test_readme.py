"""The README's commands for app developers, run unchanged on the demo."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end.conftest import CHECKOUT, Demo

BOB = "bob@daybook.example"
READER = "reader@sandbox.example"
BROWSER = Path(__file__).with_name("consenting_browser.py")


def commands(section: str) -> list[str]:
    """Return the shell commands of one section, by block."""
    text = (CHECKOUT / "README.md").read_text()
    own = text.split(f"\n## {section}\n")[1].split("\n## ")[0]
    return re.findall(r"^```sh\n(.*?)^```$", own, re.MULTILINE | re.DOTALL)


@pytest.mark.timeout(180)
def test_a_phones_developer_gets_from_sign_in_to_occurrences(demo: Demo, tmp_path: Path) -> None:
    blocks = commands("For a phone developer")
    assert len(blocks) == 3
    demo.google.create_account(READER)
    called_with = tmp_path / "called-with"
    os.mkfifo(called_with)
    environment = {
        "DAYBOOK": demo.url,
        "EMAIL": BOB,
        "PASSWORD": demo.password,
        "BROWSER": f"{sys.executable} {BROWSER} %s",
        "PYTHONPATH": str(CHECKOUT),
        "CONSENTING": READER,
        "CALLED_WITH": str(called_with),
    }

    # Open for reading and writing, so it opens at once and doesn't end before the browser writes.
    with os.fdopen(os.open(called_with, os.O_RDWR), "rb", buffering=0) as typed:
        run = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", "\necho\n".join(blocks)],
            env=os.environ | environment,
            stdin=typed,
            capture_output=True,
            text=True,
            timeout=150,
            check=False,
        )

    assert run.returncode == 0, (run.stdout[-2000:], run.stderr[-2000:])
    answers = [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]
    assert "completeness" in answers[0]
    assert answers[-2].keys() == {"results", "next", "previous"}
    assert (answers[-1]["email"], answers[-1]["status"]) == (READER, "active")
