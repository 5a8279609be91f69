"""Errors of Google's responses, each with the retry that makes sense.

Sources: https://developers.google.com/workspace/calendar/api/guides/errors and RFC 6749
section 5.2 for the token endpoint.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext_noop

from calendars.models.pending import WAITS_FOR_CONSENT


class Retry(enum.Enum):
    NEVER = "never"
    SOON = "soon"  # within the call: truncated exponential backoff with full jitter
    LATER = "later"  # not within the call; the row is put off, longer each time
    HOURS = "hours"  # a daily limit


class GoogleError(Exception):
    """Google refused or could not be reached.

    `code` is stable and for programs; `message` is for the calendar's owner. Neither contains
    any part of the response body, which may quote a token.
    """

    # The version of the credential that was rejected.
    credential_version: int | None = None
    code: ClassVar[str] = "google-error"
    message: ClassVar[str] = gettext_noop("Google sent an unexpected response.")
    retry: ClassVar[Retry] = Retry.NEVER

    def __init__(self, detail: str = "", *, retry_after_seconds: float | None = None) -> None:
        super().__init__(f"{self.code}: {detail}" if detail else self.code)
        self.retry_after_seconds = retry_after_seconds


class GoogleUnavailable(GoogleError):
    """A 5xx, a timeout, a broken connection, or a body that isn't JSON."""

    code = "google-unavailable"
    message = gettext_noop(
        "Google can't be reached right now. Daybook will try again automatically."
    )
    retry = Retry.SOON


class RateLimited(GoogleError):
    code = "rate-limited"
    message = gettext_noop("Google is limiting requests. Sync resumes in a moment.")
    retry = Retry.SOON


class RefreshUnderWay(GoogleError):
    """Another worker is refreshing the access token, or was killed while doing so."""

    code = "refresh-under-way"
    message = gettext_noop("Daybook is renewing its access to Google. Sync resumes in a moment.")
    retry = Retry.LATER


class EndlessList(GoogleError):
    """Pages repeat or stay empty; the list is restarted later."""

    code = "endless-list"
    message = gettext_noop(
        "Google's list of this calendar didn't end. Daybook will try again automatically."
    )
    retry = Retry.LATER


class UsageLimitReached(GoogleError):
    """quotaExceeded or dailyLimitExceeded: a daily limit, or abuse protection."""

    code = "usage-limit"
    message = gettext_noop("Google's daily limit is reached. Sync resumes in a few hours.")
    retry = Retry.HOURS


class AccessTokenRejected(GoogleError):
    code = "access-token-rejected"
    message = gettext_noop("Google no longer accepts Daybook's access. Reconnect the account.")


class GrantRevoked(GoogleError):
    """invalid_grant and similar: only a new consent helps."""

    code = "grant-revoked"
    message = gettext_noop("Google's permission has expired or was revoked. Reconnect the account.")


class CredentialDamaged(GrantRevoked):
    """The stored grant is unusable with any key."""

    code = "credential-damaged"
    message = gettext_noop(
        "Daybook's stored access to this account is damaged. Reconnect the account."
    )


class EncryptionKeyMissing(GoogleError):
    """Google wasn't called: the grant is encrypted under a key that isn't in the keyring."""

    code = "encryption-key-missing"
    message = gettext_noop(
        "Daybook can't decrypt its access to this account: an encryption key is "
        "missing. Sync resumes when the operator restores the key."
    )
    retry = Retry.LATER


class ScopeMissing(GoogleError):
    code = "scope-missing"
    message = gettext_noop(
        "The permission to see your calendars is missing. Reconnect and leave that "
        "permission selected."
    )


class ClientMisconfigured(GoogleError):
    """invalid_client, accessNotConfigured: the operator's configuration, not the user's account."""

    code = "client-misconfigured"
    message = gettext_noop(
        "Daybook's registration at Google is incorrect. The operator needs to fix it."
    )


class SyncTokenExpired(GoogleError):
    """410 fullSyncRequired, or 400 "Invalid sync token value.": a full list is needed."""

    code = "sync-token-expired"
    message = gettext_noop("Google requires a full sync.")
    retry = Retry.LATER


class NotFound(GoogleError):
    """Not proof of deletion: only the calendar list can confirm that."""

    code = "not-found"
    message = gettext_noop("Google no longer shows this calendar.")
    retry = Retry.LATER


class Forbidden(GoogleError):
    code = "forbidden"
    message = gettext_noop("Google doesn't allow this for the connected account.")


class BadRequest(GoogleError):
    code = "bad-request"
    message = gettext_noop("Google rejected Daybook's request.")


class NotOrganizer(Forbidden):
    """forbiddenForNonOrganizer, cannotChangeOrganizer: shared members belong to the organizer."""

    code = "not-organizer"
    message = gettext_noop("Only the organizer of this event can change it.")


class AccessLevelTooLow(Forbidden):
    """requiredAccessLevel: the calendar was shared for reading."""

    code = "access-level"
    message = gettext_noop("You may only read this calendar at Google. Ask its owner for access.")


class TimeZoneUnknown(BadRequest):
    """Google isn't asked: a series in a zone that only a file defined."""

    code = "time-zone-unknown"
    message = gettext_noop(
        "Google doesn't know the time zone of this series. Choose another time zone."
    )


class EventUnreadable(GoogleError):
    """Google's answer to a change is an event that can't be stored."""

    code = "event-unreadable"
    message = gettext_noop(
        "Daybook can't read what Google made of this event. Daybook will try again automatically."
    )
    retry = Retry.LATER


class WriteAccessMissing(GoogleError):
    """The account was connected for reading only."""

    code, message = WAITS_FOR_CONSENT
    retry = Retry.LATER


