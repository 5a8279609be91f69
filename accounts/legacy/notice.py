"""What every answer to a legacy token says: that it is on its way out, when, and the way on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import cast

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import http_date

from accounts.legacy.tokens import METHOD

EXCHANGE = "auth-token-exchange"
# When Daybook's own format took its place, where the settings name no date for it.
REPLACED_AT = datetime(2026, 1, 1, tzinfo=UTC)


class LegacyNoticeMiddleware:
    """Adds Deprecation (RFC 9745), Sunset (RFC 8594) and a Link to the exchange (RFC 8288)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        authentication = getattr(request, "authentication", None)
        if authentication is not None and authentication.method == METHOD:
            _announce(response)
        return response


def _announce(response: HttpResponseBase) -> None:
    sunset_at = cast(datetime, settings.LEGACY_JWT_SUNSET)
    # RFC 8594 section 4: nothing ends before it was deprecated.
    deprecated_at = min(settings.LEGACY_JWT_ISSUED_BEFORE or REPLACED_AT, sunset_at)
    response["Deprecation"] = f"@{int(deprecated_at.timestamp())}"
    response["Sunset"] = http_date(sunset_at.timestamp())
    response["Link"] = f'<{reverse(EXCHANGE)}>; rel="successor-version"'
