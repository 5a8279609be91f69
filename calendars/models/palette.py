"""The palette of ten colours in which calendars are shown.

A provider's colour is shown as the nearest of the palette; a calendar whose colour is taken gets
the next free one. The colours themselves are in static/variables.css (`hue-1` to `hue-10`), where
text and edges are readable in both themes.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from calendars.models.calendar import Calendar

PALETTE = {
    1: ("tomato", "#c34f4b"),
    2: ("tangerine", "#bb5d00"),
    3: ("banana", "#9f7200"),
    4: ("leaf", "#438f31"),
    5: ("teal", "#009586"),
    6: ("sky", "#0087c3"),
    7: ("blue", "#4777d2"),
    8: ("violet", "#8962c5"),
    9: ("rose", "#b94f87"),
    10: ("graphite", "#737b85"),
}
GRAPHITE = 10


class _Lab(NamedTuple):
    """A colour in OKLab, in which distances are about as people see them.

    https://bottosson.github.io/posts/oklab/
    """

    lightness: float
    a: float
    b: float


@cache
def hue_of(colour: str) -> int:
    """Return the number of the palette's colour nearest to #rrggbb, 1 to 10."""
    return _by_distance(colour)[0]


def hued(calendars: Iterable[Calendar], *, beside: Iterable[Calendar] = ()) -> list[Calendar]:
    """Set the `hue` of each calendar. Give all calendars of an owner, so that their hues stay the
    same whichever are shown. Those `beside` have their hues already, and keep them."""
    found = list(calendars)
    taken = {calendar.hue for calendar in beside}
    for calendar in sorted(found, key=lambda one: (not one.own_colour, one.created_at, one.pk)):
        nearest = _by_distance(calendar.shown_colour)
        free = (hue for hue in nearest if hue not in taken or calendar.own_colour)
        calendar.hue = next(free, nearest[0])
        taken.add(calendar.hue)
    return found


@cache
def _by_distance(colour: str) -> tuple[int, ...]:
    here = _lab(colour)
    places = {hue: _lab(edge) for hue, (_, edge) in PALETTE.items()}
    return tuple(sorted(places, key=lambda hue: _apart(here, places[hue])))


def _apart(one: _Lab, other: _Lab) -> float:
    """Return the distance, in which lightness counts least: a tint belongs to its hue."""
    return (
        0.2 * (one.lightness - other.lightness) ** 2
        + (one.a - other.a) ** 2
        + (one.b - other.b) ** 2
    )


def _lab(colour: str) -> _Lab:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    medium = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return _Lab(
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def _linear(part: float) -> float:
    """Return the light of one part of an sRGB colour (IEC 61966-2-1)."""
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
