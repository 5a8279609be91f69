"""What isn't sure in a typed line, in words: what was taken, and what else may have been meant."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.local_time import full_day, weekday_moment
from calendars.typed_line import Code, Question

_WORDS: Mapping[Code, Any] = {
    "bare-hour": gettext_lazy("“%(said)s” was taken as the time."),
    "biweekly": gettext_lazy("“%(said)s” was taken as every two weeks."),
    "day-order": gettext_lazy("“%(said)s” can be two dates: day and month may be swapped."),
    "daypart": gettext_lazy("“%(said)s” names no hour: a usual one was taken."),
    "each-day": gettext_lazy("“%(said)s” was taken as the same hours on each day."),
    "ends-before-start": gettext_lazy("“%(said)s” is before the start and stays in the title."),
    "hour": gettext_lazy("“%(said)s” can be in the morning or in the evening."),
    "midnight": gettext_lazy("“%(said)s” is the end of that day here."),
    "month-limit": gettext_lazy("“%(said)s” was taken as the time before that month."),
    "next-year": gettext_lazy("“%(said)s” has passed this year: next year was taken."),
    "no-day": gettext_lazy("“%(said)s” names no day and stays in the title."),
    "no-time": gettext_lazy("“%(said)s” is a length without a time and stays in the title."),
    "nth-weekday": gettext_lazy(
        "“%(said)s” counts weeks. Add “of the month” if you mean a day of each month."
    ),
    "occurs-twice": gettext_lazy("“%(said)s” comes twice on that day: the first one was taken."),
    "only-end": gettext_lazy("“%(said)s” is an end without a start and stays in the title."),
    "past": gettext_lazy("“%(said)s” has passed."),
    "repeats": gettext_lazy("“%(said)s” stays in the title. Write “every …” if the event repeats."),
    "several-days": gettext_lazy("“%(said)s” can be once or every week."),
    "several-people": gettext_lazy("“%(said)s” can be several people: %(names)s."),
    "several-tags": gettext_lazy("“%(said)s” can be several: %(names)s."),
    "skipped-hour": gettext_lazy("“%(said)s” doesn't exist on that day: the clocks go forward."),
    "tomorrow": gettext_lazy("“%(said)s” has passed today: tomorrow was taken."),
    "too-long": gettext_lazy("This line is too long to be read."),
    "two-days": gettext_lazy("“%(said)s” is a second day and stays in the title."),
    "two-times": gettext_lazy("“%(said)s” is a second time and stays in the title."),
    "unknown-person": gettext_lazy("“%(said)s” isn't among the people of your events."),
    "unknown-tag": gettext_lazy("“%(said)s” is no calendar and no category of yours."),
    "weekday-mismatch": gettext_lazy("“%(said)s” names a weekday that this date isn't."),
    "which-week": gettext_lazy("“%(said)s” can be in this week or in the next one."),
    "whole-week": gettext_lazy("“%(said)s” was taken as the whole week."),
    "workdays": gettext_lazy("“%(said)s” was taken as Monday to Friday."),
    "zone-season": gettext_lazy("“%(said)s” isn't what the clocks show there on that day."),
}


def asked(question: Question, text: str) -> str:
    """Return the words; `text` is the line."""
    values = {"said": text[question.start : question.end], "names": ", ".join(question.names)}
    words = [str(_WORDS[question.code]) % values]
    if question.others:
        others = " · ".join(map(_moment, question.others))
        words.append(_("It may also be %(others)s.") % {"others": others})
    return " ".join(words)


def _moment(at: date) -> str:
    return weekday_moment(at) if isinstance(at, datetime) else full_day(at)
