"""`manage.py createsuperuser`: Django's command, which also creates the administrators group."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.management.commands import createsuperuser

from accounts.administrators import administrators_group


class Command(createsuperuser.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        administrators_group()
