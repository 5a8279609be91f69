"""Names of audit events, and which of them are counted instead of listed."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

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
    SIGN_IN: gettext_lazy("Signed in"),
    SIGN_IN_REFUSED: gettext_lazy("Sign-in refused"),
    SIGN_IN_THROTTLED: gettext_lazy("Sign-in slowed down"),
    SECOND_STEP_REFUSED: gettext_lazy("Wrong code or passkey at the second step"),
    PASSKEY_USED: gettext_lazy("Passkey used"),
    RECOVERY_CODE_USED: gettext_lazy("Recovery code used"),
    SIGN_UP: gettext_lazy("Signed up"),
    TOKEN_REFUSED: gettext_lazy("Access token refused"),
    TOKEN_REFRESHED: gettext_lazy("Session refreshed"),
    REFRESH_REUSED: gettext_lazy("A used refresh token was reused"),
    LEGACY_ACCEPTED: gettext_lazy("Legacy token used"),
    LEGACY_EXCHANGED: gettext_lazy("Legacy token exchanged"),
    LEGACY_BARRED: gettext_lazy("Legacy tokens blocked"),
    SESSION_ENDED: gettext_lazy("Session ended"),
    PASSWORD_CHANGED: gettext_lazy("Password changed"),
    EMAIL_CHANGED: gettext_lazy("Email address changed"),
    MFA_CHANGED: gettext_lazy("Second factor changed"),
    STEP_UP_REFUSED: gettext_lazy("Recent sign-in required"),
    ACCOUNT_EXPORTED: gettext_lazy("Account exported"),
    ACCOUNT_DELETED: gettext_lazy("Account deleted"),
    APPROVAL_GRANTED: gettext_lazy("Sign-up approved"),
    PASSWORD_RESET_ASKED: gettext_lazy("Password reset link requested"),
    ACCOUNT_MADE: gettext_lazy("Account created"),
    ACCOUNT_ACTIVATED: gettext_lazy("Account activated"),
    ACCOUNT_DEACTIVATED: gettext_lazy("Account deactivated"),
    RIGHTS_CHANGED: gettext_lazy("Administrative rights changed"),
    LEGACY_ALLOWED: gettext_lazy("Legacy tokens allowed"),
    GOOGLE_CONNECTED: gettext_lazy("Google account connected"),
    GOOGLE_RECONNECTED: gettext_lazy("Google account reconnected"),
    GOOGLE_DISCONNECTED: gettext_lazy("Google account disconnected"),
}

ADMINISTRATOR = "administrator"
OPERATOR = "operator"
BY_TITLES = {
    ADMINISTRATOR: gettext_lazy("An administrator"),
    OPERATOR: gettext_lazy("The operator"),
}
BY_PHRASES = {
    ADMINISTRATOR: gettext_lazy("%(title)s by an administrator"),
    OPERATOR: gettext_lazy("%(title)s by the operator"),
}

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
