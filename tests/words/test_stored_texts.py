"""What is stored in English is shown in the reader's language."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

from calendars.google import errors
from calendars.models.stored_texts import PLAIN_TEXTS, TEXTS_WITH_VALUES, VALUE, shown

# Where such texts are written, and which argument of which call is one.
WRITERS = ("calendars/rfc5545", "calendars/google/wire.py", "calendars/sync/settling.py")
ARGUMENTS = {
    "InvalidRecurrence": 1,
    "RefusedEvent": 0,
    "IcsError": 1,
    "MalformedEvent": 0,
    "take": 1,
    "_refuse": 1,
}


def written_texts() -> Iterator[str]:
    """Yield the texts in the code, with "*" for each value."""
    for place in WRITERS:
        path = Path(settings.BASE_DIR, place)
        for file in [path] if path.is_file() else path.rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                yield from texts_of(node)


def texts_of(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)
        position = ARGUMENTS.get(name, len(node.args))
        for argument in node.args[position : position + 1]:
            yield form_of(argument)
    if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
        yield form_of(node.value.elts[-1])


def form_of(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(form_of(part) for part in node.values)
    return "*" if isinstance(node, ast.FormattedValue) else ""


def test_every_written_text_is_known() -> None:
    known = {*PLAIN_TEXTS, *(VALUE.sub("*", form) for form in TEXTS_WITH_VALUES)}
    written = {text for text in written_texts() if re.search(r"[a-z] [a-z]", text)}
    assert len(written) > 40
    assert written - known == set()


@pytest.mark.parametrize("form", TEXTS_WITH_VALUES)
def test_values_are_found_again(form: str) -> None:
    values = {name: "5" if name != "reason" else PLAIN_TEXTS[0] for name in VALUE.findall(form)}
    text = form % values
    assert shown(text) == text
    with translation.override("de"):
        german = shown(text)
    assert german != text
    assert all(value in german for name, value in values.items() if name != "reason")
    if "reason" in values:
        assert PLAIN_TEXTS[0] not in german


def test_texts_without_values_are_translated() -> None:
    of_google = [kind.message for kind in vars(errors).values() if hasattr(kind, "retry")]
    assert len(of_google) > 10
    with translation.override("de"):
        assert not [text for text in (*PLAIN_TEXTS, *of_google) if shown(text) == text]


def test_a_text_of_another_version_stays_as_it_is() -> None:
    with translation.override("de"):
        assert shown("The comet came too close.") == "The comet came too close."
        assert shown("") == ""
