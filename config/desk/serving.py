"""Steps that `up` and `demo` share: checks before the start, preparation, the programs to run."""

import errno
import hashlib
import os
import shutil
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import redis
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.database.findings import advice_for, reason_of
from config.database.migration import DirectMigrate
from config.desk.supervisor import Program

HOST = "127.0.0.1"
REACH_SECONDS = 9
PROGRESS_SECONDS = 3.0


def refuse_taken_port(port: int, option: str) -> None:
    """Raise CommandError if `port` can't be bound; `option` is how to choose another."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            what = "is in use by another program" if taken else f"can't be used ({error.strerror})"
            raise CommandError(f"Port {port} {what}. Choose another with {option}.") from error


def refuse_unreachable_servers() -> None:
    """Raise CommandError if a server doesn't answer in time. The message contains no URL."""
    reach("DATABASE_URL", "PostgreSQL", connect_to_database)
    reach("REDIS_URL", "Redis or Valkey", ping_broker)


def reach(name: str, title: str, attempt: Callable[[], None]) -> None:
    """Run `attempt` in a thread with a time limit, since no driver limits the DNS lookup."""
    silence = TimeoutError(f"no answer within {REACH_SECONDS} s")
    faults: list[Exception] = [silence]

    def try_once() -> None:
        try:
            attempt()
        except (OperationalError, redis.RedisError) as error:
            faults[0] = error
        else:
            faults.clear()

    thread = threading.Thread(target=try_once, daemon=True)
    thread.start()
    thread.join(REACH_SECONDS)
    if faults:
        reason = str(silence) if faults[0] is silence else reason_of(faults[0])
        raise CommandError(f"Can't connect to {title} ({reason}): {advice_for(faults[0], name)}")


def connect_to_database() -> None:
    connection.ensure_connection()
    connection.close()


def ping_broker() -> None:
    client = redis.Redis.from_url(
        settings.REDIS_URL,
        socket_connect_timeout=REACH_SECONDS,
        socket_timeout=REACH_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
    with client:
        client.ping()


def migrate_database(say: Callable[[str], object]) -> None:
    """Apply missing migrations; if there are none, this costs a single query."""
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        say(f"Applying {len(missing)} migrations ...")
        call_command(CountedMigrate(say, len(missing)), interactive=False, verbosity=0)


class CountedMigrate(DirectMigrate):
    """A migrate command that prints its progress every few seconds."""

    def __init__(self, say: Callable[[str], object], total: int) -> None:
        super().__init__()
        self._say, self._total, self._done = say, total, 0
        self._said_at = time.monotonic()

    def migration_progress_callback(
        self, action: str, migration: Migration | None = None, fake: bool = False
    ) -> None:
        self._done += action == "apply_success"
        if time.monotonic() - self._said_at > PROGRESS_SECONDS:
            self._said_at = time.monotonic()
            self._say(f"  {self._done} of {self._total}")


def collect_static_files(say: Callable[[str], object]) -> None:
    """Collect static files if any of them has changed since the last time."""
    stamp = Path(settings.STATIC_ROOT) / ".fingerprint"
    fingerprint = fingerprint_static_files()
    if stamp.is_file() and stamp.read_text() == fingerprint:
        return
    say("Collecting static files ...")
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(fingerprint)


def fingerprint_static_files() -> str:
    digest = hashlib.sha256(repr(settings.STORAGES["staticfiles"]).encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            status = os.stat(storage.path(name))
            digest.update(f"{storage.path(name)} {status.st_mtime_ns} {status.st_size}\n".encode())
    return digest.hexdigest()


def empty_metrics_folder(port: int) -> None:
    """Remove the counts of earlier runs: counters start at zero with the service."""
    shutil.rmtree(metrics_folder(port), ignore_errors=True)
    metrics_folder(port).mkdir(parents=True)


def metrics_folder(port: int) -> Path:
    """Return the folder in which the processes of one service share their metrics."""
    return Path(settings.BASE_DIR) / "var" / "metrics" / str(port)


def address_of(port: int) -> str:
    return f"http://{HOST}:{port}"


def programs(port: int, workers: int, environment: Mapping[str, str]) -> list[Program]:
    """Return web, worker and beat, each with `environment`."""
    python = [sys.executable, "-m"]
    web = [
        *python, "gunicorn", "--config", str(settings.BASE_DIR / "gunicorn.conf.py"),
        "--bind", f"{HOST}:{port}", "--workers", str(settings.WEB_PROCESSES),
        "--threads", str(settings.WEB_THREADS), "--graceful-timeout", "5",
        "--log-level", "warning",
    ]  # fmt: skip
    celery = [*python, "celery", "-A", "config", "--quiet", "--skip-checks"]
    worker = [
        *celery, "worker", "--pool", "prefork", "--concurrency", str(workers),
        "--without-gossip", "--without-mingle",
    ]  # fmt: skip
    beat = [*celery, "beat"]
    # A desk may run as root, as in a container; production has its own user (deploy/).
    quiet = {"PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges"}
    found_here = {
        **environment,
        "PYTHONPATH": str(settings.BASE_DIR),
        "PROMETHEUS_MULTIPROC_DIR": str(metrics_folder(port)),
    }
    return [
        Program("web", web, found_here),
        Program("worker", worker, found_here | quiet, ready_words="worker_ready"),
        Program("beat", beat, found_here, ready_words="beat_ready"),
    ]
