"""What can be done with a profile: read it, change some of it, replace all of it."""

from __future__ import annotations

import zoneinfo
from collections.abc import Collection, Mapping

import structlog
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from config.problems import DomainError, FieldFault, Kind
from profiles.constraints import column_of_constraint
from profiles.models import Profile
from profiles.rules import Value
from profiles.validators import FIELDS, MEMBERS, PATH_OF_COLUMN, column_of

log = structlog.get_logger(__name__)
UTC = zoneinfo.ZoneInfo("UTC")


def read_profile(*, owner: User) -> Profile:
    """The owner's profile, made empty when there is none yet. It becomes `owner.profile` too."""
    profile = Profile.objects.filter(owner=owner).first() or _create_profile(owner)
    profile.owner = owner
    return profile


def change_profile(
    *,
    owner: User,
    changes: Mapping[str, object],
    expected_versions: Collection[int] | None = None,
) -> Profile:
    """Sets the fields that `changes` names by dotted path; None and "" clear.

    `expected_versions` are those that the caller may overwrite (If-Match); None: any.
    Raises DomainError INVALID with a fault for each refused value, or PRECONDITION; then nothing
    is written. A change that changes nothing leaves the version as it is.
    """
    values = _normalise(changes)
    try:
        with transaction.atomic():
            profile = _lock_profile(owner)
            if expected_versions is not None and profile.version not in expected_versions:
                raise _changed_meanwhile()
            _write(profile, values)
    except IntegrityError as error:
        raise _refusal_by_database(error) from error
    profile.owner = owner
    return profile


def replace_profile(
    *,
    owner: User,
    values: Mapping[str, object],
    expected_versions: Collection[int] | None = None,
) -> Profile:
    """As `change_profile`, but what `values` leaves out is cleared."""
    everything = {**dict.fromkeys(FIELDS), **values}
    return change_profile(owner=owner, changes=everything, expected_versions=expected_versions)


def completeness_percent(profile: Profile) -> int:
    """How much of the profile is filled in, 0 to 100; each of its members counts alike."""
    filled = sum(any(profile.value(path) for path in paths) for paths in MEMBERS.values())
    return round(100 * filled / len(MEMBERS))


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


def _create_profile(owner: User) -> Profile:
    """Two first requests may meet here: one inserts, both read the same row."""
    Profile.objects.bulk_create([Profile(owner=owner)], ignore_conflicts=True)
    return Profile.objects.get(owner=owner)


def _lock_profile(owner: User) -> Profile:
    locked = Profile.objects.select_for_update()
    profile = locked.filter(owner=owner).first()
    if profile is None:
        _create_profile(owner)
        profile = locked.get(owner=owner)
    return profile


def _normalise(changes: Mapping[str, object]) -> dict[str, Value]:
    values: dict[str, Value] = {}
    faults: list[FieldFault] = []
    for path, given in changes.items():
        try:
            values[path] = _clean(path, given)
        except ValidationError as error:
            faults.append(FieldFault(path, error.code or "invalid", error.messages[0]))
    if faults:
        raise _invalid(faults)
    return values


def _clean(path: str, given: object) -> Value:
    rule = FIELDS.get(path)
    if rule is None:
        raise ValidationError("A profile has no such field.", code="unknown_field")
    return rule.clean(given)


def _write(profile: Profile, values: Mapping[str, Value]) -> None:
    changed = [path for path, value in values.items() if profile.value(path) != value]
    if not changed:
        return
    for path in changed:
        setattr(profile, column_of(path), values[path])
    profile.version += 1
    profile.updated_at = timezone.now()
    profile.save(update_fields=[*map(column_of, changed), "version", "updated_at"])


def _invalid(faults: list[FieldFault]) -> DomainError:
    fields = ", ".join(fault.field for fault in faults)
    return DomainError(Kind.INVALID, "invalid", f"Check these fields: {fields}.", faults=faults)


def _changed_meanwhile() -> DomainError:
    return DomainError(
        Kind.PRECONDITION,
        "precondition-failed",
        "This profile was changed since you read it. Read it again, then repeat your change.",
    )


def _refusal_by_database(error: IntegrityError) -> Exception:
    """A CHECK knows its field. It can be stricter than we are when its tables are newer than ours:
    PostgreSQL brings its own Unicode and tz data."""
    constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
    path = PATH_OF_COLUMN.get(column_of_constraint(constraint) or "")
    if path is None:
        return error
    return _invalid([FieldFault(path, "invalid", "The database does not accept this value.")])
