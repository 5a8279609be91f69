"""The Calendar API: the only owner of its parameters, its statuses and its retries in place.

Requests are built by google-api-python-client from the discovery document that it ships, so
that a wrong parameter fails here and not at Google; transport.py sends them.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache, partial
from typing import Any, Generic, TypeVar

from django.conf import settings
from django.utils import timezone
from googleapiclient.discovery import build_from_document
from googleapiclient.discovery_cache import get_static_doc
from googleapiclient.http import HttpRequest
from msgspec import Raw

from calendars.google import quota, transport
from calendars.google.ahead import CallAhead
from calendars.google.credentials import AccessToken, access_token_source
from calendars.google.decoding import decode_json, epoch_milliseconds
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
from calendars.google.resources import EventList, event_list
from calendars.models import Connection
from config.backoff import GOOGLE_CALL

PAGE_SIZE = 2500  # the most that events.list gives
CALENDAR_LIST_PAGE_SIZE = 250
TRIES = 4
USUAL_CHANNEL_LIFE = timedelta(seconds=604_800)
LONGEST_RESOURCE_ID = 255
LONGEST_WAIT_SECONDS = 8.0  # what asks for more is parked in its row and not waited for here

Items = TypeVar("Items")
Result = TypeVar("Result")
Decode = Callable[[bytes], Any]
Read = Callable[[list[Raw]], Items]


@dataclass(frozen=True, slots=True)
class Page(Generic[Items]):
    """One page of a list. Only the absence of `next_page_token` ends the list, never a short page.

    `items` are what the caller's `read` made of them. `sync_token` comes with the last page only.
    `time_zone` is the calendar's own.
    """

    items: Items
    is_empty: bool
    next_page_token: str
    sync_token: str
    time_zone: str


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
        self._ahead = CallAhead()
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
        self, calendar_id: str, *, read: Read[Items], page_token: str = "", sync_token: str = ""
    ) -> Page[Items]:
        """Masters and exceptions, cancelled ones too: the same query for all pages and deltas.

        The page that follows is called for at once, and read, in a thread of its own; it waits
        for who asks for it.
        https://developers.google.com/workspace/calendar/api/v3/reference/events/list
        """
        request = _list_events(calendar_id, page_token, sync_token)
        page = self._call(request, partial(_whole_events, read=read), decode=event_list)
        if page.next_page_token:
            self.call_ahead_for_events(
                calendar_id, read=read, page_token=page.next_page_token, sync_token=sync_token
            )
        return page

    def call_ahead_for_events(
        self, calendar_id: str, *, read: Read[Items], page_token: str = "", sync_token: str = ""
    ) -> None:
        """What `list_events` will be asked for next is on its way from now on."""
        request = _list_events(calendar_id, page_token, sync_token)
        token = self._token or self._access_token(None)
        with suppress(RateLimited):  # it is called for when it is asked for, then
            quota.take_turn(self._caller)
            read_page = partial(_whole_events, read=read)
            call = partial(_send, request, token, read_page, event_list)
            self._ahead.begin(request.uri, token, call)

    def list_events_between(
        self,
        calendar_id: str,
        *,
        read: Read[Items],
        start_at: datetime,
        end_at: datetime,
        page_token: str = "",
    ) -> Page[Items]:
        """What touches [start_at, end_at): a look that begins no sync and brings no cursor."""
        request = _resource(settings.GOOGLE_API_ROOT, "events").list(
            calendarId=calendar_id,
            maxResults=PAGE_SIZE,
            singleEvents=False,
            showDeleted=True,
            timeMin=start_at.isoformat(),
            timeMax=end_at.isoformat(),
            pageToken=page_token or None,
        )
        return self._call(request, partial(_events, read=read), decode=event_list)

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
            self._call(request, _unread)

    def _call(
        self,
        request: HttpRequest,
        read: Callable[[Any], Result],
        *,
        decode: Decode = decode_json,
        tries: int = TRIES,
    ) -> Result:
        """Sends until an answer that can be read, or an error that waiting does not help."""
        begun = self._ahead.take(request.uri)
        rejected: int | None = None
        failures = 0
        while True:
            if begun is None:
                quota.take_turn(self._caller)
            # Asked for after each wait: a token may live for less than that.
            token = begun.token if begun else self._access_token(rejected)
            try:
                result = begun.result.result() if begun else _send(request, token, read, decode)
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
            begun = None

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


def _send(
    request: HttpRequest, token: AccessToken, read: Callable[[Any], Result], decode: Decode
) -> Result:
    headers = {**request.headers, "authorization": f"Bearer {token.value}"}
    answer = transport.send(
        request.method, request.uri, headers=headers, body=request.body, decode=decode
    )
    if not answer.ok:
        raise api_error(answer.status, answer.body, answer.retry_after_seconds)
    return read(answer.body)


def _unread(body: Any) -> None:
    """What came with the status is of no interest."""


def _object(body: Any) -> Mapping[str, Any]:
    if not isinstance(body, Mapping):
        raise GoogleUnavailable("the answer is not an object")
    return body


def _watch(body: Any) -> Watch:
    channel = _object(body)
    resource_id = channel.get("resourceId")
    if not isinstance(resource_id, str) or not 0 < len(resource_id) <= LONGEST_RESOURCE_ID:
        raise GoogleUnavailable("the channel has no resource")
    # The channel is open, whatever is said of its end: of that no more is believed than usual.
    usual = timezone.now() + USUAL_CHANNEL_LIFE
    told = epoch_milliseconds(channel.get("expiration")) or usual
    return Watch(resource_id, min(told, usual))


def _calendars(body: Any) -> Page[list[dict[str, Any]]]:
    listed = _object(body)
    items = listed.get("items", [])
    if not isinstance(items, list):
        raise GoogleUnavailable("the list has no items")
    return _whole(
        Page(
            items=[item for item in items if isinstance(item, dict)],
            is_empty=not items,
            next_page_token=_text(listed.get("nextPageToken")),
            sync_token=_text(listed.get("nextSyncToken")),
            time_zone=_text(listed.get("timeZone")),
        )
    )


def _events(body: Any, read: Read[Items]) -> Page[Items]:
    if not isinstance(body, EventList):
        raise GoogleUnavailable("the answer is empty")
    return Page(
        items=read(body.items),
        is_empty=not body.items,
        next_page_token=body.next_page_token or "",
        sync_token=body.next_sync_token or "",
        time_zone=body.time_zone or "",
    )


def _whole_events(body: Any, read: Read[Items]) -> Page[Items]:
    return _whole(_events(body, read))


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
