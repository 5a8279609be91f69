"""Extract the marked texts of Python modules and of Django's templates, with Babel."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract, extract_python
from django.utils import translation
from django.utils.translation.template import templatize

from config.translation.model_names import model_names

PLACES = ("config", "accounts", "profiles", "calendars", "templates")
TEMPLATES = {".html", ".txt"}
# What Django's `makemessages` looks for; a tuple names the arguments, "c" is the context.
KEYWORDS: dict[str, Any] = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop")),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
COMMENTS = ("Translators:",)
Message = tuple[int, Any, list[str], str | None]


def extracted(base: Path) -> Catalog:
    """Return the texts of the checkout, and the names of models."""
    catalogue = Catalog(project="Daybook", charset="utf-8")
    with translation.override("en"):
        names = list(model_names())
    for path in source_files(base):
        for _line, message, comments, context in texts_of(path):
            place = path.relative_to(base).as_posix()
            catalogue.add(message, locations=[(place, 1)], auto_comments=comments, context=context)
    for name in names:
        catalogue.add(name)
    return catalogue


def source_files(base: Path) -> Iterator[Path]:
    for place in PLACES:
        for path in sorted((base / place).rglob("*.*")):
            if path.suffix == ".py" or path.suffix in TEMPLATES:
                yield path


def texts_of(path: Path) -> Iterator[Message]:
    method = _extract_template if path.suffix in TEMPLATES else extract_python
    with path.open("rb") as file:
        found = extract(method, file, KEYWORDS, COMMENTS)  # type: ignore[arg-type]
        yield from found


def _extract_template(file: Any, keywords: Any, tags: Any, options: Any) -> Any:
    """Let Django write the template's marks as calls of gettext, for the extractor of Python.

    Brackets around the whole make its line ends and indents mean nothing.
    """
    source = templatize(file.read().decode(), origin=str(getattr(file, "name", "")))
    return extract_python(BytesIO(f"({source}\n)".encode()), keywords, tags, options)
