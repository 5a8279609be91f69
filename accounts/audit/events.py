"""The names of what the audit log knows, and which of them are counted instead of listed."""

from __future__ import annotations

SIGN_IN = "sign_in"
SIGN_IN_REFUSED = "sign_in_refused"
SIGN_IN_THROTTLED = "sign_in_throttled"
SIGN_UP = "sign_up"
TOKEN_REFUSED = "token_refused"  # noqa: S105 - the name of an event
TOKEN_REFRESHED = "token_refreshed"  # noqa: S105 - the name of an event
REFRESH_REUSED = "refresh_reused"
LEGACY_ACCEPTED = "legacy_accepted"
LEGACY_EXCHANGED = "legacy_exchanged"
LEGACY_BARRED = "legacy_barred"
SESSION_ENDED = "session_ended"
PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the name of an event
EMAIL_CHANGED = "email_changed"
MFA_CHANGED = "mfa_changed"
STEP_UP_REFUSED = "step_up_refused"
ACCOUNT_EXPORTED = "account_exported"
ACCOUNT_DELETED = "account_deleted"
APPROVAL_GRANTED = "approval_granted"

OK = "ok"
REFUSED = "refused"

TITLES = {
    SIGN_IN: "Signed in",
    SIGN_IN_REFUSED: "Sign-in refused",
    SIGN_IN_THROTTLED: "Sign-in slowed down",
    SIGN_UP: "Signed up",
    TOKEN_REFUSED: "Access token refused",
    TOKEN_REFRESHED: "Session renewed",
    REFRESH_REUSED: "A used refresh token came back",
    LEGACY_ACCEPTED: "Used with a token of the old system",
    LEGACY_EXCHANGED: "Token of the old system traded in",
    LEGACY_BARRED: "Tokens of the old system barred",
    SESSION_ENDED: "Session ended",
    PASSWORD_CHANGED: "Password changed",
    EMAIL_CHANGED: "E-mail address changed",
    MFA_CHANGED: "Second factor changed",
    STEP_UP_REFUSED: "A recent sign-in was asked for",
    ACCOUNT_EXPORTED: "Account exported",
    ACCOUNT_DELETED: "Account deleted",
    APPROVAL_GRANTED: "Sign-up approved",
}

# What anybody can cause at any rate, or what happens all the time: one row for each span and key
# that counts them, never one row each. The value is the span in seconds.
COUNTED = {
    SIGN_IN_REFUSED: 60,
    SIGN_IN_THROTTLED: 60,
    TOKEN_REFUSED: 60,
    STEP_UP_REFUSED: 60,
    TOKEN_REFRESHED: 3600,
    LEGACY_ACCEPTED: 3600,
}
