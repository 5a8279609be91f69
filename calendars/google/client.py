"""The Calendar API: the only owner of its parameters, its statuses and its retries in place.

Requests are built by google-api-python-client from the discovery document that it ships, so
that a wrong parameter fails here and not at Google; transport.py sends them.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from googleapiclient.discovery import build_from_document
from googleapiclient.discovery_cache import get_static_doc
from googleapiclient.http import HttpRequest

from calendars.google import transport
from calendars.google.credentials import AccessToken
from calendars.google.errors import (
    AccessTokenRejected,
    GoogleError,
    GoogleUnavailable,
    Retry,
    api_error,
)

PAGE_SIZE = 2500  # the most that events.list gives
CALENDAR_LIST_PAGE_SIZE = 250
TRIES = 4
BACKOFF_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 8.0  # what asks for more is parked in its row and not waited for here


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list. Only the absence of `next_page_token` ends the list, never a short page.

    `sync_token` comes with the last page only. `time_zone` is the calendar's own.
    """

    items: list[dict[str, Any]]
    next_page_token: str
    sync_token: str
    time_zone: str


class CalendarClient:
    """Calls for one connection. `retries` counts the calls that had to be repeated."""

    def __init__(self, access_token: Callable[[int | None], AccessToken]) -> None:
        self._access_token = access_token
        self.retries = 0

    def list_calendars(self, *, page_token: str = "", sync_token: str = "") -> Page:
        """https://developers.google.com/workspace/calendar/api/v3/reference/calendarList/list"""
        request = (
            _service(settings.GOOGLE_API_ROOT)
            .calendarList()
            .list(
                maxResults=CALENDAR_LIST_PAGE_SIZE,
                showDeleted=True,
                showHidden=True,
                pageToken=page_token or None,
                syncToken=sync_token or None,
            )
        )
        return _page(self._call(request))

    def list_events(self, calendar_id: str, *, page_token: str = "", sync_token: str = "") -> Page:
        """Masters and exceptions, cancelled ones too: the same query for all pages and deltas.

        https://developers.google.com/workspace/calendar/api/v3/reference/events/list
        """
        request = (
            _service(settings.GOOGLE_API_ROOT)
            .events()
            .list(
                calendarId=calendar_id,
                maxResults=PAGE_SIZE,
                singleEvents=False,
                showDeleted=True,
                pageToken=page_token or None,
                syncToken=sync_token or None,
            )
        )
        return _page(self._call(request))

    def _call(self, request: HttpRequest) -> Mapping[str, Any]:
        """Sends until an answer, or an error that waiting in place does not help."""
        token = self._access_token(None)
        refreshed = False
        for attempt in range(TRIES):
            try:
                return _object(_send(request, token))
            except AccessTokenRejected:
                if refreshed:
                    raise
                refreshed = True
                token = self._access_token(token.version)
            except GoogleError as error:
                if error.retry is not Retry.SOON or attempt == TRIES - 1:
                    raise
                _wait(attempt, error)
            self.retries += 1
        raise GoogleUnavailable("no answer after several tries")


def _send(request: HttpRequest, token: AccessToken) -> Any:
    headers = {**request.headers, "authorization": f"Bearer {token.value}"}
    answer = transport.send(request.method, request.uri, headers=headers, body=request.body)
    if not answer.ok:
        raise api_error(answer.status, answer.body, answer.retry_after_seconds)
    return answer.body


def _wait(attempt: int, error: GoogleError) -> None:
    """Truncated exponential backoff with full jitter; a Retry-After is a lower bound."""
    asked = error.retry_after_seconds or 0.0
    if asked > LONGEST_WAIT_SECONDS:
        raise error
    backoff = min(BACKOFF_SECONDS * 2**attempt, LONGEST_WAIT_SECONDS)
    time.sleep(max(asked, random.uniform(0, backoff)))  # noqa: S311  # nosec B311 - jitter


def _object(body: Any) -> Mapping[str, Any]:
    if not isinstance(body, Mapping):
        raise GoogleUnavailable("the answer is not an object")
    return body


def _page(body: Mapping[str, Any]) -> Page:
    items = body.get("items", [])
    if not isinstance(items, list):
        raise GoogleUnavailable("the list has no items")
    return Page(
        items=[item for item in items if isinstance(item, dict)],
        next_page_token=str(body.get("nextPageToken") or ""),
        sync_token=str(body.get("nextSyncToken") or ""),
        time_zone=str(body.get("timeZone") or ""),
    )


@lru_cache(maxsize=4)
def _service(api_root: str) -> Any:
    """The API's methods, built once a process from the document that ships with the library."""
    document = json.loads(get_static_doc("calendar", "v3"))
    document["rootUrl"] = f"{api_root}/"
    return build_from_document(document, http=_SentElsewhere())


class _SentElsewhere:
    """The library wants a transport to build requests; this one only says that it is not it."""

    def request(self, *args: object, **kwargs: object) -> None:
        raise TypeError("Requests of the Calendar API are sent by calendars.google.transport.")
