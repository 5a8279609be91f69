"""A month of occurrences, in a table of a million events of which the user has 100,000.

Ours is the whole request over the API's view, with its access token checked; the peer is bare SQL
for the same rows with json.dumps, under the same policies. Radicale's REPORT of the same events is
shown beside them, in a process of its own.
"""

from __future__ import annotations

import base64
import http.client
import json
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.models import User
from tests.accounts.serving import database_url
from tests.benchmarks.figures import Figure
from tests.benchmarks.million import fill_a_million
from tests.factories import bearer, make_session
from tests.privilege import as_product

HEADING = f"{'occurrences':<52} {'median':>12}"
ROUNDS = 41
MOST_TIMES_BARE = 3.0
ROWS_OF_200 = 12  # days; one event in 89 minutes
BARE = """
SELECT o.event_id, o.original_start_at, o.calendar_id, c.colour, e.summary, e.description,
    e.location, e.status, e.time_zone, o.start_at, o.end_at, o.all_day, e.recurrence <> '{}'
FROM calendars_occurrence o JOIN calendars_event e ON e.id = o.event_id
    JOIN calendars_calendar c ON c.id = o.calendar_id
WHERE o.owner_id = %(owner)s AND o.start_at >= %(start)s AND o.start_at < %(end)s
ORDER BY o.start_at, o.event_id, o.original_start_at LIMIT 501
"""
CONTEXT = "SELECT set_config('app.user_id', %s, true)"
LOGIN = base64.b64encode(b"alice:alice").decode()
REPORT = """<?xml version="1.0"?>
<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">
<D:prop><D:getetag/><C:calendar-data/></D:prop>
<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">
<C:time-range start="{start:%Y%m%dT%H%M%SZ}" end="{end:%Y%m%dT%H%M%SZ}"/>
</C:comp-filter></C:comp-filter></C:filter></C:calendar-query>"""


def results() -> Iterator[Figure]:
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.MIDDLEWARE = ["tests.privilege.ProductMiddleware", *settings.MIDDLEWARE]
    owner = fill_a_million()
    start_on = timezone.now().date().replace(day=1)
    yield from month(owner, start_on)
    yield from two_hundred(owner, start_on)
    yield from radicale(owner, start_on)


def month(owner: User, start_on: date) -> Iterator[Figure]:
    phone, query = Client(headers=bearer(make_session(owner))), _window(start_on, 31)
    answer = phone.get("/api/v1/occurrences", query)
    assert len(answer.json()["results"]) == 500, answer.content[:200]
    with as_product(), psycopg.connect(database_url()) as connection:
        ours, bare = _in_turns(
            lambda: phone.get("/api/v1/occurrences", query),
            lambda: _bare(connection, owner, start_on, 31),
        )
    yield Figure("GET occurrences, 500 rows", ours * 1000, "ms")
    yield Figure("bare SQL and JSON of the same rows", bare * 1000, "ms")
    yield Figure("times bare SQL and JSON", ours / bare, "times", at_most=MOST_TIMES_BARE)
    short = len(phone.get("/api/v1/occurrences", {**query, "without": "description"}).content)
    yield Figure("size", len(answer.content) / 1000, "kB")
    yield Figure("size without descriptions", short / 1000, "kB")


def two_hundred(owner: User, start_on: date) -> Iterator[Figure]:
    phone, query = Client(headers=bearer(make_session(owner))), _window(start_on, ROWS_OF_200)
    rows = len(phone.get("/api/v1/occurrences", query).json()["results"])
    assert 180 <= rows <= 220, rows
    asked = [_seconds(lambda: phone.get("/api/v1/occurrences", query)) for _ in range(ROUNDS)]
    yield Figure(f"{rows} rows", statistics.median(asked) * 1000, "ms")
    # The quickest, because other load on the machine only adds.
    yield Figure(f"{rows} rows, server time", min(asked) * 1000, "ms", at_most=10)


