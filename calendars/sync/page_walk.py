"""The way through the pages of one list, which has to end."""

from __future__ import annotations

from typing import Any

from calendars.google.client import Page
from calendars.google.errors import EndlessList

MOST_EMPTY_PAGES = 20  # in a row


class PageWalk:
    """Google may send empty pages, but none that names a page which was asked for before."""

    def __init__(self) -> None:
        self._asked: set[str] = set()
        self._empty = 0

    def pass_by(self, page: Page[Any]) -> None:
        """Raises EndlessList."""
        token = page.next_page_token
        if not token:
            return
        self._empty = self._empty + 1 if page.is_empty else 0
        if token in self._asked or self._empty > MOST_EMPTY_PAGES:
            raise EndlessList
        self._asked.add(token)
