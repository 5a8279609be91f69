"""Each form of DATABASE_URL that is in the field, and refusals that keep the password."""

from __future__ import annotations

import string
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from config.database import InvalidDatabaseURL, parse_database_url

TIMEOUT = {"connect_timeout": "5"}
ALICE = {"USER": "alice", "PASSWORD": "secret", "HOST": "db", "PORT": "6432", "NAME": "daybook"}
ENTRY = {
    "ENGINE": "django.db.backends.postgresql",
    "CONN_MAX_AGE": 60,
    "CONN_HEALTH_CHECKS": True,
}
VERIFIED = {"sslmode": "verify-full", "sslrootcert": "/ca.pem"}

Entry = dict[str, Any]
FORMS: dict[str, tuple[str, Entry, Entry]] = {
    "plain": ("postgresql://alice:secret@db:6432/daybook", {}, {}),
    "short scheme": ("postgres://alice:secret@db:6432/daybook", {}, {}),
    "scheme in capitals": ("PostgreSQL://alice:secret@db:6432/daybook", {}, {}),
    "white space around": ("  postgresql://alice:secret@db:6432/daybook\n", {}, {}),
    "psycopg2": (
        "postgresql+psycopg2://alice:secret@db:6432/daybook?sslmode=require",
        {},
        {"sslmode": "require"},
    ),
    "psycopg": (
        "postgresql+psycopg://alice:secret@db:6432/daybook?sslmode=verify-full&sslrootcert=/ca.pem",
        {},
        VERIFIED,
    ),
    "asyncpg's ssl": (
        "postgresql+asyncpg://alice:secret@db:6432/daybook?ssl=require",
        {},
        {"sslmode": "require"},
    ),
    "encoded path of a certificate": (
        "postgresql://alice:secret@db:6432/daybook?sslrootcert=%2Fetc%2Fa+b%2520.pem",
        {},
        {"sslrootcert": "/etc/a+b%20.pem"},
    ),
    "time-out given": (
        "postgresql://alice:secret@db:6432/daybook?connect_timeout=2",
        {},
        {"connect_timeout": "2"},
    ),
    "no port": ("postgresql://alice:secret@db/daybook", {"PORT": ""}, {}),
    "no name": ("postgresql://alice:secret@db:6432", {"NAME": "alice"}, {}),
    "no password": ("postgresql://alice@db:6432/daybook", {"PASSWORD": ""}, {}),
    "encoded password": (
        "postgresql://alice:a%40b%2Fc%23d%3Ae%25f@db:6432/daybook",
        {"PASSWORD": "a@b/c#d:e%f"},
        {},
    ),
    "encoded once, not twice": (
        "postgresql://alice:%2540@db:6432/daybook",
        {"PASSWORD": "%40"},
        {},
    ),
    "raw @ and :": ("postgresql://alice:a@b:c@db:6432/daybook", {"PASSWORD": "a@b:c"}, {}),
    "raw % and $": ("postgresql://alice:$100%pur@db:6432/daybook", {"PASSWORD": "$100%pur"}, {}),
    "IPv6": ("postgresql://alice:secret@[::1]:6432/daybook", {"HOST": "::1"}, {}),
    "encoded socket": (
        "postgresql://alice:secret@%2FVar%2Frun:6432/daybook",
        {"HOST": "/Var/run"},
        {},
    ),
    "socket as parameter": (
        "postgresql://alice:secret@/daybook?host=/Var/run&port=6432",
        {"HOST": "/Var/run"},
        {},
    ),
}


@pytest.mark.parametrize(("url", "differing", "options"), FORMS.values(), ids=FORMS)
def test_each_form_comes_out_right(url: str, differing: Entry, options: Entry) -> None:
    expected = {**ENTRY, **ALICE, **differing, "OPTIONS": {**TIMEOUT, **options}}
    assert parse_database_url(url) == expected


