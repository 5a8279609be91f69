"""Admin of the calendars: to see what happens, and to ask for a sync. No token is ever shown."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin_site import ReadOnlyAdmin
from accounts.page_versions import announce_change
from calendars.connections.log import apply_deletions
from calendars.models import (
    Calendar,
    Channel,
    Connection,
    EventChange,
    GrantRevocation,
    QuarantinedEvent,
    RefreshTokenMeter,
    SyncRun,
    SyncState,
)
from calendars.models.connection import CAP
from calendars.sync.due import request_audits, request_syncs
from calendars.sync.undoing import CannotUndo, undo_run
from config.database.due import DUE_COLUMNS


class ActingAdmin(ReadOnlyAdmin):
    """Rows of people that administrators act on: the owners' open pages hear of it."""

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Any], *args: Any, **kwargs: Any
    ) -> HttpResponse | None:
        chosen = request.POST.getlist(ACTION_CHECKBOX_NAME)
        is_for_all = request.POST.get("select_across") == "1"
        rows = queryset if is_for_all else queryset.filter(pk__in=chosen)
        for owner_id in set(rows.values_list("owner_id", flat=True)):
            announce_change(owner_id)
        return super().response_action(request, queryset, *args, **kwargs)


@admin.register(Connection)
class ConnectionAdmin(ReadOnlyAdmin):
    list_display = ("email", "owner", "provider", "status", "error_code", "created_at")
    list_filter = ("status", "provider")
    list_select_related = ("owner",)
    search_fields = ("email", "owner__email")
    ordering = ("-created_at", "pk")


@admin.register(Calendar)
class CalendarAdmin(ReadOnlyAdmin):
    list_display = ("name", "owner", "connection", "time_zone", "read_only", "removed_at")
    list_filter = ("read_only", "primary")
    list_select_related = ("owner", "connection")
    search_fields = ("name", "owner__email")
    ordering = ("owner__email", "name", "pk")


@admin.register(SyncState)
class SyncStateAdmin(ActingAdmin):
    list_display = (
        "collection", "connection", "parked", *DUE_COLUMNS[:-1],
        "last_synced_at", "deletions", "held_count", "audited_at",
    )  # fmt: skip
    list_filter = ("parked", "paused", "deletions", "error_code")
    list_select_related = ("connection", "calendar")
    search_fields = ("connection__email", "calendar__name")
    fields = (
        "connection", "calendar", "owner", "wanted", "done", "parked", *DUE_COLUMNS,
        "last_synced_at", "full_wanted", "run",
    )  # fmt: skip
    actions = ("sync_now", "sync_fully", "park", "unpark", "apply_held", "audit")

    @admin.display(description=gettext_lazy("collection"))
    def collection(self, state: SyncState) -> str:
        return str(state.calendar) if state.calendar else "the list of calendars"

    @admin.action(description=gettext_lazy("Sync now"), permissions=["view"])
    def sync_now(self, request: HttpRequest, states: QuerySet[SyncState]) -> None:
        self._ask(request, states, full=False)

    @admin.action(description=gettext_lazy("Run a full sync"), permissions=["view"])
    def sync_fully(self, request: HttpRequest, states: QuerySet[SyncState]) -> None:
        self._ask(request, states, full=True)

    @admin.action(description=gettext_lazy("Pause until resumed"), permissions=["view"])
    def park(self, request: HttpRequest, states: QuerySet[SyncState]) -> None:
        count = states.update(parked=True, paused=True)
        self.message_user(request, _("Paused: %(count)s.") % {"count": count}, messages.SUCCESS)

    @admin.action(description=gettext_lazy("Resume"), permissions=["view"])
    def unpark(self, request: HttpRequest, states: QuerySet[SyncState]) -> None:
        parked = states.filter(parked=True).values_list("pk", flat=True)
        count = request_syncs(list(parked), unpause=True)
        self.message_user(request, _("Resumed: %(count)s.") % {"count": count}, messages.SUCCESS)

    @admin.action(description=gettext_lazy("Apply held deletions"), permissions=["view"])
    def apply_held(self, request: HttpRequest, states: QuerySet[SyncState]) -> None:
        count = apply_deletions(list(states.values_list("pk", flat=True)))
        self.message_user(
            request,
            _("Full syncs that apply the deletions: %(count)s.") % {"count": count},
            messages.SUCCESS,
        )

    @admin.action(description=gettext_lazy("Compare with Google and repair"), permissions=["view"])
    def audit(self, request: HttpRequest, states: QuerySet[SyncState]) -> None:
        count = request_audits(states.exclude(calendar=None).values_list("pk", flat=True))
        self.message_user(
            request, _("Comparisons requested: %(count)s.") % {"count": count}, messages.SUCCESS
        )

    def _ask(self, request: HttpRequest, states: QuerySet[SyncState], *, full: bool) -> None:
        count = request_syncs(states.values_list("pk", flat=True), full=full)
        self.message_user(request, _("Requested: %(count)s.") % {"count": count}, messages.SUCCESS)