def radicale(owner: User, start_on: date) -> Iterator[Figure]:
    with TemporaryDirectory() as folder:
        with psycopg.connect(database_url()) as connection:
            rows = _rows(connection, owner, start_on, 31)
        _write_collection(Path(folder), rows)
        with _radicale(folder) as port:
            start_at, end_at = _moments(start_on, 31)
            body = REPORT.format(start=start_at, end=end_at)
            found = _report(port, body).count(b"BEGIN:VEVENT")
            assert found == len(rows), found
            seconds = _median(lambda: _report(port, body), rounds=5)
    yield Figure("Radicale's REPORT of the month's events alone", seconds * 1000, "ms")


def _bare(connection: psycopg.Connection[Any], owner: User, start_on: date, days: int) -> str:
    rows = _rows(connection, owner, start_on, days)
    return json.dumps({"results": rows}, default=str)


def _rows(
    connection: psycopg.Connection[Any], owner: User, start_on: date, days: int
) -> list[dict[str, Any]]:
    start_at, end_at = _moments(start_on, days)
    values = {"owner": owner.pk, "start": start_at, "end": end_at}
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(CONTEXT, [str(owner.pk)])
        cursor.execute(BARE, values)
        assert cursor.description is not None
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _moments(start_on: date, days: int) -> tuple[datetime, datetime]:
    start_at = datetime(start_on.year, start_on.month, start_on.day, tzinfo=UTC)
    return start_at, datetime.fromtimestamp(start_at.timestamp() + days * 86_400, UTC)


def _window(start_on: date, days: int) -> dict[str, str]:
    start_at, end_at = _moments(start_on, days)
    return {"start": start_at.isoformat(), "end": end_at.isoformat()}


def _in_turns(ours: Callable[[], object], peer: Callable[[], object]) -> tuple[float, float]:
    """Return the medians; in turns, so that other load affects both."""
    for call in (ours, peer) * 3:
        call()
    pairs = [(_seconds(ours), _seconds(peer)) for _ in range(ROUNDS)]
    mine, theirs = zip(*pairs, strict=True)
    return statistics.median(mine), statistics.median(theirs)


def _median(call: Callable[[], object], rounds: int = ROUNDS) -> float:
    call()
    return statistics.median(_seconds(call) for _ in range(rounds))


def _seconds(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def _write_collection(folder: Path, rows: list[dict[str, Any]]) -> None:
    """Write the events as Radicale stores them: a file each."""
    place = folder / "collection-root" / "alice" / "month"
    place.mkdir(parents=True)
    (place / ".Radicale.props").write_text('{"tag": "VCALENDAR"}')
    for number, row in enumerate(rows):
        lines = [
            *("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//tests//EN", "BEGIN:VEVENT"),
            *(f"UID:{number}@tests", f"DTSTAMP:{row['start_at']:%Y%m%dT%H%M%SZ}"),
            f"DTSTART:{row['start_at']:%Y%m%dT%H%M%SZ}",
            f"DTEND:{row['end_at']:%Y%m%dT%H%M%SZ}",
            *(f"SUMMARY:{row['summary']}", "END:VEVENT", "END:VCALENDAR", ""),
        ]
        (place / f"{number}.ics").write_text("\r\n".join(lines))


@contextmanager
def _radicale(folder: str) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = {
        "--server-hosts": f"127.0.0.1:{port}",
        "--storage-filesystem-folder": folder,
        "--auth-type": "none",
        "--rights-type": "owner_only",
        "--logging-level": "error",
    }
    words = [word for pair in options.items() for word in pair]
    command = [sys.executable, "-m", "radicale", "--config", "", *words]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as running:
        try:
            _wait_for(port)
            yield port
        finally:
            running.terminate()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("Radicale doesn't answer")


def _report(port: int, body: str) -> bytes:
    wire = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Depth": "1", "Authorization": f"Basic {LOGIN}", "Content-Type": "text/xml"}
    wire.request("REPORT", "/alice/month/", body, headers)
    answer = wire.getresponse()
    found = answer.read()
    assert answer.status == 207, (answer.status, found[:200])
    wire.close()
    return found
