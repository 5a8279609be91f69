"""Audit the releases pinned in requirements.txt for known vulnerabilities, with pip-audit.

Fails on a vulnerability, and also if the vulnerability service can't be reached. With
AUDIT_UNREACHABLE=report the latter is reported in the last line instead, after a check of what the
package index itself knows: releases that were withdrawn or removed.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

REQUIREMENTS = "requirements.txt"
PROGRAMS = Path(sys.executable).parent


def main() -> int:
    report = ask_service()
    if report is None:
        return not_audited("the vulnerability service did not answer")
    findings = vulnerabilities(report)
    for finding in findings:
        print(finding)
    if findings:
        return 1
    skipped = [entry["name"] for entry in report if "skip_reason" in entry]
    if skipped:
        return not_audited(f"the service knows nothing of {len(skipped)} of {len(report)} releases")
    print(f"No known vulnerability in the {len(report)} pinned releases.")
    return 0


def ask_service() -> list[dict[str, Any]] | None:
    """Return an entry per release, with `vulns` or `skip_reason`, or None without a response."""
    argv = [f"{PROGRAMS}/pip-audit", "-r", REQUIREMENTS, "--require-hashes", "--disable-pip"]
    options = ["--format", "json", "--progress-spinner", "off"]
    result = subprocess.run([*argv, *options], capture_output=True, text=True, check=False)
    try:
        entries: list[dict[str, Any]] = json.loads(result.stdout)["dependencies"]
    except ValueError:
        return None
    return entries


def vulnerabilities(report: list[dict[str, Any]]) -> list[str]:
    return [
        f"{entry['name']} {entry['version']}: {fault['id']}, fixed in {fault['fix_versions']}"
        for entry in report
        for fault in entry.get("vulns", [])
    ]


def not_audited(reason: str) -> int:
    if os.environ.get("AUDIT_UNREACHABLE") != "report":
        print(f"Not audited: {reason}. Run it where that service can be reached.")
        return 1
    complaints = withdrawn_releases()
    for complaint in complaints:
        print(complaint)
    known = "see above" if complaints else "none is withdrawn or gone"
    print(f"NOT AUDITED for vulnerabilities: {reason}. By the index alone: {known}.")
    return 1 if complaints else 0


def withdrawn_releases() -> list[str]:
    """Return what the index reports about a pinned release; a removed release counts, too."""
    with tempfile.TemporaryDirectory() as target:
        argv = [f"{PROGRAMS}/uv", "pip", "install", "--dry-run", "--no-deps", "--refresh"]
        options = ["--require-hashes", "--target", target, "-r", REQUIREMENTS]
        result = subprocess.run([*argv, *options], capture_output=True, text=True, check=False)
    lines = result.stderr.splitlines()
    return lines if result.returncode else [line for line in lines if "yanked" in line]


if __name__ == "__main__":
    sys.exit(main())
