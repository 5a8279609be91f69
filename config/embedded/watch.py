"""Starts an embedded server again that died under the programs which use it."""

import os
from collections.abc import Iterator
from pathlib import Path

from config.embedded.errors import EmbeddedError
from config.embedded.sharing import endpoints, restart_dead


class EmbeddedWatch:
    """Called each second by the supervisor; yields what is worth a line.

    It looks after the servers that this command uses, and after none where addresses of others
    were given.
    """

    def __init__(self, base_dir: Path) -> None:
        self._base_dir = base_dir
        found = endpoints(base_dir)
        used = {
            "postgres": found and found.database_url == os.environ.get("DATABASE_URL"),
            "valkey": found and found.redis_url == os.environ.get("REDIS_URL"),
        }
        self._names = [name for name, is_used in used.items() if is_used]
        self._told = ""

    def __call__(self) -> Iterator[str]:
        if not self._names:
            return
        try:
            for title in restart_dead(self._base_dir, self._names):
                yield f"{title} died and is started again."
        except EmbeddedError as error:
            if str(error) != self._told:
                yield str(error)
            self._told = str(error)
