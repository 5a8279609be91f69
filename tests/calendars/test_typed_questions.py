"""Each thing that isn't sure in a typed line is said in words, in the reader's language."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import get_args

import pytest
from django.utils import translation

from calendars.timeline.typed_questions import asked
from calendars.typed_line import Code, Question

TEXT = "Lunch at 9"


@pytest.mark.parametrize("code", get_args(Code))
@pytest.mark.parametrize("language", ["en", "de"])
def test_each_question_has_words(code: Code, language: str) -> None:
    with translation.override(language):
        words = asked(Question(code, 6, 10, names=("Ann", "Ben")), TEXT)
    assert words.endswith(".")
    assert ("at 9" in words) == (code != "too-long")
    assert ("Ann, Ben" in words) == code.startswith("several-") or code == "several-days"


def test_the_other_readings_are_named() -> None:
    evening = datetime(2026, 5, 6, 21, tzinfo=UTC)
    words = asked(Question("hour", 6, 10, others=(evening, date(2026, 5, 8))), TEXT)
    assert words.startswith("“at 9” can be in the morning or in the evening. It may also be ")
    assert "21:00 · " in words
    assert words.endswith("8 May 2026.")
