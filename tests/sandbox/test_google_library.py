"""Google's own Python library, unchanged except for the URL."""

from __future__ import annotations

from typing import Any

import pytest
from google.auth.exceptions import RefreshError
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build_from_document
from googleapiclient.errors import HttpError

from sandbox.control import Control
from sandbox.server import CLIENT_ID, CLIENT_SECRET
from tests.sandbox.client import ALICE, CALENDAR_SCOPE, Json, lunch
from tests.sandbox.discovery import document


def credentials_of(control: Control) -> Credentials:
    tokens = control.grant(ALICE)
    return Credentials(  # type: ignore[no-untyped-call]
        token=tokens["access_token"], refresh_token=tokens["refresh_token"],
        token_uri=f"{control.url}/token", client_id=CLIENT_ID, client_secret=CLIENT_SECRET,
        scopes=[CALENDAR_SCOPE],
    )  # fmt: skip


@pytest.fixture
def credentials(control: Control) -> Credentials:
    return credentials_of(control)


@pytest.fixture
def service(control: Control, credentials: Credentials) -> Any:
    """Build the library from the document that it ships, with another root URL."""
    here = {"rootUrl": f"{control.url}/", "baseUrl": f"{control.url}/calendar/v3/"}
    return build_from_document({**document(), **here}, credentials=credentials)


def list_all(service: Any, **query: Any) -> tuple[list[Json], str]:
    events, request = [], service.events().list(calendarId="primary", **query)
    while request is not None:
        page = request.execute()
        events += page.get("items", [])
        request = service.events().list_next(request, page)
    return events, page["nextSyncToken"]


def test_it_lists_pages_and_syncs(service: Any, control: Control) -> None:
    control.bulk(ALICE, 30)
    calendars = service.calendarList().list().execute()["items"]
    assert [calendar["id"] for calendar in calendars] == [ALICE]
    events, token = list_all(service, maxResults=7)
    assert len({event["id"] for event in events}) == 30
    control.delete_event(ALICE, events[0]["id"])
    made = service.events().insert(calendarId="primary", body=lunch()).execute()
    changed, token = list_all(service, syncToken=token)
    assert [(event["id"], event["status"]) for event in changed] == [
        (events[0]["id"], "cancelled"), (made["id"], "confirmed")]  # fmt: skip
    control.invalidate_sync_tokens(ALICE)
    with pytest.raises(HttpError) as gone:
        list_all(service, syncToken=token)
    assert (gone.value.status_code, gone.value.reason) == (
        410, "Sync token is no longer valid, a full sync is required.")  # fmt: skip


def test_it_edits_under_an_etag(service: Any, control: Control) -> None:
    event = service.events().insert(calendarId="primary", body=lunch()).execute()
    control.patch_event(ALICE, event["id"], {"summary": "Changed elsewhere"})
    request = service.events().delete(calendarId="primary", eventId=event["id"])
    request.headers["If-Match"] = event["etag"]
    with pytest.raises(HttpError) as stale:
        request.execute()
    assert stale.value.status_code == 412
    patch = service.events().patch(calendarId="primary", eventId=event["id"],
                                   body={"location": "Canteen"}).execute()  # fmt: skip
    assert patch["summary"] == "Changed elsewhere"
    assert service.events().delete(calendarId="primary", eventId=event["id"]).execute() == ""


def test_it_batches(service: Any, control: Control) -> None:
    answers: dict[str, Any] = {}

    def note(name: str, answer: Json | None, error: HttpError | None) -> None:
        answers[name] = answer["summary"] if answer else error and error.status_code

    batch = service.new_batch_http_request(callback=note)
    for name in ("first", "second"):
        batch.add(service.events().insert(calendarId="primary", body=lunch(name)), request_id=name)
    batch.add(service.events().get(calendarId="primary", eventId="missing"), request_id="third")
    batch.execute()
    assert answers == {"first": "first", "second": "second", "third": 404}
    assert len(control.truth(ALICE)["events"]) == 2


def test_it_refreshes_an_expired_token_by_itself(
    service: Any, control: Control, credentials: Credentials
) -> None:
    before = credentials.token
    control.expire_access_tokens(ALICE)
    assert service.events().list(calendarId="primary").execute()["items"] == []
    assert credentials.token != before
    assert control.counts()["token.refresh"] == 1


def test_it_says_so_when_the_grant_is_revoked(service: Any, control: Control) -> None:
    control.revoke_grant(ALICE)
    with pytest.raises(RefreshError, match="Token has been expired or revoked"):
        service.events().list(calendarId="primary").execute()


def test_it_watches_and_stops(service: Any, control: Control) -> None:
    body = {"id": "one", "type": "web_hook", "address": "http://127.0.0.1:9/hook"}
    opened = service.events().watch(calendarId="primary", body=body).execute()
    assert [channel["id"] for channel in control.channels()] == ["one"]
    stop = {"id": opened["id"], "resourceId": opened["resourceId"]}
    service.channels().stop(body=stop).execute()
    assert control.channels() == []
