"""One of many things that are worked off in a row: its fault costs the others nothing."""

from __future__ import annotations

from types import TracebackType

import structlog
from django.db import Error as DatabaseError

from config.database_faults import is_passing, note_fault

log = structlog.get_logger(__name__)


class OneOfMany:
    """Logs what no check foresaw under the name `event`, and goes on behind the block.

    A database that is away, or a deadlock, is about all of them: that is raised.
    """

    def __init__(self, event: str, **about: str | int) -> None:
        self._event, self._about = event, about
        self.failed = False

    def __enter__(self) -> OneOfMany:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        if not isinstance(error, Exception):
            return False
        if isinstance(error, DatabaseError):
            if is_passing(error):
                return False
            note_fault(error)
        self.failed = True
        log.error(self._event, exc_info=error, **self._about)
        return True
