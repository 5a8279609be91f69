"""No connection is shared across a fork: real gunicorn and Celery processes."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection

import psycopg
import pytest
import redis
from django.conf import settings

from tests.accounts.serving import database_url
from tests.config.sessions import PATIENCE_SECONDS, REPOSITORY, wait_until

CHILDREN = 2


@contextmanager
def running(arguments: list[str], *, listener: socket.socket | None = None) -> Iterator[None]:
    process = subprocess.Popen(
        [sys.executable, "-m", *arguments],
        cwd=REPOSITORY,
        env={
            **os.environ,
            "DATABASE_URL": database_url(),
            "DJANGO_SETTINGS_MODULE": "config.settings",
        },
        pass_fds=[listener.fileno()] if listener else [],
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def ask(port: int) -> list[int]:
    wire = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    wire.request("GET", "/")
    answer: list[int] = json.loads(wire.getresponse().read())
    wire.close()
    return answer


def assert_apart(reported: list[list[int]]) -> None:
    """Check that each process has one connection, and that none is the parent's."""
    connections = {(pid, backend) for pid, backend, *_parent in reported}
    parents = {tuple(answer[2:]) for answer in reported}
    assert len(parents) == 1
    assert len({pid for pid, _ in connections}) == len(connections) == CHILDREN
    assert len({backend for _, backend in connections | parents}) == CHILDREN + 1


def is_connected(backend: int) -> bool:
    with psycopg.connect(database_url()) as link:
        return bool(
            link.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", [backend]).fetchone()
        )


@pytest.mark.django_db(transaction=True)
def test_gunicorn_that_preloads() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        web = [
            *("gunicorn", "tests.config.forked:application", "--preload"),
            *("--workers", str(CHILDREN), "--bind", f"fd://{listener.fileno()}"),
            *("--no-control-socket", "--log-level", "error"),
        ]
        with running(web, listener=listener):
            reported: list[list[int]] = []

            def both_answered() -> bool:
                reported.append(ask(listener.getsockname()[1]))
                return len({pid for pid, *_ in reported}) == CHILDREN

            wait_until(both_answered)
            assert_apart(reported)
            assert is_connected(reported[0][3]), "the parent lost its connection to a child"


@pytest.mark.django_db(transaction=True)
def test_celery_that_forks() -> None:
    broker = redis.Redis.from_url(settings.REDIS_URL)
    broker.delete("forked")
    worker = [
        *("celery", "-A", "tests.config.forked:celery_app", "--quiet", "worker"),
        *("--pool", "prefork", "--concurrency", str(CHILDREN), "--loglevel", "ERROR"),
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
    ]
    with running(worker):
        wait_until(lambda: broker.llen("forked") == CHILDREN)
        assert_apart([json.loads(line) for line in broker.lrange("forked", 0, -1)])
