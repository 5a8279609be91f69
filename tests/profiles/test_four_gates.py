"""Model, form, serializer and database agree on every value of the table."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, connection, transaction

from accounts.models import User
from config.web.problems import DomainError
from profiles.fields.rules import text_of
from profiles.fields.validators import FIELDS, column_of
from profiles.forms import ProfileForm
from profiles.models import Profile
from profiles.serializers import ProfileSerializer
from profiles.services import change_profile, read_profile
from profiles.time_page import PROFILE as TIME_AND_LANGUAGE
from tests.profiles.values import ALL, BAD, GOOD, Bad, Good


class Refusal(Exception):
    pass


def model_gate(profile: Profile, path: str, raw: str) -> str:
    setattr(profile, column_of(path), raw)
    others = {field.name for field in Profile._meta.get_fields()} - {column_of(path)}
    try:
        profile.full_clean(exclude=others, validate_constraints=False)
    except ValidationError as error:
        raise Refusal(error.error_dict[column_of(path)][0].code) from error
    finally:
        normal = text_of(profile.value(path))
        profile.refresh_from_db()
    return normal


def form_gate(profile: Profile, path: str, raw: str) -> str:
    """Write like the page: a fault is at its form field."""
    form = ProfileForm({"version": "1", column_of(path): raw}, profile=profile)
    assert form.is_valid()
    try:
        return written(profile, path, form.changes())
    except DomainError as error:
        form.add_refusal(error)
        raise Refusal(form.errors.as_data()[column_of(path)][0].code) from error


def serializer_gate(profile: Profile, path: str, raw: str) -> str:
    """Write like the API: a fault is at its dotted path."""
    name, _, part = path.partition(".")
    serializer = ProfileSerializer(data={name: {part: raw} if part else raw})
    assert serializer.is_valid()
    try:
        return written(profile, path, serializer.validated_data)
    except DomainError as error:
        codes = {fault.field: fault.code for fault in error.faults}
        raise Refusal(codes[path]) from error


def written(profile: Profile, path: str, changes: Mapping[str, object]) -> str:
    """Return what a write stores, and roll it back for the next gate."""
    with transaction.atomic():
        stored = change_profile(owner=profile.owner, changes=changes)
        transaction.set_rollback(True)
    return text_of(stored.value(path))


def database_gate(profile: Profile, path: str, raw: str) -> None:
    """Write directly to PostgreSQL, without the product's code."""
    column = connection.ops.quote_name(column_of(path))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE profiles_profile SET {column} = %s WHERE owner_id = %s", [raw, profile.pk]
        )


GATES = [model_gate, form_gate, serializer_gate]


def name_of(case: Good | Bad) -> str:
    return f"{case.path}-{case.raw[:24]!a}"


@pytest.fixture
def profile(alice: User, case: Good | Bad) -> Profile:
    """A profile with the surrounding values."""
    profile = read_profile(owner=alice)
    for path, value in case.around.items():
        setattr(profile, column_of(path), value)
    profile.save()
    return profile


def test_the_table_is_long_and_says_nothing_twice() -> None:
    said = {(case.path, case.raw, tuple(sorted(case.around.items()))) for case in ALL}
    assert len(said) == len(GOOD) + len(BAD) >= 300
    assert {case.path for case in GOOD} >= {path for path in FIELDS if "extension" not in path}


@pytest.mark.quick
@pytest.mark.parametrize("case", GOOD, ids=name_of)
def test_good_values_pass_every_gate_in_one_normal_form(case: Good, profile: Profile) -> None:
    assert [gate(profile, case.path, case.raw) for gate in GATES] == [case.normal] * 3
    database_gate(profile, case.path, case.normal)
    profile.refresh_from_db()
    assert text_of(profile.value(case.path)) == case.normal


@pytest.mark.parametrize("case", BAD, ids=name_of)
def test_bad_values_are_refused_at_every_gate_with_one_code(case: Bad, profile: Profile) -> None:
    for gate in GATES:
        with pytest.raises(Refusal, match=rf"\A{case.code}\Z"):
            gate(profile, case.path, case.raw)
    if case.beyond_check:
        database_gate(profile, case.path, case.raw)
    else:
        with pytest.raises((IntegrityError, DataError)):
            database_gate(profile, case.path, case.raw)


def test_the_database_refuses_text_that_is_not_in_normal_form(alice: User) -> None:
    profile = read_profile(owner=alice)
    for raw in (" Ada", "Ada ", "Rene\u0301"):
        with pytest.raises(IntegrityError, match="profile_first_name_valid"):
            database_gate(profile, "first_name", raw)


def test_every_field_has_its_column_its_input_and_its_check() -> None:
    columns = {column_of(path) for path in FIELDS}
    form = ProfileForm(profile=Profile())
    others = {"owner", "version", "updated_at", "avatar", "grandfathered"}
    assert columns == {f.name for f in Profile._meta.fields} - others
    assert columns == set(form.fields) - {"version"}
    shown = {field.name for part in form.sections() for field in part.fields}
    assert columns == shown | set(TIME_AND_LANGUAGE)  # these two have a page of their own
    names = {constraint.name for constraint in Profile._meta.constraints}
    assert names == {f"profile_{column}_valid" for column in columns}
