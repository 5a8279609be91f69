"""`manage.py createsuperuser`: Django's own, and the group that the superuser puts others in."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.management.commands import createsuperuser

from accounts.administrators import administrators_group


class Command(createsuperuser.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        administrators_group()
