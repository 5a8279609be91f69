"""The time zone of a person who never chose one: the browser's, else the primary calendar's."""

from __future__ import annotations

import structlog
from django.core.exceptions import ValidationError

from accounts.models import User
from config.problems import DomainError
from profiles.history import Author
from profiles.models import Door, Profile, ProfileChange
from profiles.services import change_profile
from profiles.zones import canonical_zone, current_name

FIELD = "time_zone"  # of the forms by which a person signs up and in; a script fills it in
# Browsers that hide where they are say so, and everybody is shown UTC until told otherwise.
_NO_CHOICE = ("UTC", "Etc/UTC", "GMT", "Etc/GMT")
log = structlog.get_logger(__name__)


def adopt_zone(*, owner: User, name: str, door: Door) -> str:
    """Takes the zone for a person who never chose one. Returns its name, "" if none is taken.

    A name that is not valid is ignored: nobody typed it.
    """
    zone = _known(name)
    if not zone or has_chosen_zone(owner):
        return ""
    try:
        change_profile(owner=owner, changes={"timezone": zone}, author=Author(None, door))
    except DomainError as error:
        log.warning("time_zone_not_adopted", time_zone=zone, code=error.code)
        return ""
    return zone


def has_chosen_zone(owner: User) -> bool:
    """A person who cleared the field has chosen too."""
    if Profile.objects.filter(owner=owner).exclude(timezone="").exists():
        return True
    return ProfileChange.objects.filter(owner=owner, field="timezone").exists()


def _known(name: str) -> str:
    try:
        zone = current_name(canonical_zone(name, {}))
    except ValidationError:
        return ""
    return "" if zone in _NO_CHOICE else zone