@admin.register(SyncRun)
class SyncRunAdmin(ActingAdmin):
    list_display = (
        "started_at", "connection", "calendar", "kind", "outcome", "pages", "created", "updated",
        "deleted", "quarantined", "retries", "duration", "error_code",
    )  # fmt: skip
    list_filter = ("outcome", "kind", "error_code")
    list_select_related = ("connection", "calendar")
    search_fields = ("connection__email", "calendar__name")
    date_hierarchy = "started_at"
    ordering = ("-started_at", "pk")
    actions = ("undo",)

    @admin.display(description=gettext_lazy("seconds"))
    def duration(self, run: SyncRun) -> str:
        return f"{run.seconds:.1f}"

    @admin.action(description=gettext_lazy("Undo: restore what it changed"), permissions=["view"])
    def undo(self, request: HttpRequest, runs: QuerySet[SyncRun]) -> None:
        for run in runs.order_by("-started_at"):
            try:
                undone = undo_run(run)
            except CannotUndo as error:
                self.message_user(request, f"{run}: {error}", messages.ERROR)
                continue
            restored = undone.created + undone.updated
            self.message_user(
                request,
                _(
                    "%(restored)s restored, %(deleted)s removed. The next full sync may change"
                    " them again: pause the calendar to keep them."
                )
                % {"restored": restored, "deleted": undone.deleted},
                messages.SUCCESS,
            )


@admin.register(EventChange)
class EventChangeAdmin(ReadOnlyAdmin):
    list_display = ("changed_at", "kind", "summary", "door", "calendar", "run")
    list_filter = ("kind", "door")
    list_select_related = ("calendar", "run")
    search_fields = ("remote_id", "calendar__name", "run__id")
    ordering = ("-pk",)  # counted up, and so the latest first without another index


@admin.register(QuarantinedEvent)
class QuarantinedEventAdmin(ReadOnlyAdmin):
    list_display = ("summary", "reason", "calendar", "owner", "seen_at")
    list_select_related = ("calendar", "owner")
    search_fields = ("summary", "owner__email", "calendar__name")
    ordering = ("-seen_at", "pk")


@admin.register(Channel)
class ChannelAdmin(ReadOnlyAdmin):
    list_display = (
        "collection", "state", "expires_at", "last_notified_at", *DUE_COLUMNS[:-1],
    )  # fmt: skip
    list_filter = ("state", "error_code")
    list_select_related = ("collection__calendar", "collection__connection")
    exclude = ("secret_digest",)


@admin.register(GrantRevocation)
class GrantRevocationAdmin(ReadOnlyAdmin):
    """Grants that Google has to be asked to end, without the person or the token."""

    list_display = ("connection_id", "created_at", *DUE_COLUMNS)
    list_filter = ("error_code",)
    fields = list_display
    ordering = ("due_at", "pk")


@admin.register(RefreshTokenMeter)
class RefreshTokenMeterAdmin(ReadOnlyAdmin):
    """Google lets the oldest of an account's refresh tokens die when there are more than CAP."""

    list_display = ("email", "used", "cap", "is_near_cap")
    search_fields = ("email",)
    fields = ("email", "client_id", "used", "cap", "issued_at")

    @admin.display(boolean=True, description=gettext_lazy("near the cap"))
    def is_near_cap(self, meter: RefreshTokenMeter) -> bool:
        return meter.is_near_cap

    @admin.display(description=gettext_lazy("cap"))
    def cap(self, meter: RefreshTokenMeter) -> int:
        return CAP
