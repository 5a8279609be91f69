"""Search equals a slow computation that shares nothing with it, over random events.

The peer folds whole texts, splits them by a pattern of its own, compares each word with each word,
and expands series with dateutil.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from dateutil.rrule import rrulestr
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from accounts.security_context import acting_as
from calendars.events.expansion import derive_occurrences
from calendars.models import Calendar, Event
from calendars.models.calendar import horizon_end
from calendars.timeline.search import Asked, Search, range_of
from config.web.pagination import Cursor
from tests.calendars.rows import make_event
from tests.privilege import as_product

pytestmark = pytest.mark.django_db
NOW = timezone.now().replace(minute=0, second=0, microsecond=0)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WORDS = (
    *("Dentist", "dental", "Dentst", "Zahnärztin", "zahnarztin", "Straße", "STRASSE", "Stand-up"),
    *("\u0130zmir", "izm\u0131r", "Ko\u0301nya", "Kónya", "Άννα", "\u03b1\u03bd\u03bd\u03b1"),
    *("会議", "月例会議", "が", "か", "🎂", "👍🏽", "Łódź", "lodz", "smørrebrød"),
    *("to", "tot", "O'Brien", "don\u2019t", "1:1", "50%"),
)
RULES = (None, None, None, "FREQ=DAILY;COUNT=5", "FREQ=WEEKLY", "FREQ=YEARLY;INTERVAL=4")


class Given(NamedTuple):
    """An event; `hours` from now it starts, and so long it lasts."""

    title: str
    place: str
    people: str
    notes: str
    hours: int
    length: int
    all_day: bool
    rule: str | None
    status: str
    calendar: int
    change: str  # of the second instance of a series


def variants(word: str) -> st.SearchStrategy[str]:
    """What a person types for a word: a part of it, or with an error."""
    place = st.integers(0, len(word) - 1)
    return st.one_of(
        st.just(word),
        place.map(lambda n: word[: n + 1]),
        place.map(lambda n: word[n:]),
        place.map(lambda n: word[:n] + word[n + 1 :]),
        place.map(lambda n: word[:n] + word[n : n + 2][::-1] + word[n + 2 :]),
        place.map(lambda n: f"{word[:n]}e{word[n:]}"),
    )


def events_of(pool: list[str]) -> st.SearchStrategy[list[Given]]:
    text = st.lists(st.sampled_from(pool), max_size=2).map(" ".join)
    event = st.builds(
        Given,
        title=text,
        place=text,
        people=text,
        notes=text,
        hours=st.integers(-2_000, 2_000),
        length=st.integers(0, 30),
        all_day=st.booleans(),
        rule=st.sampled_from(RULES),
        status=st.sampled_from(("confirmed", "confirmed", "tentative", "cancelled")),
        calendar=st.integers(0, 1),
        change=st.sampled_from(("", "", "moved", "renamed", "cancelled")),
    )
    return st.lists(event, min_size=3, max_size=9)


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Given], str]:
    """Events of a few words, so that many match, and what is searched for."""
    pool = draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=3, unique=True))
    typed = st.sampled_from(pool).flatmap(variants) | st.text(max_size=3)
    return draw(events_of(pool)), " ".join(draw(st.lists(typed, min_size=1, max_size=2)))


WINDOW = st.none() | st.tuples(st.integers(-120, 120), st.integers(1, 200))


@given(
    case=cases(),
    window=WINDOW,
    calendar=st.sampled_from((None, 0, 1)),
)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_search_is_what_the_peer_computes(
    alice: User,
    bob: User,
    case: tuple[list[Given], str],
    window: tuple[int, int] | None,
    calendar: int | None,
) -> None:
    events, text = case
    Calendar.objects.all().delete()
    calendars = [Calendar.objects.create(owner=alice, name=name) for name in ("One", "Two")]
    foreign = Calendar.objects.create(owner=bob, name="Bob's")
    shown = [one for given in events for one in store(calendars[given.calendar], given)]
    for given_event in events:
        store(foreign, given_event)
    span = None
    if window:
        start_at = NOW.replace(hour=0) + window[0] * DAY
        span = (start_at, start_at + window[1] * DAY)
    chosen = None if calendar is None else calendars[calendar].pk
    asked = Asked(text, calendar_id=chosen, window=range_of(*span, UTC) if span else None)

    with as_product(), acting_as(user_id=alice.pk):
        search = Search(owner_id=alice.pk, asked=asked, zone=UTC)
        hits = search.read(None, 100)
        asked_at = hits[0].asked_at if hits else timezone.now()
        paged = [search.read(None, 2)[:2], []]
        if len(hits) > 2:
            from calendars.timeline.search import BEST_FIRST

            paged = [hits[:2], search.read(Cursor(BEST_FIRST.place_of(hits[1])), 100)]

    expected = peer(
        [one for one in shown if chosen in (None, one.calendar_id)], text, span, asked_at
    )
    assert [(hit.event_id, hit.entry and hit.entry.start_at) for hit in hits] == expected
    assert [hit.event_id for part in paged for hit in part] == [key for key, _ in expected]


class Shown(NamedTuple):
    """A stored event, with all its instances as (start, end), and the words of its fields."""

    event: Event
    calendar_id: Any
    series: Any
    spans: list[tuple[datetime, datetime]]
    fields: list[list[str]]


def store(calendar: Calendar, one: Given) -> Iterator[Shown]:
    """Store an event like a sync; return it, and the exception of its series."""
    start_at = NOW + one.hours * HOUR
    length = one.length * HOUR
    if one.all_day:
        start_at, length = start_at.replace(hour=0), DAY * (1 + one.length % 3)
    texts: dict[str, Any] = {
        "summary": one.title,
        "location": one.place,
        "description": one.notes,
        "attendees": [{"name": one.people}] if one.people else [],
        "all_day": one.all_day,
    }
    master = make_event(
        calendar, start_at=start_at, end_at=start_at + length, status=one.status,
        recurrence=[f"RRULE:{one.rule}"] if one.rule else [], **texts,
    )  # fmt: skip
    starts = [start_at]
    if one.rule:
        rule = rrulestr(f"RRULE:{one.rule}", dtstart=start_at)
        starts = list(rule.between(start_at, NOW + 8_000 * DAY, inc=True))
    fields = [words(text) for text in (one.title, one.place, one.people, one.notes)]
    if one.rule and one.change:
        yield from change(master, one, starts.pop(1), length, fields)
    derive_occurrences(calendar=calendar, remote_ids=[master.remote_id])
    if one.status != "cancelled":
        spans = [(start, start + length) for start in starts]
        yield Shown(master, calendar.pk, master.pk, spans, fields)


def change(
    master: Event, one: Given, original_at: datetime, length: timedelta, fields: list[list[str]]
) -> Iterator[Shown]:
    moved_at = original_at + (3 * DAY if one.change == "moved" else timedelta(0))
    title = "Dentist tot" if one.change == "renamed" else master.summary
    status = "cancelled" if one.change == "cancelled" else "confirmed"
    exception = make_event(
        master.calendar, title, moved_at, moved_at + length, all_day=one.all_day, status=status,
        recurring_event_id=master.remote_id, original_start_at=original_at,
        location=master.location, description=master.description, attendees=master.attendees,
    )  # fmt: skip
    if status != "cancelled":
        spans = [(moved_at, moved_at + length)]
        yield Shown(exception, master.calendar_id, master.pk, spans, [words(title), *fields[1:]])


def peer(
    shown: list[Shown], text: str, window: tuple[datetime, datetime] | None, now: datetime
) -> list[tuple[Any, datetime | None]]:
    asked = list(dict.fromkeys(plain_words(text)))
    if not asked:
        return []
    vocabulary = {word for one in shown for field in one.fields[:3] for word in field}
    best: dict[Any, tuple[Any, ...]] = {}
    for one in shown:
        costs = [cost(word, one.fields, vocabulary) for word in asked]
        place = at_and_past(one, window, now)
        if None in costs or place is None:
            continue
        at, past, seconds = place
        key = (sum(filter(None, costs)), past, seconds, one.event.pk.int, one.event.pk, at)
        best[one.series] = min(key, best.get(one.series, key))
    return [(key[-2], key[-1]) for key in sorted(best.values())]


def cost(word: str, fields: list[list[str]], vocabulary: set[str]) -> int | None:
    for place, field in enumerate(fields):
        inside = len(word) >= 3 or any(letter >= "\u0e00" for letter in word)
        levels = [
            word in field,
            any(known.startswith(word) for known in field),
            inside and any(word in known for known in field),
        ]
        if any(levels):
            return place * 3 + levels.index(True)
    for place, field in enumerate(fields[:3]):
        if len(word) >= 4 and any(differ_by_one(word, known) for known in field):
            return 10_000 + place * 3
    return None


def at_and_past(
    one: Shown, window: tuple[datetime, datetime] | None, now: datetime
) -> tuple[datetime | None, bool, int] | None:
    """The occurrence that is shown, whether it is over, and how far it is away."""
    spans = one.spans
    if window:
        spans = [(s, e) for s, e in spans if s < window[1] and (e > window[0] or s >= window[0])]
        now = min(max(now, window[0]), window[1])
    if one.event.all_day:
        now = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if not spans:
        return None
    coming = [start for start, end in spans if end > now or start >= now]
    if coming:
        at = min(coming)
        is_far = not window and one.event.recurrence and at >= horizon_end()
        return at, False, 10**12 if is_far else (at - now) // timedelta(seconds=1)
    at = max(start for start, _end in spans)
    return at, True, (now - at) // timedelta(seconds=1)


def differ_by_one(one: str, other: str) -> bool:
    """Whether one edit makes one of the other, by trying all edits."""
    edits = {one[:n] + one[n + 1 :] for n in range(len(one))}
    edits |= {one[:n] + one[n : n + 2][::-1] + one[n + 2 :] for n in range(len(one) - 1)}
    edits |= {one[:n] + c + one[n + 1 :] for n in range(len(one)) for c in other}
    edits |= {one[:n] + c + one[n:] for n in range(len(one) + 1) for c in other}
    return other in edits


def plain_words(text: str) -> list[str]:
    """Words by normal form and pattern: marks vanish, letters and digits stay together."""
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text.casefold()).casefold())
    text = "".join(c for c in text if not unicodedata.combining(c))
    text = re.sub(
        "[\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\u00ad\ufe00-\ufe0f🏻-🏿]", "", text
    )
    for letter, plain in {
        "ø": "o",
        "ł": "l",
        "\u0131": "i",
        "æ": "ae",
        "œ": "oe",
        "đ": "d",
    }.items():
        text = text.replace(letter, plain)
    pieces = re.findall(r"[^\W_]+|[^\w\s]", text)
    return [piece for piece in pieces if piece[0].isalnum() or unicodedata.category(piece) == "So"]


def words(text: str) -> list[str]:
    """The words of an event's text, and compounds as one word."""
    compounds = re.findall("\\w+(?:[-'\u2019]\\w+)+", text)
    return plain_words(text) + ["".join(plain_words(one)) for one in compounds]
