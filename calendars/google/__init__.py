"""Google, seen from Daybook: consent, credentials, the Calendar API, and what its answers mean."""
