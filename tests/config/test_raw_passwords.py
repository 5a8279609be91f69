"""A raw password in a URL is read unchanged or refused, and never shown.

With 20,000 URLs for each property: `pytest --hypothesis-profile=thorough --timeout=1800
tests/config/test_raw_passwords.py`.
"""

from __future__ import annotations

import contextlib
import string
import traceback
from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.database import InvalidDatabaseURL, parse_database_url

RAW = [
    "a@b:c", "@", "p@@", "a/b", "/", "1/2/3", "a?b", "1?a=b", "a#b", "#1", "a:b:c", "[a]", "a b",
    "$100%pur", "50%", "%", "a@b/c#d:e%f g?h", "user@host", "ä@ö", "a,b@c,d", "&=+;'!", "x//y@z",
    "p@one,two:1", '"quoted"', "\\",
]  # fmt: skip


@pytest.mark.parametrize("password", RAW)
@pytest.mark.parametrize(
    "place", ["db:6432/daybook", "[::1]/daybook?sslmode=require", "one:1,two:2/daybook"]
)
def test_a_raw_password_comes_out_unchanged(password: str, place: str) -> None:
    found = parse_database_url(f"postgresql://alice:{password}@{place}")
    assert (found.user, found.password, found.name) == ("alice", password, "daybook")


AMBIGUOUS = {
    "digits that could be a port": "postgresql://alice:12/Zq7x@db",
    "parameters that libpq has": "postgresql://alice:1?user=Zq7x@db",
    "a place of its own": "postgresql://alice:Zq7x@db/daybook?application_name=me@home",
    "a name with @": "postgresql://alice:Zq7x@db/day@book",
    "a name with @ and no user": "postgresql://alice:/Zq7x@db::",
    "codes and what ends a password": "postgresql://alice:Zq7x%40@b@db/daybook",
    "codes and a bare %": "postgresql://alice:Zq7x%40%@db/daybook",
    "a password among the parameters": "postgresql://db:5432/daybook?password=Zq7x@home",
}


@pytest.mark.parametrize("url", AMBIGUOUS.values(), ids=AMBIGUOUS)
def test_what_can_be_read_in_two_ways_is_refused(url: str) -> None:
    with pytest.raises(InvalidDatabaseURL, match="in two ways: percent-encode") as refused:
        parse_database_url(url)
    assert "Zq7x" not in "".join(traceback.format_exception(refused.value))


def test_encoding_is_undone_once() -> None:
    found = parse_database_url("postgresql://alice:%2540@db/daybook")
    assert found.password == "%40"


CANARY = "Zq7x7Qz"
PARTS = {"user", "password", "hosts", "ports", "name", "parameters"}
schemes = st.sampled_from(
    ["postgresql://", "postgres://", "postgresql+asyncpg://", "POSTGRESQL+psycopg2://"]
)
anything = st.text(st.sampled_from(string.punctuation + string.digits + "aé \n\0%@/?#:[]"))
raw = st.tuples(anything, anything).map(lambda ends: f"{ends[0]}{CANARY}{ends[1]}")
places = st.sampled_from(
    ["db", "db:6432", "[::1]:5432", "one:1,two:2", "%2Fvar%2Frun", "", ":5432", "a b", "db:port"]
)
tails = st.one_of(
    st.sampled_from(
        ["", "/", "/daybook", "/daybook?sslmode=require", "/daybook?ssl=true&pool=1", "?host=/run"]
    ),
    st.text("/?&=#%abc:,", max_size=12),
)


@given(schemes, raw, places, tails)
def test_a_raw_password_is_kept_whole_or_refused_unseen(
    scheme: str, password: str, place: str, tail: str
) -> None:
    try:
        found = parse_database_url(f"{scheme}alice:{password}@{place}{tail}")
    except InvalidDatabaseURL as error:
        reported = "".join(traceback.format_exception(error)) + repr(error)
        assert CANARY not in reported
        return
    assert CANARY in found.password
    assert CANARY not in f"{found} {found!r} {found.user} {found.hosts} {found.ports} {found.name}"


HOSTS = {"db": ("db",), "db:6432": ("db",), "[::1]:5432": ("::1",), "one:1,two:2": ("one", "two")}


@given(schemes, raw, st.sampled_from(list(HOSTS)))
def test_no_raw_password_goes_to_another_host(scheme: str, password: str, place: str) -> None:
    """The whole password goes to the intended host, or the URL is refused."""
    try:
        found = parse_database_url(f"{scheme}alice:{password}@{place}/daybook?sslmode=require")
    except InvalidDatabaseURL:
        return
    assert (found.hosts, found.name) == (HOSTS[place], "daybook")
    assert found.password in (password, unquote(password))


@given(schemes, raw, places)
def test_an_encoded_password_is_kept_whole(scheme: str, password: str, place: str) -> None:
    url = f"{scheme}alice:{quote(password, safe='')}@{place}/daybook"
    try:
        assert parse_database_url(url).password == password
    except InvalidDatabaseURL:
        assert "\0" in password or place in ("a b", "db:port")


@given(st.text(max_size=40))
def test_junk_is_refused_or_read(text: str) -> None:
    """No other error is ever raised."""
    for url in (text, f"postgresql://{text}", f"postgresql://a:{text}@db/{text}?{text}"):
        with contextlib.suppress(InvalidDatabaseURL):
            assert vars(parse_database_url(url)).keys() == PARTS
