"""What a line says it understood is what it means, whatever it is put together from."""

from __future__ import annotations

from calendar import month_name
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from django.utils import translation
from hypothesis import example, given, settings
from hypothesis import strategies as st

from calendars.events.given_times import Times
from calendars.timeline.recurrence_words import recurrence_words
from calendars.typed_line import LONGEST, Understood, understand
from calendars.typed_line.english import ENGLISH
from calendars.typed_line.german import GERMAN
from tests.calendars.typed_line.test_sentences import KnownNames

LANGUAGES = {"en": ENGLISH, "de": GERMAN}
NOW = datetime(2026, 5, 6, 10, tzinfo=UTC)
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Tokyo", "UTC")
DAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "de": ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
}
MONTHS = {
    "en": tuple(month_name)[1:],
    "de": (
        "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September",
        "Oktober", "November", "Dezember",
    ),
}  # fmt: skip
CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def read(text: str, zone: str = "UTC", language: str = "en", **options: Any) -> Understood:
    names = KnownNames()
    return understand(text, now=NOW, zone=zone, language=language, names=names, **options)


@dataclass
class Written:
    """One part of a line, and the members that it sets."""

    text: str
    values: dict[str, Any]


@st.composite
def titles(draw: st.DrawFn, language: str) -> Written:
    words = {"en": ["Review", "budget", "talk", "Demo"], "de": ["Gespräch", "Planung", "Kurs"]}
    text = " ".join(draw(st.lists(st.sampled_from(words[language]), min_size=1, max_size=3)))
    return Written(text, {"title": text})


@st.composite
def dates(draw: st.DrawFn, language: str) -> Written:
    on = draw(st.dates(date(2026, 6, 1), date(2030, 12, 31)))
    month = MONTHS[language][on.month - 1]
    forms = [f"{on:%Y-%m-%d}", f"{on:%d.%m.%Y}"]
    if language == "de":
        forms += [f"am {on.day}. {month} {on.year}", f"{on.day}.{on.month}.{on.year}"]
        forms.append(f"{DAYS['de'][on.weekday()]}, den {on.day}. {month} {on.year}")
    else:
        forms += [f"on {on.day} {month} {on.year}", f"{month} {on.day}, {on.year}"]
        forms.append(f"{DAYS['en'][on.weekday()]} {on.day} {month} {on.year}")
    return Written(draw(st.sampled_from(forms)), {"on": on})


@st.composite
def clock_times(draw: st.DrawFn, language: str) -> Written:
    at = time(draw(st.integers(0, 23)), draw(st.integers(0, 59)))
    if language == "de":
        forms = [f"{at:%H:%M}", f"um {at:%H:%M} Uhr", f"{at:%H.%M} Uhr"]
    else:
        half = "am" if at.hour < 12 else "pm"
        forms = [f"{at:%H:%M}" if at.hour > 12 or at.hour < 10 else f"{at.hour}:{at:%M} {half}"]
        forms.append(f"at {at.hour % 12 or 12}:{at:%M}{half}")
    text = draw(st.sampled_from(forms))
    values: dict[str, Any] = {"at": at}
    minutes = draw(st.none() | st.integers(1, 900))
    if minutes:
        text += f" for {minutes} min" if language == "en" else f" für {minutes} Minuten"
        values["minutes"] = minutes
    return Written(text, values)


@st.composite
def repetitions(draw: st.DrawFn, language: str) -> Written:
    days = sorted(draw(st.sets(st.integers(0, 6), min_size=1, max_size=3)))
    names = [DAYS[language][day] for day in days]
    listed = (" and " if language == "en" else " und ").join(
        filter(None, [", ".join(names[:-1]), names[-1]])
    )
    interval = draw(st.integers(2, 20))
    weekly = f"every {interval} weeks on {listed}", f"alle {interval} Wochen am {listed}"
    codes = ",".join(CODES[day] for day in days)
    forms = [
        (("daily", "täglich"), "FREQ=DAILY"),
        ((f"every {interval} days", f"alle {interval} Tage"), f"FREQ=DAILY;INTERVAL={interval}"),
        ((f"every {listed}", f"jeden {listed}"), f"FREQ=WEEKLY;BYDAY={codes}"),
        (weekly, f"FREQ=WEEKLY;INTERVAL={interval};BYDAY={codes}"),
        (("every month", "monatlich"), "FREQ=MONTHLY"),
        (("yearly", "jährlich"), "FREQ=YEARLY"),
    ]
    texts, rule = draw(st.sampled_from(forms))
    text = texts[0] if language == "en" else texts[1]
    count = draw(st.none() | st.integers(2, 300))
    if count:
        text += f" {count} times" if language == "en" else f" {count}-mal"
        rule += f";COUNT={count}"
    return Written(text, {"rule": rule})


