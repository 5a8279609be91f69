"""What Daybook counts and times for Prometheus. `config.web.metrics` serves it."""

from __future__ import annotations

from prometheus_client import Counter, Histogram

AUTHENTICATIONS = Counter(
    "daybook_authentications", "Requests that named who asks.", ["method", "outcome"]
)
TOKEN_REFRESHES = Counter("daybook_token_refreshes", "Refresh tokens presented.", ["outcome"])
DATABASE_FAULTS = Counter("daybook_database_faults", "Errors of the database.", ["category"])
MAILS = Counter("daybook_mails", "Mails by what became of them.", ["outcome"])
UNREADABLE_SECRETS = Counter(
    "daybook_unreadable_secrets", "Sealed values that did not open.", ["place", "reason"]
)
REQUEST_SECONDS = Histogram(
    "daybook_request_seconds", "Time to answer a request.", ["route", "method", "status"]
)
