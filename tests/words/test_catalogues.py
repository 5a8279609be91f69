"""Each language has all texts of the code, with their values, and its compiled catalogue."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo
from django.conf import settings
from django.utils import translation

from config.translation.catalogues import (
    CatalogueFile,
    catalogue_files,
    compiled_bytes,
    untranslated,
    with_other_placeholders,
)
from config.translation.extraction import extracted

BASE = Path(settings.BASE_DIR)
FILES = catalogue_files(BASE)
of_each_language = pytest.mark.parametrize("file", FILES, ids=lambda file: file.language)
# Words of the addressing form that the catalogue doesn't use, and quotation marks of English.
FOREIGN = re.compile(r"\b(?:du|dein|deine|deinem|deinen|deiner|dir|dich)\b|“[^”]*”")


def texts(catalogue: Catalog) -> set[tuple[str | None, object]]:
    return {(one.context, one.id) for one in catalogue if one.id}


def test_each_language_but_english_has_a_catalogue() -> None:
    """English is the language of the code."""
    translated = {code for code, _name in settings.LANGUAGES} - {"en"}
    assert {file.language for file in FILES} == translated


@of_each_language
def test_it_has_the_texts_of_the_code(file: CatalogueFile) -> None:
    """If not: `make messages`, then translate what it lists."""
    of_code, own = texts(extracted(BASE)), texts(file.read())
    assert len(of_code) > 900
    assert of_code - own == set()
    assert own - of_code == set()


@of_each_language
def test_every_text_is_translated(file: CatalogueFile) -> None:
    assert list(untranslated(file.read())) == []


@of_each_language
def test_translations_name_the_same_values(file: CatalogueFile) -> None:
    assert list(with_other_placeholders(file.read())) == []


@of_each_language
def test_translations_begin_and_end_like_their_texts(file: CatalogueFile) -> None:
    """A text is put beside others: its spaces count, and so does the line end of a file."""
    assert [
        one.id for one in file.read() if one.id and spaces_of(one.id) != spaces_of(one.string)
    ] == []


def spaces_of(text: object) -> tuple[str, str]:
    last = str(text[-1] if isinstance(text, list | tuple) else text)
    return last[: len(last) - len(last.lstrip())], last[len(last.rstrip()) :]


@of_each_language
def test_the_compiled_catalogue_is_in_step(file: CatalogueFile) -> None:
    """If not: `make messages`."""
    compiled = [read_mo(BytesIO(raw)) for raw in (file.compiled.read_bytes(), bytes_of(file))]
    assert entries(compiled[0]) == entries(compiled[1])


def bytes_of(file: CatalogueFile) -> bytes:
    return compiled_bytes(file.read())


def entries(catalogue: Catalog) -> dict[tuple[str | None, str], object]:
    """Without the header, which names the version of Babel."""
    return {(one.context, str(one.id)): one.string for one in catalogue if one.id}


def test_german_addresses_people_formally_and_quotes_as_germans_do() -> None:
    (german,) = (file for file in FILES if file.language == "de")
    strings = [str(one.string) for one in german.read() if one.id]
    assert [string for string in strings if FOREIGN.search(string)] == []


def test_a_missing_translation_and_other_values_are_found() -> None:
    catalogue = Catalog(locale="de")
    catalogue.add("Sign in", "")
    catalogue.add(("%(count)s event", "%(count)s events"), ("%(count)s Termin", ""))
    catalogue.add("%(count)s left", "%(number)s übrig")
    catalogue.add(("%(count)s day", "%(count)s days"), ("ein Tag", "%(count)s Tage"))
    catalogue.add("Sign out", "Abmelden")
    assert list(untranslated(catalogue)) == ["Sign in", "%(count)s event"]
    assert "%(count)s left" in list(with_other_placeholders(catalogue))
    assert not {"%(count)s day", "Sign out"} & set(with_other_placeholders(catalogue))


def test_django_reads_the_catalogue() -> None:
    with translation.override("de"):
        assert translation.gettext("Sign out") == "Abmelden"
        counted = [translation.ngettext("%(count)s event", "%(count)s events", n) for n in (1, 2)]
        assert counted == ["%(count)s Termin", "%(count)s Termine"]


def test_the_extraction_sees_templates_as_django_does(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.html").write_text(
        '{% load i18n %}<p>{% trans "Sign in" %}\n  {{ wait|default:_("Again (soon)") }}\n'
        "    {% blocktrans trimmed count n=total %}\n One {{ kind }}\n{% plural %}"
        '{{ n }} {{ kind }}{% endblocktrans %}\n{% trans "May" context "month" %}</p>'
    )
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "module.py").write_text('LATE = gettext_lazy("Too " "late")\n')
    found: dict[object, Message] = {one.id: one for one in extracted(tmp_path)}
    assert {"Sign in", "Again (soon)", "May", "Too late"} < set(found)
    assert ("One %(kind)s", "%(n)s %(kind)s") in found
    assert found["May"].context == "month"
