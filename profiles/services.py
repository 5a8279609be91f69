"""What can be done with a profile: read it, change some of it, replace all of it."""

from __future__ import annotations

import zoneinfo
from collections.abc import Collection, Mapping

import structlog
from django.core.exceptions import ObjectDoesNotExist

from accounts.models import User
from profiles.history import Author
from profiles.judgement import judge
from profiles.models import Door, Profile
from profiles.rules import Values
from profiles.validators import COUNTED, FIELDS
from profiles.writing import create_profile, invalid_values, open_for_writing, write_changes

log = structlog.get_logger(__name__)
UTC = zoneinfo.ZoneInfo("UTC")


def read_profile(*, owner: User) -> Profile:
    """The owner's profile, made empty when there is none yet. It becomes `owner.profile` too."""
    profile = Profile.objects.filter(owner=owner).first() or create_profile(owner)
    profile.owner = owner
    return profile


def change_profile(
    *,
    owner: User,
    changes: Mapping[str, object],
    expected_versions: Collection[int] | None = None,
    author: Author | None = None,
) -> Profile:
    """Sets the fields that `changes` names by dotted path; None and "" clear.

    `expected_versions` are those that the caller may overwrite (If-Match); None: any. Without an
    `author` the owner writes, through the API. Each field that changes is in the history.
    Raises DomainError INVALID with a fault for each refused value, ChangedMeanwhile, or CONFLICT;
    then nothing is written. A change that changes nothing leaves the version as it is.
    """
    with open_for_writing(owner, expected_versions) as profile:
        judgement = judge(changes, profile.values())
        if judgement.faults:
            raise invalid_values(judgement.faults)
        write_changes(profile, judgement.values, author or Author(owner, Door.API))
    return profile


def replace_profile(
    *,
    owner: User,
    values: Mapping[str, object],
    expected_versions: Collection[int] | None = None,
    author: Author | None = None,
) -> Profile:
    """As `change_profile`, but what `values` leaves out is cleared."""
    return change_profile(
        owner=owner,
        changes={**dict.fromkeys(FIELDS), **values},
        expected_versions=expected_versions,
        author=author,
    )


def completeness_percent(profile: Profile) -> int:
    return filled_percent(profile.values())


def filled_percent(values: Values) -> int:
    """How much of a profile is filled in, 0 to 100; each of its members counts alike."""
    filled = sum(any(values.get(path) for path in paths) for paths in COUNTED.values())
    return round(100 * filled / len(COUNTED))


def time_zone_of(user: User) -> zoneinfo.ZoneInfo:
    """The person's zone, UTC when none is chosen. One query, none when `user.profile` is loaded."""
    try:
        name = user.profile.timezone
    except ObjectDoesNotExist:
        return UTC
    try:
        return zoneinfo.ZoneInfo(name) if name else UTC
    except zoneinfo.ZoneInfoNotFoundError:
        # Chosen on a machine whose tz database was newer than this one's.
        log.warning("time_zone_unknown_here", time_zone=name)
        return UTC
