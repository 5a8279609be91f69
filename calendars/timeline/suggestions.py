"""People to invite, from one's own events: those one meets, the most frequent first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from calendars.timeline.folding import words_of

MOST = 8
# The events that are read: the latest of the past year and of the month to come, by the index of
# the timeline. So the time of a suggestion doesn't grow with the number of events.
READ, PAST, AHEAD = 1_000, timedelta(days=365), timedelta(days=31)
_STATEMENT = """
SELECT lower(one ->> 'email') AS email, max(coalesce(one ->> 'name', '')) AS name, count(*) AS times
FROM (
    SELECT e.attendees FROM calendars_occurrence AS o JOIN calendars_event AS e ON e.id = o.event_id
    WHERE o.owner_id = %(owner)s AND e.owner_id = %(owner)s
      AND o.start_at >= %(after)s AND o.start_at < %(before)s
    ORDER BY o.start_at DESC LIMIT %(read)s
) AS near, jsonb_array_elements(near.attendees) AS one
WHERE one ->> 'email' LIKE '%%@%%' AND NOT coalesce((one ->> 'self')::boolean, false)
  AND NOT coalesce((one ->> 'resource')::boolean, false)
GROUP BY 1 ORDER BY times DESC, email LIMIT %(read)s
"""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`times` is how often one met."""

    email: str
    name: str
    times: int


def people_suggested(owner_id: int, text: str = "", *, most: int = MOST) -> list[Suggestion]:
    """Return people whose name or address begins with the text; or a word of the name does."""
    now = timezone.now()
    values: dict[str, Any] = {
        "owner": owner_id,
        "after": now - PAST,
        "before": now + AHEAD,
        "read": READ,
    }
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENT, values)
        known = [Suggestion(*row) for row in cursor.fetchall()]
    return [one for one in known if _begins(one, text.strip())][:most]


def _begins(one: Suggestion, text: str) -> bool:
    words, wanted = words_of(one.name), " ".join(words_of(text))
    return one.email.startswith(text.lower()) or any(
        " ".join(words[place:]).startswith(wanted) for place in range(len(words)) if wanted
    )
