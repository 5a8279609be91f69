"""The audit log in the administration pages: to be searched, never to be edited."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.http import HttpRequest

from accounts.models import AuditEvent

if TYPE_CHECKING:
    AuditModelAdmin = admin.ModelAdmin[AuditEvent]
else:
    AuditModelAdmin = admin.ModelAdmin  # not generic at run time


@admin.register(AuditEvent)
class AuditEventAdmin(AuditModelAdmin):
    list_display = (
        "occurred_at", "title", "user", "outcome", "reason", "method", "ip", "count", "client_id",
        "actor",
    )  # fmt: skip
    list_filter = ("event", "outcome", "by", "method", "occurred_at")
    list_select_related = ("user", "actor")
    search_fields = (
        *("user__email", "actor__email"),
        *("=user__public_id", "=ip", "=request_id", "=session_id"),
    )
    search_help_text = "E-mail address, public id, IP address, request id or session id"
    date_hierarchy = "occurred_at"
    ordering = ("-occurred_at", "-id")
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: AuditEvent | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: AuditEvent | None = None) -> bool:
        return False
