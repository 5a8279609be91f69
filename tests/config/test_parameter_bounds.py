"""No value of any parameter, in a path, a query or a body, causes a server error.

The operations and their parameters are read from the OpenAPI description, so that new ones are
tested, too.
"""

from __future__ import annotations

import base64
import json
from datetime import date
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from accounts.models import User
from calendars.models import Calendar
from profiles.services import change_profile
from tests.calendars.rows import make_calendar, make_connection, make_hour
from tests.config.test_openapi import operations
from tests.factories import bearer, make_session

Json = dict[str, Any]


def get_schema() -> Json:
    generator: Any = SchemaGenerator
    described: Json = generator().get_schema(request=None, public=True)
    return described


SCHEMA: Json = get_schema()
OPERATIONS = operations(SCHEMA)

EDGES = [
    *("", " ", "\x00", "\ud800", "\uffff", "%", "%00", "'", '"', "\\", "../..", "null", "[]", "{}"),
    *("-1", "0", "1e999", "NaN", "9" * 25, str(2**31), str(2**63), "٣", "x" * 5000, "💣" * 200),
    *("0001-01-01", "0001-01-02", "0001-01-01T00:00:00+14:00", "9999-12-30", "9999-12-31"),
    *("9999-12-31T23:59:59-12:00", "10000-01-01", "-0001-01-01", "2026-02-30", "2026-W01-1"),
    *("2026-01-01", "2026-01-01T24:00:00Z", "2026-01-01T00:00:60Z", "2026-01-01T00:00:00+99:99"),
    *("0002-01-01", "0002-01-02", "9997-12-01", "9997-12-31"),
    *("00000000-0000-0000-0000-000000000000", "true", "alice@example.org", "Europe/Berlin"),
]


def cursors() -> st.SearchStrategy[str]:
    """Cursors in the two formats of our lists, with any contents."""
    scalar = st.none() | st.integers() | st.sampled_from(EDGES) | st.text(max_size=8)
    places = st.lists(scalar, max_size=5).map(json.dumps)
    tokens = st.fixed_dictionaries({}, optional={name: st.sampled_from(EDGES) for name in "por"})
    queries = tokens.map(lambda parts: urlencode(parts, errors="replace"))
    return st.one_of(places, queries).map(
        lambda text: base64.urlsafe_b64encode(text.encode("utf-8", "replace")).decode()
    )


TEXTS = st.sampled_from(EDGES) | st.text(max_size=30) | cursors()
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)


def names_of(operation: Json, place: str) -> list[str]:
    return [each["name"] for each in operation.get("parameters", ()) if each["in"] == place]


def members_of(operation: Json) -> list[str]:
    """Return a strategy for the members of an operation's JSON body."""
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if body is None:
        return []
    name = body["schema"]["$ref"].rpartition("/")[2]
    return list(SCHEMA["components"]["schemas"][name]["properties"])


def requests_of(key: str) -> st.SearchStrategy[tuple[str, Json, Any]]:
    """Return a strategy for path, query and body."""
    operation = OPERATIONS[key]
    some = dict.fromkeys(names_of(operation, "query"), TEXTS)
    queries = st.fixed_dictionaries({}, optional=some)
    members = dict.fromkeys(members_of(operation), VALUES)
    bodies = st.fixed_dictionaries({}, optional=members) | VALUES
    parts = st.fixed_dictionaries(dict.fromkeys(names_of(operation, "path"), TEXTS))
    template = key.split()[1]
    paths = parts.map(lambda given: filled(template, given))
    return st.tuples(paths, queries, bodies if members else st.none())


def filled(template: str, parts: dict[str, str]) -> str:
    for name, text in parts.items():
        template = template.replace(f"{{{name}}}", quote(text, safe="", errors="replace"))
    return template


@pytest.fixture
def phone(alice: User) -> Client:
    """Return a client of a user with data, who stays signed in."""
    change_profile(owner=alice, changes={"first_name": "Ada", "timezone": "Asia/Tokyo"})
    calendar: Calendar = make_calendar(make_connection(alice), "Work", "#4a6fa5")
    for day in ("2026-01-01", "0002-01-01", "9997-12-31"):
        event = make_hour(calendar, "Stand-up", date.fromisoformat(day), 9)
        type(event).objects.filter(pk=event.pk).update(recurrence=["RRULE:FREQ=DAILY"])
    return Client(headers=bearer(make_session(alice)), raise_request_exception=False)


def ask(phone: Client, method: str, path: str, query: Json, body: Any) -> None:
    text = json.dumps(body) if body is not None else ""
    answer = phone.generic(
        method.upper(),
        f"{path}?{urlencode(query, errors='replace')}" if query else path,
        text,
        content_type="application/json" if body is not None else "",
    )
    assert answer.status_code < 500 or answer.json()["code"] == "client-misconfigured", (
        method,
        path,
        query,
        body,
        answer.content,
    )


@pytest.mark.parametrize("key", OPERATIONS)
def test_no_value_is_a_fault_of_ours(key: str, phone: Client) -> None:
    @settings(
        max_examples=15,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(requests_of(key))
    def try_one(request: tuple[str, Json, Any]) -> None:
        ask(phone, key.split()[0], *request)

    try_one()


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("0001-01-01", "0001-01-02"),
        ("9999-12-30", "9999-12-31"),
        ("9998-12-31", "9999-01-01"),
        ("0001-12-31", "0002-01-01"),
        ("0002-01-01", "0003-01-01"),
        ("9996-12-31", "9997-12-31"),
        ("0001-01-01T00:00:00+14:00", "0001-01-02T00:00:00-14:00"),
        ("9999-12-31T23:00:00-12:00", "9999-12-31T23:59:59.999999-12:00"),
    ],
)
def test_the_ends_of_time(phone: Client, alice: User, zone: str, start: str, end: str) -> None:
    change_profile(owner=alice, changes={"timezone": zone})
    answer = phone.get("/api/v1/occurrences", {"start": start, "end": end})

    if answer.status_code == 422:
        assert {one["code"] for one in answer.json()["errors"]} == {"out-of-range"}
    else:
        assert answer.status_code == 200
        assert answer.json()["results"]


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/settings/profile/check/%00/",
            "/accounts/confirm-email/%00/",
            "/api/v1/profile/avatar/%00/512.webp",
        ),
        *("/accounts/password/reset/key/1-%00/", "/calendar/month/%00/", "/feeds/%00", "/%00"),
        "/api/v1/connections/00000000-0000-0000-0000-000000000000%00",
    ],
)
def test_there_is_nothing_at_an_address_with_a_nul(alice: User, client: Client, path: str) -> None:
    client.force_login(alice)
    client.raise_request_exception = False
    assert client.get(path).status_code == 404


PAGES = [
    "/",
    "/calendar/",
    "/settings/calendars/",
    "/settings/profile/",
    "/settings/security/log/",
    "/settings/profile/history/",
]


@pytest.mark.parametrize("path", PAGES)
@example(name="cursor", text="\x00")
@settings(
    max_examples=10,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
@given(name=st.sampled_from(["cursor", "next", "q", "page", "state", "version"]), text=TEXTS)
def test_no_query_of_a_page_is_a_fault_of_ours(
    path: str, alice: User, client: Client, name: str, text: str
) -> None:
    client.force_login(alice)
    client.raise_request_exception = False
    answer = client.get(f"{path}?{urlencode({name: text}, errors='replace')}", follow=True)
    assert answer.status_code < 500
