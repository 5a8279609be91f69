"""A client of the admin API for tests and the demo: synchronous, standard library only."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from html.parser import HTMLParser
from http.client import HTTPMessage
from typing import IO, Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

Json = dict[str, Any]
_TIMEOUT_SECONDS = 120


class ControlError(Exception):
    """The sandbox refused a request; the message is its reason."""


class Control:
    """The admin API of the sandbox at `url`."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    @property
    def environment(self) -> dict[str, str]:
        """Return Google's URLs for a client of this sandbox, without client id and secret."""
        return {
            "GOOGLE_AUTH_URI": f"{self.url}/o/oauth2/v2/auth",
            "GOOGLE_TOKEN_URI": f"{self.url}/token",
            "GOOGLE_REVOKE_URI": f"{self.url}/revoke",
            "GOOGLE_API_ROOT": self.url,
        }

    # Accounts and grants

    def reset(self) -> None:
        """Delete accounts, calendars, tokens, channels, faults and the log; clients stay."""
        self._send("POST", "reset")

    def accounts(self) -> list[Json]:
        """Return each as {email, name, sub, time_zone, calendars, refresh_tokens}."""
        return list(self._send("GET", "accounts"))

    def create_account(
        self, email: str, *, name: str | None = None, time_zone: str = "UTC"
    ) -> Json:
        """Create an account; the id of its primary calendar is the email address."""
        return self._order("POST", "accounts", email=email, name=name, time_zone=time_zone)

    def register_client(
        self, client_id: str, client_secret: str, redirect_uris: Iterable[str] = ()
    ) -> None:
        """Register a client; loopback redirect URIs need no registration."""
        self._order(
            "PUT",
            "clients",
            client_id=client_id,
            client_secret=client_secret,
            redirect_uris=list(redirect_uris),
        )

    def grant(self, email: str, *, scope: str | None = None, client_id: str | None = None) -> Json:
        """Issue {access_token, refresh_token, expires_in, scope, token_type} without the page."""
        return self._order("POST", "grants", email=email, scope=scope, client_id=client_id)

    def consent(
        self,
        authorization_url: str,
        *,
        email: str | None = None,
        allow: bool = True,
        scopes: Iterable[str] | None = None,
    ) -> str:
        """Submit the consent page and return the URL that the browser is redirected to.

        `email` None keeps the account that the page selects; `scopes` None keeps all ticked.
        """
        with _OPENER.open(Request(authorization_url), timeout=_TIMEOUT_SECONDS) as answer:
            if answer.status == 302:
                return str(answer.headers["Location"])
            form = _ConsentForm()
            form.feed(answer.read().decode())
        ticked = form.scopes if scopes is None else list(scopes)
        fields = [
            ("account", email or form.account),
            *(("scope", scope) for scope in ticked),
            ("decision", "allow" if allow else "deny"),
        ]
        post = Request(authorization_url, data=urlencode(fields).encode(), method="POST")
        with _OPENER.open(post, timeout=_TIMEOUT_SECONDS) as answer:
            return str(answer.headers["Location"])

    def revoke_grant(self, email: str, *, client_id: str | None = None) -> None:
        """Revoke all tokens of a grant, like a user on Google's account page."""
        self._order("POST", "grants/revoke", email=email, client_id=client_id)

    def expire_access_tokens(self, email: str | None = None) -> int:
        """Expire the access tokens of one account or of all; return their number."""
        return int(self._order("POST", "tokens/expire", email=email)["expired"])

    def set_token_life(self, seconds: float | None) -> None:
        """Set the lifetime of access tokens issued from now on; None restores Google's."""
        self._order("PUT", "tokens/life", seconds=seconds)

    # Calendars and events

    def create_calendar(
        self,
        summary: str,
        *,
        calendar_id: str | None = None,
        owner: str | None = None,
        time_zone: str | None = None,
        access: dict[str, str] | None = None,
        watchable: bool = True,
        public: bool = False,
        description: str | None = None,
    ) -> str:
        """Create a calendar and return its id. `access` maps addresses to Google's roles."""
        calendar = self._order(
            "POST",
            "calendars",
            summary=summary,
            id=calendar_id,
            owner=owner,
            time_zone=time_zone,
            access=access or {},
            watchable=watchable,
            public=public,
            description=description,
        )
        return str(calendar["id"])

    def change_calendar(self, calendar: str, **changes: Any) -> Json:
        """Change properties: summary, description, timeZone, watchable, public."""
        return self._order("PATCH", self._path(calendar), **changes)

    def delete_calendar(self, calendar: str) -> None:
        """Delete a calendar for all accounts."""
        self._send("DELETE", self._path(calendar))

    def share_calendar(self, calendar: str, email: str, role: str | None) -> None:
        """Give an account a role (freeBusyReader, reader, writer, owner); None removes it."""
        self._order("POST", self._path(calendar, "share"), email=email, role=role)

    def add_event(self, calendar: str, body: Json, *, raw: bool = False) -> Json:
        """Add an event, as if on Google's page; with `raw` it is stored without validation."""
        return self.add_events(calendar, [body], raw=raw)[0]

    def add_events(self, calendar: str, bodies: list[Json], *, raw: bool = False) -> list[Json]:
        """Add events with a single notification."""
        return list(
            self._send("POST", self._path(calendar, "events"), {"events": bodies, "raw": raw})
        )

    def patch_event(self, calendar: str, event: str, changes: Json) -> Json:
        """Change an event, or an instance by its id."""
        return self.patch_events(calendar, [{**changes, "id": event}])[0]

    def patch_events(self, calendar: str, changes: list[Json]) -> list[Json]:
        """Change events, each by its `id`, with a single notification."""
        return list(self._send("PATCH", self._path(calendar, "events"), {"events": changes}))

    def delete_event(self, calendar: str, event: str) -> None:
        """Cancel an event, or an instance by its id."""
        self.delete_events(calendar, [event])

    def delete_events(self, calendar: str, events: Iterable[str]) -> None:
        """Cancel events with a single notification."""
        self._order("DELETE", self._path(calendar, "events"), ids=list(events))

    def bulk(self, calendar: str, count: int, *, recurring: float = 0.02) -> None:
        """Add many generated events; the fraction `recurring` are weekly series of 12."""
        self._order("POST", self._path(calendar, "bulk"), count=count, recurring=recurring)

    def truth(self, calendar: str) -> Json:
        """Return {events: live masters, singles and exceptions, cancelled_instances}."""
        return dict(self._send("GET", self._path(calendar, "truth")))

    def instances(self, calendar: str, start: datetime, end: datetime) -> list[Json]:
        """Return the instances between two times with offsets, in order of their start."""
        window = urlencode({"start": start.isoformat(), "end": end.isoformat()})
        return list(self._send("GET", f"{self._path(calendar, 'instances')}?{window}"))

    # Faults, quotas, sync tokens, pushes and the log

    def order_fault(
        self,
        fault: str,
        on: str,
        *,
        first: int = 1,
        last: int | None = None,
        always: bool = False,
        account: str | None = None,
        calendar: str | None = None,
        **parameters: Any,
    ) -> int:
        """Make the first to last matching call of kind `on` (wildcards as in `events.*`) fail.

        `last` None means only the first; `always` means every one from the first. Returns the id.
        """
        body = {
            "fault": fault,
            "on": on,
            "first": first,
            "last": last or first,
            "account": account,
            "calendar": calendar,
            "parameters": parameters,
        }
        rule = self._send("POST", "faults", body | ({"last": None} if always else {}))
        return int(rule["id"])

    def faults(self) -> list[Json]:
        """Return the injected faults, each with `seen` calls and `hits`."""
        return list(self._send("GET", "faults"))

    def fault_kinds(self) -> Json:
        """Return {faults: {name: {stage, does, parameters}}, errors: names for google_error}."""
        return dict(self._send("GET", "faults/kinds"))

    def clear_faults(self) -> None:
        """Remove all faults."""
        self._send("DELETE", "faults")

    def set_quota(self, *, per_user: int | None = None, per_project: int | None = None) -> None:
        """Limit the calls in a sliding minute; None removes a limit."""
        self._order("PUT", "quota", per_user=per_user, per_project=per_project)

    def invalidate_sync_tokens(
        self, calendar: str | None = None, *, account: str | None = None
    ) -> None:
        """Invalidate the sync tokens of a calendar's events, of an account's list, or all."""
        self._order("POST", "sync-tokens/invalidate", calendar=calendar, account=account)

    def pause_pushes(self) -> None:
        """Hold back notifications."""
        self._order("PUT", "pushes", mode="paused")

    def resume_pushes(self) -> None:
        """Send notifications again, first those held back."""
        self._order("PUT", "pushes", mode="flowing")

    def drop_pushes(self) -> None:
        """Discard all notifications until `resume_pushes`."""
        self._order("PUT", "pushes", mode="dropped")

    def pushes(self) -> list[Json]:
        """Return the sent notifications: {channel, state, number, status}."""
        return list(self._send("GET", "pushes"))

    def channels(self) -> list[Json]:
        """Return the open channels, without their tokens."""
        return list(self._send("GET", "channels"))

    def expire_channels(self) -> None:
        """Stop every channel without a notification."""
        self._send("POST", "channels/expire")

    def requests(self, kind: str | None = None) -> list[Json]:
        """Return the logged requests in order of their responses."""
        query = f"?{urlencode({'kind': kind})}" if kind else ""
        return list(self._send("GET", f"requests{query}")["requests"])

    def counts(self) -> dict[str, int]:
        """Return the number of requests of each kind."""
        return dict(self._send("GET", "requests")["counts"])

    def clear_requests(self) -> None:
        """Clear the log."""
        self._send("DELETE", "requests")

    def _path(self, calendar: str, *below: str) -> str:
        return "/".join(["calendars", quote(calendar, safe=""), *below])

    def _order(self, method: str, path: str, **body: Any) -> Json:
        return dict(self._send(method, path, body))

    def _send(self, method: str, path: str, body: Json | None = None) -> Any:
        request = Request(
            f"{self.url}/sandbox/{path}",
            method=method,
            data=None if method == "GET" else json.dumps(body or {}).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with _OPENER.open(request, timeout=_TIMEOUT_SECONDS) as answer:
                return json.load(answer)
        except HTTPError as error:
            raise ControlError(f"{method} {path}: {error.read().decode()}") from None


class _StayHere(HTTPRedirectHandler):
    """Doesn't follow redirects: the application behind them isn't the sandbox's."""

    def http_error_302(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage
    ) -> Any:
        return fp


_OPENER = build_opener(_StayHere)


class _ConsentForm(HTMLParser):
    """Parses the selected account and the ticked scopes of the consent page."""

    def __init__(self) -> None:
        super().__init__()
        self.account = ""
        self.scopes: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag != "input" or "checked" not in named:
            return
        if named.get("name") == "account":
            self.account = named.get("value") or ""
        elif named.get("name") == "scope":
            self.scopes.append(named.get("value") or "")
