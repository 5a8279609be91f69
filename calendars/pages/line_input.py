"""What a typed line says beside title, times and calendar, as the inputs of an event's form."""

from __future__ import annotations

from django.utils import timezone

from accounts.models import User
from calendars.events.given_times import Times
from calendars.events.values import columns_of
from calendars.pages.event_input import Input, guests_of, repeat_input
from calendars.timeline.typed_events import TypedEvent, read_typed
from config.web.problems import DomainError
from profiles.preferences import reader_of


def line_input(text: str, *, owner: User) -> Input:
    """Return place, people, category and repetition, as far as the line names them."""
    if not text.strip():
        return {}
    typed = read_typed(text, owner=owner, now=timezone.now())
    said = typed.understood
    people = [{"email": one.email, "name": one.name} for one in said.people]
    found: Input = {
        "location": said.place,
        "guests": guests_of(people),
        "category": said.category.id if said.category else "",
    }
    return {name: value for name, value in found.items() if value} | _repetition(typed, owner)


def _repetition(typed: TypedEvent, owner: User) -> Input:
    reader = reader_of(owner)
    if not typed.understood.recurrence or typed.start is None:
        return {}
    try:
        columns = columns_of(typed.members, zone=reader.zone)
    except DomainError:
        return {}
    times = Times(**{name: columns[name] for name in Times._fields})
    return repeat_input(times, reader=reader)
