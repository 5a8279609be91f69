"""How the tables of sentences are written and read.

A line is `sentence | title | when | rest`. Now is Wednesday 6 May 2026, 10:00, in the table's zone.

- `when`: `-` for none; `2026-05-07` is all day; `2026-05-07..2026-05-09` are three whole days;
  `2026-05-07 12:30` has no end; `2026-05-07 22:00..2026-05-08 02:00` and `2026-05-07 9:00..10:00`.
- `rest`, separated by spaces: `rule=FREQ=…;UNTIL=2026-05-31` (a date: the last day), `place=…` (`_`
  is a space), `people=anna,bob` (at example.org), `tag=calendar:Work`, `in=Asia/Tokyo` (the event's
  zone), `ask=code,code` (all questions), `or=2026-05-08` or `or=2026-05-07T05:00` (what a question
  names as the other start), and of the setting: `zone=`, `lang=`, `clock=`, `now=2026-10-24T10:00`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

NOW = datetime(2026, 5, 6, 10)  # noqa: DTZ001 - in the zone of each table


@dataclass(frozen=True)
class Setting:
    now: datetime
    zone: str
    language: str
    clock: str | None


@dataclass(frozen=True)
class Meaning:
    """What a sentence means. `start` and `end` are dates for whole days, else local times."""

    title: str
    start: date | None = None
    end: date | None = None
    zone: str = ""
    recurrence: str = ""
    place: str = ""
    people: tuple[str, ...] = ()
    tag: str = ""


@dataclass(frozen=True)
class Sentence:
    text: str
    setting: Setting
    meaning: Meaning
    questions: tuple[str, ...]
    others: tuple[date, ...]

    def __str__(self) -> str:
        return self.text


def read_table(table: str, *, zone: str, language: str) -> list[Sentence]:
    lines = (line for line in table.splitlines() if line.strip() and not line.startswith("//"))
    return [_sentence(line, zone, language) for line in lines]


def _sentence(line: str, zone: str, language: str) -> Sentence:
    text, title, when, rest = (part.strip() for part in line.split(" | "))
    given = dict(word.split("=", 1) for word in rest.split() if word != "-")
    own_zone = given.get("zone", zone)
    now = datetime.fromisoformat(given["now"]) if "now" in given else NOW
    setting = Setting(
        now.replace(tzinfo=ZoneInfo(own_zone)),
        own_zone,
        given.get("lang", language),
        given.get("clock"),
    )
    start, end = _when(when)
    zone_of_event = given.get("in", own_zone) if isinstance(start, datetime) else ""
    meaning = Meaning(
        title,
        start,
        end,
        zone_of_event,
        _rule(given.get("rule", ""), zone_of_event),
        given.get("place", "").replace("_", " "),
        tuple(f"{name}@example.org" for name in given.get("people", "").split(",") if name),
        given.get("tag", "").replace("_", " "),
    )
    others = tuple(
        _moment(other.replace("T", " ")) for other in given.get("or", "").split(",") if other
    )
    return Sentence(
        text, setting, meaning, tuple(sorted(filter(None, given.get("ask", "").split(",")))), others
    )


def _when(when: str) -> tuple[date | None, date | None]:
    if when == "-":
        return None, None
    first, _, last = when.partition("..")
    start = _moment(first)
    if not isinstance(start, datetime):
        return start, (_moment(last) if last else start) + timedelta(days=1)
    if not last:
        return start, None
    return start, _moment(last if "-" in last else f"{start:%Y-%m-%d} {last}")


def _moment(text: str) -> date:
    day, _, clock = text.partition(" ")
    on = date.fromisoformat(day)
    if not clock:
        return on
    hour, minute = clock.split(":")
    return datetime.combine(on, time(int(hour), int(minute)))


def _rule(rule: str, zone: str) -> str:
    """A last day is stored as its last second, in UTC; for whole days as it is."""
    before, found, last = rule.partition("UNTIL=")
    if not found:
        return rule
    on = date.fromisoformat(last)
    if not zone:
        return f"{before}UNTIL={on:%Y%m%d}"
    local = datetime.combine(on, time(23, 59, 59), ZoneInfo(zone))
    return f"{before}UNTIL={local.astimezone(UTC):%Y%m%dT%H%M%SZ}"
