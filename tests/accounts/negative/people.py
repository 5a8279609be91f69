"""Who somebody is to the database, to the log, and to the throttles."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from allauth.mfa.totp.internal import auth as totp
from asgiref.sync import sync_to_async
from django.apps import apps
from django.db import connections
from django.http import HttpRequest
from django.test import AsyncClient
from django.test import Client as Browser
from django.utils import timezone
from django.views.debug import ExceptionReporter

from accounts.models import AuditEvent, Session
from tests.accounts.forgeries import stranger_under_our_kid
from tests.accounts.negative.cases import case
from tests.accounts.negative.world import WHOAMI, World, assert_let_in, assert_refused
from tests.accounts.race import RACERS
from tests.factories import PASSWORD, make_session, make_user
from tests.hashers import CountingArgon2
from tests.loops import run_async

LOOPBACK = "127.0.0.1"
JSON = b"Content-Type: application/json"


def end_others_by_password(browser: Browser) -> None:
    changed = browser.post(
        "/accounts/password/change/",
        {
            "oldpassword": PASSWORD,
            "password1": "another long walk",
            "password2": "another long walk",
        },
    )
    assert changed.status_code == 302, changed.content


def end_others_by_second_factor(browser: Browser) -> None:
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert browser.get("/accounts/2fa/totp/activate/").status_code == 200
    code = totp.format_hotp_value(
        totp.hotp_value(browser.session[totp.SECRET_SESSION_KEY], int(time.time()) // 30)
    )
    assert browser.post("/accounts/2fa/totp/activate/", {"code": code}).status_code == 302


@case(38)
def a_change_ends_the_other_sessions(world: World) -> None:
    for change, person in (
        (end_others_by_password, world.alice),
        (end_others_by_second_factor, world.bob),
    ):
        phone, browser, other = make_session(person), Browser(), Browser()
        for one in (browser, other):
            signed_in = one.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
            assert signed_in.status_code == 302
        change(browser)
        assert_refused(world.present(phone.access), statements=1)
        assert world.refresh(phone.refresh).status == 401
        assert browser.get(WHOAMI).status_code == 200
        assert other.get(WHOAMI).status_code == 401


@case(39)
def the_context_never_leaks(world: World) -> None:
    alice = {"user": str(world.alice.pk), "session": str(world.tokens.session_id)}
    bob_tokens = make_session(world.bob)
    bob = {"user": str(world.bob.pk), "session": str(bob_tokens.session_id)}
    olga = {"user": str(world.olga.pk), "session": ""}
    nobody = {"user": "", "session": ""}
    # One connection is one thread of the server, with one connection to the database.
    with world.kept_alive() as ask:
        for token, found in ((world.tokens.access, alice), ("", nobody), (world.legacy, olga),
                             ("", nobody), (bob_tokens.access, bob), ("", nobody)):  # fmt: skip
            assert ask("/api/v1/context", token) == (200, found)
        assert ask("/api/v1/crash", bob_tokens.access)[0] == 500
        assert ask("/api/v1/context", "") == (200, nobody)
        assert ask("/api/v1/context", stranger_under_our_kid(bob_tokens.access))[0] == 401
        assert ask("/api/v1/context", "") == (200, nobody)


@case(39)
def interleaved_requests_keep_their_contexts(world: World) -> None:
    people = {world.alice: world.tokens.access, world.bob: make_session(world.bob).access}
    asked = [(user, token) for user, token in people.items() for _ in range(RACERS)]

    async def ask_all() -> list[str]:
        client = AsyncClient()
        replies = await asyncio.gather(
            *[client.get("/api/v1/context", headers={"Authorization": f"Bearer {token}"})
              for _, token in asked]
        )  # fmt: skip
        await sync_to_async(connections.close_all)()  # of the thread that ran the views
        return [reply.json()["user"] for reply in replies]

    assert run_async(ask_all()) == [str(user.pk) for user, _ in asked]


@case(40)
def no_token_is_written_down(world: World) -> None:
    with captured_log() as records:
        tokens, old = world.tokens, world.legacy
        traded = world.post("/api/v1/auth/token/exchange", token=old).json()
        child = world.refresh(tokens.refresh).json()
        grandchild = world.refresh(child["refresh"]).json()
        assert world.refresh(tokens.refresh).status == 401
        for token in (traded["access"], old):
            world.ask([f"Authorization: Bearer {token}".encode()], path="/api/v1/crash")
            world.present(f"{token[:-6]}AAAAAA")
    secrets = {tokens.access, tokens.refresh, old}
    secrets |= {
        pair[kind] for pair in (traded, child, grandchild) for kind in ("access", "refresh")
    }

    written = "\n".join([*map(reported, records), *all_rows()])

    assert "refresh_token_reused" in written
    assert "a fault of ours" in written
    assert not [secret for secret in secrets if secret.rpartition(".")[2] in written]


class KeepingHandler(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@contextmanager
def captured_log() -> Iterator[list[logging.LogRecord]]:
    """What any logger of the process says, the server's threads included."""
    root, handler = logging.getLogger(), KeepingHandler()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield handler.records
    finally:
        root.setLevel(level)
        root.removeHandler(handler)


