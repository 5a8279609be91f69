"""Google's errors by their reason, in the format of Calendar v3.

https://developers.google.com/workspace/calendar/api/guides/errors
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.wire import Answer


@dataclass(frozen=True, slots=True)
class ErrorKind:
    """What all errors with one reason share."""

    code: int
    domain: str
    message: str
    status: str | None = None
    location_type: str | None = None
    location: str | None = None


_QUOTA = "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute{}' of service \
'calendar-json.googleapis.com' for consumer 'project_number:100000000000'."
_DENIED = "PERMISSION_DENIED"

ERRORS: dict[str, ErrorKind] = {
    "invalid": ErrorKind(400, "global", "Invalid Value"),
    "invalidParameter": ErrorKind(400, "global", "Invalid parameter"),
    "invalidSyncToken": ErrorKind(400, "global", "Invalid sync token value."),
    "badRequest": ErrorKind(400, "global", "Bad Request"),
    "required": ErrorKind(400, "global", "Required"),
    "parseError": ErrorKind(400, "global", "Parse Error"),
    "timeRangeEmpty": ErrorKind(400, "calendar", "The specified time range is empty."),
    "pushNotSupportedForRequestedResource": ErrorKind(
        400, "global", "Push notifications are not supported by this resource."
    ),
    "push.webhookUrlNotHttps": ErrorKind(400, "global", "WebHook callback must be HTTPS."),
    "channelIdNotUnique": ErrorKind(400, "global", "Channel id not unique"),
    "channelUnknown": ErrorKind(404, "global", "Channel not found"),
    "authError": ErrorKind(
        401, "global", "Invalid Credentials", "UNAUTHENTICATED", "header", "Authorization"
    ),
    "required.login": ErrorKind(
        401, "global", "Login Required.", "UNAUTHENTICATED", "header", "Authorization"
    ),
    "userRateLimitExceeded": ErrorKind(403, "usageLimits", _QUOTA.format(" per user"), _DENIED),
    "rateLimitExceeded": ErrorKind(403, "usageLimits", _QUOTA.format(""), _DENIED),
    "dailyLimitExceeded": ErrorKind(403, "usageLimits", "Daily Limit Exceeded"),
    "quotaExceeded": ErrorKind(403, "usageLimits", "Calendar usage limits exceeded."),
    "tooManyRequests": ErrorKind(429, "usageLimits", "Rate Limit Exceeded", "RESOURCE_EXHAUSTED"),
    "forbiddenForNonOrganizer": ErrorKind(
        403, "calendar", "Shared properties can only be changed by the organizer of the event."
    ),
    "requiredAccessLevel": ErrorKind(
        403, "calendar", "You need to have writer access to this calendar."
    ),
    "cannotChangeOrganizerOfInstance": ErrorKind(
        403, "calendar", "Cannot change the organizer of an instance."
    ),
    "eventTypeRestriction": ErrorKind(
        400, "calendar", "Attempt to move an event of a type that can't be moved."
    ),
    "forbidden": ErrorKind(403, "global", "Forbidden"),
    "insufficientPermissions": ErrorKind(
        403, "global", "Request had insufficient authentication scopes.", _DENIED
    ),
    "accessNotConfigured": ErrorKind(
        403, "usageLimits", "Google Calendar API has not been used in this project.", _DENIED
    ),
    "notACalendarUser": ErrorKind(
        403, "calendar", "The user must be signed up for Google Calendar."
    ),
    "cannotUnsubscribeOwnedCalendar": ErrorKind(
        403, "calendar", "The owner of a calendar cannot be removed from it."
    ),
    "notFound": ErrorKind(404, "global", "Not Found"),
    "duplicate": ErrorKind(409, "global", "The requested identifier already exists."),
    "conflict": ErrorKind(409, "global", "Conflict"),
    "fullSyncRequired": ErrorKind(
        410,
        "calendar",
        "Sync token is no longer valid, a full sync is required.",
        None,
        "parameter",
        "syncToken",
    ),
    "updatedMinTooLongAgo": ErrorKind(
        410,
        "calendar",
        "The requested minimum modification time lies too far in the past.",
        None,
        "parameter",
        "updatedMin",
    ),
    "deleted": ErrorKind(410, "global", "Resource has been deleted"),
    "conditionNotMet": ErrorKind(412, "global", "Precondition Failed", None, "header", "If-Match"),
    "backendError": ErrorKind(500, "global", "Backend Error"),
    "backendUnavailable": ErrorKind(503, "global", "Service Unavailable", "UNAVAILABLE"),
}

# Some kinds above share Google's reason but have another message.
_SPOKEN_REASON = {
    "invalidSyncToken": "invalid",
    "required.login": "required",
    "tooManyRequests": "rateLimitExceeded",
    "backendUnavailable": "backendError",
}


class GoogleError(Exception):
    """An error response, raised anywhere below a handler and sent in Google's format."""

    def __init__(self, name: str, message: str | None = None, location: str | None = None) -> None:
        super().__init__(name)
        self.name = name
        self.kind = ERRORS[name]
        self.message = message or self.kind.message
        self.location = location or self.kind.location
        self.details: list[dict[str, Any]] = []
        self.headers: dict[str, str] = {}

    def answer(self) -> Answer:
        """Return the HTTP response."""
        return Answer.json({"error": self._body()}, status=self.kind.code, headers=self.headers)

    def _body(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "errors": [self._entry()],
            "code": self.kind.code,
            "message": self.message,
        }
        if self.kind.status:
            body["status"] = self.kind.status
        if self.details:
            body["details"] = self.details
        return body

    def _entry(self) -> dict[str, str]:
        entry = {
            "domain": self.kind.domain,
            "reason": _SPOKEN_REASON.get(self.name, self.name),
            "message": self.message,
        }
        if self.location:
            entry["locationType"] = self.kind.location_type or "parameter"
            entry["location"] = self.location
        return entry


def missing_scope(method: str) -> GoogleError:
    """Return the error for a token without the scope; the reason is in both arrays."""
    error = GoogleError("insufficientPermissions")
    error.details.append(
        {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
            "domain": "googleapis.com",
            "metadata": {"service": "calendar-json.googleapis.com", "method": method},
        }
    )
    error.headers["WWW-Authenticate"] = (
        'Bearer realm="https://accounts.google.com/", error="insufficient_scope"'
    )
    return error


def bad_credentials(name: str = "authError") -> GoogleError:
    """Return the error for a missing, unknown or expired access token."""
    error = GoogleError(name)
    error.headers["WWW-Authenticate"] = (
        'Bearer realm="https://accounts.google.com/", error="invalid_token"'
    )
    return error
