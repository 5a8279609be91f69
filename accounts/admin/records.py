"""Admin pages of sessions, the audit log and emails: read-only, but sessions can be ended."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin_site import ReadOnlyAdmin
from accounts.audit import events, trail
from accounts.models import AuditEvent, MailServer, OutgoingMail, RevocationReason, Session
from accounts.sessions.devices import name_of
from accounts.sessions.lifecycle import end_session
from config.database.due import DUE_COLUMNS


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
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
    search_help_text = "Email address, public id, IP address, request id or session id"
    date_hierarchy = "occurred_at"
    ordering = ("-occurred_at", "-id")


@admin.register(OutgoingMail)
class OutgoingMailAdmin(ReadOnlyAdmin):
    list_display = (
        "created_at", "recipient", "status", "ended_at", *DUE_COLUMNS,
    )  # fmt: skip
    fields = list_display
    list_filter = ("status", "created_at")
    search_fields = ("=recipient",)
    search_help_text = "The recipient's full address"
    ordering = ("-created_at", "pk")


@admin.register(MailServer)
class MailServerAdmin(ReadOnlyAdmin):
    list_display = ("__str__", *DUE_COLUMNS)
    fields = DUE_COLUMNS


@admin.register(Session)
class SessionAdmin(ReadOnlyAdmin):
    actions = ("end",)
    list_display = ("user", "device", "is_browser", "created_at", "last_seen_at", "is_live")
    list_filter = ("is_browser", "acr", "revoked_reason", "created_at")
    list_select_related = ("user",)
    search_fields = ("=id", "user__email", "=user__public_id", "device_label", "=ip", "=last_ip")
    date_hierarchy = "created_at"
    ordering = ("-last_seen_at", "pk")
    exclude = ("sealed_key",)

    @admin.display(description=gettext_lazy("device"))
    def device(self, session: Session) -> str:
        return name_of(session)

    @admin.display(description=gettext_lazy("live"), boolean=True)
    def is_live(self, session: Session) -> bool:
        return session.is_live(timezone.now())

    @admin.action(description=gettext_lazy("End selected sessions"), permissions=["view"])
    def end(self, request: HttpRequest, sessions: QuerySet[Session]) -> None:
        live = Session.objects.live(timezone.now()).filter(pk__in=sessions).select_related("user")
        ended = [session for session in live if self._end(request, session)]
        self.message_user(request, _("Ended: %(ended)s.") % {"ended": len(ended)}, messages.SUCCESS)

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
