"""ETags of what a person owns, and the versions that a client names in If-Match.

An ETag contains the owner: one phone may request an address for two users.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from uuid import UUID

from django.utils.http import parse_etags


def etag(owner: UUID, version: int) -> str:
    return f'"{owner}.{version}"'


def versions_in(header: str | None, owner: UUID) -> Collection[int] | None:
    """Return the versions in If-Match (strong comparison, RFC 9110 section 13.1.1); None for
    any."""
    tags = parse_etags(header) if header is not None else ["*"]
    if "*" in tags:
        return None
    prefix = f'"{owner}.'
    numbers = (tag.removeprefix(prefix).rstrip('"') for tag in tags if tag.startswith(prefix))
    return {int(number) for number in numbers if re.fullmatch("[0-9]{1,18}", number)}
