"""Where Google announces changes: answered at once, the work is left to the workers.

https://developers.google.com/workspace/calendar/api/guides/push#understanding-the-notification-message-format
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from calendars.sync.notifications import Notification, hear_notification

LARGEST_NUMBER = 2**63 - 1
LONGEST_HEADER = 300


@csrf_exempt  # nobody's browser: the channel's secret is the proof
@require_POST
def google_calendar(request: HttpRequest) -> HttpResponse:
    """One answer for every refusal, so that it tells nothing of the channels there are."""
    notification = _read(request)
    if notification is None or not hear_notification(notification):
        return HttpResponse(status=404)
    return HttpResponse(status=204)


def _read(request: HttpRequest) -> Notification | None:
    """None: it does not look like one."""
    number = request.headers.get("X-Goog-Message-Number", "")
    texts = {
        name: request.headers.get(f"X-Goog-{name}", "")
        for name in ("Channel-ID", "Channel-Token", "Resource-ID", "Resource-State")
    }
    if not all(0 < len(text) <= LONGEST_HEADER for text in texts.values()):
        return None
    if not (number.isascii() and number.isdecimal() and int(number) <= LARGEST_NUMBER):
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
        message_number=int(number),
        expires_at=_moment(request.headers.get("X-Goog-Channel-Expiration", "")),
    )


def _moment(http_date: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(http_date)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
