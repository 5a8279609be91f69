"""What became of the exceptions of a series that was changed, in words."""

from __future__ import annotations

from datetime import UTC

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.local_time import short_weekday_day
from calendars.events.scopes import Dropped, Edited
from profiles.preferences import Reader

MOST_NAMED = 5


def with_notes(message: str, edited: Edited, reader: Reader) -> str:
    """Return the message with what else the person should know of the edit."""
    kept = ""
    if edited.kept:
        kept = _("The repetition names several days or times, which stay as they were.")
    return " ".join(filter(None, (message, _dropped(edited, reader), kept)))


def _dropped(edited: Edited, reader: Reader) -> str:
    """Name the changed dates that no longer fit the series."""
    if not edited.dropped:
        return ""
    named = [_date(one, reader) for one in edited.dropped[:MOST_NAMED]]
    more = ["…"] if len(edited.dropped) > MOST_NAMED else []
    words = ngettext(
        "A changed date no longer fits and was removed: %(dates)s.",
        "Some changed dates no longer fit and were removed: %(dates)s.",
        len(edited.dropped),
    )
    return words % {"dates": "; ".join([*named, *more])}


def _date(one: Dropped, reader: Reader) -> str:
    at = one.start_at.astimezone(UTC if one.all_day else reader.zone)
    return f"{short_weekday_day(at)} {one.summary}".strip()
