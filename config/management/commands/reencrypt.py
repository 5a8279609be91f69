"""`manage.py reencrypt`: seals everything under the first of ENCRYPTION_KEYS, while all goes on."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.database.sealing import SealedRows, Tally, every_sealed_rows, reencrypt


class Command(BaseCommand):
    help = (
        "Seals what is encrypted under the first of ENCRYPTION_KEYS. Put the new key first, keep"
        " the old one behind it, restart every process, run this, then drop the old key."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        unreadable = sum(self.reencrypt(rows) for rows in every_sealed_rows())
        if unreadable:
            raise CommandError(
                f"{unreadable} rows fit no key of ENCRYPTION_KEYS and were left as they are; the"
                " log names them. Put the key they were sealed under back into the ring."
            )
        self.stdout.write("Everything is under the first key; the others can be dropped.")

    def reencrypt(self, rows: SealedRows) -> int:
        tally = Tally()
        for tally in reencrypt(rows):
            self.stdout.write(f"\r{rows.name}: {tally.seen} seen", ending="")
        text = f"\r{rows.name}: {tally.seen} seen, {tally.sealed} sealed anew"
        self.stdout.write(text + (f", {tally.unreadable} unreadable" if tally.unreadable else ""))
        return tally.unreadable