class VersionMismatch(GoogleError):
    """412: somebody else changed the event since the version named by If-Match."""

    code = "version-mismatch"
    message = gettext_noop(
        "This event keeps changing at Google. Daybook will try again automatically."
    )
    retry = Retry.LATER


class AlreadyExists(GoogleError):
    """409 duplicate: the id is taken, also by a deleted event."""

    code = "already-exists"
    message = gettext_noop("Google has this event already.")


class EventGone(GoogleError):
    """410 deleted."""

    code = "event-gone"
    message = gettext_noop("Google no longer has this event.")


class PushNotSupported(GoogleError):
    """Some collections, such as holiday calendars, don't support channels and are polled."""

    code = "push-not-supported"
    message = gettext_noop(
        "Google doesn't send notifications for this calendar. Daybook checks it for "
        "changes regularly."
    )


_LIMITS_OF_THE_MINUTE = {"userRateLimitExceeded", "rateLimitExceeded"}
_LIMITS_OF_THE_DAY = {"dailyLimitExceeded", "quotaExceeded"}
_SCOPE_REASONS = {"insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}
_SETUP_REASONS = {"accessNotConfigured", "SERVICE_DISABLED"}
_ORGANIZER_REASONS = {
    "forbiddenForNonOrganizer",
    "cannotChangeOrganizer",
    "cannotChangeOrganizerOfInstance",
}
_DEAD_GRANTS = {"invalid_grant", "deleted_client", "access_denied"}
_BAD_CLIENTS = {"invalid_client", "unauthorized_client"}
_BAD_REQUESTS = {"invalid_request", "invalid_scope", "unsupported_grant_type"}
_PLAIN_STATUSES: dict[int, type[GoogleError]] = {
    401: AccessTokenRejected,
    404: NotFound,
    412: VersionMismatch,
}
_PASSING_STATUSES = {407, 408, 425}  # from a proxy, or transient


def api_error(status: int, body: Any, retry_after_seconds: float | None) -> GoogleError:
    """Return the error of a Calendar API response of 300 and above. `body` is parsed JSON or
    None."""
    reasons = _reasons(body)
    detail = f"{status} {'/'.join(sorted(reasons))}".strip()
    kind = _kind(status, reasons, _message(body)) if _is_googles(body) else _kind_of_status(status)
    return kind(detail, retry_after_seconds=retry_after_seconds)


def token_error(status: int, body: Any, retry_after_seconds: float | None) -> GoogleError:
    """Return the error of a token endpoint response. Only a named OAuth error may invalidate a
    grant."""
    code = token_error_code(body)
    detail = f"{status} {code}" if code.isidentifier() else str(status)
    if status in (400, 401, 403):
        if code in _DEAD_GRANTS:
            return GrantRevoked(detail)
        if code in _BAD_CLIENTS:
            return ClientMisconfigured(detail)
        if code in _BAD_REQUESTS:
            return BadRequest(detail)
    return GoogleUnavailable(detail, retry_after_seconds=retry_after_seconds)


def token_error_code(body: Any) -> str:
    """Return the OAuth error code, or "" if the body isn't an RFC 6749 error."""
    code = body.get("error") if isinstance(body, Mapping) else None
    return code if isinstance(code, str) else ""


def _is_googles(body: Any) -> bool:
    """Whether an error comes from Google itself. A proxy's or captive portal's page proves
    nothing about an account, a calendar or a request, whatever its status."""
    return isinstance(body, Mapping) and isinstance(body.get("error"), Mapping)


def _kind_of_status(status: int) -> type[GoogleError]:
    return RateLimited if status == 429 else GoogleUnavailable


def _kind(status: int, reasons: set[str], message: str) -> type[GoogleError]:
    if reasons & _LIMITS_OF_THE_DAY:
        return UsageLimitReached
    if reasons & _LIMITS_OF_THE_MINUTE or status == 429:
        return RateLimited
    if status in _PASSING_STATUSES:
        return GoogleUnavailable
    if status in _PLAIN_STATUSES:
        return _PLAIN_STATUSES[status]
    match status:
        case 400:
            return _bad_request(reasons, message)
        case 403:
            return _forbidden(reasons)
        case 409:
            return AlreadyExists if "duplicate" in reasons else GoogleUnavailable
        case 410:
            return EventGone if "deleted" in reasons else SyncTokenExpired
        case _:
            return BadRequest if 400 <= status < 500 else GoogleUnavailable


def _bad_request(reasons: set[str], message: str) -> type[GoogleError]:
    if "pushNotSupportedForRequestedResource" in reasons:
        return PushNotSupported
    if reasons & _ORGANIZER_REASONS:
        return NotOrganizer
    return SyncTokenExpired if "sync token" in message.lower() else BadRequest


def _forbidden(reasons: set[str]) -> type[GoogleError]:
    if reasons & _SCOPE_REASONS:
        return ScopeMissing
    if reasons & _ORGANIZER_REASONS:
        return NotOrganizer
    if "requiredAccessLevel" in reasons:
        return AccessLevelTooLow
    return ClientMisconfigured if reasons & _SETUP_REASONS else Forbidden


def _reasons(body: Any) -> set[str]:
    """Return the reasons in either of Google's formats: `errors` (older) and `details` (newer)."""
    error = body.get("error") if isinstance(body, Mapping) else None
    if not isinstance(error, Mapping):
        return set()
    entries = [*_list(error.get("errors")), *_list(error.get("details"))]
    found = {entry.get("reason") for entry in entries if isinstance(entry, Mapping)}
    return {reason for reason in found if isinstance(reason, str) and reason.isidentifier()}


def _message(body: Any) -> str:
    error = body.get("error") if isinstance(body, Mapping) else None
    return str(error.get("message", "")) if isinstance(error, Mapping) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
