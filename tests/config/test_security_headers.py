"""Security headers of every response, and cookies that are sent over TLS only."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from http.cookies import Morsel, SimpleCookie
from urllib.parse import quote, urlencode

import pytest
from django.db import connection
from django.test import Client as Browser

from accounts.models import User
from tests.config.sessions import PATIENCE_SECONDS, REPOSITORY
from tests.factories import PASSWORD

VISITED = (
    "/",
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/admin/login/",
    "/nowhere/",
    "/healthz",
    "/readyz",
    "/.well-known/jwks.json",
    "/api/docs/",
    "/api/schema/",
    "/api/v1/profile",
    "/api/v1/nowhere",
    "/api/raise/crash",
    "/api/raise/OperationalError",
)
SIGNED_IN = (
    "/",
    "/settings/profile/",
    "/settings/calendars/",
    "/calendar/agenda/2026-07-01/",
    "/calendar/month/2026-07-01/",
    "/accounts/email/",
    "/accounts/logout/",
    "/admin/",
    "/api/v1/profile",
    "/api/v1/calendars",
)
HOST = "daybook.example"
pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.config.urls")]


def policy_of(header: str) -> dict[str, list[str]]:
    directives = (directive.split() for directive in header.split(";") if directive.strip())
    return {name: sources for name, *sources in directives}


def assert_guarded(headers: dict[str, str]) -> None:
    policy = policy_of(headers["Content-Security-Policy"])
    assert policy["default-src"] == policy["base-uri"] == policy["object-src"] == ["'none'"]
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == ["'self'"]
    assert policy["frame-ancestors"] == ["'none'"]
    assert set(policy["form-action"]) == {"'self'", "https://accounts.google.com"}
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.parametrize("path", VISITED)
def test_each_answer_to_a_visitor_is_guarded(path: str) -> None:
    assert_guarded(dict(Browser(raise_request_exception=False).get(path).headers))


@pytest.mark.parametrize("path", SIGNED_IN)
def test_each_answer_to_alice_is_guarded(path: str, client: Browser, alice: User) -> None:
    client.force_login(alice)
    response = client.get(path)
    assert response.status_code < 400
    assert_guarded(dict(response.headers))
    assert not re.search(rb"<style|<script(?![^>]*\ssrc=)|\s(style|on[a-z]+)=\"", response.content)


def test_cookies_of_a_desk_stay_from_scripts_and_other_sites(client: Browser, alice: User) -> None:
    client.get("/accounts/login/")
    client.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    session, csrf = (client.cookies[name] for name in ("session", "csrf"))
    assert session["httponly"]
    assert session["samesite"] == csrf["samesite"] == "Lax"
    assert session["path"] == csrf["path"] == "/"


@pytest.fixture
def address(transactional_db: None) -> Iterator[tuple[str, int]]:
    """Run Daybook behind a proxy that terminates TLS for https://daybook.example."""
    known = connection.settings_dict
    user, password, name, host = (
        quote(known[key], safe="") for key in ("USER", "PASSWORD", "NAME", "HOST")
    )
    place = f"{host}:{known['PORT']}" if known["PORT"] else host
    given = {
        "DATABASE_URL": f"postgresql://{user}:{password}@{place}/{name}",
        "PUBLIC_URL": f"https://{HOST}",
        "DEBUG": "true",  # static files under their own names, since none were collected
        "DAYBOOK_EMBEDDED": "1",  # the secrets of this checkout
    }
    with socket.create_server(("127.0.0.1", 0)) as listener:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"fd://{listener.fileno()}",
             "--no-control-socket", "--log-level", "warning"],
            cwd=REPOSITORY,
            env={**os.environ, **given},
            pass_fds=[listener.fileno()],
        )  # fmt: skip
        try:
            yield listener.getsockname()
        finally:
            process.terminate()
            process.wait(timeout=PATIENCE_SECONDS)


class Phone:
    """A browser with cookies, behind the proxy."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.address = address
        self.cookies: SimpleCookie = SimpleCookie()

    def ask(
        self,
        method: str,
        path: str,
        *,
        scheme: str = "https",
        sent: dict[str, str] | None = None,
        **fields: str,
    ) -> HTTPResponse:
        http = HTTPConnection(*self.address, timeout=PATIENCE_SECONDS)
        kept = "; ".join(f"{name}={morsel.value}" for name, morsel in self.cookies.items())
        headers = {
            "Host": HOST,
            "X-Forwarded-Proto": scheme,
            "Cookie": kept,
            "Referer": f"https://{HOST}/accounts/login/",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        http.request(method, path, urlencode(fields), headers | (sent or {}))
        answer = http.getresponse()
        answer.read()
        for cookie in answer.headers.get_all("Set-Cookie", []):
            self.cookies.load(cookie)
        return answer


def assert_bound_to_this_host(cookie: Morsel[str]) -> None:
    """Check what the prefix `__Host-` requires of a cookie (RFC 6265bis section 4.1.3.2)."""
    assert cookie["secure"]
    assert cookie["samesite"] == "Lax"
    assert (cookie["path"], cookie["domain"]) == ("/", "")


@pytest.mark.django_db(transaction=True)
def test_behind_tls_cookies_are_bound_to_the_host(address: tuple[str, int], alice: User) -> None:
    phone = Phone(address)
    page = phone.ask("GET", "/accounts/login/")
    assert page.status == 200
    token = phone.cookies["__Host-csrf"].value
    signed_in = phone.ask(
        "POST", "/accounts/login/", login=alice.email, password=PASSWORD, csrfmiddlewaretoken=token
    )
    assert signed_in.status == 302
    assert set(phone.cookies) >= {"__Host-csrf", "__Host-session"}
    for cookie in phone.cookies.values():
        assert_bound_to_this_host(cookie)
    assert phone.cookies["__Host-session"]["httponly"]

    profile = phone.ask("GET", "/api/v1/profile")
    assert profile.status == 200
    assert_guarded(dict(profile.headers))
    assert profile.headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.django_db(transaction=True)
def test_behind_tls_plain_http_is_redirected(address: tuple[str, int]) -> None:
    phone = Phone(address)
    page = phone.ask("GET", "/settings/profile/?a=b", scheme="http")
    assert (page.status, page.headers["Location"]) == (301, f"https://{HOST}/settings/profile/?a=b")
    assert not phone.cookies
    assert phone.ask("GET", "/readyz", scheme="http").status == 200


@pytest.mark.django_db(transaction=True)
def test_behind_tls_a_token_over_plain_http_is_refused(address: tuple[str, int]) -> None:
    phone = Phone(address)
    for path in ("/api/v1/auth/token", "/api/v1/profile", "/api/nowhere"):
        answer = phone.ask("POST", path, scheme="http")
        assert (answer.status, answer.headers["Location"]) == (403, None)
        assert answer.headers["Content-Type"] == "application/problem+json"
    assert phone.ask("GET", "/api/v1/profile", scheme="https").status == 401

    # Headers of a proxy or a direct client never change links and paths.
    for name in ("SCRIPT_NAME", "X-Script-Name", "X-Forwarded-Prefix", "PATH_INFO"):
        answer = phone.ask("GET", "/settings/profile/", sent={name: "/profile"})
        reported = (answer.status, answer.headers["Location"])
        assert reported == (302, "/accounts/login/?next=/settings/profile/"), name
