"""Bar charts as SVG, made on the server.

Widths are percentages and heights pixels, without a viewBox, so that text keeps its size on any
screen. Colours and sizes come from classes (static/insights.css): the content security policy
allows no style attributes. Each bar is a link to the events behind it, and has the row's words as
its name; the same rows are in a table beside the chart. So the chart is a group: inside an image
(role=img) screen readers would find no links.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from math import ceil

from django.utils.html import escape
from django.utils.safestring import SafeString

from config.web.markup import markup

ROW = 44  # px, of a horizontal bar with its label
BAR = 10
PLOT = 160  # px, of upright bars
LABELS = 24
LEFT = 9.0  # per cent, for the hours beside the lines
MOST_LABELS = 6


@dataclass(frozen=True, slots=True)
class Bar:
    """`share`: the part of the value that is drawn darker, for meetings."""

    label: str
    value: float
    value_text: str
    address: str
    hue: int
    share: float = 0.0
    emoji: str = ""
    words: str = ""  # for screen readers and as a tooltip


def lying_bars(bars: Sequence[Bar], *, name: str, title: str, about: str) -> SafeString:
    """Draw one row per bar: its label, its value, and the bar below them."""
    most = max((bar.value for bar in bars), default=0.0) or 1.0
    rows = "".join(_lying(bar, place * ROW, most) for place, bar in enumerate(bars))
    return _chart(rows, len(bars) * ROW, name=name, title=title, about=about)


def standing_bars(
    bars: Sequence[Bar], *, name: str, title: str, about: str, unit: str
) -> SafeString:
    """Draw columns above their labels, with lines of hours. `unit` is like "%s h"."""
    step = _step(max((bar.value for bar in bars), default=0.0))
    lines = _lines(max((bar.value for bar in bars), default=0.0), step)
    top = lines[-1] or 1.0
    width = (100 - LEFT) / max(len(bars), 1)
    labelled = ceil(len(bars) / MOST_LABELS) if len(bars) > 7 else 1
    body = "".join(_line(hours, top, unit) for hours in lines) + "".join(
        _standing(bar, LEFT + place * width, width, top, is_labelled=place % labelled == 0)
        for place, bar in enumerate(bars)
    )
    return _chart(body, PLOT + LABELS + 12, name=name, title=title, about=about)


def _chart(body: str, height: int, *, name: str, title: str, about: str) -> SafeString:
    return markup(
        f'<svg class="chart" width="100%" height="{height}" role="group"'
        f' aria-labelledby="{name}-title" aria-describedby="{name}-about">'
        f'<title id="{name}-title">{escape(title)}</title>'
        f'<desc id="{name}-about">{escape(about)}</desc>{body}</svg>'
    )


def _lying(bar: Bar, top: int, most: float) -> str:
    emoji = f'<tspan aria-hidden="true">{escape(bar.emoji)} </tspan>' if bar.emoji else ""
    whole = 100 * bar.value / most
    return _link(
        bar,
        f'<rect class="hit" y="{top}" width="100%" height="{ROW - 4}" rx="4"/>'
        f'<text class="label" y="{top + 16}">{emoji}{escape(_short(bar.label))}</text>'
        f'<text class="value" x="100%" y="{top + 16}">{escape(bar.value_text)}</text>'
        f'<rect class="track" y="{top + 24}" width="100%" height="{BAR}" rx="4"/>'
        f'<rect class="bar" y="{top + 24}" width="{whole:.2f}%" height="{BAR}" rx="4"/>',
    )


def _standing(bar: Bar, left: float, width: float, top: float, *, is_labelled: bool) -> str:
    height, met = PLOT * bar.value / top, PLOT * bar.share / top
    at, wide = left + width * 0.15, width * 0.7
    middle = left + width / 2
    label = (
        f'<text class="tick" x="{middle:.2f}%" y="{PLOT + 12 + 18}">{escape(bar.label)}</text>'
        if is_labelled
        else ""
    )
    return _link(
        bar,
        f'<rect class="hit" x="{left:.2f}%" y="12" width="{width:.2f}%" height="{PLOT}"/>'
        f'<rect class="bar light" x="{at:.2f}%" y="{12 + PLOT - height:.1f}" width="{wide:.2f}%"'
        f' height="{height:.1f}" rx="2"/>'
        f'<rect class="bar" x="{at:.2f}%" y="{12 + PLOT - met:.1f}" width="{wide:.2f}%"'
        f' height="{met:.1f}" rx="2"/>{label}',
    )


def _link(bar: Bar, body: str) -> str:
    words = escape(bar.words or f"{bar.label}: {bar.value_text}")
    return (
        f'<a class="hue-{bar.hue}" href="{escape(bar.address)}" aria-label="{words}">'
        f"<title>{words}</title>{body}</a>"
    )


def _line(hours: float, top: float, unit: str) -> str:
    y = 12 + PLOT - PLOT * hours / top
    text = escape(unit % f"{hours:g}")
    return (
        f'<line class="line" x1="{LEFT}%" x2="100%" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text class="hours" x="{LEFT - 1}%" y="{y + 4:.1f}" aria-hidden="true">{text}</text>'
    )


def _step(most: float) -> float:
    """Return the distance of the lines: 1, 2 or 5 times a power of ten, at most four of them."""
    for power in count():
        for factor in (1, 2, 5):
            if most <= 4 * factor * 10**power:
                return float(factor * 10**power)
    raise AssertionError("unreachable")


def _lines(most: float, step: float) -> list[float]:
    return [number * step for number in range(max(ceil(most / step), 1) + 1)]


def _short(label: str, longest: int = 34) -> str:
    return label if len(label) <= longest else f"{label[: longest - 1]}…"
