"""Each common form of DATABASE_URL, and refusals that don't reveal the password."""

from __future__ import annotations

import traceback
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from config.database import InvalidDatabaseURL, database_entry, parse_database_url

ALICE: dict[str, Any] = {
    "user": "alice",
    "password": "secret",
    "hosts": ("db",),
    "ports": ("6432",),
    "name": "daybook",
    "parameters": {},
}
ROOTED = {"sslmode": "verify-full", "sslrootcert": "/ca.pem"}

Parts = dict[str, Any]
FORMS: dict[str, tuple[str, Parts]] = {
    "plain": ("postgresql://alice:secret@db:6432/daybook", {}),
    "short scheme": ("postgres://alice:secret@db:6432/daybook", {}),
    "scheme in capitals": ("PostgreSQL://alice:secret@db:6432/daybook", {}),
    "white space around": ("  postgresql://alice:secret@db:6432/daybook \n", {}),
    "psycopg2": (
        "postgresql+psycopg2://alice:secret@db:6432/daybook?sslmode=require",
        {"parameters": {"sslmode": "require"}},
    ),
    "psycopg": (
        "postgresql+psycopg://alice:secret@db:6432/daybook?sslmode=verify-full&sslrootcert=/ca.pem",
        {"parameters": ROOTED},
    ),
    "asyncpg": (
        "postgres+asyncpg://alice:secret@db:6432/daybook?ssl=verify-full",
        {"parameters": {"sslmode": "verify-full"}},
    ),
    "ssl is true": (
        "postgresql+asyncpg://alice:secret@db:6432/daybook?ssl=true",
        {"parameters": {"sslmode": "require"}},
    ),
    "ssl is false": (
        "postgresql://alice:secret@db:6432/daybook?ssl=false",
        {"parameters": {"sslmode": "disable"}},
    ),
    "encoded path of a certificate": (
        "postgresql://alice:secret@db:6432/daybook?sslrootcert=%2Fetc%2Fa+b%2520.pem",
        {"parameters": {"sslrootcert": "/etc/a+b%20.pem"}},
    ),
    "no port": ("postgresql://alice:secret@db/daybook", {"ports": ()}),
    "no name": ("postgresql://alice:secret@db:6432", {"name": "alice"}),
    "encoded name": ("postgresql://alice:secret@db:6432/day%20book", {"name": "day book"}),
    "no password": ("postgresql://alice@db:6432/daybook", {"password": ""}),
    "a cloud's user": (
        "postgresql://alice@db:secret@db.example.com:6432/daybook",
        {"user": "alice@db", "hosts": ("db.example.com",)},
    ),
    "no user": (
        "postgresql://db:6432/daybook",
        {"user": "", "password": ""},
    ),
    "everything as parameters": (
        "postgresql:///?user=alice&password=secret&host=db&port=6432&dbname=daybook",
        {},
    ),
    "IPv4": ("postgresql://alice:secret@10.0.0.7:6432/daybook", {"hosts": ("10.0.0.7",)}),
    "IPv6": ("postgresql://alice:secret@[::1]:6432/daybook", {"hosts": ("::1",)}),
    "IPv6 without a port": (
        "postgresql://alice:secret@[2001:db8::7]/daybook",
        {"hosts": ("2001:db8::7",), "ports": ()},
    ),
    "IPv6 of a link": (
        "postgresql://alice:secret@[fe80::7%25eth0]:6432/daybook",
        {"hosts": ("fe80::7%eth0",)},
    ),
    "IPv6 as parameter": (
        "postgresql://alice:secret@/daybook?host=::1&port=6432",
        {"hosts": ("::1",)},
    ),
    "several hosts": (
        "postgresql://alice:secret@one:5432,two:5433,[::1]:5434/daybook",
        {"hosts": ("one", "two", "::1"), "ports": ("5432", "5433", "5434")},
    ),
    "several hosts, not all with a port": (
        "postgresql://alice:secret@one:5433,two/daybook",
        {"hosts": ("one", "two"), "ports": ("5433", "5432")},
    ),
    "libpq's list of hosts": (
        "postgresql://alice:secret@/daybook?host=one,two&port=6432",
        {"hosts": ("one", "two")},
    ),
    "SQLAlchemy's several hosts": (
        "postgresql://alice:secret@/daybook?host=one:5432&host=two:5433",
        {"hosts": ("one", "two"), "ports": ("5432", "5433")},
    ),
    "encoded socket": (
        "postgresql://alice:secret@%2FVar%2Frun:6432/daybook",
        {"hosts": ("/Var/run",)},
    ),
    "socket as parameter": (
        "postgresql://alice:secret@/daybook?host=/Var/run&port=6432",
        {"hosts": ("/Var/run",)},
    ),
    "socket as parameter beside a host": (
        "postgresql://alice:secret@localhost/daybook?host=/Var/run&port=6432",
        {"hosts": ("/Var/run",)},
    ),
    "the default socket": ("postgresql://alice:secret@/daybook", {"hosts": (), "ports": ()}),
    "a time-out": (
        "postgresql://alice:secret@db:6432/daybook?connect_timeout=2",
        {"parameters": {"connect_timeout": "2"}},
    ),
}


@pytest.mark.parametrize(("url", "differing"), FORMS.values(), ids=FORMS)
def test_each_form_comes_out_right(url: str, differing: Parts) -> None:
    assert vars(parse_database_url(url)) == {**ALICE, **differing}


