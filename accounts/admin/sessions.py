"""Sessions in the administration pages: read and ended, never changed."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.audit import events, trail
from accounts.models import RevocationReason, Session
from accounts.sessions.devices import name_of
from accounts.sessions.lifecycle import end_session


@admin.register(Session)
class SessionAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    actions = ("end",)
    list_display = ("user", "device", "is_browser", "created_at", "last_seen_at", "is_live")
    list_filter = ("is_browser", "acr", "revoked_reason", "created_at")
    list_select_related = ("user",)
    search_fields = ("=id", "user__email", "=user__public_id", "device_label", "=ip", "=last_ip")
    date_hierarchy = "created_at"
    ordering = ("-last_seen_at", "pk")
    exclude = ("sealed_key",)

    @admin.display(description="device")
    def device(self, session: Session) -> str:
        return name_of(session)

    @admin.display(description="live", boolean=True)
    def is_live(self, session: Session) -> bool:
        return session.is_live(timezone.now())

    @admin.action(description="End selected sessions", permissions=["view"])
    def end(self, request: HttpRequest, sessions: QuerySet[Session]) -> None:
        live = Session.objects.live(timezone.now()).filter(pk__in=sessions).select_related("user")
        ended = [session for session in live if self._end(request, session)]
        self.message_user(request, f"Ended: {len(ended)}.", messages.SUCCESS)

    def _end(self, request: HttpRequest, session: Session) -> bool:
        if not end_session(session=session, reason=RevocationReason.ENDED_BY_ADMIN):
            return False
        trail.record(
            events.SESSION_ENDED,
            user=session.user,
            request=request,
            reason=RevocationReason.ENDED_BY_ADMIN,
            session_id=session.pk,
        )
        return True

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Session | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Session | None = None) -> bool:
        return False
