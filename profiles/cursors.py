"""Pages of the history: a cursor names a version, so that new changes move nothing."""

from __future__ import annotations

import re

from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request

from config.web.problems import DomainError, Kind

_VERSION = re.compile("[0-9]{1,10}")  # the position is compared with a column of numbers


class NewestFirst(CursorPagination):
    """{results, next, previous} of changes."""

    ordering = ("-version", "field")
    page_size = 50

    def decode_cursor(self, request: Request) -> Cursor | None:
        try:
            cursor = super().decode_cursor(request)
        except NotFound:
            raise _not_valid() from None
        position = cursor.position if cursor else None
        if position is not None and not _VERSION.fullmatch(str(position)):
            raise _not_valid()
        return cursor


def _not_valid() -> DomainError:
    return DomainError(
        Kind.UNREADABLE, "cursor-not-valid", "Follow the links of a list as they are."
    )
