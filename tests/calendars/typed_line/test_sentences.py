"""Every sentence of the tables means what is written beside it."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from calendars.typed_line import Guest, Tag, Understood, understand
from tests.calendars.typed_line import sentences_de, sentences_en
from tests.calendars.typed_line.sentences import Meaning, Sentence

PEOPLE = {
    "anna": [Guest("anna@example.org", "Anna Schmidt")],
    "anna schmidt": [Guest("anna@example.org", "Anna Schmidt")],
    "bob": [Guest("bob@example.org", "Bob Miller")],
    "bob miller": [Guest("bob@example.org", "Bob Miller")],
    "chris": [Guest("adams@example.org", "Chris Adams"), Guest("brown@example.org", "Chris Brown")],
}
TAGS = {
    "work": [Tag("calendar", "1", "Work")],
    "sport": [Tag("category", "2", "Sport")],
    "home office": [Tag("calendar", "3", "Home Office")],
}


class KnownNames:
    def people(self, name: str) -> list[Guest]:
        return PEOPLE.get(name.casefold(), [])

    def tags(self, name: str) -> list[Tag]:
        return TAGS.get(name.casefold(), [])


def understood(sentence: Sentence) -> Understood:
    setting = sentence.setting
    return understand(
        sentence.text,
        now=setting.now,
        zone=setting.zone,
        language=setting.language,
        names=KnownNames(),
        clock="24" if setting.clock == "24" else None,
    )


def meaning_of(found: Understood) -> Meaning:
    tag = found.calendar or found.category
    zone = str(found.start.tzinfo) if isinstance(found.start, datetime) else ""
    return Meaning(
        found.title,
        _naive(found.start),
        _naive(found.end),
        zone,
        "".join(found.recurrence).removeprefix("RRULE:"),
        found.place,
        tuple(guest.email for guest in found.people),
        f"{tag.kind}:{tag.name}" if tag else "",
    )


def _naive(moment: date | None) -> date | None:
    return moment.replace(tzinfo=None) if isinstance(moment, datetime) else moment


@pytest.mark.parametrize("sentence", [*sentences_en.SENTENCES, *sentences_de.SENTENCES], ids=str)
def test_sentence_means(sentence: Sentence) -> None:
    found = understood(sentence)
    assert meaning_of(found) == sentence.meaning
    assert tuple(sorted(question.code for question in found.questions)) == sentence.questions
    others = {_naive(other) for question in found.questions for other in question.others}
    assert set(sentence.others) <= others
