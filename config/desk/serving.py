"""What `up` and `demo` share: the checks before a start, the preparation, the programs."""

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
SAY_EVERY_SECONDS = 3.0


def refuse_taken_port(port: int, option: str) -> None:
    """Raises CommandError when nobody can listen at `port`; `option` chooses another."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            what = "is taken by another program" if taken else f"cannot be used ({error.strerror})"
            raise CommandError(f"Port {port} {what}: choose another with {option}.") from error


def refuse_unreachable_servers() -> None:
    """Raises CommandError, in one line without any address, when one does not answer in time."""
    reach("DATABASE_URL", "PostgreSQL", connect_to_database)
    reach("REDIS_URL", "Redis or Valkey", ping_broker)


def reach(name: str, title: str, attempt: Callable[[], None]) -> None:
    """A thread keeps the time, since no driver bounds the look-up of a host's name."""
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
        raise CommandError(f"{title} cannot be reached ({reason}): {advice_for(faults[0], name)}")


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
    """Applies what is missing; when nothing is, this costs a single query."""
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        say(f"Applying {len(missing)} migrations ...")
        call_command(CountedMigrate(say, len(missing)), interactive=False, verbosity=0)


class CountedMigrate(DirectMigrate):
    """Says every few seconds how far it is."""

    def __init__(self, say: Callable[[str], object], total: int) -> None:
        super().__init__()
        self._say, self._total, self._done = say, total, 0
        self._said_at = time.monotonic()

    def migration_progress_callback(
        self, action: str, migration: Migration | None = None, fake: bool = False
    ) -> None:
        self._done += action == "apply_success"
        if time.monotonic() - self._said_at > SAY_EVERY_SECONDS:
            self._said_at = time.monotonic()
            self._say(f"  {self._done} of {self._total}")


def collect_static_files(say: Callable[[str], object]) -> None:
    """Collects only when a file changed since the last time."""
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
    """Counts begin anew with the service, as Prometheus expects."""
    shutil.rmtree(metrics_folder(port), ignore_errors=True)
    metrics_folder(port).mkdir(parents=True)


def metrics_folder(port: int) -> Path:
    """Where the processes of one service count together."""
    return Path(settings.BASE_DIR) / "var" / "metrics" / str(port)


def address_of(port: int) -> str:
    return f"http://{HOST}:{port}"


def programs(port: int, workers: int, environment: Mapping[str, str]) -> list[Program]:
    """Web, worker and beat, with `environment` for each of them."""
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
    # A desk may well be root's, as in a container; production has its own user (deploy/).
    calm = {"PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges"}
    found_here = {
        **environment,
        "PYTHONPATH": str(settings.BASE_DIR),
        "PROMETHEUS_MULTIPROC_DIR": str(metrics_folder(port)),
    }
    return [
        Program("web", web, found_here),
        Program("worker", worker, found_here | calm, ready_words="worker_ready"),
        Program("beat", beat, found_here, ready_words="beat_ready"),
    ]
