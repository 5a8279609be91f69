"""The catalogues in locale/: brought up to date with the code, checked and compiled."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from config.translation.extraction import extracted

_UNDATED = datetime(2026, 1, 1, tzinfo=UTC)
_PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sd]|\{\w*\}")


@dataclass(frozen=True, slots=True)
class CatalogueFile:
    """One language's catalogue: `django.po` is edited, `django.mo` is compiled from it."""

    language: str
    folder: Path

    @property
    def source(self) -> Path:
        return self.folder / "django.po"

    @property
    def compiled(self) -> Path:
        return self.folder / "django.mo"

    def read(self) -> Catalog:
        if not self.source.exists():
            return Catalog(locale=self.language, project="Daybook", charset="utf-8")
        with self.source.open("rb") as file:
            return read_po(file, locale=self.language)

    def write(self, catalogue: Catalog) -> None:
        """Without line numbers and dates, so that a change is a change of words."""
        catalogue.creation_date = catalogue.revision_date = _UNDATED
        catalogue.last_translator = catalogue.language_team = catalogue.project
        catalogue.msgid_bugs_address = ""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.source.open("wb") as file:
            write_po(
                file, catalogue, width=100, sort_output=True, ignore_obsolete=True, no_location=True
            )

    def compile(self) -> None:
        self.compiled.write_bytes(compiled_bytes(self.read()))


def catalogue_files(base: Path) -> list[CatalogueFile]:
    folders = sorted((base / "locale").glob("*/LC_MESSAGES"))
    return [CatalogueFile(folder.parent.name, folder) for folder in folders]


def compiled_bytes(catalogue: Catalog) -> bytes:
    file = BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def bring_up_to_date(base: Path, file: CatalogueFile) -> Catalog:
    """Add the texts that are new in the code, drop those that are gone, and compile.

    A changed text is a new one: a translation that only looks similar is not taken over.
    """
    catalogue = file.read()
    catalogue.update(extracted(base), no_fuzzy_matching=True, update_header_comment=False)
    file.write(catalogue)
    file.compile()
    return catalogue


def untranslated(catalogue: Catalog) -> Iterator[str]:
    """Yield the texts without a translation, or of which a plural form is missing."""
    for message in _texts(catalogue):
        if not all(_forms(message.string)) or message.fuzzy:
            yield _forms(message.id)[0]


def with_other_placeholders(catalogue: Catalog) -> Iterator[str]:
    """Yield the texts whose translation names other values than the text does.

    A form for one may leave the count out ("one event").
    """
    for message in _texts(catalogue):
        texts, strings = _forms(message.id), _forms(message.string)
        named = set(_PLACEHOLDER.findall(texts[-1]))
        own = [set(_PLACEHOLDER.findall(string)) for string in strings]
        if all(strings) and (own[-1] != named or any(some - named for some in own)):
            yield texts[0]


def _texts(catalogue: Catalog) -> Iterator[Message]:
    return (message for message in catalogue if message.id)


def _forms(text: Any) -> tuple[str, ...]:
    """Return the forms of a text with a plural, or the one of any other."""
    return tuple(text) if isinstance(text, (list, tuple)) else (text or "",)
