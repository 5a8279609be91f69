"""One row of a user in every table under row-level security."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from accounts.models import AuditEvent, Session, User
from calendars.models import (
    AuthorizationRequest,
    Calendar,
    Category,
    CategoryChoice,
    CategoryLesson,
    CategorySetup,
    Channel,
    Connection,
    Credential,
    Event,
    EventChange,
    GrantRevocation,
    HiddenShare,
    NotificationPreferences,
    PendingChange,
    PushMessage,
    PushSubscription,
    QuarantinedEvent,
    RefreshTokenMeter,
    Reminder,
    ReminderRoll,
    Share,
    SyncRun,
)
from calendars.timeline.search_index import catch_up
from profiles.preferences import change_preferences
from profiles.services import change_profile
from tests.calendars.rows import make_calendar, make_connection, make_hour
from tests.factories import make_session

# The name of a table, and its owner column.
OWNED = {
    "accounts_auditevent": "user_id",
    "accounts_session": "user_id",
    "calendars_authorizationrequest": "owner_id",
    "calendars_calendar": "owner_id",
    "calendars_category": "owner_id",
    "calendars_categorychoice": "owner_id",
    "calendars_categorylesson": "owner_id",
    "calendars_categorysetup": "owner_id",
    "calendars_changesequence": "owner_id",
    "calendars_changeset": "owner_id",
    "calendars_channel": "owner_id",
    "calendars_connection": "owner_id",
    "calendars_credential": "owner_id",
    "calendars_event": "owner_id",
    "calendars_eventchange": "owner_id",
    "calendars_notificationpreferences": "owner_id",
    "calendars_hiddenshare": "reader_id",
    "calendars_occurrence": "owner_id",
    "calendars_pendingchange": "owner_id",
    "calendars_pushmessage": "owner_id",
    "calendars_pushsubscription": "owner_id",
    "calendars_quarantinedevent": "owner_id",
    "calendars_reminder": "owner_id",
    "calendars_reminderroll": "owner_id",
    "calendars_searchentry": "owner_id",
    "calendars_searchindex": "owner_id",
    "calendars_share": "owner_id",
    "calendars_syncrun": "owner_id",
    "calendars_syncstate": "owner_id",
    "calendars_tombstone": "owner_id",
    "profiles_preferences": "owner_id",
    "profiles_profile": "owner_id",
    "profiles_profilechange": "owner_id",
}
# These belong to no user and are visible to the system only.
NOBODYS = (
    "accounts_mailserver",
    "accounts_outgoingmail",
    "calendars_grantrevocation",
    "calendars_refreshtokenmeter",
)


@transaction.atomic  # one change set
def make_rows(person: User) -> None:
    make_session(person)
    AuditEvent.objects.create(user=person, event="sign-in", outcome="ok")
    change_profile(owner=person, changes={"first_name": "Ada"})
    change_preferences(owner=person, changes={"density": "compact"})
    connection = make_connection(person)
    calendar = make_calendar(connection, "Work", "#4a6fa5")
    event = make_hour(calendar, "Stand-up", timezone.now().date(), 9)
    _make_category(event)
    make_hour(calendar, "Cancelled", timezone.now().date(), 10).delete()
    number_changes()
    catch_up(owner_id=person.pk)
    _make_sync(connection, calendar, {"event_id": event.pk, "remote_id": event.remote_id})
    _make_grant(connection)
    _make_reminders(event)
    share = Share.objects.create(
        owner=person, calendar=calendar, email="dora@example.net", level="read"
    )
    HiddenShare.objects.create(share=share, reader=person)


def _make_reminders(event: Event) -> None:
    owner = {"owner_id": event.owner_id}
    NotificationPreferences.objects.create(**owner)
    ReminderRoll.objects.create(**owner)
    now = timezone.now()
    reminder = Reminder.objects.create(
        **owner,
        id=uuid.uuid4(),
        event_id=event.pk,
        original_start_at=event.start_at,
        start_at=event.start_at,
        all_day=False,
        method=Reminder.Method.PUSH,
        minutes=10,
        due_at=now + timedelta(days=1),
        expires_at=now + timedelta(days=2),
    )
    device = PushSubscription.objects.create(
        **owner,
        session=Session.objects.filter(user_id=event.owner_id)[0],
        endpoint_digest=uuid.uuid4().bytes,
        sealed_keys=b"sealed",
        service="push.example",
    )
    PushMessage.objects.create(
        **owner, subscription=device, reminder=reminder, expires_at=now, due_at=reminder.due_at
    )


def _make_category(event: Event) -> None:
    owner = {"owner_id": event.owner_id}
    CategorySetup.objects.create(**owner)
    category = Category.objects.create(**owner, name="Work")
    CategoryChoice.objects.create(**owner, category=category, event_id=event.pk)
    CategoryLesson.objects.create(
        **owner, category=category, title="stand-up", written="Stand-up", learnt_from=event.pk
    )


def number_changes() -> None:
    """Number the changes as at the end of a transaction, which a test inside one never reaches."""
    with database.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def _make_sync(connection: Connection, calendar: Calendar, event: dict[str, Any]) -> None:
    owner = {"owner_id": connection.owner_id}
    run = SyncRun.objects.create(**owner, connection=connection, calendar=calendar, kind="full")
    EventChange.objects.create(**owner, **event, calendar=calendar, run=run, kind="created")
    PendingChange.objects.create(**owner, **event, calendar=calendar, kind="create")
    QuarantinedEvent.objects.create(
        **owner, calendar=calendar, remote_id="odd", reason="no start", payload={}
    )
    Channel.objects.create(
        **owner,
        collection=calendar.sync_state,
        address="https://daybook.example/webhooks/google/calendar",
        secret_digest=uuid.uuid4().bytes,
        due_at=timezone.now() + timedelta(days=1),
    )


def _make_grant(connection: Connection) -> None:
    owner = {"owner_id": connection.owner_id}
    Credential.objects.create(**owner, connection=connection, refresh_token=b"sealed")
    AuthorizationRequest.objects.create(
        **owner,
        state_digest=uuid.uuid4().bytes,
        code_verifier=b"sealed",
        nonce="once",
        redirect_uri="https://daybook.example/connections/google/callback",
        expires_at=timezone.now() + timedelta(minutes=15),
    )
    GrantRevocation.objects.create(connection_id=uuid.uuid4(), refresh_token=b"sealed")
    RefreshTokenMeter.objects.create(
        provider="google", subject=connection.subject, client_id="daybook"
    )