@st.composite
def places(draw: st.DrawFn, language: str) -> Written:
    given = {
        "en": [("at Luigi's", "Luigi's"), ("in Room 5", "Room 5"), ("in the park", "park")],
        "de": [
            ("bei Luigi", "Luigi"),
            ("im Café Central", "Café Central"),
            ("in Raum 5", "Raum 5"),
        ],
    }
    text, place = draw(st.sampled_from(given[language]))
    return Written(text, {"place": place})


@st.composite
def people(draw: st.DrawFn, language: str) -> Written:
    known = {"Anna": "anna@example.org", "Bob Miller": "bob@example.org", "x.y@example.com": ""}
    chosen = draw(st.lists(st.sampled_from(sorted(known)), min_size=1, max_size=3, unique=True))
    before, joint = ("with ", " and ") if language == "en" else ("mit ", " und ")
    return Written(before + joint.join(chosen), {"people": [known[one] or one for one in chosen]})


@st.composite
def lines(draw: st.DrawFn) -> tuple[str, str, str, dict[str, Any]]:
    """Return a line, its language, a zone, and what it means."""
    language, zone = draw(st.sampled_from(sorted(LANGUAGES))), draw(st.sampled_from(ZONES))
    optional = (clock_times, repetitions, places, people)
    kinds = draw(st.lists(st.sampled_from(optional), unique=True))
    parts = [draw(kind(language)) for kind in draw(st.permutations([dates, *kinds]))]
    title = draw(titles(language))
    values = dict(title.values)
    for part in parts:
        values |= part.values
    return " ".join([title.text, *(part.text for part in parts)]), language, zone, values


@settings(max_examples=400, deadline=None)
@given(line=lines())
def test_parts_mean_the_same_together(line: tuple[str, str, str, dict[str, Any]]) -> None:
    text, language, zone, meant = line
    found = read(text, zone, language, clock="24")

    assert found.title == meant["title"]
    assert found.place == meant.get("place", "")
    assert [guest.email for guest in found.people] == meant.get("people", [])
    rule = meant.get("rule", "")
    assert found.recurrence == ((f"RRULE:{rule}",) if rule else ())
    on = first_on(meant["on"], rule)
    if "at" not in meant:
        assert (found.start, found.end) == (on, on + timedelta(days=1))
        return
    start = datetime.combine(on, meant["at"], ZoneInfo(zone)).astimezone(UTC)
    assert isinstance(found.start, datetime)
    assert found.start.astimezone(UTC) == start
    minutes = meant.get("minutes")
    if minutes is None:
        assert found.end is None
    else:
        assert isinstance(found.end, datetime)
        assert found.end.astimezone(UTC) == start + timedelta(minutes=minutes)


def first_on(on: date, rule: str) -> date:
    """The first day of the rule from a day on, by dateutil."""
    weekly = rule.startswith("FREQ=WEEKLY") and rule.replace(";INTERVAL", ";X").split(";X")[0]
    if not weekly:
        return on
    every_week = "FREQ=WEEKLY;BYDAY=" + rule.split("BYDAY=")[1].split(";")[0]
    first: datetime = next(iter(rrulestr(every_week, dtstart=datetime.combine(on, time()))))
    return first.date()


# Any text

VOCABULARY = sorted(ENGLISH.words | GERMAN.words | set(":.-\u2013/@#,;()„“\"'") | {"h", "12", "9"})
HOSTILE = ("\u200b", "\u202e", "٣", "²", "½", "\x00", "\ud83d", "İ", "ß", "ﬁ", "1" * 40, "a" * 300)
SOUP = st.lists(
    st.sampled_from(VOCABULARY) | st.sampled_from(HOSTILE) | st.integers(0, 2100).map(str),
    max_size=25,
).flatmap(lambda words: st.sampled_from((" ", "")).map(lambda space: space.join(words)))


