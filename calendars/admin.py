"""Admin of the calendars: to see what happens, and to ask for a sync. No token is ever shown."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from calendars.models import Calendar, Connection, QuarantinedEvent, SyncRun, SyncState
from calendars.sync.schedule import request_syncs


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows that only Daybook itself writes."""

    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Connection)
class ConnectionAdmin(ReadOnlyAdmin):
    list_display = ("email", "owner", "provider", "status", "error_code", "created_at")
    list_filter = ("status", "provider")
    list_select_related = ("owner",)
    search_fields = ("email", "owner__email")


@admin.register(Calendar)
class CalendarAdmin(ReadOnlyAdmin):
    list_display = ("name", "owner", "connection", "time_zone", "read_only", "removed_at")
    list_filter = ("read_only", "primary")
    list_select_related = ("owner", "connection")
    search_fields = ("name", "owner__email")


@admin.register(SyncState)
class SyncStateAdmin(ReadOnlyAdmin):
    list_display = (
        "collection", "connection", "due_at", "attempts", "parked", "error_code",
        "lease_until", "last_synced_at",
    )  # fmt: skip
    list_filter = ("parked", "error_code")
    list_select_related = ("connection", "calendar")
    search_fields = ("connection__email", "calendar__name")
    fields = (
        "connection", "calendar", "owner", "wanted", "done", "due_at", "attempts", "parked",
        "error_code", "error_message", "lease_until", "last_synced_at", "full_wanted", "run",
    )  # fmt: skip
    actions = ("sync_now", "sync_fully")

    @admin.display(description="collection")
    def collection(self, state: SyncState) -> str:
        return str(state.calendar) if state.calendar else "the list of calendars"

    @admin.action(description="Sync now", permissions=["view"])
    def sync_now(self, request: HttpRequest, states: QuerySet[SyncState]) -> None:
        self._ask(request, states, full=False)

    @admin.action(description="List everything anew", permissions=["view"])
    def sync_fully(self, request: HttpRequest, states: QuerySet[SyncState]) -> None:
        self._ask(request, states, full=True)

    def _ask(self, request: HttpRequest, states: QuerySet[SyncState], *, full: bool) -> None:
        count = request_syncs(states.values_list("pk", flat=True), full=full)
        self.message_user(request, f"{count} asked for.", messages.SUCCESS)


@admin.register(SyncRun)
class SyncRunAdmin(ReadOnlyAdmin):
    list_display = (
        "started_at", "connection", "calendar", "kind", "outcome", "pages", "created", "updated",
        "deleted", "quarantined", "retries", "error_code",
    )  # fmt: skip
    list_filter = ("outcome", "kind", "error_code")
    list_select_related = ("connection", "calendar")
    search_fields = ("connection__email", "calendar__name")
    date_hierarchy = "started_at"


@admin.register(QuarantinedEvent)
class QuarantinedEventAdmin(ReadOnlyAdmin):
    list_display = ("summary", "reason", "calendar", "owner", "seen_at")
    list_select_related = ("calendar", "owner")
    search_fields = ("summary", "owner__email", "calendar__name")
