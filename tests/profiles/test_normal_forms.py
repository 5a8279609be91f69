"""Over the space of inputs: a normal form is its own, and PostgreSQL takes what a rule accepts."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from profiles.rules import Value
from profiles.services import read_profile
from profiles.validators import FIELDS, column_of
from profiles.zones import zone_names

# Code points that Python's Unicode does not know yet may compose in PostgreSQL's newer one.
KNOWN = st.characters(exclude_categories=["Cs", "Cn"])
AWKWARD = st.sampled_from(" \t\r\n\u00a0\u2028\u202e\u200b\u0301\u0130\u1d2c\u212a\uff0e\u3002İßǅ")
TEXT = st.text(KNOWN | AWKWARD, max_size=40)
LABEL = st.text(st.characters(categories=["L", "N", "Mn"]) | st.just("-"), min_size=1, max_size=8)
HOST = st.lists(LABEL, min_size=1, max_size=3).map(".".join)
SUBTAG = st.from_regex(r"[A-Za-z0-9]{1,8}", fullmatch=True)

INPUTS = {
    "first_name": TEXT,
    "bio": TEXT,
    "work_email": st.emails() | st.tuples(TEXT, HOST).map("@".join),
    "website": st.builds("{}://{}{}".format, st.sampled_from(["http", "HTTPS"]), HOST, TEXT),
    "timezone": st.sampled_from(zone_names()).map(str.swapcase) | TEXT,
    "language": st.lists(SUBTAG, min_size=1, max_size=5).map("_".join),
    "date_of_birth": st.dates().map(str) | TEXT,
    "preferred_contact_method": st.sampled_from(["SMS ", "Phone", "fax"]) | TEXT,
}
quietly = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def accepted(path: str, raw: object) -> Value:
    try:
        return FIELDS[path].clean(raw)
    except ValidationError:
        return None


@pytest.mark.parametrize("path", INPUTS)
@quietly
@given(data=st.data())
def test_normalising_twice_changes_nothing(path: str, data: st.DataObject) -> None:
    normal = accepted(path, data.draw(INPUTS[path]))
    assert FIELDS[path].clean(normal) == (normal or FIELDS[path].clean(None))


@pytest.mark.parametrize("path", INPUTS)
@quietly
@given(data=st.data())
def test_what_a_rule_accepts_the_database_accepts(
    path: str, data: st.DataObject, alice: User
) -> None:
    normal = accepted(path, data.draw(INPUTS[path])) or FIELDS[path].clean(None)
    profile = read_profile(owner=alice)
    column = connection.ops.quote_name(column_of(path))
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE profiles_profile SET {column} = %s WHERE owner_id = %s", [normal, alice.pk]
        )
    profile.refresh_from_db()
    assert profile.value(path) == normal


@pytest.mark.parametrize("path", [path for path in FIELDS if path not in INPUTS])
def test_a_field_without_inputs_of_its_own_has_the_rule_of_one_that_has(path: str) -> None:
    patterns = {getattr(FIELDS[known], "pattern", None) for known in INPUTS}
    assert getattr(FIELDS[path], "pattern", None) in patterns


@pytest.mark.django_db
def test_postgresql_knows_every_zone_that_may_be_chosen() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM unnest(%s::text[]) AS name WHERE NOT profile_time_zone_exists(name)",
            [list(zone_names())],
        )
        assert cursor.fetchall() == []
