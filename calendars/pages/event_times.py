"""What a drag needs of an event: its times by the reader's clock, its version, why it stays.

Chips don't have it, because a month has hundreds of them: it's requested when one is pressed.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, JsonResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.clients import PersonRequest
from calendars.timeline.event_card import EventCard, event_card
from calendars.timeline.instances import parse_at
from calendars.timeline.occurrences import TimelineEntry
from config.web.problems import DomainError


@never_cache
@login_required
@require_safe
def event_times(request: PersonRequest, event_id: UUID) -> JsonResponse:
    """`?at=` names one instance of a series by its original start."""
    given = request.GET.get("at", "")
    try:
        at = parse_at(given) if given else None
        card = event_card(owner=request.user, event_id=event_id, at=at, now=timezone.now())
    except (DomainError, ValueError) as error:
        raise Http404(str(error)) from error
    (start, end), rights = times_of(card.shown.entry), card.rights
    return JsonResponse(
        {
            "base": card.event.change_set,
            "start": start,
            "end": end,
            "allDay": card.event.all_day,
            "why": "" if "start_at" in rights.may_change else rights.reason,
            "whyKept": "" if rights.may_delete else rights.reason,
            "question": _question(card),
        }
    )


def _question(card: EventCard) -> str:
    """Return what is asked before the event is changed: which dates of a series, and whether Google
    mails the guests."""
    # Not by its words: a series of one date has none.
    repeats = bool(card.event.recurrence or card.event.recurring_event_id)
    others = any(not one.get("self") for one in card.event.attendees)
    has_guests = others and card.calendar.connection_id is not None
    if not repeats and not has_guests:
        return ""
    context = {"repeats": repeats, "has_guests": has_guests, "title": card.title}
    return render_to_string("events/_scopes.html", context)


def times_of(entry: TimelineEntry) -> tuple[str, str]:
    """Return start and end as the forms take them: dates, or times by the reader's clock."""
    if entry.all_day:
        return f"{entry.start_at:%Y-%m-%d}", f"{entry.end_at:%Y-%m-%d}"
    return _clock_time(entry.start_at), _clock_time(entry.end_at)


def _clock_time(at: datetime) -> str:
    """Return the time; of the second of two equal hours with its offset."""
    return at.isoformat(timespec="minutes") if at.fold else f"{at:%Y-%m-%dT%H:%M}"
