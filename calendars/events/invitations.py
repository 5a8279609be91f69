"""Answering an invitation, in a calendar of Google's, which tells the organizer."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from calendars.events.editing import lock_version
from calendars.events.given import Faults, choice_of, text_of
from calendars.events.history import Author
from calendars.events.people import Json
from calendars.events.rights import Rights, rights_of
from calendars.events.scopes import Edited, Scope, change_in_scope, shown_instance
from calendars.models import PendingChange
from calendars.rfc5545.people import NO_RESPONSE, PARTSTAT, normal_comment
from config.web.problems import DomainError, Kind

__all__ = ["LONGEST_COMMENT", "RESPONSES", "Rights", "answer_invitation", "rights_of"]
RESPONSES = tuple(name for name in PARTSTAT if name != NO_RESPONSE)
LONGEST_COMMENT = 1000


@transaction.atomic
def answer_invitation(
    *,
    owner_id: int,
    event_id: UUID,
    response: str,
    author: Author,
    comment: str | None = None,
    notify: str = PendingChange.Notify.ALL,
    scope: Scope | None = None,
    original_start_at: datetime | None = None,
    base: int | None = None,
) -> Edited:
    """Give the owner's answer; without a `comment` that of an earlier one stays. The organizer
    hears of it by `notify`. Without a `base`, it's given to the event as it stands. Raises
    DomainError."""
    faults = Faults()
    answer: Json = {"response": choice_of(response, "response", RESPONSES, faults)}
    if comment is not None:
        text = text_of(comment, "comment", LONGEST_COMMENT, faults, lines=True)
        answer["comment"] = normal_comment(text)
    faults.raise_if_any()
    version = base or lock_version(owner_id=owner_id, event_id=event_id)
    shown = shown_instance(
        owner_id=owner_id, event_id=event_id, original_start_at=original_start_at
    )
    return change_in_scope(
        owner_id=owner_id,
        event_id=event_id,
        base=version,
        changes={"attendees": _answered(shown.attendees if shown else [], answer)},
        scope=scope,
        original_start_at=original_start_at,
        author=author,
        notify=notify,
    )


def _answered(attendees: list[Json], answer: Json) -> list[Json]:
    """Only Google marks the row of the calendar's owner, and only Google tells the organizer."""
    if not any(one.get("self") for one in attendees):
        message = _("You aren't among the guests of this event, or it isn't in a Google calendar.")
        raise DomainError(Kind.CONFLICT, "not-invited", message)
    given = {name: value for name, value in answer.items() if value}
    dropped = answer.keys() - given.keys()
    return [
        {name: value for name, value in (one | given).items() if name not in dropped}
        if one.get("self")
        else one
        for one in attendees
    ]
