"""The Calendar API: the only owner of its parameters, its statuses and its retries in place.

Requests are built by google-api-python-client from the discovery document that it ships, so
that a wrong parameter fails here and not at Google; transport.py sends them.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Generic, TypeVar

from django.conf import settings
from django.utils import timezone
from googleapiclient.discovery import build_from_document
from googleapiclient.discovery_cache import get_static_doc
from googleapiclient.http import HttpRequest
from msgspec import Raw

from calendars.google import quota, transport
from calendars.google.credentials import AccessToken, access_token_source
from calendars.google.decoding import epoch_milliseconds
from calendars.google.errors import (
    AccessTokenRejected,
    GoogleError,
    GoogleUnavailable,
    NotFound,
    RateLimited,
    Retry,
    ScopeMissing,
    api_error,
)
from calendars.google.quota import Caller, Priority
from calendars.google.resources import event_list
from calendars.google.transport import Answer
from calendars.models import Connection
from config.backoff import GOOGLE_CALL

PAGE_SIZE = 2500  # the most that events.list gives
CALENDAR_LIST_PAGE_SIZE = 250
TRIES = 4
USUAL_CHANNEL_LIFE = timedelta(seconds=604_800)
LONGEST_RESOURCE_ID = 255
LONGEST_WAIT_SECONDS = 8.0  # what asks for more is parked in its row and not waited for here

Items = TypeVar("Items")
Made = TypeVar("Made")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Page(Generic[Items]):
    """One page of a list. Only the absence of `next_page_token` ends the list, never a short page.

    `sync_token` comes with the last page only.
    """

    items: Items
    is_empty: bool
    next_page_token: str
    sync_token: str

    def holding(self, items: Made) -> Page[Made]:
        """The same place in the list, with what was made of its items."""
        return Page(items, self.is_empty, self.next_page_token, self.sync_token)


@dataclass(frozen=True, slots=True)
class StartedCall(Generic[Result]):
    """A call that a thread is making, and the access token that it was made with."""

    token: AccessToken
    result: Future[Result]


@dataclass(frozen=True, slots=True)
class Watch:
    """A channel that Google opened."""

    resource_id: str
    expires_at: datetime


def client_for(connection: Connection, *, priority: Priority) -> CalendarClient:
    source = access_token_source(connection)
    return CalendarClient(source, Caller(connection.subject, priority))


class CalendarClient:
    """Calls for one connection. `retries` counts the calls that had to be repeated."""

    def __init__(self, access_token: Callable[[int | None], AccessToken], caller: Caller) -> None:
        self._access_token = access_token
        self._caller = caller
        self._token: AccessToken | None = None  # the last that was good
        self.retries = 0

    def list_calendars(
        self, *, page_token: str = "", sync_token: str = ""
    ) -> Page[list[dict[str, Any]]]:
        """https://developers.google.com/workspace/calendar/api/v3/reference/calendarList/list"""
        request = _resource(settings.GOOGLE_API_ROOT, "calendarList").list(
            maxResults=CALENDAR_LIST_PAGE_SIZE,
            showDeleted=True,
            showHidden=True,
            pageToken=page_token or None,
            syncToken=sync_token or None,
        )
        return self._call(request, _calendars)

    def list_events(
        self,
        calendar_id: str,
        *,
        page_token: str = "",
        sync_token: str = "",
        started: StartedCall[Page[list[Raw]]] | None = None,
    ) -> Page[list[Raw]]:
        """Masters and exceptions, cancelled ones too: the same query for all pages and deltas.

        `started` is what `start_listing` gave for the same page: its answer is waited for, and
        only a failure of it is followed by calls of this thread.
        https://developers.google.com/workspace/calendar/api/v3/reference/events/list
        """
        return self._call(_list_events(calendar_id, page_token, sync_token), _events, started)

    def start_listing(
        self, executor: Executor, calendar_id: str, *, page_token: str = "", sync_token: str = ""
    ) -> StartedCall[Page[list[Raw]]] | None:
        """Begin the call of `list_events` in a thread, which touches neither database nor cache.

        Returns None if the quota has no room for it at once.
        """
        request = _list_events(calendar_id, page_token, sync_token)
        token = self._token or self._access_token(None)
        try:
            quota.take_turn(self._caller)
        except RateLimited:
            return None
        return StartedCall(token, executor.submit(_send, request, token, _events))

    def list_events_between(
        self, calendar_id: str, *, start_at: datetime, end_at: datetime, page_token: str = ""
    ) -> Page[list[Raw]]:
        """What touches [start_at, end_at): begins no sync, and its last page has no cursor."""
        request = _resource(settings.GOOGLE_API_ROOT, "events").list(
            calendarId=calendar_id,
            maxResults=PAGE_SIZE,
            singleEvents=False,
            showDeleted=True,
            timeMin=start_at.isoformat(),
            timeMax=end_at.isoformat(),
            pageToken=page_token or None,
        )
        return self._call(request, _events_between)

    def watch(
        self, calendar_id: str | None, *, channel_id: str, secret: str, address: str
    ) -> Watch:
        """Opens a channel on a calendar's events, or with None on the calendar list.

        Not repeated in place: a lost answer would be followed by a refusal of the same id.
        https://developers.google.com/workspace/calendar/api/guides/push
        """
        body = {"id": channel_id, "type": "web_hook", "address": address, "token": secret}
        root = settings.GOOGLE_API_ROOT
        request = (
            _resource(root, "calendarList").watch(body=body)
            if calendar_id is None
            else _resource(root, "events").watch(calendarId=calendar_id, body=body)
        )
        return self._call(request, _watch, tries=1)

    def stop_channel(self, *, channel_id: str, resource_id: str) -> None:
        """Closes a channel; one that is gone already is no error.

        https://developers.google.com/workspace/calendar/api/v3/reference/channels/stop
        """
        body = {"id": channel_id, "resourceId": resource_id}
        request = _resource(settings.GOOGLE_API_ROOT, "channels").stop(body=body)
        with suppress(NotFound):
            self._call(request, _nothing)

    def _call(
        self,
        request: HttpRequest,
        decode: Callable[[Answer], Result],
        started: StartedCall[Result] | None = None,
        *,
        tries: int = TRIES,
    ) -> Result:
        """Send until there is an answer that can be decoded, or an error that waiting doesn't
        help."""
        rejected: int | None = None
        failures = 0
        while True:
            if started is None:
                quota.take_turn(self._caller)
            # Asked for after each wait: a token may live for less than that.
            token = started.token if started else self._access_token(rejected)
            try:
                result = started.result.result() if started else _send(request, token, decode)
                self._token = token
                return result
            except AccessTokenRejected as error:
                if rejected is not None:
                    error.credential_version = token.version
                    raise
                rejected = token.version
            except ScopeMissing as error:
                error.credential_version = token.version
                raise
            except GoogleError as error:
                failures += 1
                if error.retry is not Retry.SOON:
                    raise
                self._wait(failures, error, last=failures == tries)
            self.retries += 1
            started = None

    def _wait(self, failures: int, error: GoogleError, *, last: bool) -> None:
        """Truncated exponential backoff with full jitter; a Retry-After is a lower bound."""
        if isinstance(error, RateLimited):
            error.retry_after_seconds = quota.hold_back(self._caller, error.retry_after_seconds)
        asked = error.retry_after_seconds or 0.0
        if last or asked > LONGEST_WAIT_SECONDS:
            raise error
        time.sleep(asked + GOOGLE_CALL.wait(failures - 1).total_seconds())


