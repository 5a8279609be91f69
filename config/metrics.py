"""The Prometheus metrics of Daybook. `config.web.metrics` serves them."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

AUTHENTICATIONS = Counter(
    "daybook_authentications",
    "Authentication attempts by method and outcome.",
    ["method", "outcome"],
)
TOKEN_REFRESHES = Counter(
    "daybook_token_refreshes", "Presented refresh tokens by outcome.", ["outcome"]
)
DATABASE_FAULTS = Counter("daybook_database_faults", "Database errors by category.", ["category"])
MAILS = Counter("daybook_mails", "Emails by outcome.", ["outcome"])
REMINDERS = Counter(
    "daybook_reminders",
    "Reminders by method and outcome: handed_over, late, missed, sent, failed, repeated, unseen.",
    ["method", "outcome"],
)
CHANGES_SENT = Counter(
    "daybook_changes_sent",
    "Changes of events sent to Google by kind and outcome: written, removed, found or the error.",
    ["kind", "outcome"],
)
CHANGES_WAITING = Gauge(
    "daybook_changes_waiting",
    "Changes of events that Google hasn't confirmed, by state.",
    ["state"],
    multiprocess_mode="mostrecent",
)
OLDEST_CHANGE_SECONDS = Gauge(
    "daybook_oldest_change_seconds",
    "Age of the oldest change that Google hasn't confirmed, by state.",
    ["state"],
    multiprocess_mode="mostrecent",
)
UNREADABLE_SECRETS = Counter(
    "daybook_unreadable_secrets", "Sealed values that could not be decrypted.", ["place", "reason"]
)
REQUEST_SECONDS = Histogram(
    "daybook_request_seconds", "Time to answer a request.", ["route", "method", "status"]
)
