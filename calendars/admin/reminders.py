"""Reminders in admin: what is due, was sent, repeated or missed. No keys of devices are shown."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin_site import ReadOnlyAdmin
from calendars.models import PushMessage, PushSubscription, Reminder, ReminderRoll
from config.database.due import DUE_COLUMNS


@admin.register(Reminder)
class ReminderAdmin(ReadOnlyAdmin):
    list_display = (
        "due_at", "method", "state", "owner", "start_at", "repeated", "handed_at", "ended_at",
        "error_code",
    )  # fmt: skip
    list_filter = ("state", "method")
    list_select_related = ("owner",)
    search_fields = ("owner__email", "event_id")
    ordering = ("-due_at", "pk")


@admin.register(ReminderRoll)
class ReminderRollAdmin(ReadOnlyAdmin):
    list_display = ("owner", "rolled_until", "number", "zone")
    list_select_related = ("owner",)
    search_fields = ("owner__email",)
    ordering = ("rolled_until", "pk")


@admin.register(PushSubscription)
class PushSubscriptionAdmin(ReadOnlyAdmin):
    list_display = ("owner", "service", "label", "created_at", "last_used_at")
    list_select_related = ("owner",)
    search_fields = ("owner__email",)
    exclude = ("endpoint_digest", "sealed_keys")
    ordering = ("-created_at", "pk")


@admin.register(PushMessage)
class PushMessageAdmin(ReadOnlyAdmin):
    """Without its text, which is for its reader alone."""

    list_display = ("created_at", "owner", "status", "repeated", *DUE_COLUMNS)
    list_filter = ("status", "error_code")
    list_select_related = ("owner",)
    search_fields = ("owner__email",)
    exclude = ("payload",)
    ordering = ("-created_at", "pk")
