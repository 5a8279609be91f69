"""`python -m tests.benchmarks.worker ORDER …`: one piece of work in its own process.

Prints one line of JSON: the time and the peak memory of the process.
"""

from __future__ import annotations

import json
import re
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import django

django.setup()

from celery.signals import worker_process_init  # noqa: E402 - after django.setup
from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402

from accounts.security_context import acting_as_system  # noqa: E402
from calendars.google.credentials import access_token_source, obtain_access_token  # noqa: E402
from calendars.google.transport import send  # noqa: E402
from calendars.models import Connection  # noqa: E402
from calendars.sync.pull import sync_collection  # noqa: E402

Answer = dict[str, Any]
_TEXTS = (
    *("id", "iCalUID", "etag", "sequence", "status", "summary", "description", "location"),
    *("visibility", "transparency", "eventType", "colorId", "htmlLink", "updated"),
)
_STRUCTURES = ("organizer", "attendees", "reminders")
_COLUMNS = (
    *("remote_id", "ical_uid", "etag", "sequence", "status", "summary", "description", "location"),
    *("visibility", "transparency", "event_type", "colour_id", "html_link", "remote_updated_at"),
    *("start_at", "end_at", *_STRUCTURES),
)
_WITHOUT_CONSTRAINTS = """
    DO $$ DECLARE name text; BEGIN
        FOR name IN SELECT attname FROM pg_attribute
            WHERE attrelid = 'bare'::regclass AND attnum > 0 AND attnotnull
        LOOP EXECUTE format('ALTER TABLE bare ALTER %I DROP NOT NULL', name); END LOOP;
    END $$
"""


def import_events(state_id: str) -> Answer:
    """Do what a Celery worker does, from its start to the message for a collection."""
    worker_process_init.send(sender=None)
    begun = time.perf_counter()
    run = sync_collection(int(state_id))
    seconds = time.perf_counter() - begun
    assert run is not None
    assert run.outcome == "completed", run.error_code
    return {"seconds": seconds, "fetched": run.fetched}


def copy_events(connection_id: str, calendar: str) -> Answer:
    """Measure the limit: fetch, decode and copy the same pages into a bare table, nothing else.

    The table has our columns with their types, but no index and no constraint.
    """
    made = _connection(connection_id)
    token = access_token_source(made)(None).value
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bare (LIKE calendars_event)")
        cursor.execute(_WITHOUT_CONSTRAINTS)
        page_token: str | None = ""
        begun, fetched = time.perf_counter(), 0
        while page_token is not None:
            page = _fetch(token, calendar, page_token)
            with cursor.cursor.copy(f"COPY bare ({', '.join(_COLUMNS)}) FROM STDIN") as copy:
                for item in page["items"]:
                    copy.write_row(_values(item))
            fetched += len(page["items"])
            page_token = page.get("nextPageToken")
        seconds = time.perf_counter() - begun
        cursor.execute("DROP TABLE bare")
    return {"seconds": seconds, "fetched": fetched}


def _connection(connection_id: str) -> Connection:
    with acting_as_system(reason="to find the connection that is measured"):
        return Connection.objects.get(pk=connection_id)


def _values(item: Answer) -> list[object]:
    return [
        *(item.get(name) for name in _TEXTS),
        *(item[name].get("dateTime") for name in ("start", "end")),
        *(json.dumps(item[name]) if name in item else None for name in _STRUCTURES),
    ]


def _fetch(token: str, calendar: str, page_token: str) -> Any:
    query = {"maxResults": 2500, "singleEvents": "false", "showDeleted": "true", "alt": "json"}
    query |= {"pageToken": page_token} if page_token else {}
    url = f"{settings.GOOGLE_API_ROOT}/calendar/v3/calendars/{calendar}/events?{urlencode(query)}"
    return send("GET", url, headers={"Authorization": f"Bearer {token}"}).body


def obtain_tokens(connection_id: str, count: str) -> Answer:
    """Obtain access tokens in many threads at the same moment, when the parent says so.

    They have used the previous token, each over its own connection, like workers that have run for
    a while: threads that ask together share one query. No thread closes its connection before all
    processes have finished, because that takes the database longer than a query.
    """
    made = _connection(connection_id)
    ended_at: list[float] = []
    one_at_a_time = threading.Lock()
    ready, start, through, end = (threading.Barrier(int(count) + 1) for _ in range(4))

    def obtain() -> None:
        with one_at_a_time:
            obtain_access_token(made)
        ready.wait()
        start.wait()
        obtain_access_token(made)
        ended_at.append(time.time())
        through.wait()
        end.wait()
        connection.close()

    threads = [threading.Thread(target=obtain) for _ in range(int(count))]
    for thread in threads:
        thread.start()
    ready.wait()
    _tell_parent("ready")
    begun_at = time.time()
    start.wait()
    through.wait()
    _tell_parent("through")
    end.wait()
    for thread in threads:
        thread.join()
    return {"begun_at": begun_at, "ended_at": max(ended_at), "tokens": len(ended_at)}


def _tell_parent(word: str) -> None:
    """Report to the parent, and wait until it says how to continue."""
    print(word, flush=True)
    sys.stdin.readline()


def peak_megabytes() -> float:
    """Return VmHWM of proc(5): the peak resident memory of this process, in MB of 10^6 bytes."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) * 1024 / 1e6 if found else 0.0


ORDERS: dict[str, Callable[..., Answer]] = {
    order.__name__: order for order in (import_events, copy_events, obtain_tokens)
}

if __name__ == "__main__":
    answer = ORDERS[sys.argv[1]](*sys.argv[2:])
    print(json.dumps(answer | {"peak_megabytes": peak_megabytes()}))
