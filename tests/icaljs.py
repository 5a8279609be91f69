"""ical.js, Thunderbird's implementation of iCalendar, as a peer: one Node.js process expands files.

The package comes from npm at first use, is checked against its hash, and stays in `var/`. Node.js
itself is in Playwright's wheel.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import json
import subprocess
import tarfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Self, cast

import pytest

from tests.checkouts import CHECKOUT
from tests.parts import CI, NPM, PLAYWRIGHT, require

NAME = "ical.js-2.2.1"
SHA512 = "yK/UlPbEs316igb/tjRgbFA8ZV75rCsBJp/hWOatpyaPNlgw0dGDmU+FoicOcwX4xXkeXOkYiOmCqNPFpNPkQg=="
FOLDER = CHECKOUT / "var" / "test" / NAME
SCRIPT = Path(__file__).with_name("icaljs_expand.js")
SECONDS = 120


@dataclass(frozen=True, slots=True, order=True)
class Expanded:
    """An instance as a reader of the file shows it."""

    start: datetime
    end: datetime
    summary: str


class IcalJs:
    """A process that expands one file after the other."""

    def __init__(self) -> None:
        node = require(PLAYWRIGHT)
        self._process = subprocess.Popen(
            [node, SCRIPT, _module()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        cast("IO[str]", self._process.stdin).close()
        self._process.wait(timeout=SECONDS)
        cast("IO[str]", self._process.stdout).close()

    def expand(self, content: bytes, *, before: datetime) -> list[Expanded]:
        """Return the instances of all events of a file that start before that time."""
        stdin, stdout = cast("IO[str]", self._process.stdin), cast("IO[str]", self._process.stdout)
        stdin.write(json.dumps({"ics": content.decode(), "before": before.timestamp()}) + "\n")
        stdin.flush()
        answer = json.loads(stdout.readline())
        assert "error" not in answer, answer
        return sorted(
            Expanded(datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC), summary)
            for start, end, summary in answer["instances"]
        )


def _module() -> Path:
    """Return the path of the package's module. Installs it under a lock: workers of one run may
    start together."""
    module = FOLDER / "package" / "dist" / "ical.es5.cjs"
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not module.exists():
            _install()
    return module


def _install() -> None:
    npm = require(NPM)
    packed = subprocess.run(
        [npm, "pack", NAME.replace("-", "@"), "--silent", "--pack-destination", FOLDER],
        capture_output=True,
        text=True,
        cwd=FOLDER,
        timeout=SECONDS,
        check=False,
    )
    archive = FOLDER / f"{NAME}.tgz"
    if packed.returncode or not archive.exists():
        if CI:
            pytest.fail(f"npm can't fetch {NAME}: {packed.stderr[-300:]}")
        pytest.skip(f"needs {NAME}, which npm can't fetch here")
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    assert digest == SHA512, f"{NAME} isn't the package that was pinned"
    with tarfile.open(archive) as opened:
        opened.extractall(FOLDER, filter="data")
