"""A worker process: `count` threads that want the access token of a connection at once.

Prints one line a thread: a digest of the token that it got, or the error's name; never a token.
"""

from __future__ import annotations

import hashlib
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import django


def seek(owner_id: int, connection_id: UUID) -> str:
    from django.db import connections

    from calendars.google.credentials import obtain_access_token
    from calendars.google.errors import GoogleError
    from calendars.models import Connection

    try:
        token = obtain_access_token(Connection(pk=connection_id, owner_id=owner_id))
    except GoogleError as error:
        return type(error).__name__
    finally:
        connections.close_all()
    return hashlib.sha256(token.value.encode()).hexdigest()


def main(owner_id: str, connection_id: str, count: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    print("ready", flush=True)
    sys.stdin.readline()
    with ThreadPoolExecutor(int(count)) as threads:
        seekers = int(count)
        owners, connections = [int(owner_id)] * seekers, [UUID(connection_id)] * seekers
        for outcome in threads.map(seek, owners, connections):
            print(outcome, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
