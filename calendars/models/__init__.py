"""The calendar tables, one noun per module."""

from calendars.models.calendar import Calendar
from calendars.models.category import (
    Category,
    CategoryChoice,
    CategoryLesson,
    CategorySetup,
)
from calendars.models.change import ChangeSequence, ChangeSet, Tombstone
from calendars.models.connection import (
    AuthorizationRequest,
    Connection,
    Credential,
    GrantRevocation,
    RefreshTokenMeter,
)
from calendars.models.event import (
    Event,
    Occurrence,
    QuarantinedEvent,
    event_id_for,
    event_key_for,
    events_of,
)
from calendars.models.history import EventChange
from calendars.models.listed_occurrence import ListedOccurrence
from calendars.models.pending import PendingChange
from calendars.models.reminder import (
    NotificationPreferences,
    PushMessage,
    PushSubscription,
    Reminder,
    ReminderRoll,
)
from calendars.models.search import SearchEntry, SearchIndex
from calendars.models.share import HiddenShare, Share, is_hidden
from calendars.models.sync import Channel, SyncRun, SyncState

__all__ = [
    "AuthorizationRequest",
    "Calendar",
    "Category",
    "CategoryChoice",
    "CategoryLesson",
    "CategorySetup",
    "ChangeSequence",
    "ChangeSet",
    "Channel",
    "Connection",
    "Credential",
    "Event",
    "EventChange",
    "GrantRevocation",
    "HiddenShare",
    "ListedOccurrence",
    "NotificationPreferences",
    "Occurrence",
    "PendingChange",
    "PushMessage",
    "PushSubscription",
    "QuarantinedEvent",
    "RefreshTokenMeter",
    "Reminder",
    "ReminderRoll",
    "SearchEntry",
    "SearchIndex",
    "Share",
    "SyncRun",
    "SyncState",
    "Tombstone",
    "event_id_for",
    "event_key_for",
    "events_of",
    "is_hidden",
]
