"""How many files a token, a phone number, an event and a push cross, in a real request or sync.

Everything is done once before it is traced, so that lazy imports and caches don't count.
`CROSSED_FILES=1` lists the files, those that handled the thing itself marked by *.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from celery import current_app
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.models import User
from calendars.models import Event, SyncState
from sandbox.control import Control
from tests.benchmarks.figures import Figure
from tests.benchmarks.google import ACCOUNT, connect, running_google, state_of
from tests.benchmarks.tracing import CHECKOUT, Trace, lines_of, traced
from tests.factories import bearer, make_session, make_user
from tests.privilege import as_product
from tests.product import open_channels, sync_collection
from tests.sandbox.webhook import Webhook

HEADING = f"{'files crossed':<52} {'files':>12}"
MARK = "Crossing the Rubicon"
PATIENCE_SECONDS = 20
TASK = "calendars.tasks.sync_collection"
LIVE = {"HX-Request": "true", "HX-Target": "live"}


def results() -> Iterator[Figure]:
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.MIDDLEWARE = ["tests.privilege.ProductMiddleware", *settings.MIDDLEWARE]
    storage = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": storage}
    alice = make_user("alice@example.org")
    yield from bearer_token(alice)
    yield from phone_number(alice)
    with running_google() as google, Webhook() as webhook:
        settings.GOOGLE_WEBHOOK_URL = webhook.address
        google.create_account(ACCOUNT, time_zone="Europe/Berlin")
        google.bulk(ACCOUNT, 50)
        state = state_of(connect(google, alice))
        yield from event(google, alice, state)
        yield from push(google, alice, state, webhook)


def bearer_token(owner: User) -> Iterator[Figure]:
    headers = bearer(make_session(owner))
    client = Client()
    assert client.get("/api/v1/profile", headers=headers).status_code == 200
    token = headers["Authorization"].removeprefix("Bearer ")
    with traced(token, *token.split("."), within="Request._authenticate") as trace:
        client.get("/api/v1/profile", headers=headers)
    yield from figures("a bearer token, authenticated", trace, at_most=9)


def phone_number(owner: User) -> Iterator[Figure]:
    browser = browser_of(owner)
    for number in ("+49 30 901820", "+49 30 901821"):
        form = _Form(browser.get("/settings/profile/", follow=True).content.decode()).fields
        with traced("30901821", "30 901821") as trace:
            answer = browser.post("/settings/profile/", {**form, "phone_number": number})
        assert answer.status_code == 302
    yield from figures("a phone number, form to row", trace, at_most=34)


def event(google: Control, owner: User, state: SyncState) -> Iterator[Figure]:
    browser, page = browser_of(owner), f"/calendar/month/{timezone.now().date()}/"
    sync_collection(state.pk)
    browser.get(page)
    start_at = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=5)
    times = ({"dateTime": at.isoformat()} for at in (start_at, start_at + timedelta(minutes=30)))
    google.add_event(ACCOUNT, {"summary": MARK, **dict(zip(("start", "end"), times, strict=True))})
    due(state)
    with traced(MARK) as written:
        sync_collection(state.pk)
    with traced(MARK) as shown:
        body = browser.get(page).content.decode()
    assert MARK in body
    yield from figures("an event, Google to row", written, at_most=38)
    yield from figures("an event, Google to month page", written | shown, at_most=66)


def push(google: Control, owner: User, state: SyncState, webhook: Webhook) -> Iterator[Figure]:
    """The worker's task is run here, and not by the broker's message."""
    browser, page = browser_of(owner), f"/calendar/month/{timezone.now().date()}/"
    open_channels()
    changed = Event.objects.get(summary=MARK).remote_id
    for turn in ("first", "second"):
        known = len(webhook.received)
        google.patch_events(ACCOUNT, [{"id": changed, "summary": f"{MARK}, {turn}"}])
        headers = notification(webhook, known)
        version = (
            browser.get(page).content.decode().partition('data-version="')[2].partition('"')[0]
        )
        with traced() as heard:
            assert Client().post("/webhooks/google/calendar", headers=headers).status_code == 204
        due(state)
        with as_product(), traced() as pulled:
            current_app.tasks[TASK].apply(args=[state.pk], throw=True)
        with traced() as followed:
            asked = {"If-None-Match": f'"{version}"'}
            assert browser.get("/calendar/version/", headers=asked).status_code == 204
            body = browser.get(page, headers=LIVE).content.decode()
        assert f"{MARK}, {turn}" in body
    yield from figures("a push, to the visible change", heard | pulled | followed, at_most=70)


def figures(name: str, trace: Trace, *, at_most: int) -> Iterator[Figure]:
    yield Figure(name, len(trace.ran), "files", at_most=at_most)
    yield Figure("  lines of these files", lines_of(trace.ran), "lines")
    if trace.handled:
        yield Figure("  of them handle the thing itself", len(trace.handled), "files")
    if os.environ.get("CROSSED_FILES"):
        for each in sorted(trace.ran):
            print(" *"[each in trace.handled], Path(each).relative_to(CHECKOUT))


def browser_of(owner: User) -> Client:
    browser = Client()
    browser.force_login(owner, "accounts.password_backend.PasswordBackend")
    return browser


def due(state: SyncState) -> None:
    SyncState.objects.filter(pk=state.pk).update(due_at=timezone.now())


def notification(webhook: Webhook, known: int) -> dict[str, str]:
    """Google's headers of the first change that came after `known` notifications."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        for one in webhook.received[known:]:
            if one["X-Goog-Resource-State"] != "sync":
                return {name: text for name, text in one.items() if name.startswith("X-Goog-")}
        time.sleep(0.02)
    raise AssertionError("no notification came")


def version_of(page: str) -> str:
    return page.partition('data-version="')[2].partition('"')[0]


class _Form(HTMLParser):
    """What a browser would send of a page's form, unchanged."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self._select = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found: dict[str, Any] = dict(attrs)
        if tag in ("input", "textarea") and found.get("name"):
            self.fields[found["name"]] = found.get("value") or ""
        elif tag == "select":
            self._select = found.get("name") or ""
        elif tag == "option" and self._select and "selected" in found:
            self.fields[self._select] = found.get("value") or ""
