"""Builds requests of the Calendar API from the discovery document that the library bundles.

A wrong parameter fails here instead of at Google.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from django.conf import settings
from googleapiclient.discovery import build_from_document
from googleapiclient.discovery_cache import get_static_doc


def resource(name: str) -> Any:
    """Return the API's methods for one resource."""
    return _resource(settings.GOOGLE_API_ROOT, name)


@lru_cache(maxsize=16)
def _resource(api_root: str, name: str) -> Any:
    """The API's methods for one resource, cached because the library builds them for each call."""
    return getattr(_service(api_root), name)()


@lru_cache(maxsize=4)
def _service(api_root: str) -> Any:
    """The API, built once per process from the bundled discovery document."""
    document = json.loads(get_static_doc("calendar", "v3"))
    document["rootUrl"] = f"{api_root}/"
    return build_from_document(document, http=_SentElsewhere())


class _SentElsewhere:
    """The library requires a transport to build requests. This one only refuses to send."""

    def request(self, *args: object, **kwargs: object) -> None:
        raise TypeError("Requests of the Calendar API are sent by calendars.google.transport.")
