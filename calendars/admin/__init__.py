"""Admin of the calendars: what was received and what syncs did. No token is ever shown."""

from calendars.admin import events, sync

__all__ = ["events", "sync"]
