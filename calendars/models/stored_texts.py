"""Texts that are stored in English and shown in the reader's language.

A worker notes why an event can't be stored, or what Google answers, before it is known who will
read it; and the code that reads RFC 5545 knows no framework. So these texts are stored as they are
written there, and translated when they are shown. Texts with values are recognised by their form;
`tests/words/test_stored_texts.py` compares the list with the code that writes them.
"""

from __future__ import annotations

import re
from functools import cache

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

# Without values. The messages of `calendars.google.errors` are marked there.
PLAIN_TEXTS = (
    gettext_noop("A value of this component can't be read."),
    gettext_noop(
        "An internal error occurred with this calendar. Daybook will try again automatically."
    ),
    gettext_noop(
        "Daybook's database rejected what Google sent. Daybook will try again automatically."
    ),
    gettext_noop("EXRULE excludes too many instances."),
    gettext_noop("Its rules can't go on together from this date."),
    gettext_noop("The change was applied to one date only (RANGE isn't supported)."),
    gettext_noop("The component is incomplete: its END line is missing."),
    gettext_noop("The event ends before it starts."),
    gettext_noop("The event is too far from today."),
    gettext_noop("The file contains a later revision of this event."),
    gettext_noop("The file is empty."),
    gettext_noop("The property has no email address."),
    gettext_noop("The rule has no frequency (FREQ)."),
    gettext_noop("The rule has too many instances to count."),
    gettext_noop("The rule is too long."),
    gettext_noop("The start is missing (DTSTART)."),
    gettext_noop("The time of this alarm can't be read."),
    gettext_noop("The time zone can't be read."),
    gettext_noop("The time zone changes too often."),
    gettext_noop("The time zone has no offset."),
    gettext_noop("The time zone has too many offsets."),
    gettext_noop("The times of the event have no time zone."),
    gettext_noop("This is a web page, not a calendar. Download the .ics file itself."),
    gettext_noop("This is not an iCalendar (.ics) file."),
    gettext_noop("This line isn't a valid property."),
    gettext_noop("it ends before it starts"),
    gettext_noop("it has no usable id"),
    gettext_noop("its start and end must both be dates or both be times"),
)
# With values, the most particular first. A value may be a stored text itself.
TEXTS_WITH_VALUES = (
    gettext_noop("Imported without %(name)s (line %(line)s): %(reason)s"),
    gettext_noop(
        "Google's list was unexpectedly almost empty. Events missing from it: %(count)s. They are"
        " kept until Daybook has listed the calendar again."
    ),
    gettext_noop(
        "Google listed the calendar as empty twice. Events missing from it: %(count)s. They are"
        " kept until you confirm the removal."
    ),
    gettext_noop("The file is larger than %(megabytes)s MB. Export a shorter period."),
    gettext_noop("%(reason)s The time was read as UTC."),
    gettext_noop("%(reason)s The time was read in the time zone of the series."),
    gettext_noop("“%(name)s” isn't a known time zone. Use a name such as Europe/Berlin."),
    gettext_noop("“%(text)s” isn't a date in the calendar."),
    gettext_noop("“%(text)s” isn't a date."),
    gettext_noop("“%(text)s” isn't a duration."),
    gettext_noop("“%(text)s” isn't a recurrence line."),
    gettext_noop("“%(text)s” isn't a valid length of an event."),
    gettext_noop("“%(text)s” is longer than an event can be."),
    gettext_noop("“%(text)s” is too far from today."),
    gettext_noop("“%(text)s” has no value."),
    gettext_noop("%(name)s must be from %(low)s to %(high)s, not “%(text)s”."),
    gettext_noop("%(name)s counts from 1 or from -1; 0 isn't allowed."),
    gettext_noop("%(name)s isn't a recurrence property."),
    gettext_noop("%(name)s isn't a part of a rule."),
    gettext_noop("%(name)s isn't allowed in a %(frequency)s rule."),
    gettext_noop("%(name)s appears twice."),
    gettext_noop("%(name)s can't be “%(value)s”."),
    gettext_noop("%(name)s=%(value)s isn't supported."),
    gettext_noop("its recurrence can't be read: %(reason)s"),
    gettext_noop("its recurrence can't be expanded: %(reason)s"),
    gettext_noop("Daybook can't read it (%(kind)s)"),
    gettext_noop("its status is unknown: %(status)s"),
    gettext_noop("its %(name)s is too far from today"),
    gettext_noop("its %(name)s isn't a date or time"),
    gettext_noop("it has no %(name)s"),
)
VALUE = re.compile(r"%\((\w+)\)s")


def shown(text: str) -> str:
    """Return the stored text in the active language; one that isn't known stays as it is."""
    if not text:
        return ""
    translated = _(text)
    if translated != text:
        return translated
    for form, pattern in _patterns():
        if found := pattern.fullmatch(text):
            values = found.groupdict()
            if "reason" in values:
                values["reason"] = shown(values["reason"])
            return _(form) % values
    return text


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    return [(form, _pattern_of(form)) for form in TEXTS_WITH_VALUES]


def _pattern_of(form: str) -> re.Pattern[str]:
    parts = VALUE.split(form)
    literal, names = parts[::2], parts[1::2]
    named = [f"(?P<{name}>.*)" for name in names] + [""]
    return re.compile(
        "".join(re.escape(text) + value for text, value in zip(literal, named, strict=True)), re.S
    )
