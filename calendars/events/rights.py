"""What may be changed of an event, and why not more: the organizer's and the guests' rights.

A copy of another person's event in a calendar of Google's belongs to its organizer: what a guest
changes in it beyond their own part would not reach the others and be overwritten.
https://developers.google.com/workspace/calendar/api/concepts/sharing
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from django.utils.translation import gettext as _

from calendars.events.merging import EDITABLE
from calendars.events.people import Json
from calendars.models import Calendar, Connection
from calendars.models.event import GuestRights
from config.web.problems import DomainError, FieldFault, Kind

# A guest's own part of an event.
OWN = frozenset(("reminders", "colour_id", "transparency", "visibility"))
_ANSWER = ("response", "comment", "guests")
# Google makes them of something else: https://developers.google.com/workspace/calendar/api/guides/event-types
_MADE_BY_GOOGLE = ("birthday", "fromGmail")
_MEMBERS = {
    "start_at": "start",
    "end_at": "end",
    "zone_definition": "time_zone",
    "colour_id": "colour",
}


class Organized(Protocol):
    """An event or the row of one."""

    @property
    def organizer(self) -> dict[str, Any]: ...
    @property
    def attendees(self) -> list[Any]: ...
    @property
    def guest_rights(self) -> int: ...
    @property
    def event_type(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Rights:
    """`may_change` are columns; `reason` says why it isn't all of them, "" if it is.

    `may_invite`: people may be added to `attendees`, also where the rest of it can't be changed.
    `code` names the reason for programs.
    """

    may_change: frozenset[str]
    may_delete: bool = True
    may_answer: bool = False
    may_invite: bool = False
    is_guest: bool = False
    code: str = ""
    reason: str = ""

    @property
    def may_edit(self) -> bool:
        """Whether what everybody sees of the event can be changed."""
        return "summary" in self.may_change


def rights_of(event: Organized, calendar: Calendar) -> Rights:
    """`calendar` is the event's, with its connection."""
    if refusal := refusal_of(calendar):
        return Rights(frozenset(), may_delete=False, code=refusal.code, reason=refusal.message)
    if calendar.connection_id is None:
        return Rights(EDITABLE, may_invite=True)
    may_answer = any(one.get("self") for one in event.attendees)
    if event.event_type in _MADE_BY_GOOGLE:
        reason = _("Google made this event from something else. Change it there.")
        return Rights(OWN, may_answer=may_answer, code="made-by-google", reason=reason)
    if not is_guest(event) or event.guest_rights & GuestRights.MODIFY:
        return Rights(EDITABLE, may_answer=may_answer, may_invite=True, is_guest=is_guest(event))
    return Rights(
        OWN,
        may_answer=may_answer,
        may_invite=bool(event.guest_rights & GuestRights.INVITE),
        is_guest=True,
        code="not-the-organizer",
        reason=_(
            "Only %(organizer)s can change this event. You can answer, and set your reminders."
        )
        % {"organizer": _name(event.organizer)},
    )


def is_guest(event: Organized) -> bool:
    """Google marks the organizer whose calendar it is."""
    return bool(event.organizer) and not event.organizer.get("self")


def refusal_of(calendar: Calendar) -> DomainError | None:
    """Why nothing can be changed in a calendar."""
    account = calendar.connection
    names = {"calendar": calendar.name, "account": account.email if account else ""}
    if account is not None and account.status == Connection.Status.DISCONNECTED:
        message = _("%(account)s is disconnected: what was received stays as it was.") % names
        return DomainError(Kind.FORBIDDEN, "account-disconnected", message)
    if not calendar.read_only:
        return None
    message = (
        _("%(calendar)s is read-only. Choose another calendar.")
        if account is None
        else _("%(calendar)s is shared with %(account)s for reading only.")
    )
    return DomainError(Kind.FORBIDDEN, "calendar-read-only", message % names)


def check_change(event: Organized, calendar: Calendar, changes: Mapping[str, Any]) -> None:
    """Refuse what the person may not change. Values that stay as they are change nothing."""
    rights = rights_of(event, calendar)
    changed = [name for name in changes if changes[name] != getattr(event, name)]
    refused = [name for name in changed if name not in rights.may_change]
    if refused == ["attendees"] and _is_own_part(event.attendees, changes["attendees"], rights):
        return
    if refused:
        members = dict.fromkeys(_MEMBERS.get(name, name) for name in refused)
        faults = [FieldFault(name, rights.code, rights.reason) for name in members]
        raise DomainError(Kind.FORBIDDEN, rights.code, rights.reason, faults=faults)


def _is_own_part(former: list[Json], given: list[Json], rights: Rights) -> bool:
    """Whether guests differ by the owner's own answer, and by new ones if the owner may invite."""
    known = [_without_answer(one) for one in former]
    now = [_without_answer(one) for one in given]
    if now == known:
        return rights.may_answer
    added = [one for one in now if one not in known]
    kept = [one for one in now if one in known]
    return rights.may_invite and kept == known and not any(one.get("self") for one in added)


def _without_answer(person: Json) -> Json:
    if not person.get("self"):
        return person
    return {name: value for name, value in person.items() if name not in _ANSWER}


def _name(organizer: Json) -> str:
    return str(organizer.get("name") or organizer.get("email") or _("the organizer"))