def _list_events(calendar_id: str, page_token: str, sync_token: str) -> HttpRequest:
    return _resource(settings.GOOGLE_API_ROOT, "events").list(
        calendarId=calendar_id,
        maxResults=PAGE_SIZE,
        singleEvents=False,
        showDeleted=True,
        pageToken=page_token or None,
        syncToken=sync_token or None,
    )


def _send(request: HttpRequest, token: AccessToken, decode: Callable[[Answer], Result]) -> Result:
    headers = {**request.headers, "authorization": f"Bearer {token.value}"}
    answer = transport.send(request.method, request.uri, headers=headers, body=request.body)
    if not answer.ok:
        raise api_error(answer.status, answer.body, answer.retry_after_seconds)
    return decode(answer)


def _nothing(answer: Answer) -> None:
    """Whatever JSON came with the status is not needed."""
    _ = answer.body


def _object(answer: Answer) -> Mapping[str, Any]:
    body = answer.body
    if not isinstance(body, Mapping):
        raise GoogleUnavailable("the answer is not an object")
    return body


def _watch(answer: Answer) -> Watch:
    channel = _object(answer)
    resource_id = channel.get("resourceId")
    if not isinstance(resource_id, str) or not 0 < len(resource_id) <= LONGEST_RESOURCE_ID:
        raise GoogleUnavailable("the channel has no resource")
    # The channel is open, whatever is said of its end: of that no more is believed than usual.
    usual = timezone.now() + USUAL_CHANNEL_LIFE
    told = epoch_milliseconds(channel.get("expiration")) or usual
    return Watch(resource_id, min(told, usual))


def _calendars(answer: Answer) -> Page[list[dict[str, Any]]]:
    listed = _object(answer)
    items = listed.get("items", [])
    if not isinstance(items, list):
        raise GoogleUnavailable("the list has no items")
    return _whole(
        Page(
            items=[item for item in items if isinstance(item, dict)],
            is_empty=not items,
            next_page_token=_text(listed.get("nextPageToken")),
            sync_token=_text(listed.get("nextSyncToken")),
        )
    )


def _events_between(answer: Answer) -> Page[list[Raw]]:
    try:
        listed = event_list(answer.content)
    except ValueError:
        raise GoogleUnavailable("the answer is not a list of events") from None
    return Page(
        items=listed.items,
        is_empty=not listed.items,
        next_page_token=listed.next_page_token or "",
        sync_token=listed.next_sync_token or "",
    )


def _events(answer: Answer) -> Page[list[Raw]]:
    return _whole(_events_between(answer))


def _whole(page: Page[Items]) -> Page[Items]:
    """A list goes on, or ends with a cursor. What does neither was cut on its way, and says nothing
    of what it leaves out."""
    if not page.next_page_token and not page.sync_token:
        raise GoogleUnavailable("the list ends with neither token")
    return page


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


@lru_cache(maxsize=16)
def _resource(api_root: str, name: str) -> Any:
    """The API's methods for one resource: the library would make them anew for each call."""
    return getattr(_service(api_root), name)()


@lru_cache(maxsize=4)
def _service(api_root: str) -> Any:
    """The API, built once a process from the document that ships with the library."""
    document = json.loads(get_static_doc("calendar", "v3"))
    document["rootUrl"] = f"{api_root}/"
    return build_from_document(document, http=_SentElsewhere())


class _SentElsewhere:
    """The library wants a transport to build requests; this one only says that it is not it."""

    def request(self, *args: object, **kwargs: object) -> None:
        raise TypeError("Requests of the Calendar API are sent by calendars.google.transport.")