SECRET = "Zq7xsecret7Qz"
REFUSED = {
    "nothing": ("", "must begin with postgresql://"),
    "another database": (f"mysql://alice:{SECRET}@db/daybook", "must begin with postgresql://"),
    "another variable": (f"${SECRET}", "begins with a $"),
    "raw line break": (f"postgresql://alice:a\n{SECRET}@db/daybook", "percent-encode"),
    "no host behind the password": (f"postgresql://alice:1?{SECRET}", "libpq does not know."),
    "no end": (f"postgresql://alice:{SECRET}@db/{'a' * 9000}", "percent-encode"),
    "port of letters": (f"postgresql://alice@db:{SECRET}/daybook", "has a port"),
    "port too high": (f"postgresql://alice:{SECRET}@db:65536/daybook", "has a port"),
    "port as parameter": (f"postgresql://alice:{SECRET}@/daybook?port=x", "has a port"),
    "ports without their hosts": (
        f"postgresql://alice:{SECRET}@a,b,c/daybook?port=1,2",
        "more or fewer ports than hosts",
    ),
    "a host that is empty": (f"postgresql://alice:{SECRET}@a,,b/daybook", "an invalid host name"),
    "a host with spaces": (f"postgresql://alice:{SECRET}@a%20b/daybook", "an invalid host name"),
    "no IPv6 address": (f"postgresql://alice:{SECRET}@[db:1:2]/daybook", "an invalid host name"),
    "a fragment": (f"postgresql://alice:{SECRET}@db/daybook#part", "percent-encode"),
    "Latin-1": (f"postgresql://alice:{SECRET}%E4@db/daybook", "percent-encode"),
    "NUL": (f"postgresql://alice:{SECRET}%00@db/daybook", "percent-encode"),
    "a pool": (f"postgresql://alice:{SECRET}@db/daybook?pool=true", "libpq does not know: pool."),
    "a hint for another driver": (
        f"postgresql://alice:{SECRET}@db/daybook?prepared_statement_cache_size=0",
        "libpq does not know: prepared_statement_cache_size.",
    ),
    "unknown mode": (f"postgresql://alice:{SECRET}@db/daybook?ssl=maybe", "unknown sslmode"),
    "a time that is no number": (
        f"postgresql://alice:{SECRET}@db/daybook?connect_timeout=5s",
        "a connect_timeout that is not a whole number",
    ),
    "said twice": (
        f"postgresql://alice:{SECRET}@db/daybook?sslmode=verify-full&ssl=require",
        "has sslmode twice",
    ),
}


@pytest.mark.parametrize(("url", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_refusal_says_why_and_not_what(url: str, reason: str) -> None:
    with pytest.raises(InvalidDatabaseURL) as refused:
        parse_database_url(url)
    assert reason in str(refused.value)
    assert "\n" not in str(refused.value)
    reported = "".join(traceback.format_exception(refused.value)) + repr(refused.value)
    assert "Zq7x" not in reported
    assert "7Qz" not in reported


def test_a_url_that_was_read_has_nothing_to_show() -> None:
    url = parse_database_url(f"postgresql://alice:{SECRET}@db/daybook?sslpassword={SECRET}")
    assert SECRET not in f"{url} {url!r}"


words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)
names = st.from_regex(r"[a-z_][a-z0-9_.-]{0,20}", fullmatch=True)
ports = st.integers(1, 65_535).map(str)
hosts = st.one_of(
    names.map(lambda name: (name, name)),
    st.ip_addresses(v=4).map(lambda address: (str(address), str(address))),
    st.ip_addresses(v=6).map(lambda address: (f"[{address}]", str(address))),
    # libpq separates hosts by a comma, even if it is encoded.
    words.map(lambda folder: f"/{folder.replace(',', '')}").map(
        lambda folder: (quote(folder, safe=""), folder)
    ),
)


@given(words, words, st.lists(st.tuples(hosts, ports), min_size=1, max_size=3), words, words)
def test_what_is_encoded_comes_out_unchanged(
    user: str, password: str, places: list[tuple[tuple[str, str], str]], name: str, label: str
) -> None:
    encoded = [quote(word, safe="") for word in (user, password, name, label)]
    place = ",".join(f"{written}:{port}" for (written, _host), port in places)
    found = parse_database_url(
        f"postgresql://{encoded[0]}:{encoded[1]}@{place}/{encoded[2]}?application_name={encoded[3]}"
    )
    assert vars(found) == {
        "user": user,
        "password": password,
        "hosts": tuple(host for (_written, host), _port in places),
        "ports": tuple(port for _host, port in places),
        "name": name,
        "parameters": {"application_name": label},
    }


@pytest.mark.django_db
def test_what_comes_out_connects() -> None:
    """The database of this run, by every form of its URL."""
    known = connection.settings_dict
    user, password, name = (quote(known[key], safe="") for key in ("USER", "PASSWORD", "NAME"))
    host, port = known["HOST"], known["PORT"]
    place = f"{quote(host, safe='')}:{port}"
    for url in (
        f"postgresql://{user}:{password}@{place}/{name}",
        f"postgres+psycopg2://{user}:{password}@/{name}?host={quote(host)}&port={port}",
        f"postgresql+asyncpg://{user}:{password}@{place}/{name}?ssl=prefer",
        f"postgresql:///?user={user}&password={password}&dbname={name}&host={host}&port={port}",
        f"postgresql://{user}:{password}@{place},{place}/{name}?target_session_attrs=read-write",
        f"  postgresql://{user}:{password}@127.0.0.1:1,{place}/{name}?connect_timeout=2 ",
    ):
        assert asked(database_entry(parse_database_url(url))) == (known["NAME"], known["USER"])


def asked(entry: Parts) -> tuple[str, str] | None:
    """Return the parameters that Django's backend gives to psycopg."""
    given = {
        ours: entry[django]
        for django, ours in {
            "NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"
        }.items()
    }  # fmt: skip
    with psycopg.connect(**{k: v for k, v in given.items() if v}, **entry["OPTIONS"]) as direct:
        return direct.execute("SELECT current_database(), current_user").fetchone()
