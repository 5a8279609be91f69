"""System checks of the database and of secret files. `manage.py dbdoctor` reports more."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core import checks
from django.db import connection

from config.database.findings import Finding, Level
from config.doctor.examination import brief_findings

KINDS = {Level.FAULT: checks.Error, Level.WARNING: checks.Warning, Level.NOTE: checks.Info}


@checks.register(checks.Tags.database)
def check_database(
    *, databases: Sequence[str] | None = None, **_: Any
) -> list[checks.CheckMessage]:
    """Check the database, except over the direct connection: its role and limits differ."""
    if not databases or "DIRECT" not in connection.settings_dict:
        return []
    found = [finding for finding in brief_findings() if finding.level is not Level.NOTE]
    return [_message(finding) for finding in found]


def _message(finding: Finding) -> checks.CheckMessage:
    return KINDS[finding.level](finding.what, hint=finding.fix, id=f"config.{finding.code}")


@checks.register(checks.Tags.security, deploy=True)
def check_secret_files(**_: Any) -> list[checks.CheckMessage]:
    """Warn about secret files that every user may read.

    It is no error, because Docker and Kubernetes mount secrets this way by default.
    """
    return [
        checks.Warning(
            f"Every user of this machine can read the secret in {file}.",
            hint="Set the file's mode to 0400 and make Daybook's user its owner.",
            id="config.W010",
        )
        for file in settings.SECRET_FILES
        if file.stat().st_mode & stat.S_IROTH
    ]
