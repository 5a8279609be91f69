"""A plain HTTP client of the sandbox, in the role of an application."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import urllib3

from sandbox.control import Control
from sandbox.server import CLIENT_ID, CLIENT_SECRET

ALICE, BOB, CHARLIE = "alice@example.org", "bob@example.org", "charlie@example.org"
CALENDAR_SCOPE = "https://www.googleapis.com/auth/calendar"
REDIRECT = "http://127.0.0.1/connections/google/callback"
VERIFIER = "a-verifier-of-at-least-forty-three-characters-0"
POOL = urllib3.PoolManager(retries=False, timeout=20)
Json = dict[str, Any]


class Google:
    """Calls with one account's access token."""

    def __init__(self, url: str, token: str | None) -> None:
        self.url = url
        self.headers = {} if token is None else {"Authorization": f"Bearer {token}"}

    def call(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        *,
        headers: dict[str, str] | None = None,
        **query: Any,
    ) -> urllib3.BaseHTTPResponse:
        """Send a call below /calendar/v3."""
        address = f"{self.url}/calendar/v3/{path}" + (f"?{urlencode(query, True)}" if query else "")
        sent = {**self.headers, "Content-Type": "application/json", **(headers or {})}
        data = None if body is None else json.dumps(body).encode()
        return POOL.request(method, address, body=data, headers=sent)

    def ask(self, method: str, path: str, body: Json | None = None, **more: Any) -> Json:
        """Send a call that must succeed, and return its JSON."""
        answer = self.call(method, path, body, **more)
        assert answer.status == 200, answer.data
        return dict(answer.json())

    def events(self, calendar: str = "primary", **query: Any) -> Json:
        """Return a page of events."""
        return self.ask("GET", events_path(calendar), **query)

    def all_events(self, calendar: str = "primary", **query: Any) -> tuple[list[Json], str | None]:
        """Return the events of all pages, and the final sync token."""
        found: list[Json] = []
        page = self.events(calendar, **query)
        while True:
            found += page["items"]
            if "nextPageToken" not in page:
                return found, page.get("nextSyncToken")
            page = self.events(calendar, pageToken=page["nextPageToken"], **query)

    def insert(self, body: Json, calendar: str = "primary") -> Json:
        """Create an event."""
        return self.ask("POST", events_path(calendar), body)


def events_path(calendar: str = "primary", *below: str) -> str:
    """Return `calendars/{id}/events` and the path below it, escaped."""
    return "/".join(["calendars", quote(calendar, safe=""), "events", *below])


def timed(summary: str, start: str, end: str, zone: str = "Europe/Berlin", **more: Any) -> Json:
    """Return an event between two local times."""
    return {
        "summary": summary,
        "start": {"dateTime": start, "timeZone": zone},
        "end": {"dateTime": end, "timeZone": zone},
        **more,
    }


def lunch(summary: str = "Lunch", **more: Any) -> Json:
    """Return an event with arbitrary content."""
    return timed(summary, "2026-03-02T12:00:00", "2026-03-02T13:00:00", **more)


def reason(answer: urllib3.BaseHTTPResponse) -> tuple[int, str]:
    """Return the status and the reason of an error."""
    error = answer.json()["error"]
    assert error["code"] == answer.status
    assert error["errors"][0]["message"] == error["message"]
    return answer.status, error["errors"][0]["reason"]


def challenge() -> str:
    """Return the S256 challenge of VERIFIER."""
    digest = hashlib.sha256(VERIFIER.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def authorization_url(url: str, **changes: str | None) -> str:
    """Return the URL that an application sends a user to; None leaves a parameter out."""
    parameters: dict[str, str | None] = {
        "client_id": CLIENT_ID,
        "redirect_uri": REDIRECT,
        "response_type": "code",
        "scope": f"openid email {CALENDAR_SCOPE}",
        "state": "a-state",
        "access_type": "offline",
        "code_challenge": challenge(),
        "code_challenge_method": "S256",
    }
    given = {name: text for name, text in {**parameters, **changes}.items() if text is not None}
    return f"{url}/o/oauth2/v2/auth?{urlencode(given)}"


def code_in(location: str) -> str:
    """Return the authorization code in a redirect."""
    return parse_qs(urlsplit(location).query)["code"][0]


def exchange(url: str, issued: str, **changes: str | None) -> urllib3.BaseHTTPResponse:
    """Exchange a code for tokens."""
    fields: dict[str, str | None] = {
        "grant_type": "authorization_code",
        "code": issued,
        "redirect_uri": REDIRECT,
        "code_verifier": VERIFIER,
    }
    return post_token(url, **{**fields, **changes})


def post_token(url: str, **fields: str | None) -> urllib3.BaseHTTPResponse:
    """Call the token endpoint with the client's credentials."""
    credentials = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    given = {name: text for name, text in {**credentials, **fields}.items() if text is not None}
    return POOL.request("POST", f"{url}/token", fields=given, encode_multipart=False)


def signed_in(control: Control, email: str, scope: str | None = None) -> Google:
    """Return a client with a grant of that account."""
    return Google(control.url, control.grant(email, scope=scope)["access_token"])
