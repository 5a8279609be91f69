"""Retention: what is over goes, by command and by beat's schedule."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session as CookieSession
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from accounts.models import LegacyExchange, Session, User
from calendars.models import AuthorizationRequest
from config.celery import app
from tests.factories import make_session
from tests.product import call_command

pytestmark = pytest.mark.django_db


def test_the_command_deletes_what_is_over_and_says_how_much(
    alice: User, capsys: pytest.CaptureFixture[str]
) -> None:
    now, long_ago = timezone.now(), timezone.now() - timedelta(days=40)
    live, ended = make_session(alice).session_id, make_session(alice).session_id
    Session.objects.filter(pk=ended).update(revoked_at=long_ago)
    for key, at in (("old", long_ago), ("new", now + timedelta(days=1))):
        CookieSession.objects.create(session_key=key, session_data="", expire_date=at)
        LegacyExchange.objects.create(digest=key.encode(), expires_at=at)
    for digest, used_at in ((b"used", long_ago), (b"open", None)):
        AuthorizationRequest.objects.create(
            state_digest=digest,
            owner=alice,
            code_verifier=b"",
            used_at=used_at,
            expires_at=now + timedelta(minutes=5),
        )

    call_command("prune")

    assert list(Session.objects.values_list("pk", flat=True)) == [live]
    assert list(CookieSession.objects.values_list("pk", flat=True)) == ["new"]
    assert LegacyExchange.objects.count() == 1
    assert bytes(AuthorizationRequest.objects.get().state_digest) == b"open"
    assert "ended sessions: 1 deleted" in capsys.readouterr().out


def test_a_session_that_ended_lately_is_kept(alice: User) -> None:
    make_session(alice)
    Session.objects.update(revoked_at=timezone.now() - timedelta(days=20))

    call_command("prune")

    assert Session.objects.count() == 1


@pytest.mark.parametrize(
    "task",
    [
        "accounts.tasks.prune_accounts",
        "accounts.tasks.write_audit_tallies",
        "calendars.tasks.prune_calendars",
        "profiles.tasks.prune_profiles",
    ],
)
def test_beat_does_it_by_itself(task: str) -> None:
    assert PeriodicTask.objects.get(task=task).enabled
    app.loader.import_default_modules()
    assert task in app.tasks
