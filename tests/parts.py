"""The external programs that some tests use, and the Debian package of each.

A pytest plugin and a command: `python -m tests.parts` installs missing ones if it may (root on
Debian) and otherwise lists them. A test that needs a missing program is skipped with the program's
name; with CI=true it fails.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest
from _pytest.terminal import TerminalReporter
from playwright._impl._driver import compute_driver_executable

# Debian installs servers outside the PATH of other users than root.
SEARCH_PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])
CI = os.environ.get("CI") == "true"


@dataclass(frozen=True)
class Part:
    """A program; `find` returns the path of its executable, or None."""

    name: str
    packages: tuple[str, ...]
    find: Callable[[], Path | None]


def on_path(program: str) -> Callable[[], Path | None]:
    def find() -> Path | None:
        found = shutil.which(program, path=SEARCH_PATH)
        return Path(found) if found else None

    return find


def find_chromium() -> Path | None:
    given = os.environ.get("CHROMIUM")
    return Path(given) if given else on_path("chromium")()


def find_playwright_driver() -> Path | None:
    """Return the wheel's Node.js if its libraries exist: minimal Debian lacks libatomic.so.1."""
    node, _script = compute_driver_executable()
    tried = subprocess.run([node, "--version"], capture_output=True, check=False)
    return Path(node) if tried.returncode == 0 else None


def find_postgresql() -> Path | None:
    """Return the folder of the newest version's programs. The wheel's PostgreSQL has no TLS."""
    found = Path("/usr/lib/postgresql").glob("*/bin/postgres")
    newest = max(found, key=lambda path: int(path.parts[-3]), default=None)
    return newest.parent if newest else None


CHROMIUM = Part(
    "Chromium", ("chromium", "fonts-liberation", "fonts-noto-color-emoji"), find_chromium
)
PLAYWRIGHT = Part("Playwright's driver", ("libatomic1",), find_playwright_driver)
PGBOUNCER = Part("pgbouncer", ("pgbouncer",), on_path("pgbouncer"))
POSTGRESQL = Part("PostgreSQL with TLS", ("postgresql",), find_postgresql)
NGINX = Part("nginx", ("nginx-light",), on_path("nginx"))
NPM = Part("npm", ("npm",), on_path("npm"))
PARTS = (CHROMIUM, PLAYWRIGHT, PGBOUNCER, POSTGRESQL, NGINX, NPM)


def require(*parts: Part) -> Path:
    """Return the path of the first part; skip the running test if any is missing."""
    places = [part.find() for part in parts]
    missing = [part for part, place in zip(parts, places, strict=True) if place is None]
    if missing:
        names = " and ".join(part.name for part in missing)
        packages = " ".join(package for part in missing for package in part.packages)
        pytest.skip(f"needs {names}: apt-get install {packages}")
    return cast(Path, places[0])


# --- the pytest plugin --------------------------------------------------------------------------
@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skipped test into a failed one in CI: a test that CI skips never runs."""
    report = yield
    if CI and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, and CI=true: {reason_of(report)}"
    return report


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Print as the last line how many tests were skipped, and what to install."""
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped:
        reasons = Counter(reason_of(report) for report in skipped)
        terminalreporter.section("not run")
        for line in summary(reasons):
            terminalreporter.write_line(line)


def summary(reasons: Counter[str]) -> Iterator[str]:
    for reason, count in reasons.most_common():
        yield f"{count} skipped: {reason}"


def reason_of(report: pytest.TestReport) -> str:
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ")


# --- the command --------------------------------------------------------------------------------
def main() -> None:
    missing = [part for part in PARTS if part.find() is None]
    packages = [package for part in missing for package in part.packages]
    if not missing:
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing for the tests:", *packages, flush=True)
        install(packages)
    else:
        names = ", ".join(part.name for part in missing)
        print(f"Missing, so the tests that need them are skipped by name: {names}")
        print("On Debian: apt-get install", *packages)


def install(packages: list[str]) -> None:
    # RUNLEVEL=1 keeps Debian from starting the servers as services (invoke-rc.d(8)).
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    for arguments in (
        ["update", "-qq"],
        ["install", "-qq", "-y", "--no-install-recommends", *packages],
    ):
        ended = subprocess.run(
            ["apt-get", *arguments], env=environment, stdout=subprocess.DEVNULL, check=False
        )
        if ended.returncode:
            sys.exit(
                f"apt-get {arguments[0]} failed (exit code {ended.returncode}). See its output"
                " above."
            )


if __name__ == "__main__":
    main()
