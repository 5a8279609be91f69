"""What isn't sure in a typed line, in words: what was taken, and what else may have been meant."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.local_time import full_day, weekday_moment
from calendars.typed_line import Question

_WORDS: Mapping[str, Any] = {
    "hour": gettext_lazy("“%(said)s” can be in the morning or in the evening."),
    "daypart": gettext_lazy("“%(said)s” names no hour: a usual one was taken."),
    "midnight": gettext_lazy("“%(said)s” is the end of that day here."),
    "tomorrow": gettext_lazy("“%(said)s” has passed today: tomorrow was taken."),
    "past": gettext_lazy("“%(said)s” has passed."),
    "each-day": gettext_lazy("“%(said)s” was taken as the same hours on each day."),
    "which-week": gettext_lazy("“%(said)s” can be in two weeks."),
    "day-order": gettext_lazy("“%(said)s” can be two dates: day and month may be swapped."),
    "next-year": gettext_lazy("“%(said)s” has passed this year: next year was taken."),
    "weekday-mismatch": gettext_lazy("“%(said)s” names a weekday that this date isn't."),
    "whole-week": gettext_lazy("“%(said)s” was taken as the whole week."),
    "nth-weekday": gettext_lazy("“%(said)s” was taken as that weekday of each month."),
    "month-limit": gettext_lazy("“%(said)s” can be the beginning or the end of the month."),
    "too-long": gettext_lazy("This line is too long to be read."),
    "ends-before-start": gettext_lazy("“%(said)s” is before the start and was left out."),
    "skipped-hour": gettext_lazy("“%(said)s” doesn't exist on that day: the clocks go forward."),
    "occurs-twice": gettext_lazy("“%(said)s” comes twice on that day: the first one was taken."),
    "zone-season": gettext_lazy("“%(said)s” isn't what the clocks show there on that day."),
    "several-people": gettext_lazy("“%(said)s” can be several people: %(names)s."),
    "unknown-person": gettext_lazy("“%(said)s” isn't among the people of your events."),
    "several-tags": gettext_lazy("“%(said)s” can be several: %(names)s."),
    "unknown-tag": gettext_lazy("“%(said)s” is no calendar and no category of yours."),
    "repeats": gettext_lazy("“%(said)s” may be a repetition that can't be read here."),
    "two-days": gettext_lazy("“%(said)s” is a second day and stays in the title."),
    "two-times": gettext_lazy("“%(said)s” is a second time and stays in the title."),
    "no-time": gettext_lazy("“%(said)s” is a length, but no time was said."),
    "no-day": gettext_lazy("“%(said)s” names no day and stays in the title."),
}
_UNSURE = gettext_lazy("“%(said)s” isn't sure.")


def asked(question: Question, text: str) -> str:
    """Return the words; `text` is the line."""
    values = {"said": text[question.start : question.end], "names": ", ".join(question.names)}
    words = [str(_WORDS.get(question.code, _UNSURE)) % values]
    if question.others:
        others = " · ".join(map(_moment, question.others))
        words.append(_("It may also be %(others)s.") % {"others": others})
    return " ".join(words)


def _moment(at: date) -> str:
    return weekday_moment(at) if isinstance(at, datetime) else full_day(at)
