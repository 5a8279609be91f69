"""Absolute links. They all begin with PUBLIC_URL, whatever Host a request names."""

from __future__ import annotations

from django.conf import settings


def public_address(path: str) -> str:
    """Return the absolute URL of a path that begins with a slash."""
    return f"{settings.PUBLIC_URL}{path}"
