"""The text of ages, waits and descriptions."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.templatetags.local_time import ago
from calendars.templatetags.timeline import remaining
from calendars.timeline.plain_text import plain_text


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(seconds=2), "just now"),
        (timedelta(seconds=61), "1 minute ago"),
        (timedelta(hours=3, minutes=20), "3 hours ago"),
    ],
)
def test_an_age_is_told_in_its_largest_unit(age: timedelta, words: str) -> None:
    assert ago(timezone.now() - age) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "less than a minute"), (40, "about 1 minute"), (600, "about 10 minutes")],
)
def test_a_wait_is_told_in_minutes(seconds: int, words: str) -> None:
    assert remaining(seconds) == words


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("plain", "plain"),
        ("one<br>two<BR/>three", "one\ntwo\nthree"),
        ("<p>Bring <b>it</b></p><p>Thanks</p>", "Bring it\nThanks"),
        ("Fish &amp; chips", "Fish & chips"),
        ("2 < 3", "2 < 3"),
    ],
)
def test_a_description_keeps_its_words_and_lines(given: str, text: str) -> None:
    assert plain_text(given) == text
