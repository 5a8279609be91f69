"""Names of audit events, and which of them are counted instead of listed."""

from __future__ import annotations

SIGN_IN = "sign_in"
SIGN_IN_REFUSED = "sign_in_refused"
SIGN_IN_THROTTLED = "sign_in_throttled"
SECOND_STEP_REFUSED = "second_step_refused"
PASSKEY_USED = "passkey_used"
RECOVERY_CODE_USED = "recovery_code_used"
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
PASSWORD_RESET_ASKED = "password_reset_asked"  # noqa: S105 - the name of an event
ACCOUNT_MADE = "account_made"
ACCOUNT_ACTIVATED = "account_activated"
ACCOUNT_DEACTIVATED = "account_deactivated"
RIGHTS_CHANGED = "rights_changed"
LEGACY_ALLOWED = "legacy_allowed"
GOOGLE_CONNECTED = "google_connected"
GOOGLE_RECONNECTED = "google_reconnected"
GOOGLE_DISCONNECTED = "google_disconnected"

OK = "ok"
REFUSED = "refused"

TITLES = {
    SIGN_IN: "Signed in",
    SIGN_IN_REFUSED: "Sign-in refused",
    SIGN_IN_THROTTLED: "Sign-in slowed down",
    SECOND_STEP_REFUSED: "Wrong code or passkey at the second step",
    PASSKEY_USED: "Passkey used",
    RECOVERY_CODE_USED: "Recovery code used",
    SIGN_UP: "Signed up",
    TOKEN_REFUSED: "Access token refused",
    TOKEN_REFRESHED: "Session refreshed",
    REFRESH_REUSED: "A used refresh token was reused",
    LEGACY_ACCEPTED: "Legacy token used",
    LEGACY_EXCHANGED: "Legacy token exchanged",
    LEGACY_BARRED: "Legacy tokens blocked",
    SESSION_ENDED: "Session ended",
    PASSWORD_CHANGED: "Password changed",
    EMAIL_CHANGED: "Email address changed",
    MFA_CHANGED: "Second factor changed",
    STEP_UP_REFUSED: "Recent sign-in required",
    ACCOUNT_EXPORTED: "Account exported",
    ACCOUNT_DELETED: "Account deleted",
    APPROVAL_GRANTED: "Sign-up approved",
    PASSWORD_RESET_ASKED: "Password reset link requested",
    ACCOUNT_MADE: "Account created",
    ACCOUNT_ACTIVATED: "Account activated",
    ACCOUNT_DEACTIVATED: "Account deactivated",
    RIGHTS_CHANGED: "Administrative rights changed",
    LEGACY_ALLOWED: "Legacy tokens allowed",
    GOOGLE_CONNECTED: "Google account connected",
    GOOGLE_RECONNECTED: "Google account reconnected",
    GOOGLE_DISCONNECTED: "Google account disconnected",
}

ADMINISTRATOR = "administrator"
OPERATOR = "operator"
BY_TITLES = {ADMINISTRATOR: "An administrator", OPERATOR: "The operator"}

# Events that any client can cause at any rate, or that occur constantly: one row per interval and
# key instead of one row each. The value is the interval in seconds.
COUNTED = {
    SIGN_IN_REFUSED: 60,
    SIGN_IN_THROTTLED: 60,
    SECOND_STEP_REFUSED: 60,
    PASSWORD_RESET_ASKED: 60,
    TOKEN_REFUSED: 60,
    STEP_UP_REFUSED: 60,
    TOKEN_REFRESHED: 3600,
    LEGACY_ACCEPTED: 3600,
}
