"""What `manage.py check --database default` says of it; `manage.py dbdoctor` says more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core import checks
from django.db import connection

from config.doctor.examination import brief_findings
from config.findings import Finding, Level

KINDS = {Level.FAULT: checks.Error, Level.WARNING: checks.Warning, Level.NOTE: checks.Info}


@checks.register(checks.Tags.database)
def check_database(
    *, databases: Sequence[str] | None = None, **_: Any
) -> list[checks.CheckMessage]:
    """Not on the way past pgbouncer: a migration's role and limits are others."""
    if not databases or "DIRECT" not in connection.settings_dict:
        return []
    found = [finding for finding in brief_findings() if finding.level is not Level.NOTE]
    return [_message(finding) for finding in found]


def _message(finding: Finding) -> checks.CheckMessage:
    return KINDS[finding.level](finding.what, hint=finding.mend, id=f"config.{finding.code}")
