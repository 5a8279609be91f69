"""A call that is made before its answer is asked for: the next page comes while one is written."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from typing import Any, NamedTuple

from calendars.google.credentials import AccessToken


class Begun(NamedTuple):
    """A call under way, and the token it was made with; the result is what was read of it."""

    uri: str
    token: AccessToken
    result: Future[Any]


class CallAhead:
    """One call at a time, so that memory holds one page more and not all of them.

    The thread touches neither the database nor a transaction. An answer that nobody asks for, of
    a list that was left in the middle, is dropped with its caller.
    """

    def __init__(self) -> None:
        self._begun: Begun | None = None

    def begin(self, uri: str, token: AccessToken, call: Callable[[], Any]) -> None:
        self._begun = Begun(uri, token, self._thread.submit(call))

    def take(self, uri: str) -> Begun | None:
        """The call to this address, if it is the one that was begun."""
        begun, self._begun = self._begun, None
        return begun if begun is not None and begun.uri == uri else None

    @cached_property
    def _thread(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(max_workers=1, thread_name_prefix="google-ahead")
