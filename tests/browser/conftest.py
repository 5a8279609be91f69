"""A real browser on a live server, and its console."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounts.models import User

ARTIFACTS = Path(__file__).resolve().parents[2] / "var" / "artifacts" / "pages"
BACKEND = "accounts.password_backend.PasswordBackend"


@dataclass(frozen=True)
class Look:
    """The theme and the screen of a browser."""

    name: str
    colour_scheme: Literal["light", "dark"]
    width: int
    height: int

    @property
    def is_dark(self) -> bool:
        return self.colour_scheme == "dark"


LOOKS = [
    Look("desk-light", "light", 1280, 900),
    Look("desk-dark", "dark", 1280, 900),
    Look("phone-light", "light", 360, 780),
    Look("phone-dark", "dark", 360, 780),
]
NewContext = Callable[..., BrowserContext]


@pytest.fixture
def new_context(
    browser: Browser, live_server: LiveServer, settings: Settings
) -> Iterator[NewContext]:
    """Return a function that opens contexts on the live server; with `person`, signed in."""
    opened: list[BrowserContext] = []

    def open_context(
        look: Look = LOOKS[0],
        person: User | None = None,
        javascript: bool = True,
        time_zone: str | None = None,
        language: str = "en-GB",
        touch: bool = False,
    ) -> BrowserContext:
        context = browser.new_context(
            base_url=live_server.url,
            color_scheme=look.colour_scheme,
            viewport={"width": look.width, "height": look.height},
            java_script_enabled=javascript,
            timezone_id=time_zone,
            locale=language,
            has_touch=touch,
            reduced_motion="reduce",
        )
        context.set_default_timeout(10_000)
        opened.append(context)
        if person is not None:
            sign_in(context, person, live_server.url, settings.SESSION_COOKIE_NAME)
        return context

    yield open_context
    for context in opened:
        context.close()


@pytest.fixture
def page(new_context: NewContext) -> Page:
    """A page of an anonymous visitor."""
    return new_context().new_page()


@pytest.fixture
def alice_page(new_context: NewContext, alice: User) -> Page:
    """A page of Alice, signed in."""
    return new_context(person=alice).new_page()


def sign_in(context: BrowserContext, person: User, url: str, cookie_name: str) -> None:
    client = Client()
    client.force_login(person, backend=BACKEND)
    session = client.cookies[cookie_name].value
    context.add_cookies([{"name": cookie_name, "value": session, "url": url}])
