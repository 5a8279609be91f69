"""Mails in the administration pages: what became of each, and never what it says."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib import admin
from django.http import HttpRequest

from accounts.models import MailServer, OutgoingMail
from accounts.models.mail import LONG_AGO

if TYPE_CHECKING:
    MailModelAdmin = admin.ModelAdmin[OutgoingMail]
    ServerModelAdmin = admin.ModelAdmin[MailServer]
else:
    MailModelAdmin = ServerModelAdmin = admin.ModelAdmin  # not generic at run time


class _ReadOnly:
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(OutgoingMail)
class OutgoingMailAdmin(_ReadOnly, MailModelAdmin):
    list_display = (
        "created_at", "recipient", "status", "attempts", "due_at", "ended_at", "last_error",
    )  # fmt: skip
    fields = list_display
    list_filter = ("status", "created_at")
    search_fields = ("=recipient",)
    search_help_text = "The recipient's whole address"
    ordering = ("-created_at", "pk")
    show_full_result_count = False


@admin.register(MailServer)
class MailServerAdmin(_ReadOnly, ServerModelAdmin):
    list_display = ("__str__", "failures", "paused", "last_error")
    fields = ("failures", "paused", "last_error", "held")

    @admin.display(description="paused until")
    def paused(self, server: MailServer) -> datetime | None:
        return None if server.paused_until == LONG_AGO else server.paused_until

    @admin.display(description="held until")
    def held(self, server: MailServer) -> datetime | None:
        return None if server.held_until == LONG_AGO else server.held_until
