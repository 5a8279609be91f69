"""The Calendar API client: the only place that knows its parameters, status codes and retries.

requests.py builds requests, transport.py sends them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from django.utils import timezone
from googleapiclient.http import HttpRequest
from msgspec import Raw

from calendars.events.people import Json
from calendars.events.rows import MalformedEvent
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
from calendars.google.requests import resource
from calendars.google.resources import EventResource, event_list, event_resource
from calendars.google.transport import Answer
from calendars.models import Connection
from config.backoff import GOOGLE_CALL

PAGE_SIZE = 2500  # the maximum of events.list
CALENDAR_LIST_PAGE_SIZE = 250
TRIES = 4
USUAL_CHANNEL_LIFE = timedelta(seconds=604_800)
LONGEST_RESOURCE_ID = 255
LONGEST_WAIT_SECONDS = 8.0  # longer waits are put off in the row instead

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
        """Return the same page with other items."""
        return Page(items, self.is_empty, self.next_page_token, self.sync_token)


@dataclass(frozen=True, slots=True)
class StartedCall(Generic[Result]):
    """A call running in a thread, and its access token."""

    token: AccessToken
    result: Future[Result]


@dataclass(frozen=True, slots=True)
class Watch:
    """A push channel opened by Google."""

    resource_id: str
    expires_at: datetime


def client_for(connection: Connection, *, priority: Priority) -> CalendarClient:
    source = access_token_source(connection)
    return CalendarClient(source, Caller(connection.subject, priority))


class CalendarClient:
    """API calls of one connection. `retries` counts repeated calls."""

    def __init__(self, access_token: Callable[[int | None], AccessToken], caller: Caller) -> None:
        self._access_token = access_token
        self._caller = caller
        self._token: AccessToken | None = None  # the last valid one
        self.retries = 0

    def list_calendars(
        self, *, page_token: str = "", sync_token: str = ""
    ) -> Page[list[dict[str, Any]]]:
        """https://developers.google.com/workspace/calendar/api/v3/reference/calendarList/list"""
        request = resource("calendarList").list(
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
        """List masters and exceptions, including cancelled ones: the same query for all pages
        and deltas.

        `started` is the result of `start_listing` for the same page: its response is awaited,
        and this thread calls only if it failed.
        https://developers.google.com/workspace/calendar/api/v3/reference/events/list
        """
        return self._call(_list_events(calendar_id, page_token, sync_token), _events, started)

    def start_listing(
        self, executor: Executor, calendar_id: str, *, page_token: str = "", sync_token: str = ""
    ) -> StartedCall[Page[list[Raw]]] | None:
        """Begin the call of `list_events` in a thread, which touches neither database nor cache.

        Returns None if the quota doesn't allow it immediately.
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
        """List events that overlap [start_at, end_at). Such a list has no sync token."""
        request = resource("events").list(
            calendarId=calendar_id,
            maxResults=PAGE_SIZE,
            singleEvents=False,
            showDeleted=True,
            timeMin=start_at.isoformat(),
            timeMax=end_at.isoformat(),
            pageToken=page_token or None,
        )
        return self._call(request, _events_between)

    def get_event(self, calendar_id: str, event_id: str) -> EventResource:
        """Return an event, also a cancelled one or an instance that only its series implies.

        https://developers.google.com/workspace/calendar/api/v3/reference/events/get
        """
        return self._write("get", "", calendarId=calendar_id, eventId=event_id)

    def insert_event(self, calendar_id: str, body: Json, *, notify: str) -> EventResource:
        """`body` has the id. Raises AlreadyExists if it was ever used.

        https://developers.google.com/workspace/calendar/api/v3/reference/events/insert
        """
        return self._write("insert", "", calendarId=calendar_id, body=body, sendUpdates=notify)

    def patch_event(
        self, calendar_id: str, event_id: str, body: Json, *, if_match: str, notify: str
    ) -> EventResource:
        """Raises VersionMismatch unless Google's version is `if_match`; "" is any.

        https://developers.google.com/workspace/calendar/api/v3/reference/events/patch
        """
        place = {"calendarId": calendar_id, "eventId": event_id}
        return self._write("patch", if_match, **place, body=body, sendUpdates=notify)

    def move_event(
        self, calendar_id: str, event_id: str, *, destination: str, notify: str
    ) -> EventResource:
        """https://developers.google.com/workspace/calendar/api/v3/reference/events/move"""
        place = {"calendarId": calendar_id, "eventId": event_id, "destination": destination}
        return self._write("move", "", **place, sendUpdates=notify)

    def delete_event(self, calendar_id: str, event_id: str, *, if_match: str, notify: str) -> None:
        """Delete an event, or cancel an instance. Raises EventGone if it's cancelled already.

        https://developers.google.com/workspace/calendar/api/v3/reference/events/delete
        """
        request = resource("events").delete(
            calendarId=calendar_id, eventId=event_id, sendUpdates=notify
        )
        self._call(_if_match(request, if_match), _nothing, tries=1)

    def _write(self, method: str, if_match: str, **parameters: Any) -> EventResource:
        """Call once: whether a lost answer followed a change is found out by what follows."""
        request = getattr(resource("events"), method)(**parameters)
        return self._call(_if_match(request, if_match), _event, tries=1)

    def watch(
        self, calendar_id: str | None, *, channel_id: str, secret: str, address: str
    ) -> Watch:
        """Open a channel on a calendar's events, or with None on the calendar list.

        It isn't retried: after a lost response Google would refuse the same channel id.
        https://developers.google.com/workspace/calendar/api/guides/push
        """
        body = {"id": channel_id, "type": "web_hook", "address": address, "token": secret}
        request = (
            resource("calendarList").watch(body=body)
            if calendar_id is None
            else resource("events").watch(calendarId=calendar_id, body=body)
        )
        return self._call(request, _watch, tries=1)

    def stop_channel(self, *, channel_id: str, resource_id: str) -> None:
        """Close a channel. It's no error if it no longer exists.

        https://developers.google.com/workspace/calendar/api/v3/reference/channels/stop
        """
        body = {"id": channel_id, "resourceId": resource_id}
        request = resource("channels").stop(body=body)
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
        """Send until a decodable response arrives, or an error that a retry can't resolve."""
        rejected: int | None = None
        failures = 0
        while True:
            if started is None:
                quota.take_turn(self._caller)
            # Requested after each wait, because the token may expire meanwhile.
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
    return resource("events").list(
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


def _if_match(request: HttpRequest, etag: str) -> HttpRequest:
    if etag:
        request.headers["If-Match"] = etag
    return request


def _event(answer: Answer) -> EventResource:
    try:
        (item,) = event_list(b'{"items":[%b]}' % answer.content).items
        return event_resource(item)
    except (ValueError, MalformedEvent):
        raise GoogleUnavailable("the answer is not an event") from None


def _nothing(answer: Answer) -> None:
    """Ignore the body."""
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
    # The channel is open even if its expiry is unusable; the usual lifetime is an upper bound.
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
    """Require a next page token or a sync token. A page with neither was truncated, and proves
    nothing about events that it doesn't contain."""
    if not page.next_page_token and not page.sync_token:
        raise GoogleUnavailable("the list ends with neither token")
    return page


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
