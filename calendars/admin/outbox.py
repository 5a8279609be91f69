"""Admin of the outbox: what Google doesn't have yet, and why."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from calendars.admin.sync import ActingAdmin
from calendars.models import PendingChange
from calendars.sync.outbox import retry_changes
from config.database.due import DUE_COLUMNS


@admin.register(PendingChange)
class PendingChangeAdmin(ActingAdmin):
    """Without what the events say: an administrator needs only to know what is stuck."""

    list_display = ("event_id", "owner", "calendar", "kind", "state", *DUE_COLUMNS)
    list_filter = ("state", "kind", "error_code")
    list_select_related = ("owner", "calendar")
    search_fields = ("event_id", "owner__email", "calendar__name")
    fields = (
        "event_id", "owner", "calendar", "source", "remote_id", "kind", "state", "notify",
        "revision", "after", *DUE_COLUMNS, "created_at", "changed_at",
    )  # fmt: skip
    ordering = ("due_at", "pk")
    actions = ("retry",)

    @admin.action(description=gettext_lazy("Send again now"), permissions=["view"])
    def retry(self, request: HttpRequest, changes: QuerySet[PendingChange]) -> None:
        count = retry_changes(changes)
        self.message_user(request, _("Requested: %(count)s.") % {"count": count}, messages.SUCCESS)
