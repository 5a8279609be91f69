"""The list of where a person is signed in, in words that a person knows a device by."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.utils import timezone
from ua_parser import parse

from accounts.models import Session, User


@dataclass(frozen=True, slots=True)
class Device:
    """A live session as its owner sees it."""

    session: Session
    name: str
    is_current: bool


def list_devices(*, user: User, current_id: UUID | None) -> list[Device]:
    """The current one first, then those in use lately."""
    sessions: Iterable[Session] = Session.objects.filter(user=user).listed(timezone.now())
    devices = [Device(each, name_of(each), each.pk == current_id) for each in sessions]
    return sorted(devices, key=lambda device: not device.is_current)


def name_of(session: Session) -> str:
    """What the person called it, else what the browser says of itself."""
    told = session.device_label or program_of(session.user_agent)
    return told or ("A browser" if session.is_browser else session.client_id)


def program_of(user_agent: str) -> str:
    """Firefox on Linux, as it might be; empty where the header says nothing of use."""
    told = parse(user_agent)
    return " on ".join(part.family for part in (told.user_agent, told.os) if part)
