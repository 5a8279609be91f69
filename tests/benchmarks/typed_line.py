"""How long a typed line takes to be understood; it is read while it's typed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

from calendars.typed_line import LONGEST, understand
from tests.benchmarks.figures import Figure
from tests.calendars.typed_line import sentences_de, sentences_en
from tests.calendars.typed_line.test_sentences import understood

HEADING = f"{'typed line':<52} {'value':>12}"
HOSTILE = ("9 ", "1:", "at A ", "in 2 ", "Mon-", "12.5.-", "every ", "with Anna and ", "a.b@", "„")
ROUNDS = 3


def results() -> Iterator[Figure]:
    sentences = [*sentences_en.SENTENCES, *sentences_de.SENTENCES]
    times = sorted(
        min(_seconds(lambda one=one: understood(one)) for _ in range(ROUNDS)) for one in sentences
    )
    yield Figure("a sentence of the tables, mean", sum(times) / len(times) * 1000, "ms", at_most=2)
    yield Figure("a sentence of the tables, longest", times[-1] * 1000, "ms", at_most=10)
    for length in (LONGEST // 2, LONGEST):
        longest = max(_worst(text, length) for text in HOSTILE)
        yield Figure(f"{length} characters of nothing else", longest * 1000, "ms", at_most=100)


def _worst(text: str, length: int) -> float:
    line = (text * length)[:length]
    now = datetime(2026, 5, 6, 10, tzinfo=UTC)
    return min(
        _seconds(lambda: understand(line, now=now, zone="UTC", language="en"))
        for _ in range(ROUNDS)
    )


def _seconds(run: object) -> float:
    assert callable(run)
    start = time.perf_counter()
    run()
    return time.perf_counter() - start
