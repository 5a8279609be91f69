"""The examples in help texts and messages are accepted by their own field."""

from __future__ import annotations

import re

import pytest
from django.core.exceptions import ValidationError

from profiles.fields.locale import language_names
from profiles.fields.validation import validate
from profiles.fields.validators import FIELDS
from profiles.widgets import HINTS

# What follows "such as" or "for example", up to the end of the sentence.
EXAMPLES = re.compile(r"\b(?:such as|[Ff]or example,) (.+?)\.?(?=$|[.;:] )")
GARBAGE = ("@@", "x" * 12, "1/2/3", "99999999", "-")
WITH_EXAMPLES = (
    "date_of_birth",
    "timezone",
    "language",
    "website",
    "work_email",
    "work_address.country",
)


def examples_in(text: str) -> list[str]:
    return [each for found in EXAMPLES.findall(text) for each in re.split(r", | or ", found)]


def refusals(path: str) -> set[str]:
    """Return the messages of a field for invalid values."""
    messages = set()
    for garbage in GARBAGE:
        try:
            FIELDS[path].clean(garbage)
        except ValidationError as refusal:
            messages.add(str(refusal.message))
    return messages


@pytest.mark.parametrize("path", FIELDS)
def test_every_example_is_accepted(path: str) -> None:
    texts = {str(HINTS.get(path, "")), *refusals(path)}
    examples = {example for text in texts for example in examples_in(text)}
    for example in examples:
        assert validate({path: example}).faults == [], f"{path}: {example}"
    assert examples or path not in WITH_EXAMPLES


def test_every_hint_belongs_to_a_field() -> None:
    assert set(HINTS) <= set(FIELDS)


@pytest.mark.parametrize(
    ("text", "examples"),
    [
        ("For example, Europe/Berlin. UTC if empty.", ["Europe/Berlin"]),
        ("Enter a web address such as https://example.com/me.", ["https://example.com/me"]),
        ("Its name, such as German, Deutsch or pt-BR.", ["German", "Deutsch", "pt-BR"]),
    ],
)
def test_examples_are_found(text: str, examples: list[str]) -> None:
    assert examples_in(text) == examples


def test_every_language_of_the_list_is_accepted_by_its_name() -> None:
    refused = {
        name
        for tag, name in language_names().items()
        if validate({"language": name}).values.get("language") != tag
    }
    assert refused == {"Asu", "Ga", "Rwa"}, "the tags of other languages go before"
