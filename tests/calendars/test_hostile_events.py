"""Whatever an event's texts hold, its page and popover show text, and link web addresses only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import User
from calendars.models import Calendar
from calendars.templatetags.timeline import linked
from tests.calendars.rows import make_calendar, make_connection, make_event

NINE = datetime(2026, 12, 1, 9, 15, tzinfo=UTC)
POPOVER = {"HX-Request": "true", "HX-Target": "event-popover"}
EVIL = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "' onmouseover='alert(1)",
    "https://good.example@evil.example/",
    "https://evil.example/\u202egpj.exe",
    "\u202edrawkcab",
    "{{ request.user.password }}{% load x %}",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
]


class Markup(HTMLParser):
    """The tags, the handlers and the targets of links of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.handlers: list[str] = []
        self.links: list[dict[str, str | None]] = []
        self.loose: list[str] = []  # texts of events outside of an element of their own direction
        self._isolated: list[bool] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.handlers += [name for name, _ in attrs if name.startswith("on")]
        if tag == "a":
            self.links.append(dict(attrs))
        if tag not in ("br", "link", "meta", "input", "img"):
            inside = bool(self._isolated and self._isolated[-1])
            self._isolated.append(inside or tag in ("bdi", "title") or ("dir", "auto") in attrs)

    def handle_endtag(self, tag: str) -> None:
        if self._isolated:
            self._isolated.pop()

    def handle_data(self, data: str) -> None:
        if "\u202e" in data and not (self._isolated and self._isolated[-1]):
            self.loose.append(data)


@pytest.fixture
def work(alice: User) -> Calendar:
    return make_calendar(make_connection(alice), "Work \u202e", "#4a6fa5")


@pytest.mark.django_db
@pytest.mark.parametrize("text", EVIL)
@pytest.mark.parametrize("headers", [{}, POPOVER], ids=["page", "popover"])
def test_texts_stay_texts(
    client: Client, alice: User, work: Calendar, text: str, headers: dict[str, str]
) -> None:
    person = {"email": text, "name": text, "comment": text, "response": "accepted"}
    event = make_event(
        work,
        text,
        NINE,
        NINE + timedelta(hours=1),
        location=text,
        description=f"{text}\n\n{text} {text}",
        conference_url=text,
        html_link=text,
        attendees=[person],
        organizer={"email": text, "name": text},
        reminders={"overrides": [{"method": text, "minutes": 5}, {"minutes": text}, text]},
        visibility=text[:20],
        recurrence=["RRULE:FREQ=WEEKLY"],
    )
    client.force_login(alice)
    plain = make_event(work, "Plain", NINE, NINE + timedelta(hours=1), location="x",
                       recurrence=["RRULE:FREQ=WEEKLY"])  # fmt: skip
    known = set(Markup(client.get(f"/events/{plain.pk}/").content.decode()).tags)
    answer = client.get(f"/events/{event.pk}/", headers=headers)
    assert answer.status_code == 200
    page = Markup(answer.content.decode())
    assert set(page.tags) <= known | {"h2", "ul", "li", "bdi", "br", "p", "button"}
    assert page.handlers == []
    assert page.loose == []
    for link in page.links:
        href = link["href"] or ""
        if not href.startswith(("/", "#")):
            assert href.startswith("https://www.openstreetmap.org/search?query=")
            assert link["rel"] == "noopener noreferrer"
            assert not set(href) & set("<>\"' \u202e")


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("See https://example.org/a_(b).", ["https://example.org/a_(b)"]),
        ("(https://example.org/a)", ["https://example.org/a"]),
        ("https://example.org/?a=1&b=2!", ["https://example.org/?a=1&b=2"]),
        ("https://a.example, https://b.example", ["https://a.example", "https://b.example"]),
        ("www.example.org mailto:a@example.org ftp://example.org", []),
        ("https://good.example@evil.example/", []),
    ],
)
def test_web_addresses_become_links(text: str, links: list[str]) -> None:
    assert [link["href"] for link in Markup(linked(text)).links] == links


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="<>\"'&/:.@()[] \nhtps\u202ea", max_size=60))
def test_any_text_keeps_its_characters(text: str) -> None:
    for one in (text, f"https://{text}", f"see https://a.example/{text} there"):
        found = Markup(linked(one))
        assert set(found.tags) <= {"p", "br", "a"}
        assert found.handlers == []
