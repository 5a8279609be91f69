"""Pages of the history: a cursor names a version, so that new changes move nothing."""

from __future__ import annotations

from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request

from config.problems import DomainError, Kind


class NewestFirst(CursorPagination):
    """{results, next, previous} of changes."""

    ordering = ("-version", "field")
    page_size = 50

    def decode_cursor(self, request: Request) -> Cursor | None:
        try:
            return super().decode_cursor(request)
        except NotFound:
            raise DomainError(
                Kind.UNREADABLE, "cursor-not-valid", "Follow the links of a list as they are."
            ) from None
