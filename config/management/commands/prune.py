"""`manage.py prune`: deletes data whose retention period has passed."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from tqdm import tqdm

from accounts.tasks import PRUNERS as ACCOUNTS
from calendars.tasks import PRUNERS as CALENDARS
from profiles.tasks import PRUNERS as PROFILES


class Command(BaseCommand):
    help = (
        "Deletes audit events, ended sessions, expired cookies, sent emails, exchanged legacy"
        " tokens, pictures, used consents and deleted calendars whose retention period has passed."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        pruners = {**ACCOUNTS, **PROFILES, **CALENDARS}
        counts = {}
        with tqdm(pruners.items(), unit="kinds", disable=None) as bar:
            for name, prune in bar:
                bar.set_description(name)
                counts[name] = prune()
        for name, count in counts.items():
            self.stdout.write(f"{name}: {count} deleted")
