"""Admin of the calendars: what was received and what syncs did. No token is ever shown."""

from calendars.admin import categories, events, outbox, reminders, sync

__all__ = ["categories", "events", "outbox", "reminders", "sync"]