SECRET = "Zq7xsecret7Qz"
REFUSED = {
    "nothing": ("", "must begin with postgresql://"),
    "another database": (f"mysql://alice:{SECRET}@db/daybook", "must begin with postgresql://"),
    "raw /": (f"postgresql://alice:1/{SECRET}@db/daybook", "percent-encode"),
    "raw ?": (f"postgresql://alice:1?{SECRET}@db/daybook", "percent-encode"),
    "raw ? and =": (f"postgresql://alice:1?a={SECRET}@db/daybook", "percent-encode"),
    "raw #": (f"postgresql://alice:1#{SECRET}@db/daybook", "percent-encode"),
    "raw [": (f"postgresql://alice:[{SECRET}@db/daybook", "percent-encode"),
    "raw line break": (f"postgresql://alice:a\n{SECRET}@db/daybook", "percent-encode"),
    "raw ? and no host": (f"postgresql://alice:1?{SECRET}", "libpq does not know."),
    "port of letters": (f"postgresql://alice@db:{SECRET}/daybook", "percent-encode"),
    "port too high": (f"postgresql://alice:{SECRET}@db:65536/daybook", "percent-encode"),
    "port as parameter": (f"postgresql://alice:{SECRET}@/daybook?port=x", "has a port"),
    "Latin-1": (f"postgresql://alice:{SECRET}%E4@db/daybook", "percent-encode"),
    "NUL": (f"postgresql://alice:{SECRET}%00@db/daybook", "NUL"),
    "start-up options": (
        f"postgresql://alice:{SECRET}@db/daybook?options=-c%20a=b",
        "libpq does not know: options.",
    ),
    "a pool": (f"postgresql://alice:{SECRET}@db/daybook?pool=true", "libpq does not know: pool."),
    "unknown mode": (f"postgresql://alice:{SECRET}@db/daybook?ssl=true", "unknown sslmode"),
    "said twice": (
        f"postgresql://alice:{SECRET}@db/daybook?sslmode=verify-full&ssl=require",
        "twice",
    ),
}


@pytest.mark.parametrize(("url", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_refusal_says_why_and_not_what(url: str, reason: str) -> None:
    with pytest.raises(InvalidDatabaseURL) as refused:
        parse_database_url(url)
    message = str(refused.value)
    assert reason in message
    assert "\n" not in message
    assert "Zq7x" not in message
    assert "7Qz" not in message


passwords = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=40
)


@given(passwords)
def test_an_encoded_password_comes_out_unchanged(password: str) -> None:
    url = f"postgresql://alice:{quote(password, safe='')}@db:6432/daybook?sslmode=require"
    found = parse_database_url(url)
    assert found == {
        **ENTRY,
        **ALICE,
        "PASSWORD": password,
        "OPTIONS": {**TIMEOUT, "sslmode": "require"},
    }


@given(st.text(string.ascii_letters + string.digits + "@:$%!*'()~_-+,;=&" + "é", max_size=20))
def test_a_raw_password_comes_out_unchanged_where_nothing_ends_it(middle: str) -> None:
    """But for what reads as percent-encoding: `%41` is an A."""
    password = middle.replace("%", "%!")
    found = parse_database_url(f"postgresql://alice:{password}@db:6432/daybook")
    assert found == {**ENTRY, **ALICE, "PASSWORD": password, "OPTIONS": TIMEOUT}


@given(
    st.sampled_from(
        ["postgresql://", "postgres://", "postgresql+asyncpg://", "mysql://", "//", ""]
    ),
    st.text(max_size=15),
    st.text(max_size=15),
    st.text(max_size=15),
)
def test_junk_around_a_password_never_shows_it(
    scheme: str, before: str, inside: str, after: str
) -> None:
    url = f"{scheme}{before}:Zq7x{inside}7Qz{after}"
    try:
        found = parse_database_url(url)
    except InvalidDatabaseURL as error:
        refusal = str(error)
    else:
        refusal = ""
        assert found["ENGINE"] == ENTRY["ENGINE"]
    assert "Zq7x" not in refusal
    assert "7Qz" not in refusal


@pytest.mark.django_db
def test_what_comes_out_connects() -> None:
    """The database of this run, by every way that its URL may be written."""
    known = connection.settings_dict
    user, password, name = (quote(known[key], safe="") for key in ("USER", "PASSWORD", "NAME"))
    host, port = known["HOST"], known["PORT"]
    place = f"{quote(host, safe='')}:{port}" if port else quote(host, safe="")
    for url in (
        f"postgresql://{user}:{password}@{place}/{name}",
        f"postgres+psycopg2://{user}:{password}@/{name}?host={quote(host)}&port={port}",
        f"postgresql+asyncpg://{user}:{password}@{place}/{name}?ssl=prefer",
    ):
        assert asked(parse_database_url(url)) == (known["NAME"], known["USER"])


def asked(entry: Entry) -> tuple[str, str] | None:
    """As Django's backend hands the entry to psycopg."""
    names = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host"}
    given = {ours: entry[django] for django, ours in {**names, "PORT": "port"}.items()}
    with psycopg.connect(**{k: v for k, v in given.items() if v}, **entry["OPTIONS"]) as direct:
        return direct.execute("SELECT current_database(), current_user").fetchone()
