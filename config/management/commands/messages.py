"""Bring the catalogues of translations up to date with the code, and compile them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from config.translation.catalogues import bring_up_to_date, catalogue_files, untranslated


class Command(BaseCommand):
    help = "Extracts the texts of the code to locale/*/LC_MESSAGES/django.po, and compiles them."

    def handle(self, *args: Any, **options: Any) -> None:
        for file in catalogue_files(settings.BASE_DIR):
            catalogue = bring_up_to_date(settings.BASE_DIR, file)
            missing = list(untranslated(catalogue))
            self.stdout.write(
                f"{file.language}: {len(catalogue)} texts, {len(missing)} to translate"
            )
            for text in missing:
                self.stdout.write(f"  {text}")
