"""What can be done with a profile: read it, change some of it, replace all of it."""

from __future__ import annotations

import zoneinfo
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import structlog
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from config.web.problems import DomainError, FieldFault, Kind
from profiles.fields.constraints import column_of_constraint
from profiles.fields.locale import canonical_zone, current_name
from profiles.fields.rules import Value, Values
from profiles.fields.validation import judge
from profiles.fields.validators import COUNTED, PATH_OF_COLUMN, column_of
from profiles.history import Author, record_changes
from profiles.models import Door, Profile, ProfileChange

log = structlog.get_logger(__name__)
UTC = zoneinfo.ZoneInfo("UTC")
FIELD = "time_zone"  # of the forms by which a person signs up and in; a script fills it in

# Browsers that hide where they are say so, and everybody is shown UTC until told otherwise.
_NO_CHOICE = ("UTC", "Etc/UTC", "GMT", "Etc/GMT")


class ChangedMeanwhile(DomainError):
    """The caller wrote upon a version that is past; `profile` is what is stored now."""

    def __init__(self, profile: Profile) -> None:
        super().__init__(
            Kind.PRECONDITION,
            "precondition-failed",
            "This profile was changed since you read it. Look at it, then repeat your change.",
        )
        self.profile = profile


@contextmanager
def open_for_writing(
    owner: User, expected_versions: Collection[int] | None = None
) -> Iterator[Profile]:
    """The owner's profile, locked until the block ends, which is all written or not at all.

    Raises ChangedMeanwhile when its version is not among `expected_versions` (None: any will do),
    and DomainError INVALID or CONFLICT for a constraint that the block breaks.
    """
    try:
        with transaction.atomic():
            profile = _lock_profile(owner)
            if expected_versions is not None and profile.version not in expected_versions:
                raise ChangedMeanwhile(profile)
            yield profile
    except IntegrityError as error:
        raise _refusal_by_database(error) from error


def write_changes(profile: Profile, values: Mapping[str, Value], author: Author) -> None:
    """Writes what differs from the stored values, by dotted path; nothing does: nothing is."""
    before = {path: profile.value(path) for path in values if profile.value(path) != values[path]}
    if not before:
        return
    for path in before:
        setattr(profile, column_of(path), values[path])
    _save(profile, map(column_of, before))
    record_changes(profile=profile, before=before, after=values, author=author)


def create_profile(owner: User) -> Profile:
    """Two first requests may meet here: one inserts, both read the same row."""
    Profile.objects.bulk_create([Profile(owner=owner)], ignore_conflicts=True)
    return Profile.objects.get(owner=owner)


def invalid_values(faults: Sequence[FieldFault]) -> DomainError:
    fields = ", ".join(fault.field for fault in faults)
    return DomainError(Kind.INVALID, "invalid", f"Check these fields: {fields}.", faults=faults)


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
    """A CHECK knows its field. It can be stricter than we are when its tables are newer than ours:
    PostgreSQL brings its own Unicode and tz data. Any other constraint lost a race."""
    constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
    path = PATH_OF_COLUMN.get(column_of_constraint(constraint) or "")
    if path is not None:
        return invalid_values(
            [FieldFault(path, "invalid", "The database does not accept this value.")]
        )
    log.warning("profile_write_conflict", constraint=constraint)
    return DomainError(
        Kind.CONFLICT,
        "conflict",
        "Something else changed at the same moment. Try again.",
        retryable=True,
    )


def read_profile(*, owner: User) -> Profile:
    """The owner's profile, made empty when there is none yet. It becomes `owner.profile` too."""
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
    """Sets the fields that `changes` names by dotted path; None and "" clear.

    `expected_versions` are those that the caller may overwrite (If-Match); None: any. Without an
    `author` the owner writes, through the API. Each field that changes is in the history.
    With `replaces`, the fields that `changes` leaves out are cleared too.
    Raises DomainError INVALID with a fault for each refused value, ChangedMeanwhile, or CONFLICT;
    then nothing is written. A change that changes nothing leaves the version as it is.
    """
    with open_for_writing(owner, expected_versions) as profile:
        values = valid_values(profile, changes, replaces=replaces)
        write_changes(profile, values, author or Author(owner, Door.API))
    return profile


def valid_values(
    profile: Profile, changes: Mapping[str, object], *, replaces: bool = False
) -> dict[str, Value]:
    """Return in normal form what is to be written. The profile is open for writing.

    Raises DomainError INVALID with a fault for each refused value.
    """
    judgement = judge(changes, profile.values(), replaces=replaces)
    if judgement.faults:
        raise invalid_values(judgement.faults)
    return judgement.values


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


def adopt_zone(*, owner: User, name: str, door: Door) -> str:
    """Takes the zone for a person who never chose one. Returns its name, "" if none is taken.

    A name that is not valid is ignored: nobody typed it.
    """
    zone = _known(name)
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