def reported(record: logging.LogRecord) -> str:
    """The record as the log has it, and with a fault the report that Django makes of it."""
    text = f"{record.getMessage()} {vars(record)}"
    request = getattr(record, "request", None)
    if record.exc_info and isinstance(request, HttpRequest):
        report = ExceptionReporter(request, *record.exc_info)
        text += report.get_traceback_text() + report.get_traceback_html()
    return text


def all_rows() -> Iterator[str]:
    for model in apps.get_models():
        for row in model._base_manager.values_list():
            yield " ".join(
                bytes(value).decode("latin-1") if isinstance(value, memoryview) else str(value)
                for value in row
            )


@case(41)
def one_answer_to_every_bad_sign_in(world: World) -> None:
    world.settings.PASSWORD_HASHERS = ["tests.hashers.CountingArgon2"]
    make_user("inactive@example.org", is_active=False)
    make_user("locked@example.org", password=None)
    bodies, runs = [], []
    for email, password in (
        ("nobody@example.org", PASSWORD),
        (world.bob.email, "not the password"),
        ("inactive@example.org", PASSWORD),
        ("locked@example.org", PASSWORD),
    ):
        with CountingArgon2.counting() as counter:
            reply = world.post("/api/v1/auth/token", {"email": email, "password": password})
        assert reply.status == 401
        bodies.append(reply.body)
        runs.append(counter.runs)
    assert len(set(bodies)) == 1
    assert runs == [1] * 4


@case(43)
def the_session_store_is_down(world: World) -> None:
    tokens, old = world.tokens, world.legacy
    with world.database_away():
        replies = [world.present(tokens.access), world.present(old), world.refresh(tokens.refresh)]
    assert [reply.status for reply in replies] == [503] * 3
    assert_let_in(world.present(tokens.access), world.alice)


@case(42)
def a_claimed_address_changes_nothing(world: World) -> None:
    claimed = [f"X-Forwarded-For: 203.0.113.{number}".encode() for number in range(9)]
    body = json.dumps({"email": world.bob.email, "password": "not the password"}).encode()
    statuses = [
        world.send("POST", "/api/v1/auth/token", [line, JSON], body).status for line in claimed
    ]
    assert statuses[0] == 401
    assert statuses[-1] == 429

    body = json.dumps({"email": world.alice.email, "password": PASSWORD}).encode()
    assert world.send("POST", "/api/v1/auth/token", [claimed[0], JSON], body).status == 200
    line = f"Authorization: Bearer {world.tokens.access}".encode()
    Session.objects.update(last_seen_at=timezone.now() - timedelta(hours=1))
    assert world.ask([line, claimed[0]]).status == 200
    assert Session.objects.get(pk=world.tokens.session_id).last_ip == LOOPBACK
    assert set(AuditEvent.objects.exclude(ip=None).values_list("ip", flat=True)) == {LOOPBACK}
