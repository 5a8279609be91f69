"""Absolute links. All of them stand under PUBLIC_URL, whatever Host a request came with."""

from __future__ import annotations

from django.conf import settings


def public_address(path: str) -> str:
    """The absolute address of a path that begins with a slash."""
    return f"{settings.PUBLIC_URL}{path}"
