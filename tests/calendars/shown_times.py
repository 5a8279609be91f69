"""Parse the times on a page: its `time` elements, its entries, and every other time of day."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from html.parser import HTMLParser

CLOCK = re.compile(r"(?<![+−])\b[0-2]?\d:[0-5]\d\b")  # noqa: RUF001 - not in an offset
VOID = {"br", "hr", "img", "input", "link", "meta"}
Element = tuple[str, dict[str, str | None]]


@dataclass
class ShownEntry:
    """An entry in a day's list: the text of its line."""

    day: str
    when: str = ""
    summary: str = ""


@dataclass
class ShownBlock:
    """An event among the hours of a day: its name, where it is, and the instants that it shows."""

    day: str
    label: str
    place: set[str]
    summary: str = ""
    instants: list[datetime] = field(default_factory=list)


class ShownTimes(HTMLParser):
    """`instants` are the values and texts of `time` elements, `entries` the lists of days, `bars`
    the chips of a month, `blocks` those among the hours of a day, and `loose` all other texts with
    a time of day."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.instants: list[tuple[datetime, str]] = []
        self.entries: list[ShownEntry] = []
        self.bars: list[tuple[str, str]] = []
        self.blocks: list[ShownBlock] = []
        self.loose: list[str] = []
        self._open: list[Element] = []
        self._day = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag not in VOID:
            self._open.append((tag, attributes))
        if tag == "time" and self._inside("h1", "h2") and "T" not in (attributes["datetime"] or ""):
            self._day = str(attributes["datetime"])
        if tag == "li" and "agenda-row" in _classes(attributes):
            self.entries.append(ShownEntry(self._day))
        elif tag == "a" and "block" in _classes(attributes):
            place = set(_classes(self._open[-2][1]))
            self.blocks.append(ShownBlock(self._day, str(attributes["aria-label"]), place))
        elif tag == "a" and "chip" in _classes(attributes) and not self._in_class("agenda-row"):
            self.bars.append(("", ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A self-closing element has no content."""

    def handle_endtag(self, tag: str) -> None:
        if self._inside(tag):
            while self._open.pop()[0] != tag:
                pass

    def handle_data(self, text: str) -> None:
        text = " ".join(text.split())
        if not text or self._inside("script", "style", "title"):
            return
        if self._in_class("agenda-when"):
            self.entries[-1].when += text
        elif self._in_class("chip-text") and self._in_class("agenda-row"):
            self.entries[-1].summary += text
        elif self._in_class("chip-text") and self._in_class("block"):
            self.blocks[-1].summary += text
        elif self._in_class("block"):
            pass
        elif self._in_class("chip-time"):
            self.bars[-1] = (text, self.bars[-1][1])
        elif self._in_class("chip-text"):
            self.bars[-1] = (self.bars[-1][0], text)
        elif not self._inside("time") and CLOCK.search(text):
            self.loose.append(text)
        self._note_instant(text)

    def _note_instant(self, text: str) -> None:
        tag, attributes = self._open[-1]
        named = str(attributes.get("datetime"))
        if tag != "time" or "T" not in named:
            return
        self.instants.append((datetime.fromisoformat(named), text))
        if self._in_class("block"):
            self.blocks[-1].instants.append(datetime.fromisoformat(named))

    def _inside(self, *tags: str) -> bool:
        return any(tag in tags for tag, _ in self._open)

    def _in_class(self, name: str) -> bool:
        return any(name in _classes(attributes) for _, attributes in self._open)


def clock_in(zone: tzinfo, at: datetime) -> str:
    """Return the local time in a zone, and which of two equal hours it is."""
    local = at.astimezone(zone)
    twin = {local.replace(fold=fold).utcoffset() for fold in (0, 1)}
    return f"{local:%H:%M}" + (f" {local:%Z}" if len(twin) > 1 else "")


def _classes(attributes: dict[str, str | None]) -> list[str]:
    return (attributes.get("class") or "").split()