@settings(max_examples=700, deadline=None)
@given(
    text=SOUP | st.text(max_size=80) | lines().map(lambda line: line[0]),
    language=st.sampled_from(("en", "de", "en-US", "xx", "")),
    zone=st.sampled_from((*ZONES, "Pacific/Apia")),
    now=st.datetimes(datetime(1990, 1, 1), datetime(2150, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
@example(text="Lunch, tomorrow, 12:30 (at Luigi's)", language="en", zone="UTC", now=NOW)
@example(text="29 February", language="en", zone="UTC", now=datetime(2027, 3, 1, tzinfo=UTC))
def test_any_text_is_a_title_and_spans(text: str, language: str, zone: str, now: datetime) -> None:
    found = understand(text, now=now, zone=zone, language=language, names=KnownNames())

    left, at = "", 0
    for span in found.spans:
        assert at <= span.start < span.end <= len(text)
        assert text[span.start : span.end].strip() == text[span.start : span.end]
        left, at = left + text[at : span.start] + " ", span.end
    left += text[at:]
    assert kept(left) == kept(found.title)
    assert (found.start is None) <= (found.end is None)
    if found.start is not None and found.end is not None:
        assert found.end > found.start or utc(found.end) > utc(found.start)
    for question in found.questions:
        assert 0 <= question.start <= question.end <= len(text)


def utc(at: date) -> datetime:
    assert isinstance(at, datetime)
    return at.astimezone(UTC)


def kept(text: str) -> str:
    """What must not be lost: everything but white space and the marks that join."""
    return "".join(
        sign for sign in text if not sign.isspace() and sign not in ",;:-\u2013\u2014()."
    )


def test_a_line_that_is_too_long_is_a_title() -> None:
    found = read("tomorrow " * 100)
    assert (found.start, found.spans) == (None, ())
    assert [question.code for question in found.questions] == ["too-long"]
    assert read(("tomorrow " * 100)[:LONGEST]).start == date(2026, 5, 7)


# In words and back; a rule of all seven weekdays is in words that no person types.

RULES = st.one_of(
    st.builds("FREQ=DAILY;INTERVAL={}".format, st.integers(1, 30)),
    st.builds(
        "FREQ=WEEKLY;INTERVAL={};BYDAY={}".format,
        st.integers(1, 12),
        st.sets(st.sampled_from(CODES), min_size=1, max_size=6).map(
            lambda days: ",".join(sorted(days, key=CODES.index))
        ),
    ),
    st.builds("FREQ=MONTHLY;INTERVAL={}".format, st.integers(1, 11)),
    st.builds("FREQ=MONTHLY;BYMONTHDAY={}".format, st.integers(1, 28) | st.just(-1)),
    st.builds(
        "FREQ=MONTHLY;BYDAY={}{}".format, st.sampled_from((1, 2, 3, 4, -1)), st.sampled_from(CODES)
    ),
    st.builds("FREQ=YEARLY;INTERVAL={}".format, st.integers(1, 5)),
)
ENDS = st.one_of(
    st.just(""),
    st.builds(";COUNT={}".format, st.integers(2, 60)),
    st.dates(date(2028, 1, 1), date(2031, 1, 1)).map(";UNTIL={:%Y%m%d}T235959Z".format),
)


@pytest.mark.parametrize("language", sorted(LANGUAGES))
@settings(max_examples=100, deadline=None)
@given(
    rule=RULES, end=ENDS, on=st.dates(date(2026, 6, 1), date(2027, 6, 1)), hour=st.integers(0, 23)
)
def test_a_described_repetition_is_understood_again(
    language: str, rule: str, end: str, on: date, hour: int
) -> None:
    start = datetime.combine(on, time(hour), UTC)
    first: datetime = next(iter(rrulestr(rule + end, dtstart=start)))  # a start that is of the rule
    times = Times(first, first + timedelta(hours=1), False, "UTC", "", [f"RRULE:{rule}{end}"])
    with translation.override(language):
        words = recurrence_words(times)

    found = read(f"Yoga {first:%Y-%m-%d %H:%M} {words}", language=language, clock="24")

    assert (found.title, found.start) == ("Yoga", first), words
    again = found.recurrence[0].removeprefix("RRULE:")
    assert instances(again, first) == instances(rule + end, first), words


def instances(rule: str, start: datetime) -> list[datetime]:
    found = iter(rrulestr(rule, dtstart=start))
    return [at for at, _ in zip(found, range(70), strict=False)]
