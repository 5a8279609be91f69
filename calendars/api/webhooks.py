"""The webhook for Google's push notifications: responds immediately; workers do the sync.

https://developers.google.com/workspace/calendar/api/guides/push#understanding-the-notification-message-format
"""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.security_context import repeatable
from calendars.google.decoding import http_date, whole_number
from calendars.sync.notifications import Notification, hear_notification

LARGEST_NUMBER = 2**63 - 1
LONGEST_HEADER = 255  # the column of the resource id


@csrf_exempt  # authenticated by the channel's secret; not sent by browsers
@repeatable
@require_POST
def google_calendar(request: HttpRequest) -> HttpResponse:
    """Return the same response for every refusal, so that it reveals nothing about channels."""
    notification = _read(request)
    if notification is None or not hear_notification(notification):
        return HttpResponse(status=404)
    return HttpResponse(status=204)


def _read(request: HttpRequest) -> Notification | None:
    """Parse the headers. Returns None if they aren't a notification."""
    number = whole_number(request.headers.get("X-Goog-Message-Number", ""), most=LARGEST_NUMBER)
    texts = {
        name: request.headers.get(f"X-Goog-{name}", "")
        for name in ("Channel-ID", "Channel-Token", "Resource-ID", "Resource-State")
    }
    if number is None or not all(map(_is_usable, texts.values())):
        return None
    try:
        channel_id = uuid.UUID(texts["Channel-ID"])
    except ValueError:
        return None
    return Notification(
        channel_id=channel_id,
        secret=texts["Channel-Token"],
        resource_id=texts["Resource-ID"],
        resource_state=texts["Resource-State"],
        message_number=number,
        expires_at=http_date(request.headers.get("X-Goog-Channel-Expiration", "")),
    )


def _is_usable(header: str) -> bool:
    return 0 < len(header) <= LONGEST_HEADER and header.isascii() and header.isprintable()
