"""Whether what is sealed in the database opens with ENCRYPTION_KEYS."""

from __future__ import annotations

from django.conf import settings

from config.doctor.report import Section
from config.findings import fault, note, warning
from config.sealing import SealedRows, every_sealed_rows, open_sample

ROWS = 200
NOT_EXAMINED = "ENCRYPTION_KEYS is not given here, so nothing sealed was opened."
RESTORE = (
    "Put the key back into ENCRYPTION_KEYS, behind the first, and restart every process. Rows that"
    " were damaged stay unreadable: manage.py reencrypt names them."
)


def examine_secrets() -> Section:
    """Opens up to ROWS rows of each table. Raises django.db.Error."""
    section = Section("Secrets at rest")
    if not settings.SEALED_ROWS:
        section.findings.append(note("encryption-not-examined", NOT_EXAMINED))
    for rows in every_sealed_rows():
        _examine(rows, section)
    return section


def _examine(rows: SealedRows, section: Section) -> None:
    tally = open_sample(rows, ROWS)
    section.facts.append((rows.name, f"{tally.seen - tally.unreadable} of {tally.seen} open"))
    if not tally.unreadable:
        return
    is_lost = tally.unreadable == tally.seen
    what = f"{tally.unreadable} of {tally.seen} rows of {rows.name} fit no key of ENCRYPTION_KEYS."
    finding = fault if is_lost else warning
    section.findings.append(finding("encryption-key-missing", what, RESTORE))
