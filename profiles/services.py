"""Services of the profile: read, change or replace it, and choose its time zone."""

from __future__ import annotations

import zoneinfo
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import structlog
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.page_versions import announce_change
from config.web.problems import DomainError, FieldFault, Kind
from profiles.fields.constraints import column_of_constraint
from profiles.fields.locale import canonical_zone, current_name
from profiles.fields.rules import Value, Values
from profiles.fields.validation import validate
from profiles.fields.validators import COUNTED, PATH_OF_COLUMN, column_of
from profiles.history import Author, record_changes
from profiles.models import Door, Profile, ProfileChange
from profiles.preferences import forget_reader, reader_of

log = structlog.get_logger(__name__)
FIELD = "time_zone"  # the hidden field of the sign-up and sign-in forms, filled in by a script

# Browsers that hide their location report UTC, and UTC is the default anyway.
_NO_CHOICE = ("UTC", "Etc/UTC", "GMT", "Etc/GMT")


class StaleVersion(DomainError):
    """The caller's version of the profile is out of date; `profile` is the current one."""

    def __init__(self, profile: Profile) -> None:
        super().__init__(
            Kind.PRECONDITION,
            "precondition-failed",
            _("This profile changed since you read it. Read it again, then repeat your change."),
        )
        self.profile = profile


@contextmanager
def open_for_writing(
    owner: User, expected_versions: Collection[int] | None = None
) -> Iterator[Profile]:
    """Lock the owner's profile for the block, which is one transaction.

    Raises StaleVersion if its version isn't in `expected_versions` (None allows any), and
    DomainError INVALID or CONFLICT if the block violates a constraint.
    """
    try:
        with transaction.atomic():
            profile = _lock_profile(owner)
            if expected_versions is not None and profile.version not in expected_versions:
                raise StaleVersion(profile)
            yield profile
    except IntegrityError as error:
        raise _refusal_by_database(error) from error


def write_changes(profile: Profile, values: Mapping[str, Value], author: Author) -> None:
    """Write the values that differ from the stored ones, by dotted path; does nothing if none
    do."""
    before = {path: profile.value(path) for path in values if profile.value(path) != values[path]}
    if not before:
        return
    for path in before:
        setattr(profile, column_of(path), values[path])
    _save(profile, map(column_of, before))
    forget_reader(profile.owner)
    announce_change(profile.owner_id)  # an administrator may be the author
    record_changes(profile=profile, before=before, after=values, author=author)


def create_profile(owner: User) -> Profile:
    """Create an empty profile. Of two concurrent first requests one inserts; both read the row."""
    Profile.objects.bulk_create([Profile(owner=owner)], ignore_conflicts=True)
    return Profile.objects.get(owner=owner)


def invalid_values(faults: Sequence[FieldFault]) -> DomainError:
    fields = ", ".join(fault.field for fault in faults)
    return DomainError(
        Kind.INVALID,
        "invalid",
        _("Check these fields: %(fields)s.") % {"fields": fields},
        faults=faults,
    )


def _save(profile: Profile, columns: Iterable[str]) -> None:
    profile.version += 1
    profile.updated_at = timezone.now()
    profile.save(update_fields=[*columns, "version", "updated_at"])


def _lock_profile(owner: User) -> Profile:
    locked = Profile.objects.select_for_update()
    profile = locked.filter(owner=owner).first()
    if profile is None:
        create_profile(owner)
        profile = locked.get(owner=owner)
    profile.owner = owner
    return profile


def _refusal_by_database(error: IntegrityError) -> DomainError:
    """Return the error for a violated constraint. A CHECK belongs to a field; it can be stricter
    than the rule, because PostgreSQL has its own Unicode and tz data. Any other constraint is a
    lost race."""
    constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
    path = PATH_OF_COLUMN.get(column_of_constraint(constraint) or "")
    if path is not None:
        return invalid_values([FieldFault(path, "invalid", _("The database rejected this value."))])
    log.warning("profile_write_conflict", constraint=constraint)
    return DomainError(
        Kind.CONFLICT,
        "conflict",
        _("Another change happened at the same time. Try again."),
        retryable=True,
    )


def read_profile(*, owner: User) -> Profile:
    """Return the owner's profile, creating it if needed. It's also cached as `owner.profile`."""
    profile = Profile.objects.filter(owner=owner).first() or create_profile(owner)
    profile.owner = owner
    return profile


def change_profile(
    *,
    owner: User,
    changes: Mapping[str, object],
    replaces: bool = False,
    expected_versions: Collection[int] | None = None,
    author: Author | None = None,
) -> Profile:
    """Set the fields in `changes` by dotted path; None and "" clear a field.

    `expected_versions` are the versions that may be overwritten (If-Match); None allows any.
    `author` defaults to the owner through the API. Every changed field is recorded in the history.
    With `replaces`, the fields missing from `changes` are cleared.
    Raises DomainError INVALID with a fault for each invalid value, StaleVersion, or CONFLICT; then
    nothing is written. The version stays the same if no value changes.
    """
    with open_for_writing(owner, expected_versions) as profile:
        values = valid_values(profile, changes, replaces=replaces)
        write_changes(profile, values, author or Author(owner, Door.API))
    return profile


def valid_values(
    profile: Profile, changes: Mapping[str, object], *, replaces: bool = False
) -> dict[str, Value]:
    """Return the values to write, in normal form. The profile is open for writing.

    Raises DomainError INVALID with a fault for each refused value.
    """
    validation = validate(changes, profile.values(), replaces=replaces)
    if validation.faults:
        raise invalid_values(validation.faults)
    return validation.values


def completeness_percent(profile: Profile) -> int:
    return filled_percent(profile.values())


def filled_percent(values: Values) -> int:
    """Return the percentage of members that are filled in."""
    filled = sum(any(values.get(path) for path in paths) for paths in COUNTED.values())
    return round(100 * filled / len(COUNTED))


def time_zone_of(user: User) -> zoneinfo.ZoneInfo:
    """Return the user's zone, UTC by default. Needs one query per user object."""
    return reader_of(user).zone


def adopt_zone(*, owner: User, name: str, door: Door) -> str:
    """Set the zone of a user who never chose one. Returns its name, or "" if nothing was set.

    An invalid name is ignored: it comes from a script.
    """
    zone = _usable_zone(name)
    if not zone or has_chosen_zone(owner):
        return ""
    try:
        with open_for_writing(owner) as profile:
            if profile.timezone:  # chosen just now
                return ""
            write_changes(profile, {"timezone": zone}, Author(None, door))
    except DomainError as error:
        log.warning("time_zone_not_adopted", time_zone=zone, code=error.code)
        return ""
    return zone


def has_chosen_zone(owner: User) -> bool:
    """Whether the user has chosen a zone; clearing the field counts as a choice."""
    if Profile.objects.filter(owner=owner).exclude(timezone="").exists():
        return True
    return ProfileChange.objects.filter(owner=owner, field="timezone").exists()


def _usable_zone(name: str) -> str:
    try:
        zone = current_name(canonical_zone(name, {}))
    except ValidationError:
        return ""
    return "" if zone in _NO_CHOICE else zone
