"""/healthz answers while the process runs; /readyz names each part that is unreachable."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from config.web.health import forget_findings, known_migrations
from tests.config.away import database_away

WELL = {"database": "ok", "broker": "ok", "migrations": "ok", "encryption": "ok"}


@pytest.fixture
def broker_away(settings: Settings) -> None:
    """Set a broker URL without a listener."""
    away = {**settings.CACHES["default"], "LOCATION": "redis://:secret@127.0.0.1:1/0"}
    settings.CACHES = {"default": away}


@pytest.mark.django_db
def test_all_is_well(client: Browser) -> None:
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (200, WELL)
    assert "no-cache" in response.headers["Cache-Control"]


@pytest.mark.django_db(transaction=True)
def test_the_database_is_unreachable(client: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    with database_away(monkeypatch):
        response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {
        "database": "unreachable",
        "broker": "ok",
        "migrations": "unreachable",
        "encryption": "unreachable",
    }
    forget_findings()
    assert client.get("/readyz").json() == WELL


@pytest.mark.django_db
def test_a_process_looks_once_a_second(client: Browser) -> None:
    client.get("/readyz")
    with CaptureQueriesContext(connection) as asked:
        assert [client.get("/readyz").json() for _ in range(5)] == [WELL] * 5
    assert len(asked) == 0


@pytest.mark.django_db
@pytest.mark.usefixtures("broker_away")
def test_the_broker_is_unreachable(client: Browser) -> None:
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {**WELL, "broker": "unreachable"}


@pytest.mark.django_db
def test_a_migration_is_pending(client: Browser) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM django_migrations WHERE id ="
            " (SELECT max(id) FROM django_migrations WHERE app = 'profiles')"
        )
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {**WELL, "migrations": "pending"}


@pytest.mark.django_db
def test_one_that_is_applied_later_is_noticed(client: Browser) -> None:
    recorder = MigrationRecorder(connection)
    app, name = next(iter(known_migrations()))
    recorder.record_unapplied(app, name)
    assert client.get("/readyz").json()["migrations"] == "pending"

    recorder.record_applied(app, name)
    forget_findings()

    assert client.get("/readyz").json() == WELL


@pytest.mark.django_db
def test_the_code_is_read_once(client: Browser) -> None:
    assert known_migrations() == set(MigrationLoader(connection).graph.nodes)
    read = known_migrations.cache_info().misses

    for _ in range(5):
        client.get("/readyz")

    assert known_migrations.cache_info().misses == read


@pytest.mark.usefixtures("broker_away")
def test_the_process_answers_without_any_server(client: Browser) -> None:
    """This test has no database, so a query would fail."""
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_it_is_for_reading(client: Browser, path: str) -> None:
    assert client.head(path).status_code == 200
    assert client.post(path).status_code == 405


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_probe_need_not_speak_tls(client: Browser, settings: Settings, path: str) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert client.get(path).status_code == 200
    assert client.get("/accounts/login/").status_code == 301
