"""Import of people from the old system, with their sign-in and their profile.

Each batch of people is one transaction, so every imported person is complete and an interrupted
import can simply be run again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, connection
from django.db.models import Q
from django.utils import timezone

from accounts.administrators import administrators_group
from accounts.models import User
from accounts.security_context import acting_as_system
from config.database.bulk import in_batches
from profiles.fields.rules import Value
from profiles.fields.validation import validate
from profiles.fields.validators import column_of
from profiles.history import Author, ChangeRow, changes_of, record_many
from profiles.models import Door, Profile
from profiles.people_file import OldPerson, Refusal, read_people

BATCH_PEOPLE = 250
# The key of an advisory lock that serialises imports; any otherwise unused number.
_LOCK = 0x70656F706C65
IMPORTER = Author(None, Door.IMPORT)
Refuse = Callable[[Refusal], None]


@dataclass(slots=True)
class ImportOutcome:
    imported: int = 0
    administrators: int = 0
    unchanged: int = 0
    refused_people: int = 0
    refused_values: int = 0


def import_people(*, lines: Iterable[bytes], refuse: Refuse) -> ImportOutcome:
    """Import the people who don't exist yet; existing accounts are left unchanged.

    A line has at most `people_file.MAX_LINE_BYTES` + 1 bytes. Each refused value or person is
    passed to `refuse` before it's counted.
    """
    outcome = ImportOutcome()

    def report(refusal: Refusal) -> None:
        if refusal.field:
            outcome.refused_values += 1
        else:
            outcome.refused_people += 1
        refuse(refusal)

    for batch in in_batches(read_people(lines, report), BATCH_PEOPLE):
        _import_batch(batch, outcome, report)
    return outcome


def _import_batch(people: list[OldPerson], outcome: ImportOutcome, report: Refuse) -> None:
    """Write a batch; if the database refuses it, write each person separately."""
    try:
        with acting_as_system(reason="to import people"):
            written = _write(people)
            for refusal in written.refusals:
                report(refusal)
    except IntegrityError:
        if len(people) == 1:
            message = "The database rejected this person. Import this line again on its own."
            report(Refusal(people[0].line, "", "refused_by_database", message))
            return
        for person in people:
            _import_batch([person], outcome, report)
    else:
        outcome.imported += written.imported
        outcome.administrators += written.administrators
        outcome.unchanged += written.unchanged


@dataclass(slots=True)
class _Written:
    imported: int = 0
    administrators: int = 0
    unchanged: int = 0
    refusals: list[Refusal] = field(default_factory=list)


def _write(people: list[OldPerson]) -> _Written:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    written = _Written()
    new = list(_without_known(people, written))
    users = User.objects.bulk_create(_user_of(person) for person in new)
    EmailAddress.objects.bulk_create(
        EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in users
    )
    _write_profiles(zip(users, new, strict=True), written)
    written.imported, written.administrators = len(new), _admit_administrators(users)
    return written


def _admit_administrators(users: list[User]) -> int:
    administrators = [user for user in users if user.is_staff]
    if administrators:
        administrators_group().user_set.add(*administrators)
    return len(administrators)


def _without_known(people: list[OldPerson], written: _Written) -> Iterator[OldPerson]:
    """Yield the new people. An existing person is skipped; another one with a used address is
    refused."""
    by_id, by_email = _known(people)
    for person in people:
        if person.legacy_id in by_id or by_email.get(person.email, ...) == person.legacy_id:
            written.unchanged += 1
        elif person.email in by_email:
            message = "Another account uses this email address."
            written.refusals.append(Refusal(person.line, "", "email_taken", message))
        else:
            by_email[person.email] = person.legacy_id
            if person.legacy_id is not None:
                by_id.add(person.legacy_id)
            yield person


def _known(people: list[OldPerson]) -> tuple[set[int | None], dict[str, int | None]]:
    """Return the legacy ids that exist, and the legacy id by email address."""
    ids = [person.legacy_id for person in people if person.legacy_id is not None]
    emails = [person.email for person in people]
    users = User.objects.filter(Q(legacy_id__in=ids) | Q(email__in=emails))
    found = list(users.values_list("legacy_id", "email"))
    others = EmailAddress.objects.filter(email__in=emails, verified=True)
    found += others.values_list("user__legacy_id", "email")
    return {legacy_id for legacy_id, _ in found} - {None}, {
        email: legacy_id for legacy_id, email in found
    }


def _user_of(person: OldPerson) -> User:
    return User(
        email=person.email,
        legacy_id=person.legacy_id,
        password=person.password or make_password(None),
        is_active=person.is_active,
        pending_since=timezone.now() if person.is_pending else None,
        # An import never creates a superuser.
        is_staff=person.is_administrator,
    )


def _write_profiles(people: Iterable[tuple[User, OldPerson]], written: _Written) -> None:
    profiles: list[Profile] = []
    changes: list[ChangeRow] = []
    for user, person in people:
        validation = validate(person.profile)
        faults = [Refusal(person.line, f.field, f.code, f.message) for f in validation.faults]
        written.refusals += [*person.refusals, *faults]
        values = {path: value for path, value in validation.values.items() if value}
        profile = Profile(owner=user, **{column_of(path): v for path, v in values.items()})
        before: dict[str, Value] = dict.fromkeys(values)
        changes += changes_of(profile=profile, before=before, after=values, author=IMPORTER)
        profiles.append(profile)
    Profile.objects.bulk_create(profiles)
    record_many(changes)
