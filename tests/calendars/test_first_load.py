"""The first load of a view over real HTTP: everything that a browser requests, compressed."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from datetime import date, timedelta
from html.parser import HTMLParser
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urljoin, urlsplit

import brotli
import pytest
from django.conf import settings
from django.test import Client

from accounts.models import User
from tests.accounts.serving import HOST, Server, serving
from tests.calendars.rows import make_calendar, make_connection, make_hour

pytestmark = pytest.mark.django_db(transaction=True)
ON = date(2026, 11, 18)
MOST_BYTES = 60_000
MOST_OWN_SCRIPT = 20_000
EVENTS = 500
MOST_LATER = 14_000  # what is loaded when a person begins to edit
IMPORT = re.compile(rb"""(?:from|import)\s*["'](\.?[^"']+\.js)["']""")
LATER = re.compile(rb"""import\(["']([^"']+)["']\)""")


class Loaded(HTMLParser):
    """The addresses that a browser requests for a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.addresses: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        is_loaded = tag in ("script", "img", "use") or given.get("rel") in ("stylesheet", "icon")
        address = given.get("src") or given.get("href") or ""
        if is_loaded and address.startswith("/"):
            self.addresses.add(address.split("#")[0])


@pytest.fixture
def cookie(alice: User) -> str:
    calendar = make_calendar(make_connection(alice), "Work", "#4a6fa5")
    for number in range(EVENTS):
        on = ON + timedelta(days=number % 31 - 15)
        make_hour(calendar, f"Meeting {number} about the autumn", on, number * 7 % 24)
    client = Client()
    client.force_login(alice)
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as server:
        yield server


def request(server: Server, address: str, cookie: str) -> tuple[HTTPResponse, bytes]:
    wire = HTTPConnection(HOST, server.port, timeout=60)
    headers = {"Accept-Encoding": "gzip, deflate, br", "Cookie": cookie}
    wire.request("GET", address, headers=headers)
    answer = wire.getresponse()
    assert answer.status == 200, (address, answer.status)
    return answer, answer.read()


def test_month_and_week_are_light(server: Server, cookie: str) -> None:
    for view in ("month", "week"):
        sent, own, later = first_load(server, f"/calendar/{view}/{ON}/", cookie)
        assert sum(sent.values()) <= MOST_BYTES, sorted(sent.items(), key=lambda one: -one[1])
        assert sum(own.values()) <= MOST_OWN_SCRIPT, own
        edited, *_rest = load(server, cookie, later - sent.keys(), seen=set(sent))
        assert len(edited) > 5
        assert sum(edited.values()) <= MOST_LATER, edited


def first_load(
    server: Server, page: str, cookie: str
) -> tuple[dict[str, int], dict[str, int], set[str]]:
    """Return the bytes of each response as sent, those of our own scripts among them, and the
    modules that an interaction loads."""
    sent, own, later = load(server, cookie, {page}, seen=set())
    assert len(sent) > 5
    return sent, own, later


def load(
    server: Server, cookie: str, wanted: set[str], *, seen: set[str]
) -> tuple[dict[str, int], dict[str, int], set[str]]:
    sent, own, later = {}, {}, set[str]()
    waiting, seen = [*wanted], seen | wanted
    while waiting:
        address = waiting.pop()
        answer, body = request(server, address, cookie)
        sent[address] = len(body)
        text = plain(answer, body)
        path = urlsplit(address).path
        is_page = not path.startswith("/static/")
        found = Loaded(text.decode()).addresses if is_page else set[str]()
        if path.endswith(".js"):
            found = {urljoin(path, name.decode()) for name in IMPORT.findall(text)}
            later |= {urljoin(path, name.decode()) for name in LATER.findall(text)}
            if "/django_htmx/" not in path:
                own[path] = len(body)
        if not is_page:
            assert "immutable" in (answer.headers["Cache-Control"] or ""), address
        waiting += found - seen
        seen |= found
    return sent, own, later


def plain(answer: HTTPResponse, body: bytes) -> bytes:
    coding = answer.headers["Content-Encoding"]
    if coding == "br":
        return bytes(brotli.decompress(body))
    return gzip.decompress(body) if coding == "gzip" else body
