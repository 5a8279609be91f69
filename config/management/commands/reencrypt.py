"""`manage.py reencrypt`: re-encrypts all secrets with the first of ENCRYPTION_KEYS, online."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.database.encryption import SealedRows, Tally, every_sealed_rows, reencrypt


class Command(BaseCommand):
    help = (
        "Re-encrypts all secrets with the first of ENCRYPTION_KEYS. Put the new key first and keep"
        " the old one after it, restart every process, run this command, then remove the old key."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        unreadable = sum(self.reencrypt(rows) for rows in every_sealed_rows())
        if unreadable:
            raise CommandError(
                f"{unreadable} rows can't be decrypted with any key of ENCRYPTION_KEYS and weren't"
                " changed; the log lists them. Add the key they were encrypted with to"
                " ENCRYPTION_KEYS."
            )
        self.stdout.write("Everything is encrypted with the first key. You can remove the others.")

    def reencrypt(self, rows: SealedRows) -> int:
        tally = Tally()
        for tally in reencrypt(rows):
            self.stdout.write(f"\r{rows.name}: {tally.seen} checked", ending="")
        text = f"\r{rows.name}: {tally.seen} checked, {tally.sealed} re-encrypted"
        self.stdout.write(text + (f", {tally.unreadable} unreadable" if tally.unreadable else ""))
        return tally.unreadable
