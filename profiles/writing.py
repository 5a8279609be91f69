"""The one way to a profile's row: locked, its version compared, written with its history."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import structlog
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from config.problems import DomainError, FieldFault, Kind
from profiles.constraints import column_of_constraint
from profiles.history import Author, record_changes
from profiles.models import Profile
from profiles.rules import Value
from profiles.validators import PATH_OF_COLUMN, column_of

log = structlog.get_logger(__name__)


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
